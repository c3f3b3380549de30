"""Counts that all processes share: in Redis, each changed by one atomic script.

What is asked for while an answer is on its way travels together as the next message: under load, many requests share
one round trip, and each still gets the count of its own turn.
"""

import asyncio
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import ConnectionPool
from redis.exceptions import NoScriptError, RedisError, ResponseError

from storage import metrics

log = logging.getLogger("siaga.api")

TIMEOUT_S = 0.5
PAUSE_S = 2.0
"""So long Redis is left alone after it failed, so that a dead one does not slow every request."""


class CountersGone(Exception):  # noqa: N818 - says what is wrong
    """Redis does not count; the caller decides whether that opens or shuts its door."""


@dataclass(frozen=True, slots=True)
class Script:
    """One atomic change of counts."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


@dataclass(frozen=True, slots=True)
class _Call:
    script: Script
    arguments: tuple[Any, ...]
    answer: asyncio.Future[Any]


class Counters:
    """The counts, over one connection of this process. `missed` tells what could not be counted, by kind."""

    def __init__(self, redis_url: str) -> None:
        self.missed: Counter[str] = Counter()
        self._pool = ConnectionPool.from_url(redis_url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
        self._connection: Any = None
        self._waiting: list[_Call] = []
        self._sending: asyncio.Task[None] | None = None
        self._silent_until = 0.0

    async def run(self, script: Script, keys: Sequence[str], *arguments: str | int, kind: str) -> Any:
        """What the script answers. `kind` says what is missed where it does not.

        Raises: `CountersGone`.
        """
        if self._silent_until > time.monotonic():
            self._miss(kind)
            raise CountersGone
        call = _Call(script, (len(keys), *keys, *arguments), asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_all())
        try:
            return await call.answer
        except CountersGone:
            self._miss(kind)
            raise

    def _miss(self, kind: str) -> None:
        self.missed[kind] += 1
        metrics.note_uncounted(kind)

    async def close(self) -> None:
        """Hang up; whoever still waits is told that nothing was counted."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        await self._hang_up()

    async def _send_all(self) -> None:
        calls: list[_Call] = []
        try:
            while self._waiting:
                calls, self._waiting = self._waiting, []
                await self._send(calls)
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = time.monotonic() + PAUSE_S
            log.warning("cannot count in Redis: %s; missed so far: %s", type(error).__name__, dict(self.missed))
            await self._hang_up()
        finally:
            self._sending = None
            for call in (*calls, *self._waiting):
                if not call.answer.done():
                    call.answer.set_exception(CountersGone())
            self._waiting = []

    async def _send(self, calls: Sequence[_Call]) -> None:
        answers = await self._ask([("EVALSHA", call.script.sha, *call.arguments) for call in calls])
        unknown = [number for number, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if unknown:
            again = await self._ask([("EVAL", calls[n].script.text, *calls[n].arguments) for n in unknown])
            for number, answer in zip(unknown, again, strict=True):
                answers[number] = answer
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, ResponseError):
                raise answer
            if not call.answer.done():
                call.answer.set_result(answer)

    async def _ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The answers to these commands, sent as one message; a refusal stands among them."""
        if self._connection is None:
            connection: Any = self._pool.make_connection()
            await connection.connect()
            self._connection = connection
            if self.missed:
                log.warning("Redis counts again; missed so far: %s", dict(self.missed))
        await self._connection.send_packed_command(b"".join(map(_packed, commands)))
        answers: list[Any] = []
        for _ in commands:
            try:
                answers.append(await self._connection.read_response())
            except ResponseError as refusal:
                answers.append(refusal)
        return answers

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)


def _packed(command: Sequence[Any]) -> bytes:
    """A command as Redis reads it. The library's own way takes four times as long."""
    words = [b"*%d\r\n" % len(command)]
    for each in command:
        word = str(each).encode()
        words.append(b"$%d\r\n%b\r\n" % (len(word), word))
    return b"".join(words)
