"""Collected posts, as they were published: stored once an agency, whoever they concern."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, text
from sqlalchemy.dialects.postgresql import INTEGER
from sqlalchemy.orm import Mapped, mapped_column

from core.events import EventType
from core.intake import Arrival
from storage.engine import Database
from storage.outbox import append_on
from storage.session import tenant_connection
from storage.table import Table, TenantTable, new_id

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

Key: TypeAlias = tuple[str, str]
"""Platform and the platform's own id."""


class PostRow(TenantTable):
    """One post of a platform; partitioned by month of publication.

    The id derives from the natural key and carries the publication time, so a lookup by id touches one
    partition. A deleted post keeps its row without text, title or author.
    """

    __tablename__ = "posts"
    __table_args__ = ({"postgresql_partition_by": "RANGE (published_at)"},)

    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True, sort_order=-2)
    platform: Mapped[str]
    native_id: Mapped[str]
    author: Mapped[str | None]
    author_name: Mapped[str | None]
    followers: Mapped[int]
    title: Mapped[str | None]
    text: Mapped[str]
    lang: Mapped[str | None]
    url: Mapped[str | None]
    kind: Mapped[str]
    reply_to: Mapped[str | None]
    likes: Mapped[int]
    shares: Mapped[int]
    comments: Mapped[int]
    views: Mapped[int]
    reach: Mapped[int | None]
    more: Mapped[dict[str, Any] | None]
    received_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class PostKeyRow(Table):
    """The one place that knows a platform's own id: what makes a repeat a repeat.

    A row without `post_id` is the grave of a post whose deletion arrived before the post.
    """

    __tablename__ = "post_keys"

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(primary_key=True)
    native_id: Mapped[str] = mapped_column(primary_key=True)
    post_id: Mapped[UUID | None]
    published_at: Mapped[datetime | None]


class PostBatchRow(TenantTable):
    """Posts received together and not yet matched; deleted in the transaction that matches them."""

    __tablename__ = "post_batches"

    post_ids: Mapped[list[UUID]]
    published_from: Mapped[datetime]
    published_to: Mapped[datetime]
    size: Mapped[int] = mapped_column(INTEGER)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    received_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of each post that arrived, by its natural key, and the batch to be matched, if any."""

    created: set[UUID]
    outcomes: dict[Key, tuple[str, UUID | None]]
    batch_id: UUID | None


_COLUMNS = (
    "id",
    "published_at",
    "platform",
    "native_id",
    "author",
    "author_name",
    "followers",
    "title",
    "text",
    "lang",
    "url",
    "kind",
    "reply_to",
    "likes",
    "shares",
    "comments",
    "views",
    "reach",
    "more",
    "edited_at",
)
_TYPES = (
    "uuid",
    "timestamptz",
    "text",
    "text",
    "text",
    "text",
    "bigint",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "bigint",
    "bigint",
    "bigint",
    "bigint",
    "bigint",
    "text",
    "timestamptz",
)
_NAMES = ", ".join(_COLUMNS)
_UNNEST = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, start=3))
_SELECTED = _NAMES.replace("more", "more::jsonb")

FOLDED = "lower(normalize(ltrim(author, '@'), NFKC))"
"""A handle as it is compared in SQL, of a column or value named `author`."""
AUTHOR_HASH = f"sha256(convert_to($1::uuid::text || ' ' || platform || ' ' || {FOLDED}, 'UTF8'))"
"""Who an author is to one agency (the first parameter), without saying it."""

# COPY is refused under row security; one INSERT of unnested columns is the fastest way that is not.
# Both rows of a post are written by one statement: the key decides, sorted so that two senders of the same
# posts meet in the same order.
_RECORD = f"""
    with arrived as (select * from unnest({_UNNEST}) as t({_NAMES})),
    fresh as (
        insert into post_keys (agency_id, platform, native_id, post_id, published_at)
        select $1, platform, native_id, id, published_at from arrived
        where author is null or not exists (
            select from suppressed_authors s
            where s.agency_id = $1 and s.platform = arrived.platform and s.author_hash = {AUTHOR_HASH}
        )
        order by platform, native_id on conflict do nothing returning post_id
    )
    insert into posts (agency_id, {_NAMES}, received_at)
    select $1, {_SELECTED}, $2 from arrived where id in (select post_id from fresh)
    on conflict do nothing returning id
