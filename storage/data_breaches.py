"""Breaches of personal data, as the law wants them written down; none is ever deleted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import data_breaches as rules
from storage import paging, versions
from storage.paging import Asked, Page
from storage.table import TenantTable, new_id


class BreachRow(TenantTable):
    """Personal data that got out: what, when and how, whom it concerns, what is done, and who was told when."""

    __tablename__ = "data_breaches"
    __table_args__ = (
        Index(None, "agency_id", "created_at", "id"),
        CheckConstraint("status in ('open', 'notified', 'closed')", name="status"),
    )

    status: Mapped[str]
    data: Mapped[str]
    cause: Mapped[str | None]
    measures: Mapped[str | None]
    affected_subjects: Mapped[int | None]
    occurred_at: Mapped[datetime | None]
    discovered_at: Mapped[datetime]
    due_at: Mapped[datetime]
    subjects_notified_at: Mapped[datetime | None]
    authority_notified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> BreachRow:
    """Write a breach down; its clock has run since it was discovered."""
    row = BreachRow(
        agency_id=session.info["agency_id"], id=new_id(), **values, status=rules.Status.OPEN.value,
        due_at=rules.due(values["discovered_at"]), version=1, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return row


async def change(
    session: AsyncSession, breach_id: UUID, changes: Mapping[str, Any], *, version: int | None, now: datetime
) -> BreachRow:
    """The breach with what is known and done now.

    Raises: `NotFound`; `PreconditionFailed`.
    """
    held = await versions.get(session, BreachRow, breach_id, lock=True)
    told: list[datetime | None] = [
        changes.get(name, getattr(held, name))
        for name in ("subjects_notified_at", "authority_notified_at", "closed_at")
    ]
    changes = {**changes, "status": rules.status(*told).value}
    return await versions.change(session, BreachRow, breach_id, changes, version=version, now=now)


async def page(session: AsyncSession, asked: Asked) -> Page[BreachRow]:
    """The agency's breaches."""
    return await paging.page_of(session, select(BreachRow), BreachRow, asked)
