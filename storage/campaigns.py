"""Campaigns that clients run, and whether they explain what is said."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.alerting import Campaign
from storage import paging
from storage.paging import Asked, Page
from storage.session import driver_of
from storage.table import TenantTable, new_id

EXPLAINED_SHARE = 0.5
"""A campaign with words explains what is said when at least this share of it holds one of them."""

SEEN_BACK = timedelta(hours=3)


class CampaignRow(TenantTable):
    """A campaign that a client runs; `words` are folded to lower case, any of them marks a post as the campaign's."""

    __tablename__ = "campaigns"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "starts_at", "id"),
        Index(None, "agency_id", "created_at", "id"),
        CheckConstraint("starts_at < ends_at", name="span"),
    )

    client_id: Mapped[UUID]
    name: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    words: Mapped[list[str]]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> CampaignRow:
    """Register a campaign of a client."""
    agency_id: UUID = session.info["agency_id"]
    row = CampaignRow(agency_id=agency_id, id=new_id(), **values, version=1, created_at=now, updated_at=now)
    session.add(row)
    await session.flush()
    return row


async def page(session: AsyncSession, asked: Asked) -> Page[CampaignRow]:
    """The campaigns of the agency's clients."""
    return await paging.page_of(session, select(CampaignRow), CampaignRow, asked, words=(CampaignRow.name,))


async def explaining(session: AsyncSession, client_id: UUID, *, since: datetime, now: datetime) -> tuple[Campaign, ...]:
    """The client's campaigns between `since` and `now` that explain what is said about it."""
    on = select(CampaignRow).where(
        CampaignRow.client_id == client_id, CampaignRow.starts_at <= now, CampaignRow.ends_at > since
    )
    rows = (await session.execute(on.order_by(CampaignRow.starts_at, CampaignRow.id))).scalars().all()
    found = [row for row in rows if not row.words or await _explains(session, row, now)]
    return tuple(Campaign(row.name, row.starts_at, row.ends_at) for row in found)


_MARKED = """
    select count(*) as said, count(*) filter (
        where exists (
            select from unnest($5::text[]) w where strpos(lower(coalesce(p.title, '') || ' ' || p.text), w) > 0
        )
    ) as marked
    from mentions m
        join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
    where m.agency_id = $1 and m.client_id = $2 and m.published_at >= $3 and m.published_at < $4 and m.is_counted
"""


async def _explains(session: AsyncSession, campaign: CampaignRow, now: datetime) -> bool:
    """Whether enough of what was said in the last three hours holds one of the campaign's words."""
    until = min(now, campaign.ends_at) + timedelta(minutes=5)
    bounds: Sequence[Any] = (campaign.client_id, until - SEEN_BACK, until, campaign.words)
    counted = await (await driver_of(session)).fetchrow(_MARKED, campaign.agency_id, *bounds)
    return counted is not None and counted["marked"] > 0 and counted["marked"] >= EXPLAINED_SHARE * counted["said"]
