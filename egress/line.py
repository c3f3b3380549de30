"""One connection to a receiver: a request is written whole, and the beginning of its answer read.

The parser is httptools', which reads strictly. What it does not bound is bounded here: how much a head may hold, how
much of a body is kept, how much may be read for that, and for how long.
"""

import asyncio
from typing import cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from egress.failures import EgressFailed, FailureCode

MAX_HEADERS = 64
MAX_HEADER_BYTES = 8190
MAX_HEAD_BYTES = 32 * 1024
BYTES_FOR_EACH_KEPT = 8
"""Bytes read for each that is kept: what frames chunks of a few bytes passes, what frames nothing does not."""
_SWITCHING = 101

Received = tuple[int, tuple[tuple[bytes, bytes], ...], bytes, bool]
"""What came back: status, headers as they were written, the beginning of the body, and whether there was more of it."""


class Line(asyncio.Protocol):
    """A connection on which one request at a time is asked. Fit for the next only while `is_fit`."""

    def __init__(self, most_bytes: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._most_bytes = most_bytes
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Received] | None = None
        self._read: dict[bytes, bytes] = {}
        self.on_header = self._read.__setitem__
        """Called by the parser, the most often of all: what has been read is judged when the head is whole."""
        self._parser = HttpResponseParser(self)
        self._status = 0
        self._headers: tuple[tuple[bytes, bytes], ...] = ()
        self._body = bytearray()
        self._head_is_read = False
        self._unbounded = 0
        self._by = self._rings_at = 0.0
        self._clock: asyncio.TimerHandle | None = None
        self.is_fit = False
        self.idle_since = 0.0

    def ask(self, written: bytes, by: float) -> "asyncio.Future[Received]":
        """Send these bytes as they are; the answer, or `EgressFailed`, comes to the future.

        Units: by, the loop's time.
        """
        answer = self._answer = self._loop.create_future()
        self._unbounded = 0
        transport, self.is_fit = self._transport, False
        if transport is None or transport.is_closing():
            self._fail("closed_early")
            return answer
        self._by = by
        # A clock that was set for an earlier request rings in time for this one, and is then set on.
        if self._clock is None or self._rings_at > by:
            self._set_clock()
        transport.write(written)
        return answer

    def _set_clock(self) -> None:
        self._stop_clock()
        self._rings_at = self._by
        self._clock = self._loop.call_at(self._by, self._ring)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _ring(self) -> None:
        self._clock = None
        if self._answer is not None:
            if self._rings_at < self._by:
                self._set_clock()
            else:
                self._fail("timeout")

    def hang_up(self) -> None:
        """Close at once: nothing is sent any more and nothing read."""
        self.is_fit = False
        self._stop_clock()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        # Of uvloop's transports none is an `asyncio.Transport` by name.
        self._transport = cast("asyncio.Transport", transport)
        self.is_fit = True

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if self._answer is None:
            # Nobody asked: what comes now must not be taken for the answer to the next request.
            self.hang_up()
            return
        self._unbounded += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self.is_fit = False
        except HttpParserError:
            self._fail("bad_answer")
            return
        most = BYTES_FOR_EACH_KEPT * (self._most_bytes + 1024) if self._head_is_read else MAX_HEAD_BYTES
        if self._unbounded > most:
            self._fail("bad_answer")

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self._transport = None
        self.is_fit = False
        self._stop_clock()
        if self._answer is None:
            return
        if exc is None and self._head_is_read and self._ends_with_connection():
            self._complete()
        else:
            self._fail("closed_early")

    def on_message_begin(self) -> None:
        """Called by the parser."""
        # What stood behind the last body is not kept.
        self._read.clear()
        self._headers = ()
        self._body.clear()
        self._head_is_read = False
        if self._answer is None:
            # A second answer, where one was asked for.
            self.hang_up()

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._status = status = self._parser.get_status_code()
        self._headers = headers = tuple(self._read.items())
        if len(headers) > MAX_HEADERS or (
            self._unbounded > MAX_HEADER_BYTES
            and any(len(name) + len(value) > MAX_HEADER_BYTES for name, value in headers)
        ):
            self._fail("bad_answer")
        if not 100 <= status < 200:
            self._head_is_read = True
            self._unbounded = 0

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        if self._answer is None:
            return
        room = self._most_bytes - len(self._body)
        self._body += body[:room]
        if len(body) > room:
            self._complete(is_cut=True)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        status = self._status
        if 100 <= status < 200 and status != _SWITCHING:
            # An interim answer: the one that was asked for is still to come.
            self._unbounded = 0
            return
        self.is_fit = self._answer is not None and status != _SWITCHING and self._parser.should_keep_alive()
        self._complete()

    def _complete(self, *, is_cut: bool = False) -> None:
        answer, self._answer = self._answer, None
        if answer is None:
            return
        if not answer.done():
            answer.set_result((self._status, self._headers, bytes(self._body), is_cut))
        if is_cut:
            self.hang_up()

    def _fail(self, code: FailureCode) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(EgressFailed(code))
        self.hang_up()

    def _ends_with_connection(self) -> bool:
        """Whether the answer told no length, so that it is whole when the connection is closed."""
        told = {name.lower(): value.lower() for name, value in self._headers}
        return b"content-length" not in told and b"chunked" not in told.get(b"transfer-encoding", b"")
