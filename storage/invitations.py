"""Invitations: who is asked to join the agency, as what, and whether they did."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKeyConstraint, Index, select, text, update
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import Conflict
from core.invitations import LIFE
from storage import paging
from storage.paging import Asked, Page
from storage.table import TenantTable
from storage.versions import refusing


class InvitationRow(TenantTable):
    """Somebody asked to join. Of the token only the digest is kept; an address has at most one open invitation."""

    __tablename__ = "invitations"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        Index(None, "agency_id", "created_at", "id"),
        Index(
            "invitations_one_open_idx",
            "agency_id",
            "email",
            unique=True,
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
        CheckConstraint("role in ('owner', 'admin', 'responder', 'analyst', 'read_only')", name="role"),
    )

    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(BYTEA)
    invited_by: Mapped[UUID | None]
    member_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


_BESIDE = Conflict("Somebody else invites this address at this moment. Look at the list.", code="invited_already")


async def add(
    session: AsyncSession,
    invitation_id: UUID,
    *,
    email: str,
    role: str,
    token_hash: bytes,
    invited_by: UUID,
    now: datetime,
) -> InvitationRow:
    """Invite an address; what was open for it before ends.

    Raises: `Conflict`, where somebody else invites it at the same instant.
    """
    await session.execute(
        update(InvitationRow)
        .where(InvitationRow.email == email, *_open())
        .values(revoked_at=now, updated_at=now, version=InvitationRow.version + 1)
    )
    row = InvitationRow(
        agency_id=session.info["agency_id"], id=invitation_id, email=email, role=role, token_hash=token_hash,
        invited_by=invited_by, expires_at=now + LIFE, version=1, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(row)
    async with refusing({"invitations_one_open_idx": _BESIDE}):
        await session.flush()
    return row


async def page(session: AsyncSession, asked: Asked) -> Page[InvitationRow]:
    """The agency's invitations, newest first, with what became of each."""
    return await paging.page_of(session, select(InvitationRow), InvitationRow, asked, words=(InvitationRow.email,))


async def lock(session: AsyncSession, invitation_id: UUID) -> InvitationRow | None:
    """An invitation, held until the end of the transaction; None where there is none."""
    statement = select(InvitationRow).where(InvitationRow.id == invitation_id).with_for_update()
    return (await session.execute(statement)).scalar_one_or_none()


async def lock_open(session: AsyncSession, email: str, *, now: datetime) -> InvitationRow | None:
    """The open invitation of an address, held until the end of the transaction."""
    statement = select(InvitationRow).where(InvitationRow.email == email, InvitationRow.expires_at > now, *_open())
    return (await session.execute(statement.with_for_update())).scalar_one_or_none()


async def accept(session: AsyncSession, row: InvitationRow, member_id: UUID, *, now: datetime) -> None:
    """Note who came of an invitation: it is used up."""
    row.accepted_at, row.member_id = now, member_id
    await _changed(session, row, now)


async def revoke(session: AsyncSession, row: InvitationRow, *, now: datetime) -> None:
    """Take an open invitation back."""
    row.revoked_at = now
    await _changed(session, row, now)


async def revoke_made_by(session: AsyncSession, granter_id: UUID, *, now: datetime) -> None:
    """Take back what a member or a key invited and nobody has accepted: who may no longer invite has not invited."""
    values = {"revoked_at": now, "updated_at": now, "version": InvitationRow.version + 1}
    made = update(InvitationRow).where(InvitationRow.invited_by == granter_id, *_open())
    await session.execute(made.values(values))


async def _changed(session: AsyncSession, row: InvitationRow, now: datetime) -> None:
    row.updated_at = now
    row.version += 1
    await session.flush()


def _open() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (InvitationRow.accepted_at.is_(None), InvitationRow.revoked_at.is_(None))
