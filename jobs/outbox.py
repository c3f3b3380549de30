"""Committed events to the queue; ids only ever enter Redis."""

import asyncio
import logging
from datetime import timedelta

from arq.connections import ArqRedis
from redis.exceptions import RedisError

from jobs.context import Context
from storage import unscoped

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
        await asyncio.wait_for(wake.wait(), POLL_S)
    except TimeoutError:
        return
    wake.clear()


async def _hand_over(context: Context, queue: ArqRedis) -> int:
    # Each claim is a job of its own: a job id would hold the next claim back while a dead worker's job lingers.
    claimed = await unscoped.claim_outbox(context.db, now=context.clock(), lease=LEASE, limit=BATCH)
    for place, due in enumerate(claimed):
        try:
            await queue.enqueue_job("follow_up", str(due.agency_id), str(due.id), due.type)
        except (RedisError, OSError):
            await unscoped.release_outbox(context.db, claimed[place:])
            raise
    return len(claimed)
