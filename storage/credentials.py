"""API keys, portal tokens and outside experts' tokens: who is calling, before any agency is known."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, or_, select, text, update
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.access import Role
from core.errors import NotFound
from storage import notices, paging, versions
from storage.engine import Database
from storage.paging import Asked, Page
from storage.session import tenant_session
from storage.table import TenantTable, new_id


class Kind(StrEnum):
    """Which of the three an `ApiKeyRow` is; each is listed and found in its own place only."""

    API_KEY = "api_key"
    PORTAL = "portal"
    EXPERT = "expert"


_ROLE_OF = {Kind.PORTAL: Role.PORTAL_VIEWER, Kind.EXPERT: Role.OUTSIDE_EXPERT}


class ApiKeyRow(TenantTable):
    """A program's credential; a portal's or an outside expert's by its role.

    With `client_id` it sees that one client only, with `incident_id` that one incident. After a rotation the digest
    of the secret before stays beside the new one until `previous_until`.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["agency_id", "incident_id"], ["incidents.agency_id", "incidents.id"], ondelete="CASCADE"),
        UniqueConstraint("agency_id", "public_id"),
        Index(None, "public_id"),
        CheckConstraint(
            "(role <> 'portal_viewer' or client_id is not null) and"
            " (role = 'outside_expert') = (incident_id is not null)",
            name="bound",
        ),
    )

    name: Mapped[str]
    role: Mapped[str]
    client_id: Mapped[UUID | None]
    incident_id: Mapped[UUID | None]
    public_id: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(BYTEA)
    previous_secret_hash: Mapped[bytes | None] = mapped_column(BYTEA)
    previous_until: Mapped[datetime | None]
    scopes: Mapped[list[str]]
    allowed_networks: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


USE_NOTED_EVERY = timedelta(minutes=1)


async def note_use(db: Database, agency_id: UUID, key_id: UUID, now: datetime) -> None:
    """Remember when a key was last used; written at most once a minute, however many processes ask."""
    is_due = or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at <= now - USE_NOTED_EVERY)
    async with tenant_session(db, agency_id) as session:
        await session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id, is_due).values(last_used_at=now))


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> ApiKeyRow:
    """Remember a key that was just made; of its secret only the digest."""
    row = ApiKeyRow(
        agency_id=session.info["agency_id"], id=new_id(), **values, version=1, created_at=now, updated_at=now
    )
    session.add(row)
    await session.flush()
    return row


async def page(session: AsyncSession, kind: Kind, asked: Asked) -> Page[ApiKeyRow]:
    """The agency's credentials of one kind."""
    role = _ROLE_OF.get(kind)
    is_kind = ApiKeyRow.role == role if role else ApiKeyRow.role.not_in(_ROLE_OF.values())
    return await paging.page_of(session, select(ApiKeyRow).where(is_kind), ApiKeyRow, asked, words=(ApiKeyRow.name,))


async def get(session: AsyncSession, key_id: UUID, kind: Kind, *, lock: bool = False) -> ApiKeyRow:
    """A credential of this kind; none is found where another is looked for.

    Raises: `NotFound`.
    """
    row = await versions.get(session, ApiKeyRow, key_id, lock=lock)
    if next((each for each, role in _ROLE_OF.items() if role == row.role), Kind.API_KEY) is not kind:
        raise NotFound
    return row


async def rotate(
    session: AsyncSession, row: ApiKeyRow, secret_hash: bytes, *, previous_until: datetime, now: datetime
) -> ApiKeyRow:
    """Give a key a new secret; the one before stays good until then, and a still older one ends at once."""
    row.previous_secret_hash, row.previous_until = row.secret_hash, previous_until
    row.secret_hash = secret_hash
    row.updated_at = now
    row.version += 1
    await session.flush()
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
