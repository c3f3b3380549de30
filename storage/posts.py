"""Collected posts, as they were published: stored once an agency, whoever they concern."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import DateTime
from sqlalchemy.orm import Mapped, mapped_column

from core.intake import Arrival
from storage import columns, post_batches
from storage.table import Table, TenantTable

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


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of each post that arrived, by its natural key, and the batch to be matched, if any."""

    outcomes: dict[Key, tuple[str, UUID | None]]
    batch_id: UUID | None


_TYPES = {
    "id": "uuid",
    "published_at": "timestamptz",
    "platform": "text",
    "native_id": "text",
    "author": "text",
    "author_name": "text",
    "followers": "bigint",
    "title": "text",
    "text": "text",
    "lang": "text",
    "url": "text",
    "kind": "text",
    "reply_to": "text",
    "likes": "bigint",
    "shares": "bigint",
    "comments": "bigint",
    "views": "bigint",
    "reach": "bigint",
    "more": "text",
    "edited_at": "timestamptz",
}
"""The columns of a post that arrives, in the order of `Arrival`."""

_NAMES = ", ".join(_TYPES)
_MORE = Arrival._fields.index("more")
_KEY_PLACES = [Arrival._fields.index(name) for name in ("id", "published_at", "platform", "native_id", "author")]
_KEY_OF = attrgetter("platform", "native_id")
_KEY_TYPES = {Arrival._fields[place]: _TYPES[Arrival._fields[place]] for place in _KEY_PLACES}

FOLDED = "lower(normalize(ltrim(author, '@'), NFKC))"
"""A handle as it is compared in SQL, of a column or value named `author`."""
AUTHOR_HASH = f"sha256(convert_to($1::uuid::text || ' ' || platform || ' ' || {FOLDED}, 'UTF8'))"
"""Who an author is to one agency (the first parameter), without saying it."""

# The key decides who is first. They are written as they are sent: sorted, so that two senders of the same posts meet in
# the same order. That nobody is suppressed, as in most agencies, is seen once and not for each post; and where all
# keys were new, nothing is told of each.
_CLAIM = f"""
    with claimed as (
        insert into post_keys (agency_id, platform, native_id, post_id, published_at)
        select $1, platform, native_id, id, published_at from {columns.unnested(_KEY_TYPES, first=3)} arrived
        where author is null or not exists (select from suppressed_authors where agency_id = $1) or not exists (
            select from suppressed_authors s
            where s.agency_id = $1 and s.platform = arrived.platform and s.author_hash = {AUTHOR_HASH}
        )
        on conflict do nothing returning post_id
    )
    select case when count(*) < $2::int then coalesce(array_agg(post_id), '{{}}') end from claimed
"""  # noqa: S608 - the expression is our own
# COPY is refused under row security; one INSERT of whole columns is the fastest way that is not. Who has the key is
# the only one who writes the post.
_REMEMBER = f"""
    insert into posts (agency_id, {_NAMES}, received_at)
    select $1, {_NAMES.replace("more", "more::jsonb")}, $2 from {columns.unnested(_TYPES, first=3)} arrived
"""  # noqa: S608 - the names are the columns listed above
# A limit within keeps the planner, whatever it believes of the table's size, at one look-up of the whole key a post.
_KNOWN = f"""
    select t.platform, t.native_id, k.post_id, k.published_at
    from {columns.unnested({"platform": "text", "native_id": "text"}, first=2)} t
    cross join lateral (
        select post_id, published_at from post_keys
        where agency_id = $1 and platform = t.platform and native_id = t.native_id limit 1
    ) k
"""  # noqa: S608 - as above
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


async def record(connection: "Connection", agency_id: UUID, arrivals: Sequence[Arrival], *, now: datetime) -> Recorded:
    """Remember posts; a post that is known already changes nothing unless it says that it was edited or deleted.

    What is new or edited goes into one batch for the matching job, woken through the outbox in this
    transaction. `outcomes` holds `created`, `duplicate`, `edited` or `deleted` with the post's id; a post of an author
    who had to be forgotten is not stored, and told as deleted.
    """
    latest = {(a.platform, a.native_id): a for a in arrivals}
    known = await _known_where_some_are(connection, agency_id, list(latest))
    unknown = [a for key, a in latest.items() if key not in known and not a.is_deleted]
    to_match = await _insert(connection, agency_id, unknown, now)
    outcomes: dict[Key, tuple[str, UUID | None]] = {(a.platform, a.native_id): ("created", a.id) for a in to_match}
    if len(outcomes) < len(latest):
        others = {key: a for key, a in latest.items() if key not in outcomes}
        known |= await _known(connection, agency_id, [key for key in others if key not in known])
        to_match += await _change_known(connection, agency_id, others.values(), known, outcomes, now)
    batch_id = await post_batches.add(connection, agency_id, to_match, now=now) if to_match else None
    return Recorded(outcomes, batch_id)


async def _insert(connection: "Connection", agency_id: UUID, arrivals: list[Arrival], now: datetime) -> list[Arrival]:
    """Remember the posts among these that are new, and say which; the others came meanwhile."""
    if not arrivals:
        return []
    in_order = sorted(arrivals, key=_KEY_OF)
    keys = columns.parameters(_KEY_TYPES, [[a[place] for a in in_order] for place in _KEY_PLACES])
    claimed = await connection.fetchval(_CLAIM, agency_id, len(in_order), *keys)
    if claimed is not None:
        new = set[UUID](claimed)
        arrivals = [a for a in arrivals if a.id in new]
    if arrivals:
        told = list[Sequence[Any]](zip(*arrivals, strict=True))[: len(_TYPES)]
        told[_MORE] = list(map(_json, told[_MORE]))
        await connection.execute(_REMEMBER, agency_id, now, *columns.parameters(_TYPES, told))
    return arrivals


def _json(more: Mapping[str, Any] | None) -> str | None:
    return msgspec.json.encode(more).decode() if more else None


async def _known_where_some_are(connection: "Connection", agency_id: UUID, keys: Sequence[Key]) -> "dict[Key, Record]":
    """What is known of these, asked of a few first: a batch is mostly new, or mostly sent again.

    To ask is then cheaper than to write a key that is there. What this does not find is found when the key is written.
    """
    few = {keys[0], keys[len(keys) // 2], keys[-1]}
    known = await _known(connection, agency_id, few)
    return await _known(connection, agency_id, keys) if known and len(few) < len(keys) else known


async def _known(connection: "Connection", agency_id: UUID, keys: Collection[Key]) -> "dict[Key, Record]":
    if not keys:
        return {}
    rows = await connection.fetch(_KNOWN, agency_id, *(columns.texts(part) for part in zip(*keys, strict=True)))
    return {(row["platform"], row["native_id"]): row for row in rows}


async def _change_known(
    connection: "Connection",
    agency_id: UUID,
    arrivals: Iterable[Arrival],
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