"""  # noqa: S608 - the names are the columns listed above
# A limit within keeps the planner, whatever it believes of the table's size, at one look-up of the whole key a post.
_KNOWN = """
    select t.platform, t.native_id, k.post_id, k.published_at
    from unnest($2::text[], $3::text[]) as t(platform, native_id)
    cross join lateral (
        select post_id, published_at from post_keys
        where agency_id = $1 and platform = t.platform and native_id = t.native_id limit 1
    ) k
"""
_EDIT = """
    update posts set title = $4, text = $5, lang = coalesce($6, lang), edited_at = $7
    where agency_id = $1 and published_at = $2 and id = $3 and deleted_at is null
        and coalesce(edited_at, published_at) < $7
    returning id
"""
_ERASE = """
    update posts set title = null, text = '', author = null, author_name = null, url = null, reply_to = null,
        more = null, deleted_at = $4
    where agency_id = $1 and published_at = $2 and id = $3 and deleted_at is null returning id
"""
_BURY = """
    insert into post_keys (agency_id, platform, native_id) values ($1, $2, $3) on conflict do nothing
"""
_BATCH = """
    insert into post_batches (agency_id, id, post_ids, published_from, published_to, size, received_at)
    values ($1, $2, $3, $4, $5, $6, $7)
"""


async def record(connection: "Connection", agency_id: UUID, arrivals: Sequence[Arrival], *, now: datetime) -> Recorded:
    """Remember posts; a post that is known already changes nothing unless it says that it was edited or deleted.

    What is new or edited goes into one batch for the matching job, woken through the outbox in this
    transaction. `outcomes` holds `created`, `duplicate`, `edited` or `deleted` with the post's id; a post of an author
    who had to be forgotten is not stored, and told as deleted.
    """
    outcomes: dict[Key, tuple[str, UUID | None]] = {}
    latest = {(a.platform, a.native_id): a for a in arrivals}
    # Asked first: most of what is sent again is sent whole, and a key is cheaper to send and to look up than a post.
    known = await _known(connection, agency_id, latest)
    fresh = [a for key, a in latest.items() if key not in known and not a.is_deleted]
    created = await _insert(connection, agency_id, fresh, now) if fresh else set[UUID]()
    to_match = [a for a in fresh if a.id in created]
    outcomes.update({(a.platform, a.native_id): ("created", a.id) for a in to_match})
    if others := [a for key, a in latest.items() if key not in outcomes]:
        # What another sender wrote since it was asked for.
        known |= await _known(connection, agency_id, [(a.platform, a.native_id) for a in fresh if a.id not in created])
        to_match.extend(await _change_known(connection, agency_id, others, known, outcomes, now))
    batch_id = await _enqueue(connection, agency_id, to_match, now) if to_match else None
    return Recorded(created, outcomes, batch_id)


async def _known(connection: "Connection", agency_id: UUID, keys: Collection[Key]) -> "dict[Key, Record]":
    if not keys:
        return {}
    platforms, native_ids = zip(*keys, strict=True)
    rows = await connection.fetch(_KNOWN, agency_id, platforms, native_ids)
    return {(row["platform"], row["native_id"]): row for row in rows}


async def _insert(connection: "Connection", agency_id: UUID, arrivals: Sequence[Arrival], now: datetime) -> set[UUID]:
    columns = list(zip(*arrivals, strict=True))[: len(_COLUMNS)]
    columns[_COLUMNS.index("more")] = tuple(map(_json, columns[_COLUMNS.index("more")]))
    return {row[0] for row in await connection.fetch(_RECORD, agency_id, now, *columns)}


def _json(more: Mapping[str, Any] | None) -> str | None:
    return msgspec.json.encode(more).decode() if more else None


async def _change_known(
    connection: "Connection",
    agency_id: UUID,
    arrivals: Sequence[Arrival],
    known: "Mapping[Key, Record]",
    outcomes: dict[Key, tuple[str, UUID | None]],
    now: datetime,
) -> list[Arrival]:
    """Honour edits and deletions among posts that were known; the rest are repeats."""
    edited: list[Arrival] = []
    for arrival in arrivals:
        key = (arrival.platform, arrival.native_id)
        row = known.get(key)
        if arrival.is_deleted:
            await _delete(connection, agency_id, arrival, row, now)
            outcomes[key] = ("deleted", row["post_id"] if row else None)
        elif row is None or row["post_id"] is None:
            outcomes[key] = ("deleted", None)
        elif arrival.edited_at and await connection.fetchval(
            _EDIT, agency_id, row["published_at"], row["post_id"], arrival.title, arrival.text, arrival.lang,
            arrival.edited_at,
        ):  # fmt: skip
            edited.append(arrival._replace(id=row["post_id"], published_at=row["published_at"]))
            outcomes[key] = ("edited", row["post_id"])
        else:
            outcomes[key] = ("duplicate", row["post_id"])
    return edited


async def _delete(
    connection: "Connection", agency_id: UUID, arrival: Arrival, row: "Record | None", now: datetime
) -> None:
    if row is None:
        await connection.execute(_BURY, agency_id, arrival.platform, arrival.native_id)
    elif row["post_id"] is not None:
        await connection.execute(_ERASE, agency_id, row["published_at"], row["post_id"], now)


async def _enqueue(connection: "Connection", agency_id: UUID, arrivals: Sequence[Arrival], now: datetime) -> UUID:
    batch_id = new_id()
    times = [a.published_at for a in arrivals]
    await connection.execute(
        _BATCH, agency_id, batch_id, [a.id for a in arrivals], min(times), max(times), len(arrivals), now
    )
    await append_on(connection, agency_id, EventType.POSTS_RECEIVED, [batch_id], now=now)
    return batch_id


_LOCK_BATCH = """
    select post_ids, published_from, published_to from post_batches
    where agency_id = $1 and id = $2 for update skip locked
