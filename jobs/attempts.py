"""One try at telling an endpoint: signed, sent with its owner's headers, and what it came to."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from core import sealing, webhook_headers, webhook_keys
from core import webhooks as rules
from core.sealing import Purpose
from egress.client import Answer, EgressFailed
from jobs.context import Context
from storage import provenance
from storage import webhooks as endpoints
from storage.attempts import Attempt
from storage.parcels import Parcel
from storage.webhooks import Destination

ENDPOINTS_KEPT = 1024
"""Endpoints whose secrets a worker keeps opened."""

_CLASSES = [f"{first}xx" for first in range(10)]


class Result(Attempt):
    """What one try came to. `id` is the attempt's, as 32 digits, once it has one."""

    @property
    def summary(self) -> str:
        """The class of the answer's status, such as `2xx`, or why there was none."""
        return self.error or _CLASSES[(self.status_code or 0) // 100]

    @property
    def retry_after(self) -> str | None:
        """The header, as received."""
        return (self.response_headers or {}).get("retry-after")


@dataclass(frozen=True, slots=True)
class Opened:
    """What an endpoint has sealed, made ready: what signs, and the headers of its own."""

    signer: rules.Signer
    key: webhook_keys.KeySigner | None
    headers: dict[str, str]


async def attempt(context: Context, parcel: Parcel) -> Result:
    """Send a parcel once. Nothing is sent unsigned, or without the headers that it asks for."""
    started_at = context.clock()
    try:
        opened = _opened(context, parcel.endpoint, started_at)
    except sealing.SealBroken:
        detail = "The signing secret or the headers cannot be read: rotate the one, and set the others again."
        return Result(started_at, 0, None, error="secret_unreadable", detail=detail)
    headers = _signed(opened, parcel, started_at)
    request_id, traceparent = provenance.present()
    # Which request of the agency's this follows from, and its place in a trace: for who looks into both systems.
    if request_id is not None:
        headers["x-request-id"] = request_id
    if traceparent is not None:
        headers["traceparent"] = traceparent
    timeout_s = context.settings.webhook_timeout_s
    try:
        answer = await context.egress.post(parcel.endpoint.url, parcel.body, headers, timeout_s=timeout_s)
    except EgressFailed as failure:
        return Result(started_at, failure.duration_ms, None, error=failure.code, detail=failure.detail)
    return _answered(started_at, answer, opened.headers)


def _opened(context: Context, endpoint: Destination, now: datetime) -> Opened:
    secrets = (endpoint.secret_sealed,)
    if endpoint.previous_secret_sealed is not None or endpoint.older_secrets_sealed:
        secrets += tuple(old.sealed for old in endpoints.old_secrets(endpoint, now=now))
    row = (endpoint.agency_id, endpoint.id)
    return _unsealed(context.settings.secret_keys, row, secrets, endpoint.signing_key_sealed, endpoint.headers_sealed)


@lru_cache(maxsize=ENDPOINTS_KEPT)
def _unsealed(
    keys: tuple[bytes, ...],
    row: tuple[UUID, UUID],
    secrets: tuple[bytes, ...],
    key: bytes | None,
    headers: bytes | None,
) -> Opened:
    """Opened once for as long as what is sealed stays the same: a changed secret is another call."""
    agency_id, row_id = row

    def unsealed(sealed: bytes, purpose: Purpose) -> str:
        return sealing.unseal(keys, sealed, agency_id=agency_id, row_id=row_id, purpose=purpose)

    return Opened(
        rules.Signer([unsealed(secret, Purpose.WEBHOOK_SECRET) for secret in secrets]),
        webhook_keys.KeySigner(unsealed(key, Purpose.WEBHOOK_SIGNING_KEY)) if key else None,
        webhook_headers.unpacked(unsealed(headers, Purpose.WEBHOOK_HEADERS)) if headers else {},
    )


def _signed(opened: Opened, parcel: Parcel, at: datetime) -> dict[str, str]:
    message_id, timestamp, body = str(parcel.event_id), int(at.timestamp()), parcel.body
    headers = opened.signer.headers(message_id, timestamp, body)
    if opened.key is not None:
        headers["webhook-signature"] += f" {opened.key.sign(message_id, timestamp, body)}"
    return opened.headers | headers if opened.headers else headers


def _answered(started_at: datetime, answer: Answer, own: dict[str, str]) -> Result:
    """What came back. Where the receiver repeats the owner's headers, who may read attempts is not shown them."""
    response = answer.body_cut.decode("utf-8", "replace").replace("\0", "\ufffd") if answer.body_cut else ""
    if not own:
        return Result(
            started_at, answer.duration_ms, answer.status, response_headers=answer.headers, response=response or None
        )
    return Result(
        started_at,
        answer.duration_ms,
        answer.status,
        response_headers={name: webhook_headers.masked(value, own) for name, value in answer.headers.items()},
        response=webhook_headers.masked(response, own) or None,
    )
