"""Bodies of many items: read all at once where all are well formed, and one by one where not."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from api.edge.errors import unreadable_body
from core.errors import TooLarge

Item = TypeVar("Item")


class _Raw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: list[msgspec.Raw]


_RAW = msgspec.json.Decoder(_Raw, strict=True)


def items_of(body: bytes, whole: Callable[[bytes], Sequence[Item]], *, most: int) -> Sequence[Item | msgspec.Raw]:
    """The items of a body, as `whole` decodes them; each of them raw where that fails.

    Raises: `Unreadable` where the body itself is malformed; `TooLarge`.
    """
    items: Sequence[Any]
    try:
        items = whole(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            items = _RAW.decode(body).items
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise unreadable_body(error) from None
        except RecursionError:
            raise unreadable_body(msgspec.DecodeError("nested too deeply")) from None
    if len(items) > most:
        raise TooLarge(f"At most {most} items at once. Send them in parts.")
    return items
