"""Webhooks we send: the signature, the retry ladder, and when an endpoint is switched off.

Source: Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

SECRET_PREFIX = "whsec_"  # noqa: S105  # the published prefix of every secret, not a secret
SECRET_BYTES = 32
SECRET_OVERLAP = timedelta(hours=24)
"""How long a replaced secret goes on signing beside the new one."""

MAX_BODY_BYTES = 20 * 1024
ATTEMPT_TIMEOUT_S = 15.0
CONNECT_TIMEOUT_S = 5.0
REPLAY_WINDOW = timedelta(days=30)
"""How long an exhausted delivery is kept and may be sent again by hand."""

LADDER = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The wait before each try, the first one included: ten tries in 75 hours."""

MAX_ATTEMPTS = len(LADDER)
JITTER_SHARE = 0.1
MAX_RETRY_AFTER = timedelta(hours=24)
FAILING_LIMIT = timedelta(days=5)

GONE = 410
SLOW_DOWN = frozenset({429, 502, 503, 504})

MOST_OF_A_CLIENT = 20
MOST_OF_AN_AGENCY = 500
"""Endpoints that may be registered: each event is a delivery to each of them that subscribes."""

_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_DELAY_SECONDS = re.compile(r"[0-9]{1,64}")

Outcome = int | None
"""What one try came to: the HTTP status answered, or None where no whole answer came in time."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver took it; nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not taken; send the same bytes again at this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Exhausted:
    """The last try failed; kept for replay by hand."""


@dataclass(frozen=True, slots=True)
class EndpointGone:
    """The receiver answered 410: no more tries, and the endpoint is switched off."""


Next = Delivered | Retry | Exhausted | EndpointGone


class InvalidSecret(ValueError):  # noqa: N818  # the trade's word; every caller reads it as a refusal
    """The text is no signing secret: the prefix, the base64 or the length is wrong."""


def new_secret(random: bytes) -> str:
    """Write 32 random bytes as a signing secret, to be shown to its owner once.

    Raises: ValueError, where fewer or more bytes are handed in.
    """
    if len(random) != SECRET_BYTES:
        raise ValueError(f"A signing secret is made of {SECRET_BYTES} random bytes, not {len(random)}.")
    return SECRET_PREFIX + base64.b64encode(random).decode("ascii")


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,<base64>` for each secret, separated by spaces.

    Units: timestamp in Unix seconds, of this try and not of the event.
    Raises: InvalidSecret; ValueError, where there is no secret or the id could be read in two ways.
    """
    return Signer(secrets).sign(message_id, timestamp, body)


class _Mac:
    """HMAC-SHA256 with one key, whose two padded blocks are digested once and not for each text (RFC 2104, section 4).

    The library's own can be copied as well, at twice the cost.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(sha256().block_size, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def sign(self, text: bytes) -> str:
        """`v1,` and the base64 of the digest."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return "v1," + binascii.b2a_base64(outer.digest(), newline=False).decode("ascii")


class Signer:
    """Secrets made ready to sign one try after another.

    Raises: InvalidSecret; ValueError, where there is no secret.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("At least one secret must sign.")
        self._macs = [_Mac(_key(secret)) for secret in secrets]

    def sign(self, message_id: str, timestamp: int, body: bytes) -> str:
        """As the function of this name."""
        signed = signed_text(message_id, timestamp, body)
        if len(self._macs) == 1:
            return self._macs[0].sign(signed)
        return " ".join([mac.sign(signed) for mac in self._macs])

    def headers(self, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """The headers of one try, ready to send with exactly these bytes."""
        return {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": self.sign(message_id, timestamp, body),
        }


def signed_text(message_id: str, timestamp: int, body: bytes) -> bytes:
    """What is signed: the id, the second of the try and the exact bytes, with dots between them.

    Raises: ValueError, where the id could be read in two ways.
    """
    # A dot in the id would let one signed text be read as another id, time and body.
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("A message id is 1 to 200 letters, digits, hyphens and underscores.")
    return f"{message_id}.{timestamp}.".encode("ascii") + body


def signed_headers(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of one try, ready to send with exactly these bytes.

    Raises: as `sign`.
    """
    return Signer(secrets).headers(message_id, timestamp, body)


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSecret("A signing secret is `whsec_` and base64.") from None
    if not secret.startswith(SECRET_PREFIX) or not 24 <= len(key) <= 64:
        raise InvalidSecret("A signing secret is `whsec_` and the base64 of 24 to 64 bytes.")
    return key


def is_success(outcome: Outcome) -> bool:
    """Any 2xx. A redirect is a failure: it is never followed."""
    return outcome is not None and 200 <= outcome <= 299


def after_attempt(
    attempt_no: int, outcome: Outcome, *, now: datetime, jitter: float, retry_after: str | None = None
) -> Next:
    """What follows a try.

    Units: attempt_no counts from 1; now is when the try ended; retry_after is the header as received.
    Range: jitter in [0, 1], the share taken of the ten percent a wait may be longer.
    Raises: ValueError, out of range.
    """
    if not 1 <= attempt_no <= MAX_ATTEMPTS or not 0 <= jitter <= 1:
        raise ValueError(f"attempt_no is in [1, {MAX_ATTEMPTS}] and jitter in [0, 1].")
    if is_success(outcome):
        return Delivered()
    if outcome == GONE:
        return EndpointGone()
    if attempt_no == MAX_ATTEMPTS:
        return Exhausted()
    wait = LADDER[attempt_no] * (1 + JITTER_SHARE * jitter)
    asked = retry_after_wait(retry_after, now=now) if outcome in SLOW_DOWN else None
    # The receiver may slow us down, never speed us up: a short Retry-After does not flatten the ladder.
    return Retry(at=now + (wait if asked is None else max(wait, asked)))


def retry_after_wait(value: str | None, *, now: datetime) -> timedelta | None:
    """The wait a Retry-After header asks for, in either of its forms; None where it says nothing we can read.

    Range: [0, 24 h]; a longer wish is cut.
    Source: RFC 9110, section 10.2.3.
    """
    text = (value or "").strip(" \t")
    if _DELAY_SECONDS.fullmatch(text):
        return timedelta(seconds=min(int(text), MAX_RETRY_AFTER.total_seconds()))
    until = _http_date(text)
    return None if until is None else min(max(until - now, timedelta(0)), MAX_RETRY_AFTER)


def _http_date(text: str) -> datetime | None:
    if len(text) > 64:
        return None
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # RFC 9110 dates are always GMT; the asctime form does not say so.
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)


def failing_since(before: datetime | None, outcome: Outcome, *, now: datetime) -> datetime | None:
    """Since when every try at an endpoint has failed, this one included; None after a success."""
    return None if is_success(outcome) else before or now


def should_disable(since: datetime | None, *, now: datetime) -> bool:
    """Whether an endpoint is switched off: every try, of whatever event, has failed for five days."""
    return since is not None and now - since >= FAILING_LIMIT
