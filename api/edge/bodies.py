"""Bodies as they come in: how long, of what type, and whether a reader can read them without harm."""

from typing import Any

from litestar.types import HTTPReceiveMessage, HTTPScope, Receive

from api.edge.refusals import Gone, Refused
from core.errors import TooLarge, Unreadable

MAX_BODY = 1024 * 1024
MAX_BULK_BODY = 10 * 1024 * 1024
MAX_DEPTH = 64
JSON_TYPES = frozenset({"application/json"})
PATCH_TYPES = frozenset({"application/merge-patch+json", "application/json"})
BULK_TYPES = frozenset({"application/json", "application/x-ndjson"})
BULK_PATHS = frozenset({"/v1/mentions"})
_ONE_KIND, _OPENS = bytes.maketrans(b"[]", b"{}"), ord("{")
_NO_MARKS = bytes(set(range(256)) - set(b'[]{}"'))


def check_length(told: bytes, limit: int) -> None:
    """Refuse a body by the size it is told to have, before any of it is read.

    Raises: `Refused`.
    """
    if not told.isdigit():
        raise Refused("unreadable", "Content-Length is not a number.")
    if len(told.lstrip(b"0")) > len(str(limit)) or int(told) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> Refused:
    return Refused("too_large", f"The body may hold {limit} bytes. Send it in parts.")


async def whole(scope: HTTPScope, receive: Receive, limit: int, media_type: str) -> Receive:
    """A body of JSON, read to its end and looked over before anybody reads it again.

    Raises: `Refused`; `Gone`, where the caller hangs up before its end.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        chunks.append(message["body"])
        size += len(message["body"])
        if size > limit:
            raise _too_large(limit)
        if not message["more_body"]:
            break
    body = b"".join(chunks)
    if body:
        _check_type(scope, media_type)
        check_json(body)
    return replayed(body)


def _check_type(scope: HTTPScope, media_type: str) -> None:
    allowed = PATCH_TYPES if scope["method"] == "PATCH" else JSON_TYPES
    if scope["path"] in BULK_PATHS:
        allowed = BULK_TYPES
    if media_type not in allowed:
        names = ", ".join(sorted(allowed))
        raise Refused("unsupported_media_type", f"Send the body as {names}.", Accept=names)


def check_json(body: bytes) -> None:
    """Refuse bytes that are not UTF-8 and nesting so deep that a reader could be overrun.

    Raises: `Refused`.
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        raise Refused("unreadable", "The body is not UTF-8.") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise Refused("unreadable", f"The body is nested deeper than {MAX_DEPTH} levels.")


def _depth(body: bytes) -> int:
    """The deepest nesting of JSON text. Every second part between quotation marks stands inside a string."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Strings that hold no bracket are empty without the rest, and only few others are left to be split at.
    marks = body.translate(_ONE_KIND, _NO_MARKS).replace(b'""', b"")
    brackets = b"".join(marks.split(b'"')[::2])
    # Without its innermost pairs it is one level less deep. What is no JSON is counted one by one.
    levels = 0
    left = brackets
    while left and levels <= MAX_DEPTH:
        fewer = left.replace(b"{}", b"")
        if len(fewer) == len(left):
            return _counted(brackets)
        levels, left = levels + 1, fewer
    return levels


def _counted(brackets: bytes) -> int:
    deepest = depth = 0
    for symbol in brackets:
        depth += 1 if symbol == _OPENS else -1
        deepest = max(deepest, depth)
    return deepest


def replayed(body: bytes) -> Receive:
    """A body that is here already, as one that comes in."""
    messages: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> HTTPReceiveMessage:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return receive


def capped(receive: Receive, limit: int) -> Receive:
    """A body that is read as it comes, cut off where it passes the limit.

    Reading it raises: `TooLarge`; `Unreadable`, where it ends too early.
    """
    size = 0

    async def counted() -> Any:
        nonlocal size
        message = await receive()
        if message["type"] == "http.request":
            size += len(message["body"])
            if size > limit:
                raise TooLarge(f"The body may hold {limit} bytes. Send it in parts.")
        elif message["type"] == "http.disconnect":
            raise Unreadable("The body ended before it was whole. Send the rest; what had come was taken.")
        return message

    return counted
