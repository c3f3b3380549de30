"""The table: clock -> job. What time alone brings about."""

from datetime import timedelta
from typing import Any, cast

from arq.cron import CronJob, cron
from arq.typing import WorkerCoroutine

from core.events import EventType
from jobs.audit import export_heads
from jobs.context import Context
from jobs.scores import LIVE
from storage import outbox, scores, unscoped
from storage.session import tenant_session

STALE_AFTER = timedelta(minutes=5)


async def look_again(ctx: dict[Any, Any]) -> None:
    """Assess every client whose last bucket has passed without a new post, so that a crisis can also end."""
    context: Context = ctx["context"]
    now = context.clock()
    for agency_id in await unscoped.agency_ids(context.db):
        async with tenant_session(context.db, agency_id) as session:
            for client_id in await scores.stale(session, live_since=now - LIVE, assessed_before=now - STALE_AFTER):
                await outbox.append(session, EventType.CLIENT_TOUCHED, client_id, now=now)


CRON: list[CronJob] = [
    cron(cast("WorkerCoroutine", look_again), second={20}, unique=True, max_tries=1),
    cron(cast("WorkerCoroutine", export_heads), hour={0}, minute={15}, second={0}, unique=True, max_tries=1),
]
