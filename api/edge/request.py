"""The request as our handlers read it: bodies decoded strictly against the declared shape."""

from functools import lru_cache
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler

from api.edge.errors import unreadable_body

# Beyond this a float no longer tells neighbouring integers apart.
_LARGEST_EXACT = 2**53


class StrictRequest(Request[Any, Any, Any]):
    """Decodes a JSON body once, strictly; the framework alone would take "3" for 3 and let lone surrogates pass."""

    async def json(self) -> Any:
        """The body as the shape that the handler declares.

        Raises: `core.errors.Unreadable` with a pointer to what does not fit.
        """
        handler: HTTPRouteHandler = self.route_handler  # type: ignore[assignment]
        field = handler.parsed_data_field
        return decode(await self.body(), field.annotation if field else Any)


def decode(body: bytes, kind: Any) -> Any:
    """JSON bytes as a value of this type."""
    try:
        return _decoded(body, kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable_body(error) from None
    except RecursionError:
        raise unreadable_body(msgspec.DecodeError("nested too deeply")) from None


def _decoded(body: bytes, kind: Any) -> Any:
    try:
        return _decoder(kind).decode(body)
    except msgspec.ValidationError as error:
        if "got `float`" not in str(error):
            raise
    # JSON has one kind of number, and some writers spell 5 as 5.0.
    return msgspec.convert(_with_integers(msgspec.json.decode(body)), kind, strict=True, str_keys=True)


def _with_integers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_EXACT:
        return int(value)
    if isinstance(value, dict):
        return {name: _with_integers(each) for name, each in cast("dict[str, Any]", value).items()}
    return [_with_integers(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=True)
