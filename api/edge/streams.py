"""Server-sent events: a stream that is woken, watched, and ended in order.

A stream holds no connection to the database while it waits, nor while its reader is slow: it reads a few events in a
transaction of its own, lets go, and then sends them. Its credential is looked at again while it is open.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from litestar.response import Stream
from sqlalchemy.exc import SQLAlchemyError

from api.edge.slots import Slot, Slots
from core.access import Principal
from core.errors import TooMany, Unavailable
from core.rate_limits import Policy, Standing
from storage.notices import CREDENTIALS, EVENTS, Notices, channel

COMMENT_EVERY_S = 15.0
"""How often a silent stream says that it lives, looks for what a lost notice would have told, and asks whether its
credential still holds; an end of that is known to every process 20 seconds later at most."""

POLL_S = 2.0
"""How often it looks where nobody listens for notices at the moment."""

EACH = 10
"""Streams that one credential may have open, over all processes."""

POLICY = "streams"
"""What a refusal for that reason calls the limit."""

ALL = 1000
"""Streams that one process has open."""

RETRY_MS = 3000
"""After how long a reader comes back that lost its stream."""

MEDIA_TYPE = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
_COMMENT = b": still here\n\n"
_AWAY = (OSError, TimeoutError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Frame:
    """One event as it is streamed."""

    cursor: str
    type: str
    data: bytes

    def encode(self) -> bytes:
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (self.cursor.encode(), self.type.encode(), self.data)


Recheck = Callable[[Principal, bool], Awaitable[Principal | None]]
"""Who the caller is by now; None once the credential is over. True asks the database and no memory."""

Read = Callable[[Principal], Awaitable[Sequence[Frame]]]
"""The next few events that this caller may see; empty when there are none for now."""


class Streams:
    """The open streams of one process."""

    def __init__(self, notices: Notices, slots: Slots) -> None:
        self.notices = notices
        self.slots = slots
        self.is_leaving = False
        self._open: dict[UUID, set[asyncio.Event]] = {}
        self.count = 0

    async def admit(self, caller: Principal) -> Slot:
        """The slot of one more stream. Without Redis this process counts its own.

        Raises: `TooMany`, `Unavailable`.
        """
        if self.count >= ALL or self.is_leaving:
            raise Unavailable("No more streams are taken here. Try again in a moment.")
        is_full = len(self._open.get(caller.id, ())) >= EACH
        slot = None if is_full else await self.slots.take(caller.agency_id, caller.id, most=EACH)
        if slot is None:
            detail = f"This credential has {EACH} streams open. Close one, or read the events page by page."
            wait_s = int(COMMENT_EVERY_S)
            raise TooMany(detail, retry_after_s=wait_s, violated=[Standing(Policy(POLICY, EACH), 0, wait_s)])
        return slot

    @contextmanager
    def holding(self, credential: UUID, wake: asyncio.Event) -> Generator[None]:
        """Within the block, one more stream is open."""
        self._open.setdefault(credential, set()).add(wake)
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1
            self._open[credential].discard(wake)
            if not self._open[credential]:
                del self._open[credential]

    def leave(self) -> None:
        """End every stream: their readers come back to another process, and miss nothing."""
        self.is_leaving = True
        for streams in self._open.values():
            for wake in streams:
                wake.set()


@dataclass(slots=True)
class Reader:
    """One open stream and who reads it."""

    streams: Streams
    principal: Principal
    recheck: Recheck
    read: Read
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    doubted: bool = False
    checked_at: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    async def frames(self, start: str, slot: Slot) -> AsyncGenerator[bytes]:
        """What is sent, from the place named by the cursor until one side ends it."""
        agency_id, notices = self.principal.agency_id, self.streams.notices
        with (
            self.streams.slots.holding(slot),
            self.streams.holding(self.principal.id, self.wake),
            notices.waking(self.wake.set, channel(EVENTS, agency_id)),
            notices.waking(self._doubt, channel(CREDENTIALS, agency_id)),
            suppress(*_AWAY),
        ):
            yield b"retry: %d\nid: %s\n\n" % (RETRY_MS, start.encode())
            async for frame in self._following():
                yield frame

    async def _following(self) -> AsyncGenerator[bytes]:
        clock = asyncio.get_running_loop().time
        spoke_at = clock()
        while await self._may_go_on():
            self.wake.clear()
            found = await self.read(self.principal)
            for frame in found:
                if not await self._may_go_on():
                    return
                yield frame.encode()
            if not found and clock() - spoke_at >= COMMENT_EVERY_S:
                yield _COMMENT
            elif not found:
                await self._rest(COMMENT_EVERY_S - (clock() - spoke_at))
                continue
            spoke_at = clock()

    async def _rest(self, at_most_s: float) -> None:
        """Wait for a reason to look."""
        wait_s = at_most_s if self.streams.notices.is_listening else min(POLL_S, at_most_s)
        with suppress(TimeoutError):
            # Not `wait_for`, which loses the order to end where it comes in the moment of waking.
            async with asyncio.timeout(max(wait_s, 0)):
                await self.wake.wait()

    async def _may_go_on(self) -> bool:
        if self.streams.is_leaving:
            return False
        now = asyncio.get_running_loop().time()
        if not self.doubted and now - self.checked_at < COMMENT_EVERY_S:
            return True
        afresh, self.doubted, self.checked_at = self.doubted, False, now
        known = await self.recheck(self.principal, afresh)
        if known is None:
            return False
        self.principal = known
        return True

    def _doubt(self) -> None:
        self.doubted = True
        self.wake.set()


async def answer(reader: Reader, start: str, *, head_only: bool) -> Stream:
    """The response that carries a stream; for HEAD its head alone.

    Raises: as `Streams.admit`.
    """
    slot = await reader.streams.admit(reader.principal)
    if head_only:
        reader.streams.slots.free(slot)
    frames = _nothing() if head_only else reader.frames(start, slot)
    return Stream(frames, media_type=MEDIA_TYPE, headers=_HEADERS)


async def _nothing() -> AsyncGenerator[bytes]:
    return
    yield b""
