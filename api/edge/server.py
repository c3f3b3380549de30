"""The HTTP server's own refusals, in the one form that every refusal has.

What is no HTTP never reaches the application: uvicorn answers it with a line of plain text, and waits for ever for
what never comes. Here it is a problem document, after a time that has an end, and never a second answer to one request.
"""

import asyncio
import logging
from typing import Any, ClassVar, cast
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from api.edge.gate import CLOSED_POLICY, SECURITY_HEADERS
from api.edge.problems import MEDIA_TYPE, Headers, as_headers, encode, problem

log = logging.getLogger("siaga.api")

MAX_HEAD = 32 * 1024
# A head comes whole; a body may come slowly, as it is made, but not never.
HEAD_WITHIN_S = 10.0
BODY_PAUSE_S = 20.0
# Hanging up while bytes are on their way would reset the connection, and lose the answer with it.
LINGER_S = 1.0

_DETAILS = {
    "unreadable": "This is not a request of HTTP/1.1, or its framing is broken. Look at what stands between.",
    "headers_too_large": f"Address and headers may hold {MAX_HEAD} bytes together. Send fewer.",
    "request_timeout": "The rest of the request did not come. Send it again, and all of it.",
}


class Protocol(HttpToolsProtocol):
    """One connection. `public_url` is where the kinds of refusals are explained."""

    public_url: ClassVar[str] = ""
    head_within_s: ClassVar[float] = HEAD_WITHIN_S
    body_pause_s: ClassVar[float] = BODY_PAUSE_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = self._in_body = self._is_refused = False
        self._head_bytes = 0
        self._too_large = False
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_within(self.head_within_s)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        is_of_head = self._in_head or (self._is_idle() and not self._in_body)
        if is_of_head and self._deadline is None:
            self._expect_within(self.head_within_s)
        super().data_received(data)
        if is_of_head and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self._refuse("headers_too_large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._expect_within(self.head_within_s)

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEAD:
            self._too_large = True
            raise ValueError("the head is too large")
        super().on_headers_complete()
        self._in_head, self._in_body = False, True
        self._expect_within(self.body_pause_s)

    def on_body(self, body: bytes) -> None:
        self._deadline = self.loop.time() + self.body_pause_s
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._deadline = False, None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read."""
        del msg
        self._refuse("headers_too_large" if self._too_large else "unreadable")

    def _unsupported_upgrade_warning(self) -> None:
        """Another protocol is never spoken: the request is answered in this one, and what follows it is not read."""
        self.cycle.keep_alive = False
        self._is_refused, self._deadline = True, None

    def _is_idle(self) -> bool:
        # None before the first request, whatever uvicorn declares.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is None or cycle.response_complete

    def _expect_within(self, seconds: float) -> None:
        self._deadline = self.loop.time() + seconds
        if self._timer is None:
            self._timer = self.loop.call_at(self._deadline, self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._timer = None
        if self._deadline is None or self.transport.is_closing():
            return
        if self.flow.read_paused:  # we are the slow ones
            self._deadline = self.loop.time() + self.body_pause_s
        if self.loop.time() < self._deadline:
            self._timer = self.loop.call_at(self._deadline, self._look_at_clock)
        elif self._in_head or self._in_body:
            self._refuse("request_timeout")
        elif self._is_idle():
            self.transport.close()

    def _refuse(self, kind: str) -> None:
        """Refuse what is being read, once what was read before is answered."""
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused, self._deadline = True, None
        if self._is_idle():
            if self._in_body:  # refused already, and answered so
                self.transport.close()
            else:
                self._write(kind)
        elif not self._in_body:  # what cannot be read comes after a good request
            self.cycle.keep_alive = False
        elif self.pipeline:
            self._refuse_in_turn(kind)
        elif self.cycle.response_started:
            self.transport.close()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._write(kind)

    def _refuse_in_turn(self, kind: str) -> None:
        cycle, _ = self.pipeline.popleft()

        async def answer(_scope: Any, _receive: Any, send: Any) -> None:
            status, headers, body = self._document(kind)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        self.pipeline.appendleft((cycle, answer))

    def _write(self, kind: str) -> None:
        status, headers, body = self._document(kind)
        lines = [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", body]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)

    def _document(self, kind: str) -> tuple[int, Headers, bytes]:
        request_id = uuid4().hex
        told = problem(kind, _DETAILS[kind], instance="/", request_id=request_id, base_url=self.public_url)
        body = encode(told)
        log.info("refused by the server: %s", kind, extra={"request_id": request_id})
        headers = as_headers(
            {
                "content-type": MEDIA_TYPE,
                "content-length": len(body),
                "x-request-id": request_id,
                "cache-control": "no-store",
                "connection": "close",
            }
        )
        return told.status, [*headers, *SECURITY_HEADERS, CLOSED_POLICY], body


def protocol(public_url: str, **patience: float) -> type[Protocol]:
    """The protocol of an installation with this public address; `patience` is other than ours in tests only."""
    return type("SiagaProtocol", (Protocol,), {"public_url": public_url, **patience})
