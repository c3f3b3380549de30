"""Where somebody stands in the log of events: opaque, signed, and silent about how much others have.

A position counts the events of a whole agency, which a portal of one client must not learn from its cursor. So the
content is not only signed but hidden: the signature serves as the nonce of the stream that covers it (SIV, as in
RFC 5297, on BLAKE2b), and the same place always has the same cursor.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAC_BYTES = 16
_CONTENT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Place:
    """After which position to go on, and when that one was the newest: older than the log, it is a place no longer."""

    position: int
    at: datetime


class NoCursor(ValueError):  # noqa: N818 - says what it is not
    """Not one of ours, or made for another reader or other filters."""


def seal(key: bytes, place: Place, binding: bytes) -> str:
    """The cursor of a place, good for the reader and the filters that the binding names."""
    micros = (place.at - _EPOCH) // _MICROSECOND
    content = place.position.to_bytes(8, "big") + micros.to_bytes(8, "big", signed=True)
    mac = _mac(key, content, binding)
    return _text(mac + _covered(key, mac, content))


def unseal(keys: Sequence[bytes], cursor: str, binding: bytes) -> Place:
    """The place that a cursor stands for, whichever of the keys it was sealed with.

    Raises: NoCursor.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raise NoCursor from None
    mac, covered = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    # One spelling only: the decoder skips what it does not know and drops the bits beyond the last byte.
    if len(covered) != _CONTENT_BYTES or _text(raw) != cursor:
        raise NoCursor
    for key in keys:
        content = _covered(key, mac, covered)
        if hmac.compare_digest(mac, _mac(key, content, binding)):
            micros = int.from_bytes(content[8:], "big", signed=True)
            return Place(int.from_bytes(content[:8], "big"), _EPOCH + _MICROSECOND * micros)
    raise NoCursor


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(key: bytes, content: bytes, binding: bytes) -> bytes:
    return blake2b(content + binding, key=key[:64], digest_size=_MAC_BYTES, person=b"siaga event mac").digest()


def _covered(key: bytes, mac: bytes, content: bytes) -> bytes:
    stream = blake2b(mac, key=key[:64], digest_size=_CONTENT_BYTES, person=b"siaga event pos").digest()
    return bytes(a ^ b for a, b in zip(content, stream, strict=False))
