"""The loop that tells endpoints what has happened, many deliveries at a time, in every worker (decision 22).

Events are fanned out and deliveries are taken in batches straight from the outbox, sent side by side, and settled in
batches: while one batch is being written down, what arrives meanwhile becomes the next. Nothing is kept here that a
death would lose: what is held is in PostgreSQL, under a fence.
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from jobs import webhooks
from jobs.context import Context
from jobs.runtime import following_up
from jobs.webhooks import Sent
from storage import parcels, subscribers, unscoped
from storage.outbox import Due
from storage.parcels import Parcel
from storage.provenance import Provenance
from storage.session import tenant_connection

log = logging.getLogger("siaga.dispatch")

BATCH = 100
MOST_HELD = 400
"""Deliveries that a worker holds at a time: being sent, waiting for it, or arrived and not yet settled."""

BUSY = 100
"""With so many held, an endpoint gets no more for now: a slow one leaves room for the others."""

ANEW = 50
"""Deliveries begun anew that are taken at a time, where nothing else is left, and held for one endpoint at most."""

AT_ONCE = 8
"""Sends to one host at a time; fewer than the connections kept to it, so that none waits for a connection."""

ASIDE = 2
"""Transactions at a time that see to turns, or to rows one by one: they wait for endpoints, and hold a connection."""

UNSETTLED = 16
"""Parcels for one host that are being sent or have arrived unsettled: no more than these does a death repeat."""

MOST_UNSETTLED = 128
"""What that grows to, twofold at a time, while a host takes all it is sent and there is more for it."""

POLL_S = 0.5
RETRY_S = 0.5
GATHERING_S = 0.005
"""How long what has arrived waits for company before it is written down: what a death in between repeats."""

GATHERINGS = 10
FULL = 100
"""A batch of less waits so often for more, while more is waiting to be sent: a commit costs what ten sends cost."""

ROUNDS = 5
"""Batches of one agency in a row, before the others have their turn."""

LONGEST_SETTLING = timedelta(minutes=2)
"""For so long after its fence a worker tries to write down what has arrived, while the database does not answer."""

_Look = tuple[str, UUID, frozenset[UUID]]
"""What was looked for, of which agency, and past which endpoints."""


class _Lane:
    """The way to one host: what waits to be sent there, and how much has been sent and is not settled."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.waiting: deque[Parcel] = deque()
        self.senders = 0
        self.unsettled = 0
        self.limit = UNSETTLED

    @property
    def is_open(self) -> bool:
        return bool(self.waiting) and self.unsettled < self.limit

    @property
    def is_full(self) -> bool:
        """Whether it waits for what has arrived to be written down."""
        return bool(self.waiting) and self.unsettled >= self.limit

    @property
    def is_idle(self) -> bool:
        return not (self.waiting or self.senders or self.unsettled)


