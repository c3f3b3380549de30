"""What happened and is still to be followed up, written with its provenance.

A row that exists is due. The relay only leases it; the job that follows it up deletes it in the transaction
of its effect. A worker that dies lets its lease run out and the row is claimed again: nothing is lost, and
the effect happens once.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Select, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.events import EventType
from storage import provenance
from storage.provenance import UNKNOWN, Provenance
from storage.session import for_the_agency
from storage.table import TenantTable, new_id

if TYPE_CHECKING:
    from storage.session import Connection


class OutboxRow(TenantTable):
    """An event on its way to the jobs that follow it up."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "agency_id", "available_at"),
        Index(None, "agency_id", "type", "subject_id"),
    )

    type: Mapped[str]
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    available_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    request_id: Mapped[str | None]
    traceparent: Mapped[str | None]


class Due(NamedTuple):
    """A claimed row: what the relay hands to the queue is its agency and id, never more.

    Who tells endpoints keeps the instant until which the row is held: a later taker's is later.
    """

    agency_id: UUID
    id: UUID
    type: str
    provenance: Provenance = UNKNOWN
    held_until: datetime | None = None


_APPEND = """
    insert into outbox (
        agency_id, id, type, subject_id, payload, occurred_at, available_at, request_id, traceparent)
    values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9)
"""
_WAKE = "select pg_notify('siaga_outbox', '')"
_APPEND_AND_WAKE = f"with appended as ({_APPEND}) {_WAKE}"


async def append(
    session: AsyncSession,
    event: EventType,
    subject_id: UUID,
    *,
    now: datetime,
    payload: dict[str, Any] | None = None,
    available_at: datetime | None = None,
) -> None:
    """Write down what happened, in the caller's transaction, and wake the relay at its commit."""
    behind = provenance.present()
    row = OutboxRow(
        agency_id=session.info["agency_id"],
        id=new_id(),
        type=event.value,
        subject_id=subject_id,
        payload=payload or {},
        occurred_at=now,
        available_at=available_at or now,
        request_id=behind.request_id,
        traceparent=behind.traceparent,
    )
    async with for_the_agency(session):
        session.add(row)
        await session.flush()
    await session.execute(text(_WAKE))


async def append_on(
    connection: "Connection", agency_id: UUID, event: EventType, subjects: Iterable[UUID], *, now: datetime
) -> None:
    """The same for one event of many subjects, on the driver."""
    behind = provenance.present()
    told = (behind.request_id, behind.traceparent)
    rows = [(agency_id, new_id(), event.value, subject, "{}", now, now, *told) for subject in subjects]
    if len(rows) == 1:
        await connection.execute(_APPEND_AND_WAKE, *rows[0])
    else:
        await connection.executemany(_APPEND, rows)
        await connection.execute(_WAKE)


async def subject_of(session: AsyncSession, outbox_id: UUID) -> UUID | None:
    """What the row is about, without holding it; None when it is done."""
    statement = select(OutboxRow.subject_id).where(OutboxRow.id == outbox_id)
    return (await session.execute(statement)).scalar_one_or_none()


async def waiting(session: AsyncSession, events: Collection[EventType]) -> Sequence[OutboxRow]:
    """The agency's rows of these kinds that are not followed up yet, oldest first, held by nobody here."""
    statement = select(OutboxRow).where(OutboxRow.type.in_([event.value for event in events]))
    return (await session.execute(statement.order_by(OutboxRow.available_at, OutboxRow.id))).scalars().all()


async def find(session: AsyncSession, outbox_id: UUID) -> OutboxRow | None:
    """The row, locked, while it is still due; None when another worker has finished it or holds it."""
    statement = select(OutboxRow).where(OutboxRow.id == outbox_id).with_for_update(skip_locked=True)
    return (await session.execute(statement)).scalar_one_or_none()


def is_free(now: datetime) -> ColumnElement[bool]:
    """That nobody holds a row, or no longer."""
    return OutboxRow.leased_until.is_(None) | (OutboxRow.leased_until <= now)


async def lock_held(session: AsyncSession, outbox_id: UUID, held_until: datetime) -> bool:
    """Whether the row is still held until then, by whoever asks; if so it is locked."""
    held = select(OutboxRow.id).where(OutboxRow.id == outbox_id, OutboxRow.leased_until == held_until)
    return (await session.execute(held.with_for_update())).first() is not None


_FIND = """
    select o.subject_id, a.matching_revision, o.occurred_at from outbox o join agencies a on a.agency_id = o.agency_id
    where o.agency_id = $1 and o.id = $2 for update of o skip locked
"""


async def find_on(connection: "Connection", agency_id: UUID, outbox_id: UUID) -> tuple[UUID, int, datetime] | None:
    """The row's subject, the agency's matching revision, and when it happened, the row locked; None as for `find`."""
    row = await connection.fetchrow(_FIND, agency_id, outbox_id)
    return None if row is None else (row["subject_id"], row["matching_revision"], row["occurred_at"])


async def finish_on(connection: "Connection", agency_id: UUID, outbox_id: UUID) -> None:
    """Mark it followed up, on the driver."""
    await connection.execute("delete from outbox where agency_id = $1 and id = $2", agency_id, outbox_id)


async def finish(session: AsyncSession, outbox_id: UUID) -> None:
    """Mark it followed up, in the transaction of the effect."""
    await session.execute(delete(OutboxRow).where(OutboxRow.id == outbox_id))


async def finish_all(session: AsyncSession, event: EventType, subject_id: UUID) -> None:
    """Finish every row of one kind about one subject: one assessment answers all that waited for it.

    Whoever calls this, or holds such a row, holds the subject itself first: else two wait for each other.
    """
    async with for_the_agency(session):
        of_subject = (OutboxRow.type == event.value, OutboxRow.subject_id == subject_id)
        await session.execute(delete(OutboxRow).where(*of_subject))


async def renew(session: AsyncSession, event: EventType, subject_id: UUID, *, now: datetime) -> None:
    """Have a locked subject followed up anew, now; one that is being followed up at this moment is left to that."""
    of_subject = (OutboxRow.type == event.value, OutboxRow.subject_id == subject_id)
    async with for_the_agency(session):
        await session.execute(delete(OutboxRow).where(*of_subject, is_free(now)))
        is_held = (await session.execute(select(OutboxRow.id).where(*of_subject))).first() is not None
    if not is_held:
        await append(session, event, subject_id, now=now)


async def again(session: AsyncSession, outbox_id: UUID, *, at: datetime) -> None:
    """Make the row due again at that time, as if it were new: its subject has more to do."""
    statement = update(OutboxRow).where(OutboxRow.id == outbox_id)
    await session.execute(statement.values(available_at=at, leased_until=None, attempts=0))
    await session.execute(text(_WAKE))


async def postpone(session: AsyncSession, outbox_id: UUID, until: datetime) -> None:
    """Make the row due again later, with nobody holding it."""
    statement = update(OutboxRow).where(OutboxRow.id == outbox_id)
    await session.execute(statement.values(available_at=until, leased_until=None, attempts=OutboxRow.attempts + 1))


async def bring_forward(session: AsyncSession, rows: Select[UUID], at: datetime) -> None:
    """Make the rows that this statement finds due at that time, with nobody holding them, and wake the relay."""
    async with for_the_agency(session):
        statement = update(OutboxRow).where(OutboxRow.id.in_(rows)).values(available_at=at, leased_until=None)
        await session.execute(statement.execution_options(synchronize_session=False))
    await session.execute(text(_WAKE))
