"""How a job runs: one row of the outbox, one attempt, and a later one when it fails.

arq carries ids only and may lose them: the row stays until its effect is committed, and is claimed again when
its lease has run out.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.events import EventType
from jobs.context import Context
from jobs.subscriptions import JOBS
from storage import outbox
from storage.outbox import Due
from storage.session import tenant_session

log = logging.getLogger("siaga.jobs")

LONGEST_WAIT = timedelta(minutes=5)


async def follow_up(ctx: dict[Any, Any], agency_id: str, outbox_id: str, event: str) -> None:
    """Run the job that an event asks for; put it off, a little longer each time, when it fails."""
    context: Context = ctx["context"]
    due = Due(UUID(agency_id), UUID(outbox_id), event)
    try:
        await JOBS[EventType(event)](context, due)
    except Exception:
        log.exception("job failed", extra={"event": event, "agency_id": agency_id, "outbox_id": outbox_id})
        await _put_off(context, due)


async def _put_off(context: Context, due: Due) -> None:
    async with tenant_session(context.db, due.agency_id) as session:
        row = await outbox.find(session, due.id)
        if row is not None:
            wait = min(timedelta(seconds=2 ** min(row.attempts, 10)), LONGEST_WAIT)
            await outbox.postpone(session, due.id, context.clock() + wait)
