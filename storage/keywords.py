"""Keywords: a query, its own tests, its active version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, defer, mapped_column

from core.errors import Conflict, PreconditionFailed
from core.plans import Quota
from storage import agencies, paging, quotas, versions
from storage.paging import Asked, Page
from storage.table import TenantTable, new_id


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


class Wording(NamedTuple):
    """What a version says: the query, and the samples it must and must not match."""

    query: str
    must_match: list[dict[str, Any]]
    must_not_match: list[dict[str, Any]]


class Keyword(NamedTuple):
    """A keyword with its newest version."""

    row: KeywordRow
    wording: KeywordVersionRow


# A page may hold two hundred versions, and each of them up to a megabyte of samples.
_WITHOUT_SAMPLES = (defer(KeywordVersionRow.must_match), defer(KeywordVersionRow.must_not_match))
_NOT_ACTIVE = Conflict("A draft is not in force, so it cannot be paused. Activate it first.", code="keyword_is_draft")


_COUNT = select(func.count()).select_from(KeywordRow)


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


async def count(session: AsyncSession) -> int:
    """How many keywords the agency has."""
    return (await session.execute(_COUNT)).scalar_one()


async def add(
    session: AsyncSession, values: Mapping[str, Any], wording: Wording, *, by: UUID, now: datetime
) -> Keyword:
    """Register a keyword as a draft with its first version."""
    await quotas.take(session, Quota.KEYWORDS, _COUNT)
    agency_id: UUID = session.info["agency_id"]
    row = KeywordRow(
        agency_id=agency_id, id=new_id(), **values, status="draft", current_version_id=new_id(), version=1,
        created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return Keyword(row, await _add_version(session, row, wording, number=1, by=by, now=now))


async def get(session: AsyncSession, keyword_id: UUID) -> Keyword:
    """The keyword with its newest version.

    Raises: `NotFound`.
    """
    row = await versions.get(session, KeywordRow, keyword_id)
    return Keyword(row, await versions.get(session, KeywordVersionRow, row.current_version_id))


async def lock(session: AsyncSession, keyword_id: UUID, *, version: int | None = None) -> Keyword:
    """The keyword, to change it: nobody else does meanwhile.

    Raises: `NotFound`; `PreconditionFailed` when it is no longer at `version` (None takes any).
    """
    row = await versions.get(session, KeywordRow, keyword_id, lock=True)
    if version not in (None, row.version):
        raise PreconditionFailed
    return Keyword(row, await versions.get(session, KeywordVersionRow, row.current_version_id))


async def rename(session: AsyncSession, keyword: Keyword, changes: Mapping[str, Any], *, now: datetime) -> Keyword:
    """The locked keyword with another name."""
    return Keyword(await _change(session, keyword.row, changes, now=now), keyword.wording)


async def reword(
    session: AsyncSession, keyword: Keyword, changes: Mapping[str, Any], wording: Wording, *, by: UUID, now: datetime
) -> Keyword:
    """The locked keyword with a new version, in force at once where the keyword is active."""
    number = keyword.wording.number + 1
    values = {**changes, "current_version_id": new_id()}
    row = await _change(session, keyword.row, values, now=now)
    newest = await _add_version(session, row, wording, number=number, by=by, now=now)
    if row.status == "active":
        await agencies.watch_changed(session)
    return Keyword(row, newest)


async def activate(session: AsyncSession, keyword: Keyword, *, now: datetime) -> Keyword:
    """The locked keyword in force. Repeating it changes nothing."""
    if keyword.row.status == "active":
        return keyword
    return await _set_status(session, keyword, "active", now=now)


async def pause(session: AsyncSession, keyword: Keyword, *, now: datetime) -> Keyword:
    """The locked keyword out of force. Repeating it changes nothing.

    Raises: `Conflict` where it never was in force.
    """
    if keyword.row.status == "draft":
        raise _NOT_ACTIVE
    if keyword.row.status == "paused":
        return keyword
    return await _set_status(session, keyword, "paused", now=now)


async def remove(session: AsyncSession, keyword_id: UUID, *, version: int | None) -> None:
    """Delete the keyword with all its versions; what it caught stays.

    Raises: `NotFound`; `PreconditionFailed`.
    """
    await versions.remove(session, KeywordRow, keyword_id, version=version)
    await agencies.watch_changed(session)


async def page(session: AsyncSession, asked: Asked) -> Page[KeywordRow]:
    """The agency's keywords."""
    return await paging.page_of(session, select(KeywordRow), KeywordRow, asked, words=(KeywordRow.name,))


async def wordings(session: AsyncSession, rows: Sequence[KeywordRow]) -> dict[UUID, KeywordVersionRow]:
    """The newest version of each of these keywords without its samples, by the version's id."""
    wanted = [row.current_version_id for row in rows]
    statement = select(KeywordVersionRow).options(*_WITHOUT_SAMPLES).where(KeywordVersionRow.id.in_(wanted))
    found = await session.execute(statement)
    return {version.id: version for version in found.scalars()}


async def page_versions(session: AsyncSession, keyword_id: UUID, asked: Asked) -> Page[KeywordVersionRow]:
    """The versions of a keyword without their samples.

    Raises: `NotFound`.
    """
    await versions.get(session, KeywordRow, keyword_id)
    statement = select(KeywordVersionRow).options(*_WITHOUT_SAMPLES).where(KeywordVersionRow.keyword_id == keyword_id)
    return await paging.page_of(session, statement, KeywordVersionRow, asked, words=(KeywordVersionRow.query,))


async def _add_version(
    session: AsyncSession, row: KeywordRow, wording: Wording, *, number: int, by: UUID, now: datetime
) -> KeywordVersionRow:
    version = KeywordVersionRow(
        agency_id=row.agency_id, id=row.current_version_id, keyword_id=row.id, number=number, **wording._asdict(),
        created_by=by, created_at=now,
    )  # fmt: skip
    session.add(version)
    await session.flush()
    return version


async def _set_status(session: AsyncSession, keyword: Keyword, status: str, *, now: datetime) -> Keyword:
    row = await _change(session, keyword.row, {"status": status}, now=now)
    await agencies.watch_changed(session)
    return Keyword(row, keyword.wording)


async def _change(session: AsyncSession, row: KeywordRow, changes: Mapping[str, Any], *, now: datetime) -> KeywordRow:
    return await versions.change(session, KeywordRow, row.id, changes, version=row.version, now=now)
