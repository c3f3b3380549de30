"""Requests of the people whose data is held, and what is done about them across the whole agency.

An author is a platform and a handle; handles are compared folded, by one expression of SQL for posts and suppressions
alike. Everything that names the person is written past the session, so that the audit log does not learn it again.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy import CheckConstraint, Index, select, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import data_subjects as rules
from core.passwords import NOBODY
from storage import audit, paging
from storage.paging import Asked, Page
from storage.posts import AUTHOR_HASH, FOLDED
from storage.table import Table, TenantTable, new_id

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

BATCH = 1000
"""Posts erased in one transaction."""


class RequestRow(TenantTable):
    """What somebody asked about their data; who it was is forgotten when they were erased."""

    __tablename__ = "data_subject_requests"
    __table_args__ = (
        Index(None, "agency_id", "created_at", "id"),
        CheckConstraint("kind in ('access', 'copy', 'correction', 'restriction', 'erasure')", name="kind"),
        CheckConstraint("status in ('received', 'running', 'fulfilled', 'refused')", name="status"),
    )

    kind: Mapped[str]
    status: Mapped[str]
    platform: Mapped[str | None]
    handle: Mapped[str | None]
    email: Mapped[str | None]
    note: Mapped[str | None]
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    proof: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SuppressedAuthorRow(Table):
    """An author whose posts are not stored: only a hash of who it is."""

    __tablename__ = "suppressed_authors"

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(primary_key=True)
    author_hash: Mapped[bytes] = mapped_column(BYTEA, primary_key=True)
    suppressed_at: Mapped[datetime]


async def add(session: AsyncSession, values: Mapping[str, Any], *, now: datetime) -> RequestRow:
    """Note a request, due three days after it was received."""
    row = RequestRow(
        agency_id=session.info["agency_id"], id=new_id(), **values, status=rules.Status.RECEIVED,
        due_at=rules.due(values["received_at"]), version=1, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    return row


async def page(session: AsyncSession, asked: Asked) -> Page[RequestRow]:
    """The agency's requests."""
    return await paging.page_of(session, select(RequestRow), RequestRow, asked)


async def decide(session: AsyncSession, row: RequestRow, status: rules.Status, note: str | None, now: datetime) -> None:
    """Write down how a locked request was answered, or that it is being carried out."""
    row.status = status
    row.note = note if note is not None else row.note
    row.closed_at = None if status == rules.Status.RUNNING else now
    row.version += 1
    row.updated_at = now
    await session.flush()


_SUPPRESS = f"""
    insert into suppressed_authors (agency_id, platform, author_hash, suppressed_at)
    select $1, $2, {AUTHOR_HASH}, $4 from (select $2::text as platform, $3::text as author) t on conflict do nothing
"""  # noqa: S608 - the expression is our own


async def suppress(connection: "Connection", agency_id: UUID, platform: str, handle: str, *, now: datetime) -> None:
    """Store no further posts of this author."""
    await connection.execute(_SUPPRESS, agency_id, platform, handle, now)


@dataclass(slots=True)
class Erased:
    """What was erased so far: counts by table, and a hash over the ids of the posts in their order."""

    counts: dict[str, int] = field(default_factory=dict[str, int])
    sha256: str = ""

    def add(self, table: str, count: int) -> None:
        self.counts[table] = self.counts.get(table, 0) + count

    def over(self, ids: list[UUID]) -> None:
        self.sha256 = sha256(self.sha256.encode() + b"".join(each.bytes for each in ids)).hexdigest()


_SAME_AUTHOR = f"{FOLDED} = (select {FOLDED} from (select $3::text as author) t)"  # noqa: S608 - the expressions are our own
_OF_AUTHOR = f"platform = $2 and author is not null and {_SAME_AUTHOR}"
_ERASE_POSTS = f"""
    with found as (
        select published_at, id from posts where agency_id = $1 and {_OF_AUTHOR}
        order by published_at, id limit (select $5::int) for update
    )
    update posts p set title = null, text = '', author = null, author_name = null, url = null, reply_to = null,
        more = null, native_id = 'erased', followers = 0, deleted_at = coalesce(deleted_at, $4)
    from found where p.agency_id = $1 and p.published_at = found.published_at and p.id = found.id
    returning p.id, p.published_at
"""  # noqa: S608 - the expressions are our own
# One stranger in place of another: who was one voice stays one, and nobody can tell whose.
_RENAME_VOICE = """
    update mentions set author_key = $5
    where agency_id = $1 and published_at between $2 and $3 and post_id = any($4::uuid[])
"""
_FORGET_REPLIES = f"""
    update posts set reply_to = null where agency_id = $1 and platform = $2 and reply_to is not null
        and {FOLDED.replace("author", "reply_to")} = (select {FOLDED} from (select $3::text as author) t)
"""  # noqa: S608 - the expressions are our own
_FORGET_ACCOUNTS = """
    delete from monitored_accounts where agency_id = $1 and platform = $2 and handle = $3 and kind <> 'owned'
"""
_WATCH_CHANGED = "update agencies set matching_revision = matching_revision + 1 where agency_id = $1"


