"""API keys and portal tokens: who is calling, before any agency is known."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, select, text, update
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import NotFound
from storage import notices, paging, versions
from storage.engine import Database
from storage.paging import Asked, Page
from storage.session import tenant_session
from storage.table import TenantTable, new_id


class ApiKeyRow(TenantTable):
    """A program's credential; with `client_id` a portal token, which sees that one client only."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        UniqueConstraint("agency_id", "public_id"),
        Index(None, "public_id"),
        CheckConstraint("(client_id is not null) = (role = 'portal_viewer')", name="portal"),
    )

    name: Mapped[str]
    role: Mapped[str]
    client_id: Mapped[UUID | None]
    public_id: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(BYTEA)
    scopes: Mapped[list[str]]
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


async def note_use(db: Database, agency_id: UUID, key_id: UUID, now: datetime) -> None:
    """Remember when a key was last used; callers ask at most once a minute."""
    async with tenant_session(db, agency_id) as session:
        await session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(last_used_at=now))


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> ApiKeyRow:
    """Remember a key that was just made; of its secret only the digest."""
    row = ApiKeyRow(
        agency_id=session.info["agency_id"], id=new_id(), **values, version=1, created_at=now, updated_at=now
    )
    session.add(row)
    await session.flush()
    return row


async def page(session: AsyncSession, asked: Asked, *, portal: bool) -> Page[ApiKeyRow]:
    """The agency's API keys, or its portal tokens."""
    bound = ApiKeyRow.client_id.is_not(None) if portal else ApiKeyRow.client_id.is_(None)
    statement = select(ApiKeyRow).where(bound)
    return await paging.page_of(session, statement, ApiKeyRow, asked, words=(ApiKeyRow.name,))


async def get(session: AsyncSession, key_id: UUID, *, portal: bool, lock: bool = False) -> ApiKeyRow:
    """An API key, or a portal token: neither is found where the other is looked for.

    Raises: `NotFound`.
    """
    row = await versions.get(session, ApiKeyRow, key_id, lock=lock)
    if (row.client_id is not None) is not portal:
        raise NotFound
    return row


async def revoke(session: AsyncSession, row: ApiKeyRow, *, now: datetime) -> ApiKeyRow:
    """End a key for good. Ending it again changes nothing."""
    if row.revoked_at is None:
        row.revoked_at = now
        row.updated_at = now
        row.version += 1
        await session.flush()
        await notices.tell(session, notices.CREDENTIALS)
    return row
