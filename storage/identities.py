"""Identity providers of an agency, and which of their subjects is which member."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage import paging
from storage.paging import Asked, Page
from storage.table import TenantTable, new_id


class ProviderRow(TenantTable):
    """An identity provider through which members of one agency may sign in.

    `application_id` is the client id that the provider gave to Siaga; clients here are the agency's brands.
    """

    __tablename__ = "identity_providers"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        Index(None, "agency_id", "created_at", "id"),
    )

    name: Mapped[str]
    issuer: Mapped[str]
    application_id: Mapped[str]
    secret_sealed: Mapped[bytes | None] = mapped_column(BYTEA)
    redirect_uris: Mapped[list[str]]
    is_enabled: Mapped[bool]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class IdentityRow(TenantTable):
    """A subject of a provider that is known to be a member."""

    __tablename__ = "member_identities"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agency_id", "provider_id"], ["identity_providers.agency_id", "identity_providers.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["agency_id", "member_id"], ["members.agency_id", "members.id"], ondelete="CASCADE"),
        UniqueConstraint("agency_id", "provider_id", "subject"),
        UniqueConstraint("agency_id", "provider_id", "member_id"),
    )

    provider_id: Mapped[UUID]
    subject: Mapped[str]
    member_id: Mapped[UUID]
    created_at: Mapped[datetime]


async def add(session: AsyncSession, provider_id: UUID, values: Mapping[str, Any], *, now: datetime) -> ProviderRow:
    """Register a provider, switched on. Its id comes from the caller, who has sealed the secret for it."""
    row = ProviderRow(
        agency_id=session.info["agency_id"], id=provider_id, **values, is_enabled=True, version=1, created_at=now,
        updated_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return row


async def page(session: AsyncSession, asked: Asked) -> Page[ProviderRow]:
    """The agency's providers, newest first."""
    return await paging.page_of(session, select(ProviderRow), ProviderRow, asked, words=(ProviderRow.name,))


async def find_enabled(session: AsyncSession, provider_id: UUID) -> ProviderRow | None:
    """A provider that is switched on."""
    statement = select(ProviderRow).where(ProviderRow.id == provider_id, ProviderRow.is_enabled)
    return (await session.execute(statement)).scalar_one_or_none()


async def find_by_subject(session: AsyncSession, provider_id: UUID, subject: str) -> IdentityRow | None:
    """Who this subject of the provider is known to be."""
    statement = select(IdentityRow).where(IdentityRow.provider_id == provider_id, IdentityRow.subject == subject)
    return (await session.execute(statement)).scalar_one_or_none()


async def find_by_member(session: AsyncSession, provider_id: UUID, member_id: UUID) -> IdentityRow | None:
    """Which subject of the provider a member is known as."""
    statement = select(IdentityRow).where(IdentityRow.provider_id == provider_id, IdentityRow.member_id == member_id)
    return (await session.execute(statement)).scalar_one_or_none()


async def link(session: AsyncSession, provider_id: UUID, subject: str, member_id: UUID, *, now: datetime) -> None:
    """Remember which member a subject is; the caller holds the member."""
    agency_id: UUID = session.info["agency_id"]
    session.add(
        IdentityRow(
            agency_id=agency_id,
            id=new_id(),
            provider_id=provider_id,
            subject=subject,
            member_id=member_id,
            created_at=now,
        )
    )
    await session.flush()


async def reseal(session: AsyncSession, again: Callable[[bytes, UUID], bytes]) -> int:
    """Seal every provider's secret of the agency again; how many there were."""
    statement = select(ProviderRow).where(ProviderRow.secret_sealed.is_not(None)).with_for_update(key_share=True)
    rows = (await session.execute(statement)).scalars().all()
    for row in rows:
        row.secret_sealed = again(row.secret_sealed or b"", row.id)
    await session.flush()
    return len(rows)
