"""Lexicons: what words mean to one client. One row a client, made when it is first written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import PreconditionFailed
from core.lexicons import Lexicon, Term
from core.sentiment import Label
from storage import agencies, versions
from storage.clients import ClientRow
from storage.table import TenantTable


class ClientLexiconRow(TenantTable):
    """The terms of one client, whose id it has; `version` is named by every mention that it was read with."""

    __tablename__ = "client_lexicons"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
    )

    terms: Mapped[list[Any]] = mapped_column(JSONB)
    updated_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


async def find(session: AsyncSession, client_id: UUID) -> ClientLexiconRow | None:
    """What was written for a client; None where nothing was.

    Raises: `NotFound` where there is no such client.
    """
    await versions.get(session, ClientRow, client_id)
    return await session.get(ClientLexiconRow, (session.info["agency_id"], client_id))


async def in_force(session: AsyncSession) -> dict[UUID, Lexicon]:
    """The agency's lexicons that hold a term, by client."""
    rows = (await session.execute(select(ClientLexiconRow))).scalars()
    return {row.id: read(row) for row in rows if row.terms}


def read(row: ClientLexiconRow) -> Lexicon:
    """A row as the rules have it."""
    return _lexicon(row.terms, row.version)


def _lexicon(terms: Sequence[Mapping[str, str]], version: int) -> Lexicon:
    return Lexicon([Term(each["term"], Label(each["polarity"])) for each in terms], version)


async def write(
    session: AsyncSession,
    client_id: UUID,
    terms: Sequence[Mapping[str, str]],
    *,
    version: int | None,
    by: UUID,
    now: datetime,
) -> ClientLexiconRow:
    """Put these terms in the place of all there were, for every post that is read from now on.

    What was never written is at version 0.
    Raises: `NotFound`; `PreconditionFailed` where it is no longer at `version` (None takes any).
    """
    # The client's row is held, so that two who write the first one meet.
    await versions.get(session, ClientRow, client_id, lock=True)
    row = await session.get(ClientLexiconRow, (session.info["agency_id"], client_id))
    if version is not None and version != (row.version if row else 0):
        raise PreconditionFailed
    if row is None:
        row = ClientLexiconRow(
            agency_id=session.info["agency_id"], id=client_id, terms=list(terms), updated_by=by, version=1,
            created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
    else:
        row.terms, row.updated_by, row.version, row.updated_at = list(terms), by, row.version + 1, now
    await session.flush()
    await agencies.watch_changed(session)
    return row
