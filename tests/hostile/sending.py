"""Requests as bytes on a socket, since no well-behaved client would send them; and the answers that come."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import httptools

from tests.hostile.attacks import Attack

ANSWER_WITHIN_S = 5.0
CONNECTIONS = 12


@dataclass(slots=True)
class Answer:
    """One answer. `status` is 0 where none came: then `silence` says whether the server hung up or was silent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    silence: str = ""


@dataclass(slots=True)
class _Reading:
    """What the parser calls while it reads answers."""

    answers: list[Answer] = field(default_factory=list)
    current: Answer = field(default_factory=Answer)
    parser: httptools.HttpResponseParser | None = None

    def on_message_begin(self) -> None:
        self.current = Answer()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.current.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        assert self.parser is not None
        self.current.status = self.parser.get_status_code()
        if self.current.headers.get("content-type", "").startswith("text/event-stream"):
            # It never ends by itself: that it began is the answer, and we hang up.
            self.current.headers["connection"] = "close"
            self.answers.append(self.current)

    def on_body(self, body: bytes) -> None:
        self.current.body += body

    def on_message_complete(self) -> None:
        if self.current.status >= 200:
            self.answers.append(self.current)


def written(attack: Attack) -> bytes:
    """The request as it goes onto the wire."""
    lines = [f"{attack.method} {attack.target} HTTP/1.1".encode("ascii")]
    lines += [name.encode("ascii") + b": " + value for name, value in attack.headers.items()]
    if attack.body is not None:
        lines.append(b"Content-Length: %d" % len(attack.body))
    return b"\r\n".join([*lines, b"", attack.body or b""])


class Line:
    """One connection, opened anew whenever the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes) -> Answer:
        """Send one request and wait for its answer; what is long may go on for as long as it comes."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S) as patience:
                answer = await self._exchange(request, patience)
        except TimeoutError:
            answer = Answer(silence="nothing came")
        except OSError as error:
            answer = Answer(silence=type(error).__name__)
        answer.seconds = time.monotonic() - started
        if not answer.status or answer.headers.get("connection") == "close":
            await self.close()
        return answer

    async def _exchange(self, request: bytes, patience: asyncio.Timeout) -> Answer:
        if self._streams is None or self._streams[0].at_eof():
            await self.close()
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        # A server may answer and hang up before it has read all of a large body.
        with suppress(ConnectionError):
            await writer.drain()
        reading = _Reading()
        reading.parser = httptools.HttpResponseParser(reading)
        while not reading.answers:
            arrived = await reader.read(65_536)
            if not arrived:
                return Answer(silence="the connection ended")
            patience.reschedule(asyncio.get_running_loop().time() + ANSWER_WITHIN_S)
            reading.parser.feed_data(arrived)
        return reading.answers[0]

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            with suppress(OSError):
                await self._streams[1].wait_closed()
        self._streams = None


async def send_all(port: int, attacks: Iterable[Attack]) -> AsyncIterator[tuple[Attack, Answer]]:
    """Send them over a few connections at once; each with its answer, as they come."""
    waiting = iter(attacks)
    done: asyncio.Queue[tuple[Attack, Answer] | None] = asyncio.Queue(1000)

    async def work() -> None:
        line = Line(port)
        for attack in waiting:
            await done.put((attack, await line.send(written(attack))))
        await line.close()
        await done.put(None)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(work())
        ended = 0
        while ended < CONNECTIONS:
            arrived = await done.get()
            if arrived is None:
                ended += 1
            else:
                yield arrived


def answers_in(received: bytes) -> list[Answer]:
    """All the answers in what a connection carried until it ended.

    Raises: httptools.HttpParserError, where it is not HTTP.
    """
    reading = _Reading()
    reading.parser = httptools.HttpResponseParser(reading)
    reading.parser.feed_data(received)
    return reading.answers
