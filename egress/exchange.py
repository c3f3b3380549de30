"""One exchange of HTTP/1.1 on a connection of aiohttp's pool: a request written whole, and the beginning of its answer.

The library opens, keeps and closes the connections, and reads what comes back. What it does for each request beside
that, for cookies, redirects, middlewares and an answer of many faces, would cost a webhook more than its sending.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from core.egress_rules import Target

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

TARGETS_KEPT = 1024
MAX_HEADERS = 64
MAX_HEADER_BYTES = 8190
_SWITCHING = 101


Received = tuple[int, "CIMultiDictProxy[str]", bytes, bool]
"""What came back: status, headers, the beginning of the body, and whether there was more of it."""


@dataclass(frozen=True, slots=True)
class _Way:
    """What never changes about requests to one URL: whom the pool connects, and the first lines."""

    request: aiohttp.ClientRequest
    head: bytes


class Exchange:
    """Sends requests on a pool's connections. Headers have been checked: no value of theirs may end a line."""

    def __init__(self, pool: aiohttp.TCPConnector, *, user_agent: str, connect_s: float, most_bytes: int) -> None:
        self._pool = pool
        self._most_bytes = most_bytes
        self._unless_told = {"user-agent": user_agent, "accept": "*/*"}
        # The wait as a whole is the caller's; the library would round one of more than five seconds up.
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_s, ceil_threshold=3600)
        self._way = lru_cache(TARGETS_KEPT)(_way)

    async def send(self, method: str, target: Target, body: bytes | None, headers: Mapping[str, str]) -> Received:
        """Send once, follow nothing.

        Raises: aiohttp.ClientError, OSError.
        """
        way = self._way(method, target)
        try:
            connection = await self._pool.connect(way.request, [], self._timeout)
        except TimeoutError as late:
            raise aiohttp.ConnectionTimeoutError from late
        try:
            received = await self._exchanged(connection, self._written(way, body, headers))
        except BaseException:
            connection.close()
            raise
        # Kept where the answer was read to its end, and closed where not.
        connection.release()
        return received

    def _written(self, way: _Way, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        told = self._unless_told | {name.lower(): value for name, value in headers.items()}
        lines = "".join([f"{name}: {value}\r\n" for name, value in told.items()])
        if body is None:
            return way.head + lines.encode("ascii") + b"\r\n"
        return b"%b%bcontent-length: %d\r\n\r\n%b" % (way.head, lines.encode("ascii"), len(body), body)

    async def _exchanged(self, connection: "aiohttp.connector.Connection", written: bytes) -> Received:
        protocol, transport = connection.protocol, connection.transport
        if protocol is None or transport is None:
            raise aiohttp.ServerDisconnectedError
        protocol.set_response_params(
            read_until_eof=True,
            auto_decompress=False,
            read_bufsize=self._most_bytes,
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            max_headers=MAX_HEADERS,
        )
        transport.write(written)
        try:
            message, content = await protocol.read()
            while 100 <= message.code < 200 and message.code != _SWITCHING:
                message, content = await protocol.read()
        except HttpProcessingError as unreadable:
            raise UnreadableAnswer from unreadable
        return message.code, message.headers, *await _beginning(content, self._most_bytes)


class UnreadableAnswer(aiohttp.ClientError):
    """What came back is no HTTP."""


def _way(method: str, target: Target) -> _Way:
    # `encoded`: the URL was judged in this spelling and leaves in it.
    url = URL(target.url, encoded=True)
    request = aiohttp.ClientRequest(method, url, loop=asyncio.get_running_loop())
    first = (
        f"{method} {url.raw_path_qs} HTTP/1.1\r\nhost: {url.host_port_subcomponent}\r\naccept-encoding: identity\r\n"
    )
    return _Way(request, first.encode("ascii"))


async def _beginning(content: aiohttp.StreamReader, limit: int) -> tuple[bytes, bool]:
    """The first bytes of a body, and whether there were more."""
    if content.at_eof():
        return b"", False
    read = bytearray()
    while len(read) <= limit:
        chunk = await content.read(limit + 1 - len(read))
        if not chunk:
            return bytes(read), False
        read += chunk
    return bytes(read[:limit]), True