"""
_OF_BATCH = f"""
    select {_NAMES}, deleted_at from posts
    where agency_id = $1 and published_at between $2 and $3 and id = any($4::uuid[])
"""  # noqa: S608 - the names are the columns listed above


async def claim_batch(connection: "Connection", agency_id: UUID, batch_id: UUID) -> "list[Record] | None":
    """The posts of a batch, which stays locked; None when it is done or another worker has it."""
    batch = await connection.fetchrow(_LOCK_BATCH, agency_id, batch_id)
    if batch is None:
        return None
    return await connection.fetch(
        _OF_BATCH, agency_id, batch["published_from"], batch["published_to"], batch["post_ids"]
    )


_STORED = f"""
    select {_NAMES} from posts
    where agency_id = $1 and (published_at, id) > ($2, $3) and published_at >= $2 and published_at < $4
        and deleted_at is null
    order by published_at, id limit (select $5::int)
"""  # noqa: S608 - the names are the columns listed above


async def stored(
    connection: "Connection", agency_id: UUID, *, after: tuple[datetime, UUID], until: datetime, limit: int
) -> "list[Record]":
    """Posts published after that place and before `until`, oldest first, less those that were deleted."""
    return await connection.fetch(_STORED, agency_id, *after, until, limit)


async def finish_batch(connection: "Connection", agency_id: UUID, batch_id: UUID) -> None:
    """Take a matched batch off the list, in the transaction that recorded its mentions."""
    await connection.execute("delete from post_batches where agency_id = $1 and id = $2", agency_id, batch_id)


class Months:
    """Which months' partitions are known to exist; the database is asked once for each."""

    def __init__(self) -> None:
        self._known: set[tuple[int, int]] = set()

    async def ensure(self, db: Database, agency_id: UUID, times: Iterable[datetime]) -> None:
        """Make the partitions that these times need, in a transaction of their own."""
        wanted = {(t.year, t.month) for t in times} - self._known
        for year, month in sorted(wanted):
            async with tenant_connection(db, agency_id) as connection:
                await connection.execute("select ensure_month($1)", date(year, month, 1))
            self._known.add((year, month))
