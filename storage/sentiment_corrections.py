"""What people say of a mention's sentiment. It stands beside the reader's label, and counts in its place.

A correction is kept for itself, and written into its mention, where every list and count finds it. Whoever counts
for the client takes turns at the client's row, so that label and counts change together. Source: decision 0025.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.crisis import bucket_of, starts_at
from core.errors import NotFound
from core.events import EventType
from storage import buckets, mentions, outbox, paging
from storage.paging import Asked, Page
from storage.posts import PostRow
from storage.session import driver_of
from storage.table import TenantTable

if TYPE_CHECKING:
    from asyncpg import Record


class SentimentCorrectionRow(TenantTable):
    """One person's label of one mention, whose id it has; `machine_sentiment` is what the reader had said."""

    __tablename__ = "sentiment_corrections"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "created_at", "id"),
        Index(None, "agency_id", "client_id", "published_at"),
        CheckConstraint("sentiment in ('negative', 'neutral', 'positive')", name="sentiment"),
    )

    client_id: Mapped[UUID]
    post_id: Mapped[UUID]
    published_at: Mapped[datetime]
    sentiment: Mapped[str]
    machine_sentiment: Mapped[str]
    reader_version: Mapped[str]
    language: Mapped[str]
    corrected_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


_CLIENT = """
    select client_id from mentions where agency_id = $1 and id = $2 and published_at >= $3 and published_at < $4
"""
_CORRECT = """
    update mentions set sentiment = $4, machine_sentiment = coalesce(machine_sentiment, sentiment), corrected_by = $5
    where agency_id = $1 and published_at = $2 and id = $3
"""
_TAKE_BACK = """
    update mentions set sentiment = machine_sentiment, machine_sentiment = null, corrected_by = null
    where agency_id = $1 and published_at = $2 and id = $3 and corrected_by is not null
"""


async def hold(session: AsyncSession, mention_id: UUID) -> "Record":
    """The mention as it is shown, held with its client's counts until the transaction ends.

    Raises: `NotFound`.
    """
    agency_id: UUID = session.info["agency_id"]
    connection = await driver_of(session)
    client_id = await connection.fetchval(_CLIENT, agency_id, mention_id, *mentions.span_of(mention_id))
    if client_id is None:
        raise NotFound
    # The client before its mentions, as those who match and read again have it.
    await buckets.lock(connection, agency_id, {client_id})
    return await mentions.get(connection, agency_id, mention_id, hide_authors=False, lock=True)


async def correct(session: AsyncSession, mention: "Record", sentiment: str, *, by: UUID, now: datetime) -> None:
    """Let a held mention count as a person says. A later word replaces the one before."""
    agency_id: UUID = session.info["agency_id"]
    row = await session.get(SentimentCorrectionRow, (agency_id, mention["id"]))
    if row is None:
        names = ("id", "client_id", "post_id", "published_at", "machine_sentiment", "reader_version")
        row = SentimentCorrectionRow(
            agency_id=agency_id, **{name: mention[name] for name in names}, language=mention["lang"],
            sentiment=sentiment, corrected_by=by, version=1, created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
    else:
        row.machine_sentiment, row.reader_version = mention["machine_sentiment"], mention["reader_version"]
        row.sentiment, row.corrected_by, row.version, row.updated_at = sentiment, by, row.version + 1, now
    await session.flush()
    connection = await driver_of(session)
    await connection.execute(_CORRECT, agency_id, mention["published_at"], mention["id"], sentiment, by)
    await _count_anew(session, mention, now)


async def take_back(session: AsyncSession, mention: "Record", *, now: datetime) -> None:
    """Let a held mention count as the reader says.

    Raises: `NotFound` where nobody has corrected it.
    """
    agency_id: UUID = session.info["agency_id"]
    row = await session.get(SentimentCorrectionRow, (agency_id, mention["id"]))
    if row is None:
        raise NotFound
    await session.delete(row)
    await session.flush()
    connection = await driver_of(session)
    await connection.execute(_TAKE_BACK, agency_id, mention["published_at"], mention["id"])
    await _count_anew(session, mention, now)


async def _count_anew(session: AsyncSession, mention: "Record", now: datetime) -> None:
    """The mention's bucket, counted again, and its client to be assessed."""
    bucket = starts_at(bucket_of(mention["published_at"]))
    touched = {mention["client_id"]: (bucket, bucket)}
    await buckets.fold(await driver_of(session), session.info["agency_id"], touched)
    await outbox.append(session, EventType.CLIENT_TOUCHED, mention["client_id"], now=now)


async def page(session: AsyncSession, asked: Asked) -> Page[SentimentCorrectionRow]:
    """The agency's corrections."""
    return await paging.page_of(session, select(SentimentCorrectionRow), SentimentCorrectionRow, asked)


async def posts_of(session: AsyncSession, page: Page[SentimentCorrectionRow]) -> dict[UUID, PostRow]:
    """The posts that corrections speak of, by their ids; those that were deleted are left out."""
    if not page.rows:
        return {}
    times = [row.published_at for row in page.rows]
    statement = select(PostRow).where(
        PostRow.id.in_([row.post_id for row in page.rows]),
        PostRow.published_at.between(min(times), max(times)),
        PostRow.deleted_at.is_(None),
    )
    return {row.id: row for row in (await session.execute(statement)).scalars()}
