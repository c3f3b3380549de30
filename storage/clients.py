"""The brands an agency looks after, and where each of them stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, case, cast, func, select, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, INTEGER, REAL
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, column_property, mapped_column, synonym

from core.crisis import Level
from core.errors import FieldProblem, Invalid, NotFound
from core.plans import Quota
from storage import agencies, paging, quotas, versions
from storage.paging import Asked, Page
from storage.table import Table, TenantTable, new_id


class ClientRow(TenantTable):
    """A company, public figure, institution or person under the agency's protection.

    Quiet hours are times of the client's own day, `HH:MM`, all three set or none.
    """

    __tablename__ = "clients"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        Index(None, "agency_id", "created_at", "id"),
        CheckConstraint("kind in ('company', 'public_figure', 'institution', 'person')", name="kind"),
        CheckConstraint("risk_tier in ('low', 'standard', 'high')", name="risk_tier"),
        CheckConstraint("sensitivity in ('low', 'normal', 'high')", name="sensitivity"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    sector: Mapped[str | None]
    risk_tier: Mapped[str]
    time_zone: Mapped[str]
    languages: Mapped[list[str]]
    data_role: Mapped[str] = mapped_column(server_default=text("'processor'"))
    purpose: Mapped[str | None]
    retention_days: Mapped[int | None]
    sensitivity: Mapped[str | None]
    muted_until: Mapped[datetime | None]
    quiet_from: Mapped[str | None]
    quiet_until: Mapped[str | None]
    quiet_up_to: Mapped[str | None]
    cooldown_minutes: Mapped[int] = mapped_column(INTEGER, server_default=text("60"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ClientStateRow(Table):
    """Where a client stands now: one row, locked by whoever counts or assesses.

    `level` and `score` are those of `stands_at`, the last bucket that was the present when it was assessed; null before
    the first. `dirty_from` is the earliest bucket counted but not yet assessed, null when all is assessed, and
    `assessed_through` the one that incidents are decided up to: both go back while history is assessed. `told_level` is
    the level that people were last told of; `risk` orders clients by level, and by score within one.
    """

    __tablename__ = "client_states"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(server_default=text("'normal'"))
    score: Mapped[float] = mapped_column(REAL, server_default=text("0"))
    dirty_from: Mapped[datetime | None]
    latest_bucket_at: Mapped[datetime | None]
    assessed_through: Mapped[datetime | None]
    assessed_at: Mapped[datetime | None]
    stands_at: Mapped[datetime | None]
    told_level: Mapped[str] = mapped_column(server_default=text("'normal'"))
    id: Mapped[UUID] = synonym("client_id")
    risk: Mapped[float] = column_property(
        case({each.value: 1000.0 * each.rank for each in Level}, value=level.column)
        + cast(score.column, DOUBLE_PRECISION)
    )


class CompetitorRow(TenantTable):
    """Who competes with a client; its accounts are monitored accounts of the kind `competitor`."""

    __tablename__ = "competitors"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "created_at", "id"),
    )

    client_id: Mapped[UUID]
    name: Mapped[str]
    note: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


_COUNT = select(func.count()).select_from(ClientRow)


async def count(session: AsyncSession) -> int:
    """How many clients the agency has."""
    return (await session.execute(_COUNT)).scalar_one()


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> ClientRow:
    """Register a client, with the row that says where it stands."""
    await quotas.take(session, Quota.CLIENTS, _COUNT)
    agency_id: UUID = session.info["agency_id"]
    row = ClientRow(agency_id=agency_id, id=new_id(), **values, version=1, created_at=now, updated_at=now)
    session.add(row)
    await session.flush()
    session.add(ClientStateRow(agency_id=agency_id, client_id=row.id))
    await session.flush()
    return row


async def names(session: AsyncSession) -> dict[UUID, str]:
    """What each of the agency's clients is called."""
    return {row.id: row.name for row in await session.execute(select(ClientRow.id, ClientRow.name))}


async def page(session: AsyncSession, asked: Asked) -> Page[ClientRow]:
    """The agency's clients."""
    return await paging.page_of(session, select(ClientRow), ClientRow, asked, words=(ClientRow.name, ClientRow.sector))


async def state_of(session: AsyncSession, client_id: UUID) -> ClientStateRow:
    """Where a client stands now.

    Raises: `NotFound`.
    """
    found = await session.get(ClientStateRow, (session.info["agency_id"], client_id))
    if found is None:
        raise NotFound
    return found


async def remove(session: AsyncSession, client_id: UUID, *, version: int | None) -> None:
    """Take a client out, with everything kept about it; no post is matched for it any longer.

    Raises: `NotFound`, `PreconditionFailed`.
    """
    await versions.remove(session, ClientRow, client_id, version=version)
    await agencies.watch_changed(session)


async def require(session: AsyncSession, client_id: UUID, *, pointer: str = "/client_id") -> None:
    """Refuse a body that names a client this agency does not have; hold the client until the transaction ends.

    Raises: `Invalid`, with the same words for an unknown client and somebody else's.
    """
    held = select(ClientRow.id).where(ClientRow.id == client_id).with_for_update(read=True, key_share=True)
    if (await session.execute(held)).scalar_one_or_none() is None:
        problem = FieldProblem("unknown_client", "There is no such client. Check the id.", pointer=pointer)
        raise Invalid("A field is refused.", problems=[problem])
