"""Agencies, their members, and who of them is signed in.

A member's sign-ins change under the lock of the member's row, whoever changes them: the member's row first, then
the tokens. So nobody signs in beside a disabling, and no two requests wait for each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.audit import Act
from core.errors import Conflict, PreconditionFailed
from core.plans import DEFAULT_PLAN, Quota
from storage import notices, paging, quotas
from storage.engine import Database
from storage.paging import Asked, Page
from storage.session import tenant_session
from storage.table import Table, TenantTable, new_id
from storage.versions import refusing


class AgencyRow(Table):
    """The tenant itself. `matching_revision` rises with every change of what is watched; `plan` is the operator's."""

    __tablename__ = "agencies"
    __table_args__ = (CheckConstraint("plan in ('trial', 'starter', 'studio', 'house', 'unlimited')", name="plan"),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    matching_revision: Mapped[int] = mapped_column(server_default=text("0"))
    plan: Mapped[str] = mapped_column(server_default=text("'unlimited'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MemberRow(TenantTable):
    """A person who works at the agency."""

    __tablename__ = "members"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        UniqueConstraint("agency_id", "email"),
        Index(None, "email"),
        CheckConstraint("role in ('owner', 'admin', 'responder', 'analyst', 'read_only')", name="role"),
    )

    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class RefreshTokenRow(TenantTable):
    """One use of a sign-in that renews itself; the family ends when a used token is seen again."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "member_id"], ["members.agency_id", "members.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "family_id"),
        Index(None, "agency_id", "member_id"),
    )

    member_id: Mapped[UUID]
    family_id: Mapped[UUID]
    token_hash: Mapped[bytes] = mapped_column(BYTEA)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


_SEATS = select(func.count()).select_from(MemberRow).where(MemberRow.disabled_at.is_(None))
_SLUG_TAKEN = Conflict("Another agency has this short name. Choose another.", code="slug_taken")
_EMAIL_TAKEN = Conflict("A member of this agency has this address already.", code="email_taken")


@dataclass(frozen=True, slots=True)
class NewOwner:
    """The person who signs in first."""

    email: str
    name: str
    password_hash: str


async def found(
    db: Database, name: str, slug: str, *, now: datetime, owner: NewOwner | None = None, plan: str = DEFAULT_PLAN
) -> UUID:
    """Create an agency, with its first owner or none: the operator's act, never a stranger's.

    Raises: `Conflict` when the short name is taken.
    """
    agency_id = new_id()
    act = Act("found_agency", "operator", now)
    row = AgencyRow(agency_id=agency_id, name=name, slug=slug, plan=plan, created_at=now, updated_at=now)
    async with refusing({"agencies_slug_key": _SLUG_TAKEN}), tenant_session(db, agency_id, act=act) as session:
        session.add(row)
        await session.flush()
        if owner is not None:
            kept = owner.password_hash
            await add_member(session, email=owner.email, name=owner.name, role="owner", password_hash=kept, now=now)
    return agency_id


async def get(session: AsyncSession) -> AgencyRow:
    """The agency of this transaction."""
    return (await session.execute(select(AgencyRow))).scalar_one()


async def change(session: AsyncSession, changes: Mapping[str, Any], *, version: int | None, now: datetime) -> AgencyRow:
    """The agency with these columns changed and its version risen.

    Raises: `PreconditionFailed` when it is no longer at `version` (None takes any).
    """
    statement = update(AgencyRow).where(AgencyRow.agency_id == session.info["agency_id"])
    if version is not None:
        statement = statement.where(AgencyRow.version == version)
    values = {**changes, "version": AgencyRow.version + 1, "updated_at": now}
    row = (await session.execute(statement.values(values).returning(AgencyRow))).scalar_one_or_none()
    if row is None:
        raise PreconditionFailed
    return row


async def lock_members(session: AsyncSession) -> None:
    """Hold the agency's members as they are until the end of the transaction: for what must stay true of them all."""
    statement = select(AgencyRow.agency_id).where(AgencyRow.agency_id == session.info["agency_id"])
    await session.execute(statement.with_for_update(key_share=True))


async def watch_changed(session: AsyncSession) -> None:
    """Note that what is watched has changed, so that every worker reads it anew."""
    await session.execute(update(AgencyRow).values(matching_revision=AgencyRow.matching_revision + 1))


async def add_member(
    session: AsyncSession, *, email: str, name: str, role: str, password_hash: str, now: datetime
) -> MemberRow:
    """Add a person to the agency.

    Raises: `Conflict` when the address is a member already; `QuotaExceeded`.
    """
    await take_seat(session)
    row = MemberRow(
        agency_id=session.info["agency_id"], id=new_id(), email=email, name=name, role=role,
        password_hash=password_hash, disabled_at=None, version=1, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(row)
    async with refusing({"members_agency_id_email_key": _EMAIL_TAKEN}):
        await session.flush()
    return row


async def page_members(session: AsyncSession, asked: Asked) -> Page[MemberRow]:
    """The agency's members."""
    return await paging.page_of(session, select(MemberRow), MemberRow, asked, words=(MemberRow.name, MemberRow.email))


async def take_seat(session: AsyncSession) -> None:
    """Make sure that one more member may sign in.

    Raises: `QuotaExceeded`.
    """
    await quotas.take(session, Quota.SEATS, _SEATS)


async def seat_count(session: AsyncSession) -> int:
    """How many members can sign in."""
    return (await session.execute(_SEATS)).scalar_one()


async def owner_count(session: AsyncSession) -> int:
    """How many owners can still sign in."""
    statement = select(func.count()).where(MemberRow.role == "owner", MemberRow.disabled_at.is_(None))
    return (await session.execute(statement)).scalar_one()


async def is_last_owner(session: AsyncSession, email: str) -> bool:
    """Whether this address is that of the one owner who can still sign in. Holds the members as they are."""
    await lock_members(session)
    statement = select(MemberRow.email).where(MemberRow.role == "owner", MemberRow.disabled_at.is_(None)).limit(2)
    return (await session.execute(statement)).scalars().all() == [email]


async def lock_member(session: AsyncSession, member_id: UUID) -> MemberRow | None:
    """The member, held as it is until the end of the transaction."""
    statement = select(MemberRow).where(MemberRow.id == member_id).with_for_update(key_share=True)
    return (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()


async def find_member(session: AsyncSession, email: str) -> MemberRow | None:
    """The member with this address, held as it is until the end of the transaction."""
    statement = select(MemberRow).where(MemberRow.email == email).with_for_update(key_share=True)
    return (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()


async def keep_password(session: AsyncSession, member: MemberRow, password_hash: str, *, now: datetime) -> None:
    """Remember a member's new password, as it is kept."""
    member.password_hash = password_hash
    member.version += 1
    member.updated_at = now
    await session.flush()


async def issue_refresh(
    session: AsyncSession,
    *,
    token_id: UUID,
    member_id: UUID,
    family_id: UUID,
    digest: bytes,
    now: datetime,
    until: datetime,
) -> None:
    """Remember a refresh token that was handed out."""
    row = RefreshTokenRow(
        agency_id=session.info["agency_id"], id=token_id, member_id=member_id, family_id=family_id,
        token_hash=digest, issued_at=now, expires_at=until,
    )  # fmt: skip
    session.add(row)
    await session.flush()


async def holder_of_refresh(session: AsyncSession, token_id: UUID) -> UUID | None:
    """The member a refresh token was handed to."""
    statement = select(RefreshTokenRow.member_id).where(RefreshTokenRow.id == token_id)
    return (await session.execute(statement)).scalar_one_or_none()


async def find_refresh(session: AsyncSession, token_id: UUID) -> RefreshTokenRow | None:
    """The refresh token of this id; whoever means to use it up holds its member."""
    statement = select(RefreshTokenRow).where(RefreshTokenRow.id == token_id)
    return (await session.execute(statement)).scalar_one_or_none()


async def use_refresh(session: AsyncSession, token: RefreshTokenRow, *, now: datetime) -> None:
    """Mark a refresh token used."""
    token.used_at = now
    await session.flush()


async def forget_expired(session: AsyncSession, member_id: UUID, *, now: datetime) -> None:
    """Drop a member's refresh tokens that are past their end; until then a used one tells of its theft."""
    expired = delete(RefreshTokenRow).where(RefreshTokenRow.member_id == member_id, RefreshTokenRow.expires_at <= now)
    await session.execute(expired)


async def end_family(session: AsyncSession, family_id: UUID, *, now: datetime) -> None:
    """End a sign-in: none of its refresh tokens is good any more."""
    await _revoke(session, RefreshTokenRow.family_id == family_id, now)


async def end_sign_ins(
    session: AsyncSession, member_id: UUID, *, now: datetime, but_family: UUID | None = None
) -> None:
    """End every sign-in of a member, `but_family`: the role or the password changed, or the person left."""
    condition = RefreshTokenRow.member_id == member_id
    await _revoke(
        session, condition if but_family is None else condition & (RefreshTokenRow.family_id != but_family), now
    )


async def _revoke(session: AsyncSession, condition: ColumnElement[bool], now: datetime) -> None:
    statement = update(RefreshTokenRow).where(condition, RefreshTokenRow.revoked_at.is_(None))
    await session.execute(statement.values(revoked_at=now))
    await notices.tell(session, notices.CREDENTIALS)


async def is_signed_in(db: Database, agency_id: UUID, family_id: UUID) -> bool:
    """Whether a sign-in has not been ended: by log-out, a new password, another role, or a token seen twice."""
    async with tenant_session(db, agency_id) as session:
        alive = select(RefreshTokenRow.id).where(
            RefreshTokenRow.family_id == family_id, RefreshTokenRow.revoked_at.is_(None)
        )
        return (await session.execute(alive.limit(1))).first() is not None
