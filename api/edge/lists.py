"""Lists: signed cursors, and the answer every list has.

A cursor is opaque and signed, and holds for one agency, route and filter only: changed by a byte or carried
elsewhere it is refused.
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response
from litestar.params import QueryParameter

from api.edge.process import Process
from core.errors import FieldProblem, Unreadable
from storage.paging import Position

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many rows at most, 1 to 200.")]
Cursor = Annotated[
    str | None,
    QueryParameter(max_length=200, description="Where to go on: `next_cursor` of the page before, unchanged."),
]
DEFAULT_LIMIT = 50

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAC_BYTES = 16


def position(request: Request[Any, Any, Any], cursor: str | None) -> Position | None:
    """Where the page begins; None for the first.

    Raises: `Unreadable` with the code `invalid_cursor`.
    """
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        content, mac = raw[:24], raw[24:]
        # One spelling only: the decoder skips what it does not know and drops the bits beyond the last byte.
        if _text(raw) != cursor or not hmac.compare_digest(mac, _mac(request, content)):
            raise ValueError("not a cursor of ours")
        return _EPOCH + _MICROSECOND * int.from_bytes(content[:8], "big", signed=True), UUID(bytes=content[8:])
    except ValueError:
        field = FieldProblem("invalid_cursor", "Take it unchanged from the page before.", parameter="cursor")
        detail = "The cursor is not one of this list. Start again without it."
        raise Unreadable(detail, code="invalid_cursor", problems=[field]) from None


def seal(request: Request[Any, Any, Any], end: Position) -> str:
    """The cursor of a position."""
    micros = (end[0] - _EPOCH) // _MICROSECOND
    content = micros.to_bytes(8, "big", signed=True) + end[1].bytes
    return _text(content + _mac(request, content))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(request: Request[Any, Any, Any], content: bytes) -> bytes:
    process: Process = request.app.state.siaga
    principal = request.scope["state"]["principal"]
    filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in {"cursor", "limit"})
    binding = repr((str(principal.agency_id), str(principal.client_id), request.url.path, filters)).encode()
    return blake2b(content + binding, key=process.settings.secret_key[:64], digest_size=_MAC_BYTES).digest()


def next_link(request: Request[Any, Any, Any], cursor: str | None) -> Mapping[str, str]:
    """The `Link` header to the next page, built from configuration and never from what the caller sent as Host."""
    if cursor is None:
        return {}
    process: Process = request.app.state.siaga
    query = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    address = f"{process.settings.public_url}{request.url.path}?{urlencode([*query, ('cursor', cursor)])}"
    return {"Link": f'<{address}>; rel="next"'}


def listed(request: Request[Any, Any, Any], shape: Any, data: list[Any], end: Position | None) -> Response[Any]:
    """The answer of a list: `shape` is its struct, with `data`, `next_cursor` and `has_more`."""
    cursor = None if end is None else seal(request, end)
    content = shape(data=data, next_cursor=cursor, has_more=cursor is not None)
    return Response(content, headers=next_link(request, cursor))
