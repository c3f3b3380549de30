"""The table: clock -> job. What time alone brings about."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from arq.cron import CronJob, cron
from arq.typing import WorkerCoroutine

from core.events import EventType
from jobs.alarms import watch_perception, watch_responses
from jobs.assessing import LIVE
from jobs.audit import export_heads
from jobs.context import Context
from jobs.retention import delete_what_was_promised
from jobs.usage import tell_usage
from storage import attempts, backtests, deliveries, events, idempotency, operations, outbox, scores, unscoped
from storage.session import tenant_session

STALE_AFTER = timedelta(minutes=5)
EVENTS_AT_ONCE = 1000


async def look_again(ctx: dict[Any, Any]) -> None:
    """Assess every client whose last bucket has passed without a new post, so that a crisis can also end."""
    context: Context = ctx["context"]
    for agency_id in await unscoped.agency_ids(context.db):
        await look_again_at(context, agency_id)


async def look_again_at(context: Context, agency_id: UUID) -> None:
    """Have those clients of one agency assessed whose last bucket has passed without a new post."""
    now = context.clock()
    async with tenant_session(context.db, agency_id) as session:
        for client_id in await scores.stale(session, live_since=now - LIVE, assessed_before=now - STALE_AFTER):
            await outbox.append(session, EventType.CLIENT_TOUCHED, client_id, now=now)


async def tidy_events(ctx: dict[Any, Any]) -> None:
    """Delete events older than the log reaches, with their deliveries and attempts, and number what comes unnumbered.

    The release before writes events without a number.
    """
    context: Context = ctx["context"]
    before = context.clock() - events.KEPT - events.MARGIN
    for agency_id in await unscoped.agency_ids(context.db):
        full = True
        while full:
            async with tenant_session(context.db, agency_id) as session:
                late = await events.number_late(session, limit=EVENTS_AT_ONCE)
                gone = await deliveries.forget_events(session, before=before, limit=EVENTS_AT_ONCE)
                tries = await attempts.forget(session, before=before, limit=EVENTS_AT_ONCE)
            full = EVENTS_AT_ONCE in {late, gone, tries}


async def forget(ctx: dict[Any, Any]) -> None:
    """Delete what is kept for days only: answers to keys for one, ended operations for thirty, backtests for ninety."""
    context: Context = ctx["context"]
    now = context.clock()
    for agency_id in await unscoped.agency_ids(context.db):
        async with tenant_session(context.db, agency_id) as session:
            await idempotency.forget(session, now=now)
            await operations.forget(session, ended_before=now - operations.KEPT)
            await backtests.forget(session, begun_before=now - backtests.KEPT)


CRON: list[CronJob] = [
    cron(cast("WorkerCoroutine", look_again), second={20}, unique=True, max_tries=1),
    cron(
        cast("WorkerCoroutine", delete_what_was_promised), hour={18}, minute={30}, second={0}, unique=True, max_tries=1
    ),
    cron(cast("WorkerCoroutine", export_heads), hour={0}, minute={15}, second={0}, unique=True, max_tries=1),
    cron(cast("WorkerCoroutine", tidy_events), minute={37}, second={40}, unique=True, max_tries=1),
    cron(cast("WorkerCoroutine", forget), minute={17}, second={40}, unique=True, max_tries=1),
    cron(cast("WorkerCoroutine", watch_responses), minute={3, 18, 33, 48}, second={30}, unique=True, max_tries=1),
    cron(cast("WorkerCoroutine", watch_perception), hour={19}, minute={10}, second={30}, unique=True, max_tries=1),
    cron(cast("WorkerCoroutine", tell_usage), second={40}, unique=True, max_tries=1),
]
