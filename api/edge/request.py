"""The request as our handlers read it: bodies decoded strictly against the declared shape."""

from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler

from api.edge.errors import unreadable_body


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
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable_body(error) from None
    except RecursionError:
        raise unreadable_body(msgspec.DecodeError("nested too deeply")) from None


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=True)