async def erase_posts(
    connection: "Connection", agency_id: UUID, platform: str, handle: str, erased: Erased, *, voice: int, now: datetime
) -> bool:
    """Erase the author's next thousand posts; whether there may be more."""
    rows = await connection.fetch(_ERASE_POSTS, agency_id, platform, handle, now, BATCH)
    if rows:
        ids, times = sorted(row["id"] for row in rows), [row["published_at"] for row in rows]
        done = await connection.execute(_RENAME_VOICE, agency_id, min(times), max(times), ids, voice)
        erased.add("posts", len(ids))
        erased.add("mentions", _count(done))
        erased.over(ids)
    return len(rows) == BATCH


async def erase_author(
    connection: "Connection", agency_id: UUID, request_id: UUID, platform: str, handle: str, erased: Erased
) -> None:
    """Erase what else names an author: replies to them, accounts that were watched, the audit log's values."""
    erased.add("replies", _count(await connection.execute(_FORGET_REPLIES, agency_id, platform, handle)))
    accounts = _count(await connection.execute(_FORGET_ACCOUNTS, agency_id, platform, handle))
    erased.add("monitored_accounts", accounts)
    if accounts:
        await connection.execute(_WATCH_CHANGED, agency_id)
    named = {"platform": platform, "handle": handle}
    erased.add("audit_keys", await audit.destroy_keys(connection, agency_id, named, {request_id}))


_ERASE_MEMBER = """
    update members set email = 'erased-' || id || '@erased.invalid', name = 'Erased', password_hash = $3,
        disabled_at = coalesce(disabled_at, $4), version = version + 1, updated_at = $4
    where agency_id = $1 and email = $2 returning id
"""
_END_SIGN_INS = "delete from refresh_tokens where agency_id = $1 and member_id = $2"
_FORGET_IDENTITIES = "delete from member_identities where agency_id = $1 and member_id = $2"
_FORGET_INVITATIONS = "delete from invitations where agency_id = $1 and email = $2"


async def erase_member(
    connection: "Connection", agency_id: UUID, request_id: UUID, email: str, erased: Erased, *, now: datetime
) -> None:
    """Erase a member's address and name and end their sign-ins; the row stays, since others point at it."""
    member_id = await connection.fetchval(_ERASE_MEMBER, agency_id, email, NOBODY, now)
    known = {request_id} if member_id is None else {request_id, member_id}
    erased.add("members", len(known) - 1)
    if member_id is not None:
        ended = await connection.execute(_END_SIGN_INS, agency_id, member_id)
        erased.add("refresh_tokens", _count(ended))
        elsewhere = await connection.execute(_FORGET_IDENTITIES, agency_id, member_id)
        erased.add("member_identities", _count(elsewhere))
        erased.over([member_id])
    erased.add("invitations", _count(await connection.execute(_FORGET_INVITATIONS, agency_id, email)))
    erased.add("audit_keys", await audit.destroy_keys(connection, agency_id, {"email": email}, known))


_LOCK = "select * from data_subject_requests where agency_id = $1 and id = $2 for update"
_PROGRESS = "update data_subject_requests set proof = $3::text::jsonb, updated_at = $4 where agency_id = $1 and id = $2"
# Every request of this person, not this one alone, forgets who it was.
_CLOSE = """
    update data_subject_requests set status = 'fulfilled', closed_at = $4, proof = $3::text::jsonb,
        version = version + 1, updated_at = $4
    where agency_id = $1 and id = $2
"""
_FORGET_WHO = """
    update data_subject_requests r set handle = null, email = null, note = null, version = r.version + 1
    from data_subject_requests own
    where own.agency_id = $1 and own.id = $2 and r.agency_id = $1
        and r.platform is not distinct from own.platform and r.handle is not distinct from own.handle
        and r.email is not distinct from own.email
"""


