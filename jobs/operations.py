"""Take operations a step further: the table of what a step of each kind does, and how steps are run."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError
from core.operations import BROKEN, MOST_ATTEMPTS, OperationKind, OperationStatus, Step, told
from jobs import backfills, backtests, recoveries, rereadings
from jobs.context import Context
from storage import operations, outbox
from storage.operations import OperationRow
from storage.outbox import Due
from storage.session import tenant_session

log = logging.getLogger("siaga.operations")

StepTaker: TypeAlias = Callable[[Context, AsyncSession, OperationRow], Awaitable[Step]]
"""Takes the next step of a locked operation, in the session's transaction: a second or two of work, never more."""

STEPS: Mapping[OperationKind, StepTaker] = {
    OperationKind.KEYWORD_BACKFILL: backfills.match_again,
    OperationKind.CLIENT_REREADING: rereadings.read_again,
    OperationKind.BACKTEST: backtests.replay,
    OperationKind.WEBHOOK_RECOVERY: recoveries.recover,
    OperationKind.WEBHOOK_REPLAY: recoveries.replay,
}

STEP_LIMIT_S = 60
"""A step that takes longer counts as failed."""


async def advance(context: Context, due: Due) -> None:
    """Take one step of an operation, and make it due again until it has ended.

    May run twice: the operation is locked, and a step's effect commits with the place where the next one begins.
    A worker that dies in a step has done nothing; another takes it up when the lease of the row has run out.
    """
    try:
        async with asyncio.timeout(STEP_LIMIT_S):
            await _advance(context, due)
    except DomainError as refusal:
        await _end(context, due, told(refusal))
    except Exception:
        if not await _was_last_try(context, due):
            raise
        log.exception("an operation failed", extra={"agency_id": str(due.agency_id), "outbox_id": str(due.id)})
        await _end(context, due, BROKEN)


async def _advance(context: Context, due: Due) -> None:
    now = context.clock()
    async with tenant_session(context.db, due.agency_id) as session:
        operation = await _claim(session, due)
        if operation is None:
            return
        rest = timedelta(0)
        if operation.status == OperationStatus.QUEUED:
            await operations.begin(session, operation, now=now)
        elif operation.status == OperationStatus.RUNNING:
            step = await STEPS[OperationKind(operation.kind)](context, session, operation)
            await operations.record(session, operation, step, now=now)
            rest = step.rest
        if operation.status == OperationStatus.RUNNING:
            await outbox.again(session, due.id, at=now + rest)
        else:
            await outbox.finish(session, due.id)


async def _claim(session: AsyncSession, due: Due) -> OperationRow | None:
    """The operation and its row of the outbox, both locked; None where there is nothing to do."""
    operation_id = await outbox.subject_of(session, due.id)
    if operation_id is None:
        return None
    operation = await operations.claim(session, operation_id)
    if operation is None or await outbox.find(session, due.id) is None:
        return None
    return operation


async def _end(context: Context, due: Due, error: Mapping[str, str]) -> None:
    async with tenant_session(context.db, due.agency_id) as session:
        operation = await _claim(session, due)
        if operation is not None:
            if operation.finished_at is None:
                await operations.fail(session, operation, error, now=context.clock())
            await outbox.finish(session, due.id)


async def _was_last_try(context: Context, due: Due) -> bool:
    async with tenant_session(context.db, due.agency_id) as session:
        row = await outbox.find(session, due.id)
        return row is not None and row.attempts + 1 >= MOST_ATTEMPTS
