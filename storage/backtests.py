"""Backtests of rules and sensitivities: what was asked, how far it has come, and what came out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, delete, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.backtests import LEAD, Recorded
from core.incidents import Outcome
from storage.incidents import IncidentRow
from storage.table import TenantTable, new_id

KEPT = timedelta(days=90)
"""For so long a backtest can be read."""


class BacktestRow(TenantTable):
    """A rule or a sensitivity held against a client's past; `found` grows step by step, `result` comes at the end."""

    __tablename__ = "backtests"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "sensitivity", "finished_at"),
    )

    client_id: Mapped[UUID]
    rule: Mapped[dict[str, Any] | None]
    sensitivity: Mapped[str | None]
    since: Mapped[datetime]
    until: Mapped[datetime]
    found: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> BacktestRow:
    """Note what is to be tested."""
    agency_id: UUID = session.info["agency_id"]
    more = {"found": {}, "result": None, "version": 1, "created_at": now, "finished_at": None}
    row = BacktestRow(agency_id=agency_id, id=new_id(), **values, **more)
    session.add(row)
    await session.flush()
    return row


async def note(session: AsyncSession, row: BacktestRow, found: Mapping[str, Any]) -> None:
    """Note what was found so far."""
    row.found = dict(found)
    await session.flush()


async def finish(session: AsyncSession, row: BacktestRow, result: Mapping[str, Any], *, now: datetime) -> None:
    """Note what came out."""
    row.result, row.found, row.finished_at, row.version = dict(result), {}, now, row.version + 1
    await session.flush()


async def recorded(session: AsyncSession, client_id: UUID, since: datetime, until: datetime) -> list[Recorded]:
    """The incidents of a client that an alert between `since` and `until` can be of; an absorbed one is not its own."""
    statement = select(IncidentRow).where(
        IncidentRow.client_id == client_id,
        IncidentRow.first_seen_at < until + LEAD,
        IncidentRow.outcome.is_distinct_from(Outcome.ABSORBED.value),
    )
    rows = (await session.execute(statement)).scalars().all()
    found = [_value(row) for row in rows]
    return [each for each in found if each.ended_at is None or each.ended_at >= since]


async def latest(session: AsyncSession, client_id: UUID) -> Sequence[BacktestRow]:
    """The last finished backtest of each sensitivity of a client."""
    statement = (
        select(BacktestRow)
        .where(
            BacktestRow.client_id == client_id,
            BacktestRow.sensitivity.is_not(None),
            BacktestRow.finished_at.is_not(None),
        )
        .order_by(BacktestRow.sensitivity, BacktestRow.finished_at.desc(), BacktestRow.id)
        .ext(distinct_on(BacktestRow.sensitivity))
    )
    return (await session.execute(statement)).scalars().all()


async def forget(session: AsyncSession, *, begun_before: datetime) -> None:
    """Delete backtests that were begun before that."""
    await session.execute(delete(BacktestRow).where(BacktestRow.created_at < begun_before))


def _value(row: IncidentRow) -> Recorded:
    ended = row.closed_at or row.resolved_at
    is_false_alarm = row.outcome == Outcome.FALSE_ALARM
    return Recorded(row.id, row.first_seen_at, row.opened_at, ended, is_false_alarm)
