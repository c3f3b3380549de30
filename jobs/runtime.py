"""How a job runs: one row of the outbox, one attempt, and a later one when it fails.

arq carries ids only and may lose them: the row stays until its effect is committed, and is claimed again when
its lease has run out.
"""

import asyncio
import logging
import time
from datetime import timedelta
from types import TracebackType
from typing import Any
from uuid import UUID

from core.events import EventType
from jobs.context import Context
from jobs.outbox import hand_back
from jobs.subscriptions import JOBS
from storage import metrics, outbox, provenance, tracing
from storage.outbox import Due
from storage.provenance import Provenance
from storage.session import tenant_session

log = logging.getLogger("siaga.jobs")

LONGEST_WAIT = timedelta(minutes=5)


async def follow_up(
    ctx: dict[Any, Any],
    agency_id: str,
    outbox_id: str,
    event: str,
    request_id: str | None = None,
    traceparent: str | None = None,
) -> None:
    """Run the job that an event asks for; put it off, a little longer each time, when it fails.

    One that is cut short, because its worker is asked to end, is handed back for another worker to take at once.
    """
    context: Context = ctx["context"]
    due = Due(UUID(agency_id), UUID(outbox_id), event, Provenance(request_id, traceparent))
    try:
        await run(context, due)
    except asyncio.CancelledError:
        await asyncio.shield(hand_back(context, due))
        raise
    except Exception:
        log.exception("job failed", extra=_named(due))
        await _put_off(context, due)


async def run(context: Context, due: Due) -> None:
    """Follow up one row, under the name of the request that it follows from.

    Raises: what the job raises.
    """
    job = JOBS[EventType(due.type)]
    with following_up(due, job.__name__):
        await job(context, due)


class following_up:  # noqa: N801 - read as a verb: `with following_up(due, job):`
    """Within the block, one row is followed up by a job of that name: told in the log, the figures and the trace.

    A class and not a generator: every delivery passes here.
    """

    __slots__ = ("_before", "_due", "_span", "_started")

    def __init__(self, due: Due, job: str) -> None:
        self._due = due
        self._span = (
            tracing.span(f"job {job}", "consumer", parent=due.provenance.traceparent) if tracing.is_on() else None
        )

    def __enter__(self) -> Provenance:
        self._started = time.perf_counter()
        behind = self._due.provenance
        if self._span is not None:
            self._span.__enter__()
            behind = Provenance(behind.request_id, self._span.traceparent)
        self._before = provenance.begin(behind)
        return behind

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        due, seconds = self._due, time.perf_counter() - self._started
        outcome = "done" if kind is None else "cut" if issubclass(kind, asyncio.CancelledError) else "failed"
        metrics.note_job(due.type, outcome, seconds)
        if log.isEnabledFor(logging.INFO):
            log.info("job", extra=_named(due) | {"outcome": outcome, "duration_ms": round(seconds * 1000, 1)})
        provenance.end(self._before)
        if self._span is not None:
            self._span.note(**{f"siaga__{name}": value for name, value in _named(due).items()})
            self._span.__exit__(kind, raised, trace)


def _named(due: Due) -> dict[str, str]:
    known = {"event": due.type, "agency_id": str(due.agency_id), "outbox_id": str(due.id)}
    return known | ({"request_id": due.provenance.request_id} if due.provenance.request_id else {})


async def _put_off(context: Context, due: Due) -> None:
    async with tenant_session(context.db, due.agency_id) as session:
        row = await outbox.find(session, due.id)
        if row is not None:
            wait = min(timedelta(seconds=2 ** min(row.attempts, 10)), LONGEST_WAIT)
            await outbox.postpone(session, due.id, context.clock() + wait)
