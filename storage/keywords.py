"""Keywords: a query, its own tests, its active version."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import TenantTable


class KeywordRow(TenantTable):
    """What is watched for a client; the newest version is in force while the keyword is active."""

    __tablename__ = "keywords"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "created_at", "id"),
        CheckConstraint("status in ('draft', 'active', 'paused')", name="status"),
    )

    client_id: Mapped[UUID]
    name: Mapped[str]
    status: Mapped[str]
    current_version_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class KeywordVersionRow(TenantTable):
    """One wording of a keyword's query with its examples; never changed once written."""

    __tablename__ = "keyword_versions"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "keyword_id"], ["keywords.agency_id", "keywords.id"], ondelete="CASCADE"),
        UniqueConstraint("agency_id", "keyword_id", "number"),
    )

    keyword_id: Mapped[UUID]
    number: Mapped[int]
    query: Mapped[str]
    must_match: Mapped[list[Any]] = mapped_column(JSONB)
    must_not_match: Mapped[list[Any]] = mapped_column(JSONB)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class ActiveKeyword(NamedTuple):
    """A keyword as matching needs it: the version in force, and what it asks."""

    keyword_id: UUID
    version_id: UUID
    client_id: UUID
    query: str


async def active(session: AsyncSession) -> list[ActiveKeyword]:
    """Every keyword in force in the agency, for all its clients, oldest first."""
    columns = (KeywordRow.id, KeywordVersionRow.id, KeywordRow.client_id, KeywordVersionRow.query)
    statement = (
        select(*columns)
        .join(KeywordVersionRow, KeywordVersionRow.id == KeywordRow.current_version_id)
        .where(KeywordRow.status == "active")
        .order_by(KeywordRow.id)
    )
    return [ActiveKeyword(*row) for row in await session.execute(statement)]
