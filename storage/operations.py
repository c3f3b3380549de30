"""Operations: slow work, taken step by step, and how far it has come."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, delete, select, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import Conflict
from core.events import EventType
from core.operations import ENDS, OperationKind, OperationStatus, Step, added, advanced, require_cancellable
from storage import outbox, paging, versions
from storage.paging import Asked, Page
from storage.table import TenantTable, new_id

KEPT = timedelta(days=30)
"""For so long an operation that has ended can still be read."""

_ALIVE = "status in ('queued', 'running')"


class OperationRow(TenantTable):
    """One piece of slow work. `subject_id` is what it works on: one operation of a kind at a time.

    `client_id` is the client whose portal may follow it, where it works on what that client keeps itself.
    `cursor` is where its next step begins. `error` holds kind, code and detail of the refusal that ended it.
    """

    __tablename__ = "operations"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "created_at", "id"),
        Index(None, "agency_id", "kind", "subject_id", unique=True, postgresql_where=text(_ALIVE)),
        CheckConstraint("status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="status"),
    )

    kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    client_id: Mapped[UUID | None]
    status: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    cursor: Mapped[dict[str, Any] | None]
    progress: Mapped[float] = mapped_column(DOUBLE_PRECISION, server_default=text("0"))
    counts: Mapped[dict[str, Any]]
    result: Mapped[str | None]
    error: Mapped[dict[str, Any] | None]
    created_by: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


_UNDER_WAY = {
    "operations_agency_id_kind_subject_id_idx": Conflict(
        "An operation of this kind is under way. Wait for its end, or cancel it.", code="operation_under_way"
    )
}


async def start(
    session: AsyncSession,
    kind: OperationKind,
    parameters: Mapping[str, Any],
    *,
    subject_id: UUID | None = None,
    client_id: UUID | None = None,
    by: UUID,
    now: datetime,
) -> OperationRow:
    """Begin an operation, to be taken up by a worker once this transaction has committed.

    Raises: `Conflict` with the code `operation_under_way` where one of this kind works on the same subject.
    """
    row = OperationRow(
        agency_id=session.info["agency_id"], id=new_id(), kind=kind.value, subject_id=subject_id, client_id=client_id,
        status=OperationStatus.QUEUED.value, parameters=dict(parameters), cursor=None, progress=0.0, counts={},
        result=None, error=None, created_by=by, version=1, created_at=now, updated_at=now,
    )  # fmt: skip
    async with versions.refusing(_UNDER_WAY):
        session.add(row)
        await session.flush()
    await outbox.append(session, EventType.OPERATION_DUE, row.id, now=now)
    return row


async def page(session: AsyncSession, asked: Asked, *, kinds: Collection[OperationKind]) -> Page[OperationRow]:
    """The agency's operations of these kinds."""
    statement = select(OperationRow).where(OperationRow.kind.in_([kind.value for kind in kinds]))
    return await paging.page_of(session, statement, OperationRow, asked)


async def claim(session: AsyncSession, operation_id: UUID) -> OperationRow | None:
    """The operation, locked, to take a step of it; None while somebody else holds it."""
    statement = select(OperationRow).where(OperationRow.id == operation_id).with_for_update(skip_locked=True)
    return (await session.execute(statement)).scalar_one_or_none()


async def begin(session: AsyncSession, row: OperationRow, *, now: datetime) -> None:
    """A worker has taken up the locked operation."""
    row.started_at = now
    await _move(session, row, OperationStatus.RUNNING, now)


async def record(session: AsyncSession, row: OperationRow, step: Step, *, now: datetime) -> None:
    """The locked operation after a step, in the transaction of the step's effect."""
    row.counts = added(row.counts, step.counts)
    if step.cursor is None:
        row.progress, row.cursor, row.result = 1.0, None, step.result
        await _move(session, row, OperationStatus.SUCCEEDED, now)
    else:
        row.progress, row.cursor = advanced(row.progress, step.progress), dict(step.cursor)
        await _move(session, row, OperationStatus.RUNNING, now)


async def fail(session: AsyncSession, row: OperationRow, error: Mapping[str, str], *, now: datetime) -> None:
    """End the locked operation with what refused it; what its steps have done stays."""
    row.error = dict(error)
    await _move(session, row, OperationStatus.FAILED, now)


async def cancel(session: AsyncSession, operation_id: UUID, *, now: datetime) -> OperationRow:
    """End an operation before its next step; what its steps have done stays. Repeating it changes nothing.

    Raises: `NotFound`; `Conflict` where it has ended otherwise.
    """
    # A step holds the row until its commit: who has it stands between two steps.
    row = await versions.get(session, OperationRow, operation_id, lock=True)
    require_cancellable(OperationStatus(row.status))
    if row.status != OperationStatus.CANCELLED:
        await _move(session, row, OperationStatus.CANCELLED, now)
    return row


async def forget(session: AsyncSession, *, ended_before: datetime) -> None:
    """Delete operations that have ended before that."""
    await session.execute(delete(OperationRow).where(OperationRow.finished_at < ended_before))


async def _move(session: AsyncSession, row: OperationRow, status: OperationStatus, now: datetime) -> None:
    row.status, row.version, row.updated_at = status.value, row.version + 1, now
    if status in ENDS:
        row.finished_at = now
    await session.flush()
