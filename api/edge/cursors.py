"""Cursors: opaque, signed, and good for one agency, route, filter and sort only.

Changed by a byte or carried elsewhere a cursor is refused. One that was signed with another key that is still accepted
holds on.
"""

import base64
import hmac
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from litestar.connection import ASGIConnection

from api.edge.process import Process
from core.errors import FieldProblem, Unreadable
from storage.paging import Position

Connection = ASGIConnection[Any, Any, Any, Any]
LONGEST_CURSOR = 2000

_MAC_BYTES = 16
# How many rows a page has may change from page to page.
_NOT_BOUND = frozenset({"cursor", "limit", "include_total"})


def position(request: Connection, cursor: str | None) -> Position | None:
    """Where the page begins; None for the first.

    Raises: `Unreadable` with the code `invalid_cursor`.
    """
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        content, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        # One spelling only: the decoder skips what it does not know and drops the bits beyond the last byte.
        if _text(raw) != cursor or not _is_ours(request, content, mac):
            raise ValueError("not a cursor of ours")
        *keys, identifier = msgspec.msgpack.decode(content)
        return (*keys, UUID(bytes=identifier))
    except (ValueError, msgspec.DecodeError):
        problem = FieldProblem("invalid_cursor", "Take it unchanged from the page before.", parameter="cursor")
        detail = "The cursor is not one of this list. Start again without it."
        raise Unreadable(detail, code="invalid_cursor", problems=[problem]) from None


def seal(request: Connection, end: Position) -> str:
    """The cursor of a position."""
    content = msgspec.msgpack.encode([*end[:-1], end[-1].bytes])
    return _text(content + _mac(request, content, _process(request).settings.secret_key))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _process(request: Connection) -> Process:
    return request.app.state.siaga


def _is_ours(request: Connection, content: bytes, mac: bytes) -> bool:
    keys = _process(request).settings.secret_keys
    return any(hmac.compare_digest(mac, _mac(request, content, key)) for key in keys)


def _mac(request: Connection, content: bytes, key: bytes) -> bytes:
    principal = request.scope["state"]["principal"]
    filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in _NOT_BOUND)
    binding = repr((str(principal.agency_id), str(principal.client_id), request.url.path, filters)).encode()
    return blake2b(content + binding, key=key[:64], digest_size=_MAC_BYTES).digest()
