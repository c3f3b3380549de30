"""What was used: mentions by client and month, metered in the transaction that records them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, func, select
from sqlalchemy.dialects.postgresql import INTEGER, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.clients import ClientRow
from storage.table import Table

if TYPE_CHECKING:
    from storage.session import Connection


class UsageRow(Table):
    """Mentions of one client recorded in a month of UTC. Stays when the client is gone: it was used, and is billed."""

    __tablename__ = "client_usage"
    __table_args__ = (ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    mentions: Mapped[int]


class UsageWarningRow(Table):
    """That a threshold of a month's quota was told of: once, unless the quota itself changes."""

    __tablename__ = "usage_warnings"
    __table_args__ = (ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    quota: Mapped[int] = mapped_column(primary_key=True)
    threshold: Mapped[int] = mapped_column(INTEGER, primary_key=True)
    told_at: Mapped[datetime]


_COUNT = """
    insert into client_usage (agency_id, month, client_id, mentions)
    select $1, $2, client_id, mentions from unnest($3::uuid[], $4::bigint[]) as t(client_id, mentions)
    on conflict (agency_id, month, client_id) do update set mentions = client_usage.mentions + excluded.mentions
"""


async def count(connection: "Connection", agency_id: UUID, month: date, mentions: Mapping[UUID, int]) -> None:
    """Meter mentions that this transaction has recorded, by client; the clients are held, so nobody waits here."""
    if mentions:
        clients = sorted(mentions)
        await connection.execute(_COUNT, agency_id, month, clients, [mentions[client] for client in clients])


async def of_month(session: AsyncSession, month: date, *, limit: int) -> list[tuple[UUID, str | None, int]]:
    """What each client used in a month, the most first; of a client that is gone the name is unknown."""
    statement = (
        select(UsageRow.client_id, ClientRow.name, UsageRow.mentions)
        .outerjoin(ClientRow, ClientRow.id == UsageRow.client_id)
        .where(UsageRow.month == month)
        .order_by(UsageRow.mentions.desc(), UsageRow.client_id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(statement)]


async def total(session: AsyncSession, month: date) -> int:
    """The agency's mentions of a month."""
    statement = select(func.coalesce(func.sum(UsageRow.mentions), 0)).where(UsageRow.month == month)
    return int((await session.execute(statement)).scalar_one())


async def warn(
    session: AsyncSession, month: date, quota: int, thresholds: Sequence[int], *, now: datetime
) -> list[int]:
    """Note that these thresholds are told of; those that nobody was told of before, lowest first."""
    if not thresholds:
        return []
    rows = [
        {"agency_id": session.info["agency_id"], "month": month, "quota": quota, "threshold": each, "told_at": now}
        for each in thresholds
    ]
    statement = insert(UsageWarningRow).values(rows).on_conflict_do_nothing().returning(UsageWarningRow.threshold)
    return sorted((await session.execute(statement)).scalars())
