"""Collected posts, as they were published: stored once an agency, whoever they concern."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, text
from sqlalchemy.dialects.postgresql import INTEGER
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import Table, TenantTable


class PostRow(TenantTable):
    """One post of a platform; partitioned by month of publication.

    The id derives from the natural key and carries the publication time, so a lookup by id touches one
    partition. A deleted post keeps its row without text, title or author.
    """

    __tablename__ = "posts"
    __table_args__ = ({"postgresql_partition_by": "RANGE (published_at)"},)

    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True, sort_order=-2)
    platform: Mapped[str]
    native_id: Mapped[str]
    author: Mapped[str | None]
    author_name: Mapped[str | None]
    followers: Mapped[int]
    title: Mapped[str | None]
    text: Mapped[str]
    lang: Mapped[str | None]
    url: Mapped[str | None]
    kind: Mapped[str]
    reply_to: Mapped[str | None]
    likes: Mapped[int]
    shares: Mapped[int]
    comments: Mapped[int]
    views: Mapped[int]
    reach: Mapped[int | None]
    more: Mapped[dict[str, Any] | None]
    received_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class PostKeyRow(Table):
    """The one place that knows a platform's own id: what makes a repeat a repeat.

    A row without `post_id` is the grave of a post whose deletion arrived before the post.
    """

    __tablename__ = "post_keys"

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(primary_key=True)
    native_id: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[UUID | None]
    published_at: Mapped[datetime | None]


class PostBatchRow(TenantTable):
    """Posts received together and not yet matched; deleted in the transaction that matches them."""

    __tablename__ = "post_batches"

    post_ids: Mapped[list[UUID]]
    published_from: Mapped[datetime]
    published_to: Mapped[datetime]
    size: Mapped[int] = mapped_column(INTEGER)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    received_at: Mapped[datetime]
