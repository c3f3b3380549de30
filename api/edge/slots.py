"""Streams that each credential has open, counted over all processes.

A slot ends by itself unless the process of its stream renews it, so one that was killed soon holds none. Without Redis
there is always a slot: whoever looks at a crisis must be able to follow it.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from api.edge.counters import Counters, CountersGone, Script

HELD_S = 45
"""How long a slot is held that nobody renews."""

RENEW_EVERY_S = 15.0

# KEYS: the credential's slots, sorted by when they end. ARGV: the slot, how long it is held in ms, the most there are.
# Answers 1 where one was left. Redis tells the time, so that no two processes disagree about it.
_TAKE = Script("""
local at = redis.call('time')
local now = at[1] * 1000 + math.floor(at[2] / 1000)
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('zadd', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('pexpire', KEYS[1], ARGV[2])
return 1
""")
# What Redis lost comes back with its stream, even where others were given a slot meanwhile.
_RENEW = Script("""
local at = redis.call('time')
redis.call('zadd', KEYS[1], at[1] * 1000 + math.floor(at[2] / 1000) + ARGV[2], ARGV[1])
return redis.call('pexpire', KEYS[1], ARGV[2])
""")
_FREE = Script("return redis.call('zrem', KEYS[1], ARGV[1])")


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one open stream among those of its credential."""

    key: str
    name: str


@dataclass(slots=True)
class Slots:
    """The slots that one process holds."""

    counters: Counters
    _held: set[Slot] = field(default_factory=set[Slot])
    _renewing: asyncio.Task[None] | None = None
    _freeing: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def take(self, agency_id: UUID, credential: UUID, *, most: int) -> Slot | None:
        """A slot for one more stream of this credential; None where it has as many as it may."""
        slot = Slot(f"streams:{{{agency_id.hex}}}:{credential.hex}", uuid4().hex)
        try:
            is_given = await self.counters.run(_TAKE, [slot.key], slot.name, HELD_S * 1000, most, kind="stream")
        except CountersGone:
            return slot
        return slot if is_given else None

    @contextmanager
    def holding(self, slot: Slot) -> Generator[None]:
        """Renew the slot within the block, however slow the reader is, and leave it to others after that."""
        self._held.add(slot)
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew())
        try:
            yield
        finally:
            self._held.discard(slot)
            self.free(slot)

    def free(self, slot: Slot) -> None:
        """Leave a slot to others, beside what goes on: whoever hangs up takes his request's time to wait with him."""
        freeing = asyncio.create_task(self._tell(_FREE, slot))
        self._freeing.add(freeing)
        freeing.add_done_callback(self._freeing.discard)

    async def close(self) -> None:
        """Leave the last slots, and renew none any longer."""
        if self._renewing is not None:
            self._renewing.cancel()
        await asyncio.gather(*self._freeing, return_exceptions=True)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            await asyncio.gather(*(self._tell(_RENEW, slot, HELD_S * 1000) for slot in self._held))

    async def _tell(self, script: Script, slot: Slot, *arguments: int) -> None:
        try:
            await self.counters.run(script, [slot.key], slot.name, *arguments, kind="stream")
        except CountersGone:
            return