async def lock(connection: "Connection", agency_id: UUID, request_id: UUID) -> "Record | None":
    """The request, held until the end of the transaction."""
    return await connection.fetchrow(_LOCK, agency_id, request_id)


async def note_progress(
    connection: "Connection", agency_id: UUID, request_id: UUID, erased: Erased, *, voice: int, now: datetime
) -> None:
    """Remember what was erased so far, for the run that goes on."""
    told = {"counts": erased.counts, "sha256": erased.sha256, "voice": voice}
    await connection.execute(_PROGRESS, agency_id, request_id, msgspec.json.encode(told).decode(), now)


async def close(connection: "Connection", agency_id: UUID, request_id: UUID, erased: Erased, *, now: datetime) -> None:
    """End an erasure with its proof, and forget whom it was about."""
    proof = {"counts": erased.counts, "sha256": erased.sha256}
    await connection.execute(_CLOSE, agency_id, request_id, msgspec.json.encode(proof).decode(), now)
    await connection.execute(_FORGET_WHO, agency_id, request_id)


_POSTS = f"""
    select to_jsonb(p) - 'agency_id' as held from posts p
    where agency_id = $1 and {_OF_AUTHOR} and (published_at, id) > ($4, $5) order by published_at, id limit $6
"""  # noqa: S608 - the expressions are our own
_MENTIONS = """
    select to_jsonb(m) - 'agency_id' - 'corrected_by' as held from mentions m
    where agency_id = $1 and published_at between $2 and $3 and post_id = any($4::uuid[]) order by published_at, id
"""
_ACCOUNTS = """
    select to_jsonb(a) - 'agency_id' as held from monitored_accounts a
    where agency_id = $1 and platform = $2 and handle = $3 order by id
"""
_MEMBERS = """
    select to_jsonb(m) - 'agency_id' - 'password_hash' as held from members m where agency_id = $1 and email = $2
"""
_SIGN_INS = """
    select to_jsonb(t) - 'agency_id' - 'token_hash' as held from refresh_tokens t join members m
        on m.agency_id = t.agency_id and m.id = t.member_id where m.agency_id = $1 and m.email = $2 order by t.id
"""
_IDENTITIES = """
    select to_jsonb(i) - 'agency_id' as held from member_identities i join members m
        on m.agency_id = i.agency_id and m.id = i.member_id where m.agency_id = $1 and m.email = $2 order by i.id
"""
_INVITATIONS = """
    select to_jsonb(i) - 'agency_id' - 'token_hash' as held from invitations i where agency_id = $1 and email = $2
"""
_OF_MEMBER = {
    "members": _MEMBERS,
    "refresh_tokens": _SIGN_INS,
    "member_identities": _IDENTITIES,
    "invitations": _INVITATIONS,
}
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

Held = tuple[str, dict[str, Any]]


async def held_of_author(
    connection: "Connection", agency_id: UUID, platform: str, handle: str
) -> AsyncGenerator[Held, None]:
    """Everything held of an author, row by row, each with the name of its table."""
    for row in await connection.fetch(_ACCOUNTS, agency_id, platform, handle):
        yield "monitored_accounts", msgspec.json.decode(row["held"])
    after: tuple[datetime, UUID] = (_EPOCH, UUID(int=0))
    while rows := await connection.fetch(_POSTS, agency_id, platform, handle, *after, BATCH):
        posts = [msgspec.json.decode(row["held"]) for row in rows]
        times = [datetime.fromisoformat(post["published_at"]) for post in posts]
        for post in posts:
            yield "posts", post
        ids = [UUID(post["id"]) for post in posts]
        for row in await connection.fetch(_MENTIONS, agency_id, min(times), max(times), ids):
            yield "mentions", msgspec.json.decode(row["held"])
        after = times[-1], ids[-1]


async def held_of_member(connection: "Connection", agency_id: UUID, email: str) -> AsyncGenerator[Held, None]:
    """Everything held of a member but secrets, row by row, each with the name of its table."""
    for table, statement in _OF_MEMBER.items():
        for row in await connection.fetch(statement, agency_id, email):
            yield table, msgspec.json.decode(row["held"])


def _count(command: str) -> int:
    """How many rows a statement touched, from what PostgreSQL answers to it."""
    return int(command.rpartition(" ")[2])