class Dispatcher:
    """One worker's share of the telling: `run` until cancelled, then `finish`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._held: Counter[UUID] = Counter()
        self._aside = asyncio.Semaphore(ASIDE)
        self._lanes: dict[str, _Lane] = {}
        self._deciding = 0
        self._arrived: deque[Sent] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._settling: asyncio.Task[None] | None = None
        self._taking: asyncio.Task[int] | None = None
        self._wake = asyncio.Event()
        self._quiet: set[_Look] = set()
        self._to_tell: Sequence[UUID] | None = None
        self._heard_of = 0
        self._looks_anew_at = 0.0
        self._room = asyncio.Event()
        self._is_ending = False

    async def run(self) -> None:
        """Take what is due, again and again; what goes wrong is told, and tried again in a moment."""
        while True:
            try:
                async with unscoped.listening(self._context.db, self._heard) as is_lost:
                    while not is_lost():
                        if not await self._round():
                            await self._rest()
            except Exception:
                log.exception("telling endpoints failed; it goes on in a moment")
            await asyncio.sleep(RETRY_S)

    async def finish(self, within_s: float) -> None:
        """Send nothing new, let what is being sent arrive, write it down, and hand the rest back."""
        self._is_ending = True
        if self._taking is not None:
            await asyncio.wait([self._taking], timeout=within_s)
        unsent = [parcel for lane in self._lanes.values() for parcel in lane.waiting]
        for lane in self._lanes.values():
            lane.waiting.clear()
        if unsent:
            await self._hand_back(unsent)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._settling is not None:
            await asyncio.wait([self._settling], timeout=RETRY_S)

    async def _rest(self) -> None:
        try:
            # Not `wait_for`, which loses the order to end where it comes in the moment of waking.
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            self._forget()
        self._wake.clear()

    def _heard(self) -> None:
        self._heard_of += 1
        self._forget()
        self._wake.set()

    def _forget(self) -> None:
        self._quiet.clear()
        self._to_tell = None

    def _look_anew(self) -> None:
        """Forget what was quiet a while ago: what becomes due by the clock tells nobody."""
        now = time.monotonic()
        if now >= self._looks_anew_at:
            self._forget()
            self._looks_anew_at = now + POLL_S

    async def _unless_quiet(self, look: _Look, work: Callable[[], Awaitable[int]], *, most: int) -> int:
        """Look, unless less than all that fits was found a moment ago, and nothing has been heard of since."""
        self._look_anew()
        if look in self._quiet:
            return 0
        before = self._heard_of
        count = await work()
        if count < most and before == self._heard_of:
            self._quiet.add(look)
        return count

    async def _round(self) -> bool:
        """The next batches of each agency that has something due; whether there may be more."""
        is_full = False
        for agency_id in await self._agencies():
            for _ in range(ROUNDS):
                await self._until_room()
                begun, taken = await self._fan_out(agency_id), await self._take(agency_id)
                is_full = BATCH in {begun, taken} or await self._take_anew(agency_id) > 0
                if not is_full:
                    break
        return is_full

    async def _agencies(self) -> Sequence[UUID]:
        """Whose events and deliveries are due, as of a moment ago."""
        self._look_anew()
        if self._to_tell is None:
            before = self._heard_of
            found = await unscoped.agencies_to_tell(self._context.db, now=self._context.clock())
            if before != self._heard_of:
                return found
            self._to_tell = found
        return self._to_tell

    async def _until_room(self) -> None:
        while self._held.total() + self._deciding + BATCH > MOST_HELD or len(self._running) + BATCH > MOST_HELD:
            self._room.clear()
            await self._room.wait()

    async def _fan_out(self, agency_id: UUID) -> int:
        async def work() -> int:
            async with tenant_connection(self._context.db, agency_id, by_keys=True) as connection:
                return await subscribers.tell_next(
                    connection, agency_id, _noted, now=self._context.clock(), limit=BATCH
                )

        return await self._unless_quiet(("events", agency_id, frozenset()), work, most=BATCH)

    async def _take(self, agency_id: UUID) -> int:
        busy = self._busy(BUSY)
        look = ("deliveries", agency_id, busy)
        return await self._unless_quiet(look, lambda: self._taken(agency_id, BATCH, busy), most=BATCH)

    async def _take_anew(self, agency_id: UUID) -> int:
        """What recoveries have made due: less of it than of what has just happened, and behind it."""
        busy = self._busy(ANEW)
        look = ("begun anew", agency_id, busy)
        return await self._unless_quiet(look, lambda: self._taken(agency_id, ANEW, busy, begun_anew=True), most=ANEW)

    def _busy(self, most: int) -> frozenset[UUID]:
        return frozenset(endpoint_id for endpoint_id, count in self._held.items() if count >= most)

    async def _taken(self, agency_id: UUID, limit: int, busy: Collection[UUID], *, begun_anew: bool = False) -> int:
        # Never cut in the middle: what is taken and not known to be would be left until its hold has run out.
        self._taking = asyncio.create_task(self._take_now(agency_id, limit, busy, begun_anew=begun_anew))
        return await asyncio.shield(self._taking)

    async def _take_now(self, agency_id: UUID, limit: int, busy: Collection[UUID], *, begun_anew: bool) -> int:
        now = self._context.clock()
        until = webhooks.held_until(self._context, now)
        async with tenant_connection(self._context.db, agency_id, by_keys=True, is_durable=False) as connection:
            taken = await parcels.take(
                connection, agency_id, now=now, until=until, limit=limit, busy=busy, begun_anew=begun_anew
            )
        for parcel in taken.parcels:
            self._queue(parcel)
        if taken.others:
            self._deciding += len(taken.others)
            self._begin(self._begin_turns(agency_id, taken.others))
        return len(taken)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._room.set()
        if not task.cancelled() and (accident := task.exception()) is not None:
            log.error("a delivery is left until its hold has run out", exc_info=accident)

    def _queue(self, parcel: Parcel) -> None:
        """Have it sent after all that waits for its host, which at most so many senders see to."""
        self._held[parcel.endpoint.id] += 1
        host = parcel.endpoint.host
        lane = self._lanes.get(host)
        if lane is None:
            lane = self._lanes[host] = _Lane(host)
        lane.waiting.append(parcel)
        if lane.senders < AT_ONCE:
            self._staff(lane)

    def _staff(self, lane: _Lane) -> None:
        if lane.is_open and lane.senders < AT_ONCE:
            lane.senders += 1
            self._begin(self._send_all(lane))

    async def _send_all(self, lane: _Lane) -> None:
        """One sender of a host: as long as something waits and not too much is unsettled."""
        try:
            while lane.is_open:
                parcel = lane.waiting.popleft()
                lane.unsettled += 1
                if lane.senders < AT_ONCE:
                    self._staff(lane)
                await self._send(parcel)
        finally:
            lane.senders -= 1
            self._staff(lane)
            self._close_idle(lane)

    async def _send(self, parcel: Parcel) -> None:
        result = None
        try:
            if not self._is_ending and webhooks.may_still_send(self._context, parcel):
                with following_up(parcel.due, "deliver"):
                    result = await webhooks.attempt(self._context, parcel)
        except Exception:
            log.exception("a delivery could not be tried, and is handed back")
        finally:
            if result is None:
                self._let_go([parcel])
                await asyncio.shield(self._hand_back([parcel]))
            else:
                self._settle_soon((parcel, result))

    async def _begin_turns(self, agency_id: UUID, rows: Sequence[Due]) -> None:
        try:
            async with self._aside:
                begun = await webhooks.begin_turns(self._context, agency_id, rows)
        finally:
            self._deciding -= len(rows)
        for parcel in begun.parcels:
            self._queue(parcel)
        for due in begun.rest:
            self._begin(self._set_aside(due))

    async def _set_aside(self, due: Due) -> None:
        async with self._aside:
            parcel = await webhooks.set_aside(self._context, due)
        if parcel is not None:
            self._queue(parcel)

    async def _hand_back(self, unsent: Sequence[Parcel]) -> None:
        of_agencies: defaultdict[UUID, list[Parcel]] = defaultdict(list)
        for parcel in unsent:
            of_agencies[parcel.due.agency_id].append(parcel)
        for agency_id, theirs in of_agencies.items():
            async with tenant_connection(self._context.db, agency_id, by_keys=True) as connection:
                await parcels.hand_back(connection, agency_id, theirs)

    def _let_go(self, parcels_done: Sequence[Parcel], *, is_well: bool = True) -> None:
        """Forget parcels that were sent and settled, or handed back; what waits behind them may go."""
        lanes: set[_Lane] = set()
        for parcel in parcels_done:
            endpoint_id = parcel.endpoint.id
            self._held[endpoint_id] -= 1
            if self._held[endpoint_id] in {BUSY - 1, ANEW - 1}:
                self._wake.set()
            elif not self._held[endpoint_id]:
                del self._held[endpoint_id]
            lane = self._lanes[parcel.endpoint.host]
            if lane not in lanes:
                lanes.add(lane)
                grown = min(2 * lane.limit, MOST_UNSETTLED) if lane.unsettled >= lane.limit else lane.limit
                lane.limit = grown if is_well else UNSETTLED
            lane.unsettled -= 1
        for lane in lanes:
            self._staff(lane)
            self._close_idle(lane)
        self._room.set()

    def _close_idle(self, lane: _Lane) -> None:
        if lane.is_idle:
            self._lanes.pop(lane.host, None)

    def _settle_soon(self, sent: Sent) -> None:
        self._arrived.append(sent)
        if self._settling is None:
            self._settling = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        """Write down what has arrived, batch after batch, until nothing is left."""
        while self._arrived:
            await self._gather()
            batches: defaultdict[UUID, list[Sent]] = defaultdict(list)
            while self._arrived:
                sent = self._arrived.popleft()
                batches[sent[0].due.agency_id].append(sent)
            refused = [sent for agency_id, batch in batches.items() for sent in await self._written(agency_id, batch)]
            if refused:
                # A database that is away for a moment must not make everything that has arrived arrive again.
                self._arrived.extend(refused)
                await asyncio.sleep(RETRY_S)
        self._settling = None

    async def _gather(self) -> None:
        """Wait for company: a moment, and longer while more arrives and no host waits for what has arrived."""
        for _ in range(GATHERINGS):
            before = len(self._arrived)
            await asyncio.sleep(GATHERING_S)
            is_coming = len(self._arrived) > before and any(lane.waiting for lane in self._lanes.values())
            if not is_coming or len(self._arrived) >= FULL or any(lane.is_full for lane in self._lanes.values()):
                return

    async def _written(self, agency_id: UUID, batch: list[Sent]) -> list[Sent]:
        """Settle a batch, or each of it alone where one of them is refused; what is to be tried again."""
        if await self._is_settled(agency_id, batch):
            return []
        alone = [sent for sent in batch if not await self._is_settled(agency_id, [sent])] if len(batch) > 1 else batch
        given_up = self._context.clock() - LONGEST_SETTLING
        again = [sent for sent in alone if sent[0].held_until > given_up]
        self._let_go([parcel for parcel, _ in alone if parcel.held_until <= given_up], is_well=False)
        return again

    async def _is_settled(self, agency_id: UUID, batch: list[Sent]) -> bool:
        try:
            await webhooks.settle(self._context, agency_id, batch)
        except Exception:
            log.exception("cannot write down what has arrived")
            return False
        self._let_go([parcel for parcel, _ in batch])
        return True


def _noted(due: Due) -> Provenance:
    with following_up(due, "fan_out") as behind:
        return behind
