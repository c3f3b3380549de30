"""Mentions: which post concerns which client, why, and how it reads."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import INTEGER, REAL
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import Table, TenantTable


class MentionRow(TenantTable):
    """One post for one client; partitioned by month of publication.

    The id derives from client and post. `author_key` and `text_key` are hashes that tell voices apart without
    naming anybody, and stay when the post's text is erased.
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
    keyword_ids: Mapped[list[UUID]]
    keyword_version_ids: Mapped[list[UUID]]
    account_ids: Mapped[list[UUID]]
    reader_version: Mapped[str]
    created_at: Mapped[datetime]


class BucketRow(Table):
    """Counts of one client over five minutes of publication time; partitioned by month.

    `voices` counts one author and one copied text once; own posts are left out of all counts but `own`.
    """

    __tablename__ = "client_buckets"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        {"postgresql_partition_by": "RANGE (bucket_at)"},
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    bucket_at: Mapped[datetime] = mapped_column(primary_key=True)
    mentions: Mapped[int] = mapped_column(INTEGER)
    voices: Mapped[int] = mapped_column(INTEGER)
    negative: Mapped[int] = mapped_column(INTEGER)
    negative_voices: Mapped[int] = mapped_column(INTEGER)
    neutral: Mapped[int] = mapped_column(INTEGER)
    positive: Mapped[int] = mapped_column(INTEGER)
    own: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    reach: Mapped[int]
    engagement: Mapped[int]
    toxic: Mapped[int] = mapped_column(INTEGER)
    threat: Mapped[int] = mapped_column(INTEGER)
    hoax: Mapped[int] = mapped_column(INTEGER)
    complaints: Mapped[int] = mapped_column(INTEGER)
    platforms: Mapped[int] = mapped_column(INTEGER)
