"""Blind samples: a month's mentions drawn by lot, to be labelled by people who do not see what the reader said."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, insert, select, text
from sqlalchemy.dialects.postgresql import INTEGER
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import Conflict, FieldProblem, Invalid, PreconditionFailed
from core.sentiment_samples import UNCLEAR, Judgement
from storage import paging, versions
from storage.paging import Asked, Page
from storage.posts import PostRow
from storage.session import driver_of
from storage.table import TenantTable, new_id


class SentimentSampleRow(TenantTable):
    """One sample: whose mentions of which month, the seed that drew them, and what came of it once all are labelled."""

    __tablename__ = "sentiment_samples"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        UniqueConstraint("agency_id", "client_id", "month"),
        Index(None, "agency_id", "created_at", "id"),
    )

    client_id: Mapped[UUID]
    month: Mapped[date]
    seed: Mapped[int]
    size: Mapped[int] = mapped_column(INTEGER)
    labelled: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    result: Mapped[dict[str, Any] | None]
    created_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SentimentSampleItemRow(TenantTable):
    """One mention of a sample. Its id is drawn anew, so that it does not lead to the mention and what it says.

    `machine_sentiment` is the reader's label when the sample was drawn: a later reading does not change the result.
    """

    __tablename__ = "sentiment_sample_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agency_id", "sample_id"], ["sentiment_samples.agency_id", "sentiment_samples.id"], ondelete="CASCADE"
        ),
        Index(None, "agency_id", "sample_id", "id"),
        CheckConstraint("label in ('negative', 'neutral', 'positive', 'unclear')", name="label"),
    )

    sample_id: Mapped[UUID]
    client_id: Mapped[UUID]
    post_id: Mapped[UUID]
    published_at: Mapped[datetime]
    machine_sentiment: Mapped[str]
    reader_version: Mapped[str]
    label: Mapped[str | None]
    labelled_by: Mapped[UUID | None]
    labelled_at: Mapped[datetime | None]


Items = Sequence[SentimentSampleItemRow]

# In the order of a hash with the seed: as good as by lot, and the same again for whoever checks it.
_DRAW = """
    select m.post_id, m.published_at, coalesce(m.machine_sentiment, m.sentiment) as machine_sentiment, m.reader_version
    from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
    where m.agency_id = $1 and m.client_id = $2 and m.published_at >= $3 and m.published_at < $4 and m.is_counted
        and p.published_at >= $3 and p.published_at < $4 and p.deleted_at is null
    order by md5($5::bigint || ' ' || m.id), m.id limit (select $6::int)
"""
_ONCE_A_MONTH = {
    "sentiment_samples_agency_id_client_id_month_key": Conflict(
        "This client's sample of that month was drawn already. One is drawn once, so that nobody chooses.",
        code="sampled_already",
    )
}


async def draw(
    session: AsyncSession,
    client_id: UUID,
    month: date,
    span: tuple[datetime, datetime],
    *,
    seed: int,
    size: int,
    by: UUID,
    now: datetime,
) -> SentimentSampleRow:
    """Draw so many of the client's counted mentions of a month, or all where there are fewer.

    Raises: `Conflict` where there is none, or the month's sample was drawn already.
    """
    agency_id: UUID = session.info["agency_id"]
    drawn = await (await driver_of(session)).fetch(_DRAW, agency_id, client_id, *span, seed, size)
    if not drawn:
        detail = "The client has no mention of that month with a text. Choose another month."
        raise Conflict(detail, code="nothing_to_sample")
    row = SentimentSampleRow(
        agency_id=agency_id, id=new_id(), client_id=client_id, month=month, seed=seed, size=len(drawn), labelled=0,
        result=None, created_by=by, version=1, created_at=now, updated_at=now,
    )  # fmt: skip
    async with versions.refusing(_ONCE_A_MONTH):
        session.add(row)
        await session.flush()
    items = [
        {"agency_id": agency_id, "id": uuid4(), "sample_id": row.id, "client_id": client_id, **each} for each in drawn
    ]
    await session.execute(insert(SentimentSampleItemRow), items)
    return row


async def page(session: AsyncSession, asked: Asked) -> Page[SentimentSampleRow]:
    """The agency's samples."""
    return await paging.page_of(session, select(SentimentSampleRow), SentimentSampleRow, asked)


async def items_of(session: AsyncSession, sample_id: UUID) -> Items:
    """The items of a sample, in an order that tells nothing."""
    statement = select(SentimentSampleItemRow).where(SentimentSampleItemRow.sample_id == sample_id)
    return (await session.execute(statement.order_by(SentimentSampleItemRow.id))).scalars().all()


async def posts_of(session: AsyncSession, items: Items) -> dict[UUID, PostRow]:
    """The posts of items, by their ids; those that were deleted are left out."""
    times = [item.published_at for item in items]
    statement = select(PostRow).where(
        PostRow.id.in_([item.post_id for item in items]),
        PostRow.published_at.between(min(times), max(times)),
        PostRow.deleted_at.is_(None),
    )
    return {row.id: row for row in (await session.execute(statement)).scalars()}


async def lock(session: AsyncSession, sample_id: UUID, *, version: int | None) -> SentimentSampleRow:
    """The sample, held until the transaction ends.

    Raises: `NotFound`; `PreconditionFailed` where it is no longer at `version` (None takes any).
    """
    row = await versions.get(session, SentimentSampleRow, sample_id, lock=True)
    if version not in {None, row.version}:
        raise PreconditionFailed
    return row


async def label(
    session: AsyncSession,
    row: SentimentSampleRow,
    labels: Mapping[UUID, str | None],
    *,
    by: UUID,
    now: datetime,
) -> Items:
    """Note labels of a held sample's items, or take them back; all its items as they stand then.

    Raises: `Invalid` where one is of no item of this sample.
    """
    items = await items_of(session, row.id)
    known = {item.id: item for item in items}
    strange = [place for place, item_id in enumerate(labels) if item_id not in known]
    if strange:
        raise Invalid("A field is refused.", problems=[_unknown(place) for place in strange[:20]])
    for item_id, given in labels.items():
        item = known[item_id]
        item.label, item.labelled_by, item.labelled_at = given, by if given else None, now if given else None
    row.labelled = sum(item.label is not None for item in items)
    row.version, row.updated_at = row.version + 1, now
    await session.flush()
    return items


def _unknown(place: int) -> FieldProblem:
    detail = "There is no such item in this sample. Send the ids as they were answered."
    return FieldProblem("unknown_item", detail, pointer=f"/labels/{place}/item_id")


def pairs_of(items: Items) -> list[tuple[str, str]]:
    """What people and the reader said of each item, less what nobody can tell."""
    return [(item.label, item.machine_sentiment) for item in items if item.label and item.label != UNCLEAR]


async def settle(session: AsyncSession, row: SentimentSampleRow, judgement: Judgement | None) -> None:
    """Write down what a held sample says of the reader; None where it says nothing yet."""
    row.result = None if judgement is None else msgspec.to_builtins(judgement)
    await session.flush()
