"""Mentions: which post concerns which client, why, and how it reads."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import TenantTable

if TYPE_CHECKING:
    from storage.session import Connection


class MentionRow(TenantTable):
    """One post for one client; partitioned by month of publication.

    The id derives from client and post. `author_key` and `text_key` are hashes that tell voices apart without
    naming anybody, and stay when the post's text is erased. `is_own` marks the client's own posts; they and what
    only a competitor's account brought are kept but not counted.
    Units: `polarity` [-1, 1]; `toxicity`, `complaint`, `hoax_cue` [0, 1]; `reach`, `engagement` counts.
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
    toxicity: Mapped[float] = mapped_column(REAL)
    complaint: Mapped[float] = mapped_column(REAL)
    hoax_cue: Mapped[float] = mapped_column(REAL)
    is_threat: Mapped[bool]
    language: Mapped[str]
    reach: Mapped[int]
    engagement: Mapped[int]
    is_own: Mapped[bool]
    is_counted: Mapped[bool]
    keyword_ids: Mapped[list[UUID]]
    keyword_version_ids: Mapped[list[UUID]]
    account_ids: Mapped[list[UUID]]
    reader_version: Mapped[str]
    created_at: Mapped[datetime]


class NewMention(NamedTuple):
    """A mention to be recorded, in the order of its columns."""

    id: UUID
    published_at: datetime
    client_id: UUID
    post_id: UUID
    platform: str
    author_key: int
    text_key: int
    sentiment: str
    polarity: float
    toxicity: float
    complaint: float
    hoax_cue: float
    is_threat: bool
    language: str
    reach: int
    engagement: int
    is_own: bool
    is_counted: bool
    keyword_ids: str
    keyword_version_ids: str
    account_ids: str


_TYPES = (
    "uuid",
    "timestamptz",
    "uuid",
    "uuid",
    "text",
    "bigint",
    "bigint",
    "text",
    "real",
    "real",
    "real",
    "real",
    "boolean",
    "text",
    "bigint",
    "bigint",
    "boolean",
    "boolean",
    "text",
    "text",
    "text",
)
_NAMES = ", ".join(NewMention._fields)
_UNNEST = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, start=4))
# Arrays of arrays cannot be unnested row by row; an array literal as text can, and is cast back here.
_SELECTED = ", ".join(f"{name}::uuid[]" if name.endswith("_ids") else name for name in NewMention._fields)
_RECORD = f"""
    insert into mentions (agency_id, {_NAMES}, reader_version, created_at)
    select $1, {_SELECTED}, $2, $3 from unnest({_UNNEST}) as t({_NAMES})
    on conflict (agency_id, published_at, id) do update set
        sentiment = excluded.sentiment, polarity = excluded.polarity, toxicity = excluded.toxicity,
        complaint = excluded.complaint, hoax_cue = excluded.hoax_cue, is_threat = excluded.is_threat,
        language = excluded.language, text_key = excluded.text_key, reader_version = excluded.reader_version
"""  # noqa: S608 - the names are the columns listed above


async def record(
    connection: "Connection", agency_id: UUID, found: Sequence[NewMention], *, reader_version: str, now: datetime
) -> None:
    """Remember mentions; one that is known already takes the new reading of its edited post."""
    columns = list(zip(*found, strict=True))
    await connection.execute(_RECORD, agency_id, reader_version, now, *columns)
