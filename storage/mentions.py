"""Mentions: which post concerns which client, why, and how it reads."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import NotFound
from core.ids import unix_ms_of
from storage.stored_posts import COLUMNS
from storage.table import TenantTable

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
LATEST_MS = 4_102_444_800_000
"""The year 2100: what claims a later time is no id of ours."""


class MentionRow(TenantTable):
    """One post for one client; partitioned by month of publication.

    The id derives from client and post. `author_key` and `text_key` are hashes that tell voices apart without
    naming anybody, and stay when the post's text is erased. `is_own` marks the client's own posts; they and what
    only a competitor's account brought are kept but not counted. `sentiment` is what counts: a person's label where
    `corrected_by` is set, and `machine_sentiment` then keeps the reader's; else the reader's own. All else that tells
    how it reads is always the reader's, of `reader_version`.
    `is_capped` marks what a crawl brought that was cut off.
    Units: `polarity` [-1, 1]; `p_neutral` a probability, null where nothing was read;
    `toxicity`, `complaint`, `hoax_cue` [0, 1]; `reach`, `engagement` counts.
    """

    __tablename__ = "mentions"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "published_at", "id"),
        {"postgresql_partition_by": "RANGE (published_at)"},
    )

    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True, sort_order=-2)
    client_id: Mapped[UUID]
    post_id: Mapped[UUID]
    platform: Mapped[str]
    author_key: Mapped[int]
    text_key: Mapped[int]
    sentiment: Mapped[str]
    polarity: Mapped[float] = mapped_column(REAL)
    p_neutral: Mapped[float | None] = mapped_column(REAL)
    toxicity: Mapped[float] = mapped_column(REAL)
    complaint: Mapped[float] = mapped_column(REAL)
    hoax_cue: Mapped[float] = mapped_column(REAL)
    is_threat: Mapped[bool]
    language: Mapped[str]
    reach: Mapped[int]
    engagement: Mapped[int]
    is_own: Mapped[bool]
    is_counted: Mapped[bool]
    is_capped: Mapped[bool] = mapped_column(server_default=text("false"))
    keyword_ids: Mapped[list[UUID]]
    keyword_version_ids: Mapped[list[UUID]]
    account_ids: Mapped[list[UUID]]
    reader_version: Mapped[str]
    machine_sentiment: Mapped[str | None]
    corrected_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


# In the order of the shape that the API answers: rows are mapped to it by position.
_SHOWN = """
    m.id, m.client_id, m.post_id, m.published_at, m.platform, p.title, p.text, coalesce(p.lang, m.language) as lang,
    p.kind, m.sentiment, m.polarity, m.toxicity, m.complaint, m.hoax_cue, m.is_threat, m.reach, m.engagement, m.is_own,
    m.is_counted, p.deleted_at is not null as is_deleted, m.keyword_ids, m.keyword_version_ids, m.account_ids,
    m.reader_version, coalesce(m.machine_sentiment, m.sentiment) as machine_sentiment, m.corrected_by is not null,
    m.p_neutral
"""
# What tells who wrote comes last, and for portals not at all.
_OPEN = f"{_SHOWN}, p.native_id, p.author, p.author_name, p.followers, p.url, m.corrected_by"
_READ = ", ".join(f"p.{name}" for name in COLUMNS)
_FROM = """
    from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
"""
_BY_ID = "where m.agency_id = $1 and m.id = $2 and m.published_at >= $3 and m.published_at < $4"
_POST_OF = f"select {_READ} {_FROM} {_BY_ID}"
_LATEST = f"""
    select m.id, {_READ} {_FROM}
    where m.agency_id = $1 and m.client_id = $2 and not m.is_own and p.deleted_at is null
    order by m.published_at desc, m.id desc limit (select $3::int)
"""


def shown(*, hide_authors: bool) -> str:
    """The columns of a mention `m` and its post `p` as the API answers them, in that order."""
    return _SHOWN if hide_authors else _OPEN


def span_of(mention_id: UUID) -> tuple[datetime, datetime]:
    """The millisecond in which a mention was published, by its id: which partition it lies in.

    Raises: `NotFound` where it is no id of ours.
    """
    unix_ms = unix_ms_of(mention_id)
    if not 0 <= unix_ms < LATEST_MS:
        raise NotFound
    start = _EPOCH + unix_ms * _MS
    return start, start + _MS


async def get(
    connection: "Connection", agency_id: UUID, mention_id: UUID, *, hide_authors: bool, lock: bool = False
) -> "Record":
    """One mention as it is shown, held until the transaction ends where that is asked for.

    Raises: `NotFound`.
    """
    statement = f"select {shown(hide_authors=hide_authors)} {_FROM} {_BY_ID} {'for update of m' if lock else ''}"
    row = await connection.fetchrow(statement, agency_id, mention_id, *span_of(mention_id))
    if row is None:
        raise NotFound
    return row


async def latest(connection: "Connection", agency_id: UUID, client_id: UUID, *, limit: int) -> "list[Record]":
    """Ids and posts of a client's latest mentions, less its own posts and those that were deleted."""
    return await connection.fetch(_LATEST, agency_id, client_id, limit)


async def post_of(connection: "Connection", agency_id: UUID, mention_id: UUID) -> "Record | None":
    """The post of a mention, whole, to be read; it is shown to nobody. None where either is gone."""
    return await connection.fetchrow(_POST_OF, agency_id, mention_id, *span_of(mention_id))
