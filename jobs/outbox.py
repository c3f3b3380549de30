"""Committed events to the queue; ids only ever enter Redis."""

import asyncio
import logging
from datetime import timedelta

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from core.events import EventType
from jobs.context import Context
from storage import metrics, unscoped
from storage.outbox import Due

log = logging.getLogger("siaga.relay")

LEASE = timedelta(seconds=30)
"""Longer than any job takes; after it a row whose worker died is claimed again."""

POLL_S = 0.5
"""How long a missed notice can delay a row. A notice wakes the relay at once."""

BATCH = 200


async def relay(context: Context, queue: ArqRedis) -> None:
    """Claim what is due and hand it to the workers, until cancelled. Every worker runs one; rows are claimed once."""
    wake = asyncio.Event()
    while True:
        try:
            async with unscoped.listening(context.db, wake.set) as is_lost:
                while not is_lost():
                    if await _hand_over(context, queue) < BATCH:
                        await _wait(wake)
        except Exception:
            log.exception("relay failed; it goes on in a moment")
        await asyncio.sleep(POLL_S)


async def _wait(wake: asyncio.Event) -> None:
    try:
        # Not `wait_for`, which loses the order to end where it comes in the moment of waking.
        async with asyncio.timeout(POLL_S):
            await wake.wait()
    except TimeoutError:
        return
    wake.clear()


async def _hand_over(context: Context, queue: ArqRedis) -> int:
    # Each claim is a job of its own: a job id would hold the next claim back while a dead worker's job lingers.
    claimed = await unscoped.claim_outbox(context.db, now=context.clock(), lease=LEASE, limit=BATCH, but=unscoped.TOLD)
    for place, due in enumerate(claimed):
        try:
            provenance = (due.provenance.request_id, due.provenance.traceparent)
            await queue.enqueue_job("follow_up", str(due.agency_id), str(due.id), due.type, *provenance)
        except (RedisError, OSError):
            await unscoped.release_outbox(context.db, claimed[place:])
            raise
    return len(claimed)


async def hand_back(context: Context, due: Due) -> None:
    """Let go of a row whose job was cut short, so that another worker need not wait for the lease to run out."""
    await unscoped.release_outbox(context.db, [due])


async def measure(context: Context) -> None:
    """Bring the figures of the outbox up to date: what is due, and for how long."""
    depths = await unscoped.outbox_depths(context.db, now=context.clock())
    for event in EventType:
        count, age_s = depths.get(event.value, (0, 0.0))
        metrics.OUTBOX_DUE.labels(event.value).set(count)
        metrics.OUTBOX_AGE.labels(event.value).set(age_s)
    await metrics.measure_pools(context.db)
