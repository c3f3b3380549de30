"""Being told that something was committed: one listening connection a process, however many wait.

A notice carries no data: it is a reason to look. Whoever waits looks from time to time as well, so that a notice
that was missed costs a moment and nothing else.
"""

import asyncio
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.engine import Database

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

log = logging.getLogger("siaga.notices")

EVENTS = "siaga_events"
CREDENTIALS = "siaga_credentials"
RETRY_S = 1.0
_TELL = text("select pg_notify(:channel, '')")


def channel(kind: str, agency_id: UUID) -> str:
    """The name under which notices of one agency are sent: names are common to a whole server."""
    return f"{kind}_{agency_id.hex}"


async def tell(session: AsyncSession, kind: str) -> None:
    """Send a notice to the session's agency at its commit."""
    await session.execute(_TELL, {"channel": channel(kind, session.info["agency_id"])})


class Notices:
    """Wakes whoever waits for a channel. Listens to those channels only that somebody waits for."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.is_listening = False

    @contextmanager
    def waking(self, woken: Callable[[], None], name: str) -> Generator[None]:
        """Within the block, each notice on the channel of this name calls the function."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep_listening())
        self._waiting.setdefault(name, []).append(woken)
        self._changed.set()
        try:
            yield
        finally:
            self._waiting[name].remove(woken)
            if not self._waiting[name]:
                del self._waiting[name]
            self._changed.set()

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_listening(self) -> None:
        while True:
            try:
                async with self._db.relay.acquire() as connection:
                    await self._listen(connection)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                log.warning("no notices for a moment: the listening connection was lost")
            self.is_listening = False
            self._wake(*self._waiting)
            await asyncio.sleep(RETRY_S)

    async def _listen(self, connection: "PoolConnectionProxy") -> None:
        connection.add_termination_listener(self._lost)
        heard: set[str] = set()
        try:
            while not connection.is_closed():
                self._changed.clear()
                wanted = set(self._waiting)
                for name in wanted - heard:
                    heard.add(name)
                    await connection.add_listener(name, self._notice)
                    # What was committed before there was an ear for it is looked for now.
                    self._wake(name)
                for name in heard - wanted:
                    await connection.remove_listener(name, self._notice)
                    heard.remove(name)
                self.is_listening = True
                await self._changed.wait()
        finally:
            if not connection.is_closed():
                connection.remove_termination_listener(self._lost)
                for name in heard:
                    await connection.remove_listener(name, self._notice)

    def _lost(self, _: object) -> None:
        self._changed.set()

    def _notice(self, _connection: object, _pid: object, name: str, _payload: object) -> None:
        self._wake(name)

    def _wake(self, *channels: str) -> None:
        for name in channels:
            for woken in self._waiting.get(name, ()):
                woken()
