"""Who competes with a client."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.brands import Competitor
from core.errors import FieldProblem, Invalid
from storage import agencies, paging, versions
from storage.clients import CompetitorRow
from storage.paging import Asked, Page
from storage.table import new_id


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> CompetitorRow:
    """Note a competitor of a client."""
    agency_id: UUID = session.info["agency_id"]
    row = CompetitorRow(agency_id=agency_id, id=new_id(), **values, version=1, created_at=now, updated_at=now)
    session.add(row)
    await session.flush()
    await agencies.watch_changed(session)
    return row


async def change(
    session: AsyncSession, competitor_id: UUID, changes: Mapping[str, Any], *, version: int | None, now: datetime
) -> CompetitorRow:
    """A competitor with these columns changed.

    Raises: `NotFound`; `PreconditionFailed`.
    """
    row = await versions.change(session, CompetitorRow, competitor_id, changes, version=version, now=now)
    await agencies.watch_changed(session)
    return row


async def named(session: AsyncSession) -> list[Competitor]:
    """Every competitor of the agency's clients, by name."""
    columns = (CompetitorRow.id, CompetitorRow.client_id, CompetitorRow.name)
    return [Competitor(*row) for row in await session.execute(select(*columns).order_by(CompetitorRow.id))]


async def remove(session: AsyncSession, competitor_id: UUID, *, version: int | None) -> None:
    """Forget a competitor, and watch its accounts no longer.

    Raises: `NotFound`; `PreconditionFailed`.
    """
    await versions.remove(session, CompetitorRow, competitor_id, version=version)
    await agencies.watch_changed(session)


async def page(session: AsyncSession, asked: Asked) -> Page[CompetitorRow]:
    """The agency's competitors."""
    return await paging.page_of(
        session, select(CompetitorRow), CompetitorRow, asked, words=(CompetitorRow.name, CompetitorRow.note)
    )


async def require(session: AsyncSession, competitor_id: UUID, *, client_id: UUID) -> None:
    """Refuse a body that names a competitor which this client does not have; hold it until the transaction ends.

    Raises: `Invalid`, with the same words for an unknown competitor, another client's and another agency's.
    """
    statement = select(CompetitorRow.id).where(CompetitorRow.id == competitor_id, CompetitorRow.client_id == client_id)
    held = statement.with_for_update(read=True, key_share=True)
    if (await session.execute(held)).scalar_one_or_none() is None:
        detail = "This client has no such competitor. Check the id."
        problem = FieldProblem("unknown_competitor", detail, pointer="/competitor_id")
        raise Invalid("A field is refused.", problems=[problem])
