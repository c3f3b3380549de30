"""Reading a stream as it comes: the client that the other tests use waits for the end of an answer."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

PATIENCE_S = 60


@dataclass
class Stream:
    """An answer that is still coming."""

    status_code: int = 0
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    chunks: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)

    async def frame(self) -> dict[str, str] | None:
        """The next frame by the names of its fields, a comment under the empty name; None at the end."""
        async with asyncio.timeout(PATIENCE_S):
            chunk = await self.chunks.get()
        if chunk is None:
            return None
        lines = (line.partition(":") for line in chunk.decode().strip().split("\n"))
        return {name: value.strip() for name, _, value in lines}

    async def event(self) -> dict[str, str] | None:
        """The next frame that is an event; None at the end."""
        while (frame := await self.frame()) is not None:
            if "data" in frame:
                return frame
        return None

    async def rest(self) -> bytes:
        """All that still comes, up to the end."""
        found = b""
        async with asyncio.timeout(PATIENCE_S):
            while (chunk := await self.chunks.get()) is not None:
                found += chunk
        return found


@asynccontextmanager
async def opened(
    app: Any, path: str, headers: Mapping[str, str], *, method: str = "GET", slow: asyncio.Event | None = None
) -> AsyncIterator[Stream]:
    """Open a stream, and hang up at the end; until `slow` is set the reader takes nothing beyond the first frame."""
    stream, begun, over = Stream(), asyncio.Event(), asyncio.Event()
    asked = False

    async def receive() -> dict[str, object]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            stream.status_code, stream.headers = message["status"], httpx.Headers(message["headers"])
            begun.set()
            return
        if message["body"]:
            if slow is not None and not stream.chunks.empty():
                await slow.wait()
            stream.chunks.put_nowait(message["body"])
        if not message.get("more_body"):
            stream.chunks.put_nowait(None)

    address = urlsplit(path)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": address.path, "raw_path": address.path.encode(), "query_string": address.query.encode(),
        "root_path": "", "server": ("api.test", 80), "client": ("127.0.0.1", 1),
        "headers": [
            (name.lower().encode(), value.encode()) for name, value in {"host": "api.test", **headers}.items()
        ],
    }  # fmt: skip
    serving = asyncio.create_task(app(scope, receive, send))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([serving, asyncio.create_task(begun.wait())], return_when=asyncio.FIRST_COMPLETED)
        yield stream
    finally:
        over.set()
        async with asyncio.timeout(PATIENCE_S):
            await serving


async def beginning(app: Any, path: str, headers: Mapping[str, str]) -> httpx.Response:
    """The head of a stream and its first frame, as if that were all; a refusal whole."""
    async with opened(app, path, headers) as stream:
        streams = stream.headers["content-type"].startswith("text/event-stream")
        content = await stream.chunks.get() if streams else await stream.rest()
    return httpx.Response(stream.status_code, headers=stream.headers, content=content)
