"""Remembered answers: what a request with a key was answered, written with its effect."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
from sqlalchemy import ForeignKeyConstraint, Index, delete
from sqlalchemy.dialects.postgresql import BYTEA, SMALLINT
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.idempotency import KEPT_FOR, StillRunning
from storage.session import driver_of, for_the_agency
from storage.table import TenantTable

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection


class RememberedAnswerRow(TenantTable):
    """The answer to one key. Its id derives from credential, method, path and key; the answer is sealed.

    The row is inserted before the effect and completed after it, in one transaction: nobody sees it half.
    """

    __tablename__ = "remembered_answers"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        Index(None, "agency_id", "expires_at"),
    )

    fingerprint: Mapped[bytes] = mapped_column(BYTEA)
    status: Mapped[int | None] = mapped_column(SMALLINT)
    sealed: Mapped[bytes | None] = mapped_column(BYTEA)
    expires_at: Mapped[datetime]


_FIND = """
    select fingerprint, status, sealed from remembered_answers
    where agency_id = $1 and id = $2 and expires_at > $3 and status is not null
"""
# Whoever inserts first has it until the end of the transaction; the next one waits here, and not for long.
_WAIT = "set local lock_timeout = '200ms'"
_WAIT_AS_USUAL = "set local lock_timeout = default"
_CLAIM = """
    insert into remembered_answers (agency_id, id, fingerprint, expires_at) values ($1, $2, $3, $4)
    on conflict (agency_id, id) do update set
        fingerprint = excluded.fingerprint, status = null, sealed = null, expires_at = excluded.expires_at
    where remembered_answers.expires_at <= $5
    returning id
"""
_KEEP = "update remembered_answers set status = $3, sealed = $4 where agency_id = $1 and id = $2"


async def find(connection: "Connection", agency_id: UUID, answer_id: UUID, *, now: datetime) -> "Record | None":
    """The answer kept under this id: `fingerprint` of its request, `status`, and the answer itself, `sealed`."""
    return await connection.fetchrow(_FIND, agency_id, answer_id, now)


async def claim(session: AsyncSession, answer_id: UUID, fingerprint: bytes, *, now: datetime) -> bool:
    """Be the first with this id until the transaction ends; false where another was, and has answered.

    Raises: `StillRunning` where another is at it.
    """
    connection = await driver_of(session)
    agency_id: UUID = session.info["agency_id"]
    async with for_the_agency(session):
        await connection.execute(_WAIT)
        try:
            claimed = await connection.fetchval(_CLAIM, agency_id, answer_id, fingerprint, now + KEPT_FOR, now)
        except asyncpg.LockNotAvailableError:
            raise StillRunning from None
        await connection.execute(_WAIT_AS_USUAL)
    return claimed is not None


async def keep(session: AsyncSession, answer_id: UUID, status: int, sealed: bytes) -> None:
    """Complete the claimed row with the answer, in the transaction of what it tells of."""
    async with for_the_agency(session):
        await (await driver_of(session)).execute(_KEEP, session.info["agency_id"], answer_id, status, sealed)


async def forget(session: AsyncSession, *, now: datetime) -> None:
    """Delete the answers that are no longer given again."""
    await session.execute(delete(RememberedAnswerRow).where(RememberedAnswerRow.expires_at <= now))
