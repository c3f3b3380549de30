"""Idempotency keys: how one is written, what makes two requests the same, and which answers are kept.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

import re
import zlib
from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

import msgspec

from core.errors import Conflict, FieldProblem, Invalid, Unreadable

HEADER = "Idempotency-Key"

KEPT_FOR = timedelta(hours=24)

PATTERN = r'^("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-~]{1,255})$'
"""A structured string in quotes [RFC 8941, 3.3.3], or a bare token: 1 to 255 printable characters."""

# 4xx that a rule gave and not the reading of the request; the others say nothing of what was asked.
_KEPT_REFUSALS = frozenset({404, 409, 410, 412, 422})


class StillRunning(Conflict):
    """The first request with this key has not ended."""

    code = "request_under_way"

    def __init__(self) -> None:
        super().__init__("The first request with this key has not ended. Send this one again in a moment.")
        self.retry_after_s = 1


class KeptAnswer(NamedTuple):
    """An answer as it was first given."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def read_key(sent: Sequence[str]) -> str | None:
    """The key of a request; None where it has none.

    Raises: `Unreadable`.
    """
    if not sent:
        return None
    text = sent[0].strip()
    if len(sent) > 1 or not re.match(PATTERN, text):
        detail = 'Send one key of 1 to 255 printable characters, such as "8e03978e-40d5-43e8-bc93-6894a57f9324".'
        raise Unreadable(
            "The idempotency key cannot be read.", problems=[FieldProblem("invalid_key", detail, parameter=HEADER)]
        )
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def missing() -> Unreadable:
    """The refusal where a repeat would do harm and the request has no key."""
    detail = "Send a key of your own for each new request, and the same one when you send it again."
    problem = FieldProblem("key_missing", detail, parameter=HEADER)
    return Unreadable("Sending this twice would do it twice, so it needs a key.", problems=[problem])


def not_taken() -> Unreadable:
    """The refusal of a key on a stream, which is committed piece by piece."""
    detail = "Send a stream without a key: each line is known by platform and native id, and a repeat changes nothing."
    problem = FieldProblem("key_not_taken", detail, parameter=HEADER)
    return Unreadable("A stream takes no idempotency key.", problems=[problem])


def other_request() -> Invalid:
    """The refusal of a key that was used for something else."""
    detail = "This key was sent with another request. Use a new key, or send the first request unchanged."
    return Invalid(detail, code="key_reused")


def answer_id(secret: bytes, owner_id: UUID, method: str, path: str, key: str) -> UUID:
    """The id under which an answer is kept: the same for the same credential, method, path and key."""
    said = "\0".join((str(owner_id), method, path, key)).encode()
    return UUID(bytes=blake2b(said, digest_size=16, key=secret[:64], person=b"answer id").digest())


def fingerprint(secret: bytes, query: bytes, body: bytes) -> bytes:
    """What makes a request the same: its query and the bytes of its body; neither can be guessed from it."""
    said = len(query).to_bytes(8, "big") + query + body
    return blake2b(said, digest_size=32, key=secret[:64], person=b"request").digest()


def is_kept(status: int) -> bool:
    """Whether an answer of this status is given again; others let the request be tried anew."""
    return 200 <= status < 300 or status in _KEPT_REFUSALS


def packed(answer: KeptAnswer) -> bytes:
    """An answer as it is stored."""
    return zlib.compress(msgspec.msgpack.encode(answer), 1)


def unpacked(stored: bytes) -> KeptAnswer:
    """What `packed` made small."""
    return msgspec.msgpack.decode(zlib.decompress(stored), type=KeptAnswer)
