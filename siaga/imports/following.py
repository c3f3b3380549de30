"""What follows from posts that came in, done here and now: matched, read, counted, assessed.

A worker may be running beside this one. Each row of the outbox is locked by whoever is at it, so both may try.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from uuid import UUID

from core.events import EventType
from jobs.context import Context
from jobs.runtime import follow_up
from storage import outbox
from storage.outbox import OutboxRow
from storage.session import tenant_session

EVENTS = (EventType.POSTS_RECEIVED, EventType.CLIENT_TOUCHED)
MOST_TRIES = 3
PAUSE_S = 0.2
PATIENCE_S = 60.0


async def finish(
    context: Context, agency_id: UUID, batches: Mapping[UUID, int], advance: Callable[[int], None]
) -> bool:
    """Follow up this agency's posts until nothing is left; False when something stays behind for the worker.

    `batches` says how many posts each batch holds, for `advance` to be told as they are done.
    """
    # A job that fails is told in a sentence; its trace is for the worker's log, where it will fail too.
    logging.getLogger("siaga").addHandler(logging.NullHandler())
    loop = asyncio.get_running_loop()
    left, tried, seen, moved_at = dict(batches), set[UUID](), set[UUID](), loop.time()
    while True:
        rows = await _waiting(context, agency_id)
        if done := left.keys() - {row.subject_id for row in rows}:
            advance(sum(left.pop(batch_id) for batch_id in done))
        if (present := {row.id for row in rows}) != seen:
            seen, moved_at = present, loop.time()
        if not rows:
            return True
        row = _next(context, rows, tried)
        if row is not None:
            tried.add(row.id)
            await follow_up({"context": context}, str(agency_id), str(row.id), row.type)
            continue
        if all(row.attempts >= MOST_TRIES for row in rows) or loop.time() - moved_at > PATIENCE_S:
            return False
        tried.clear()
        await asyncio.sleep(PAUSE_S)


async def _waiting(context: Context, agency_id: UUID) -> list[OutboxRow]:
    async with tenant_session(context.db, agency_id) as session:
        return list(await outbox.waiting(session, EVENTS))


def _next(context: Context, rows: list[OutboxRow], tried: set[UUID]) -> OutboxRow | None:
    """The next row to try: all posts are matched before anybody is assessed, so that each client is assessed once."""
    now = context.clock()
    ready = [row for row in rows if row.id not in tried and row.available_at <= now and row.attempts < MOST_TRIES]
    return min(ready, key=lambda row: row.type != EventType.POSTS_RECEIVED.value, default=None)
