"""Mentions: which post concerns which client, why, and how it reads."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import NotFound
from core.ids import unix_ms_of
from core.intake import CLOCK_SKEW
from storage.paging import MOST_COUNTED, Asked
from storage.stored_posts import COLUMNS
from storage.table import TenantTable

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection


class MentionRow(TenantTable):
    """One post for one client; partitioned by month of publication.

    The id derives from client and post. `author_key` and `text_key` are hashes that tell voices apart without
    naming anybody, and stay when the post's text is erased. `is_own` marks the client's own posts; they and what
    only a competitor's account brought are kept but not counted. `sentiment` is what counts: a person's label where
    `corrected_by` is set, and `machine_sentiment` then keeps the reader's; else the reader's own. All else that tells
    how it reads is always the reader's, of `reader_version`.
    `is_capped` marks what a crawl brought that was cut off.
    Units: `polarity` [-1, 1]; `p_neutral` a probability, null where nothing was read;
    `toxicity`, `complaint`, `hoax_cue` [0, 1]; `reach`, `engagement` counts.
    """

    __tablename__ = "mentions"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "published_at", "id"),
        {"postgresql_partition_by": "RANGE (published_at)"},
    )

    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True, sort_order=-2)
    client_id: Mapped[UUID]
    post_id: Mapped[UUID]
    platform: Mapped[str]
    author_key: Mapped[int]
    text_key: Mapped[int]
    sentiment: Mapped[str]
    polarity: Mapped[float] = mapped_column(REAL)
    p_neutral: Mapped[float | None] = mapped_column(REAL)
    toxicity: Mapped[float] = mapped_column(REAL)
    complaint: Mapped[float] = mapped_column(REAL)
    hoax_cue: Mapped[float] = mapped_column(REAL)
    is_threat: Mapped[bool]
    language: Mapped[str]
    reach: Mapped[int]
    engagement: Mapped[int]
    is_own: Mapped[bool]
    is_counted: Mapped[bool]
    is_capped: Mapped[bool] = mapped_column(server_default=text("false"))
    keyword_ids: Mapped[list[UUID]]
    keyword_version_ids: Mapped[list[UUID]]
    account_ids: Mapped[list[UUID]]
    reader_version: Mapped[str]
    machine_sentiment: Mapped[str | None]
    corrected_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class NewMention(NamedTuple):
    """A mention to be recorded, in the order of its columns."""

    id: UUID
    published_at: datetime
    client_id: UUID
    post_id: UUID
    platform: str
    author_key: int
    text_key: int
    sentiment: str
    polarity: float
    p_neutral: float | None
    toxicity: float
    complaint: float
    hoax_cue: float
    is_threat: bool
    language: str
    reach: int
    engagement: int
    is_own: bool
    is_counted: bool
    is_capped: bool
    keyword_ids: str
    keyword_version_ids: str
    account_ids: str
    reader_version: str


_TYPES = (
    "uuid",
    "timestamptz",
    "uuid",
    "uuid",
    "text",
    "bigint",
    "bigint",
    "text",
    "real",
    "real",
    "real",
    "real",
    "real",
    "boolean",
    "text",
    "bigint",
    "bigint",
    "boolean",
    "boolean",
    "boolean",
    "text",
    "text",
    "text",
    "text",
)
_NAMES = ", ".join(NewMention._fields)
_UNNEST = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, start=3))
# Arrays of arrays cannot be unnested row by row; an array literal as text can, and is cast back here.
_SELECTED = ", ".join(f"{name}::uuid[]" if name.endswith("_ids") else name for name in NewMention._fields)
_INSERT = f"""
    insert into mentions (agency_id, {_NAMES}, created_at)
    select $1, {_SELECTED}, $2 from unnest({_UNNEST}) as t({_NAMES})
    where not exists (
        select from clients c where c.agency_id = $1 and c.id = t.client_id
            and t.published_at < date_trunc('day', $2, 'UTC') - make_interval(days => c.retention_days::int)
    )
"""  # noqa: S608 - the names are the columns listed above
_RECORD = f"{_INSERT} on conflict do nothing returning id, client_id"
# What caught a post before still did; the version named is the one that caught it first.
_CAUGHT_TOO = """
    is_counted = (mentions.is_counted or excluded.is_counted) and not mentions.is_own,
    (keyword_ids, keyword_version_ids) = (
        select coalesce(array_agg(keyword_id order by place), '{}'),
            coalesce(array_agg(version_id order by place), '{}')
        from (
            select distinct on (keyword_id) keyword_id, version_id, place
            from unnest(
                mentions.keyword_ids || excluded.keyword_ids,
                mentions.keyword_version_ids || excluded.keyword_version_ids
            ) with ordinality as t(keyword_id, version_id, place)
            order by keyword_id, place
        ) caught
    )
"""
_READ_ANEW = f"""
    {_INSERT}
    on conflict (agency_id, published_at, id) do update set
        sentiment = case when mentions.corrected_by is null then excluded.sentiment else mentions.sentiment end,
        machine_sentiment = case when mentions.corrected_by is null then null else excluded.sentiment end,
        p_neutral = excluded.p_neutral, polarity = excluded.polarity, toxicity = excluded.toxicity,
        complaint = excluded.complaint, hoax_cue = excluded.hoax_cue, is_threat = excluded.is_threat,
        language = excluded.language, text_key = excluded.text_key, reader_version = excluded.reader_version,
        {_CAUGHT_TOO}
    returning id
"""
_CAUGHT_ANEW = f"""
    {_INSERT}
    on conflict (agency_id, published_at, id) do update set {_CAUGHT_TOO}
    where not mentions.keyword_ids @> excluded.keyword_ids returning id
"""


class Recorded(NamedTuple):
    """How many mentions are new, by client, and which ones are new or were changed."""

    new: Counter[UUID]
    touched: set[UUID]


async def record(connection: "Connection", agency_id: UUID, found: Sequence[NewMention], *, now: datetime) -> Recorded:
    """Remember mentions; one that is known already takes the reading of its edited post beside a person's label."""
    return await _insert(connection, agency_id, found, _READ_ANEW, now=now)


async def recall(connection: "Connection", agency_id: UUID, found: Sequence[NewMention], *, now: datetime) -> Recorded:
    """Remember mentions of posts that came before their keyword; which of them are new, or newly caught by it.

    One that is known already keeps its reading.
    """
    return await _insert(connection, agency_id, found, _CAUGHT_ANEW, now=now)


async def _insert(
    connection: "Connection",
    agency_id: UUID,
    found: Sequence[NewMention],
    otherwise: str,
    *,
    now: datetime,
) -> Recorded:
    """Insert what is new, and change what is known: apart, since only so it is told which is which."""
    columns = list(zip(*found, strict=True))
    new = await connection.fetch(_RECORD, agency_id, now, *columns)
    touched = {row["id"] for row in new}
    known = [mention for mention in found if mention.id not in touched]
    if known:
        columns = list(zip(*known, strict=True))
        changed = await connection.fetch(otherwise, agency_id, now, *columns)
        touched |= {row["id"] for row in changed}
    return Recorded(Counter(row["client_id"] for row in new), touched)


# In the order of the shape that the API answers: rows are mapped to it by position.
_SHOWN = """
    m.id, m.client_id, m.post_id, m.published_at, m.platform, p.title, p.text, coalesce(p.lang, m.language) as lang,
    p.kind, m.sentiment, m.polarity, m.toxicity, m.complaint, m.hoax_cue, m.is_threat, m.reach, m.engagement, m.is_own,
    m.is_counted, p.deleted_at is not null as is_deleted, m.keyword_ids, m.keyword_version_ids, m.account_ids,
    m.reader_version, coalesce(m.machine_sentiment, m.sentiment) as machine_sentiment, m.corrected_by is not null,
    m.p_neutral
"""
# What tells who wrote comes last, and for portals not at all.
_OPEN = f"{_SHOWN}, p.native_id, p.author, p.author_name, p.followers, p.url, m.corrected_by"
_HIDDEN = _SHOWN
_FROM = """
    from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
"""


_OF_POST = (
    "exists (select from posts p where p.agency_id = m.agency_id and p.published_at = m.published_at"
    " and p.id = m.post_id and {})"
)
_CONDITIONS = {
    "client_id": "m.client_id = ${}",
    "client_ids": "m.client_id = any(${}::uuid[])",
    "keyword_ids": "m.keyword_ids && ${}::uuid[]",
    "platforms": "m.platform = any(${}::text[])",
    "sentiments": "m.sentiment = any(${}::text[])",
    "authors": _OF_POST.format("lower(p.author) in (select lower(a) from unnest(${}::text[]) a)"),
    "words": _OF_POST.format("concat_ws(' ', p.title, p.text) ilike all(${}::text[])"),
    "since": "m.published_at >= ${}",
    "until": "m.published_at < ${}",
    "after": "(m.published_at, m.id) < (${}, ${})",
}
_OF_POSTS = {"since": "p.published_at >= ${}", "until": "p.published_at < ${}"}


def _where(asked: tuple[str, ...]) -> tuple[str, str]:
    """The conditions on mentions, and those of them that hold for their posts as well; $1 and $2 are taken."""
    of_mentions, of_posts = ["m.agency_id = $1"], ["p.id = m.post_id"]
    number = 3
    for name in asked:
        places = range(number, number + _CONDITIONS[name].count("{}"))
        of_mentions.append(_CONDITIONS[name].format(*places))
        of_posts.extend(condition.format(*places) for condition in (_OF_POSTS.get(name),) if condition)
        number += len(places)
    return " and ".join(of_mentions), " and ".join(of_posts)


@lru_cache(maxsize=512)
def _list_statement(asked: tuple[str, ...], *, hide_authors: bool) -> str:
    """The statement for this combination of filters; conditions come from this closed list only.

    The page is cut before posts are joined. A limit that the planner cannot read makes it follow the index, where
    row security's estimate of few rows would have it read and sort whole months.
    """
    of_mentions, of_posts = _where(asked)
    return f"""
        select {_HIDDEN if hide_authors else _OPEN}
        from (
            select * from mentions m where {of_mentions}
            order by m.published_at desc, m.id desc limit (select $2::int)
        ) m
        join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and {of_posts}
        order by m.published_at desc, m.id desc
    """  # noqa: S608 - columns and conditions are those listed above


_WINDOW = timedelta(days=28)
"""Where a page is looked for first: never more than two months' partitions."""


async def page(
    connection: "Connection", agency_id: UUID, asked: Asked, *, hide_authors: bool, now: datetime
) -> "list[Record]":
    """Mentions as they are shown, the latest published first; one more than the limit where there are more.

    Only a page that the last four weeks cannot fill is looked for in all months.
    """
    horizon = now + CLOCK_SKEW
    newest = asked.after[0] + timedelta.resolution if asked.after else min(asked.until or horizon, horizon)
    first = newest - _WINDOW
    is_whole = asked.since is not None and asked.since >= first
    recent = replace(asked, since=asked.since if is_whole else first, until=newest)
    rows = await _fetch(connection, agency_id, recent, hide_authors=hide_authors)
    if is_whole or len(rows) > asked.limit:
        return rows
    return await _fetch(connection, agency_id, asked, hide_authors=hide_authors)


async def count(connection: "Connection", agency_id: UUID, asked: Asked) -> int:
    """How many mentions there are of those asked for, counted up to `MOST_COUNTED`."""
    conditions = _conditions(asked)
    of_mentions, _ = _where(tuple(conditions))
    statement = f"select count(*) from (select from mentions m where {of_mentions} limit $2) found"  # noqa: S608 - as above
    return int(await connection.fetchval(statement, agency_id, MOST_COUNTED, *conditions.values()) or 0)


async def _fetch(connection: "Connection", agency_id: UUID, asked: Asked, *, hide_authors: bool) -> "list[Record]":
    conditions = _conditions(asked)
    names = (*conditions, *(("after",) if asked.after else ()))
    statement = _list_statement(names, hide_authors=hide_authors)
    return await connection.fetch(statement, agency_id, asked.limit + 1, *conditions.values(), *(asked.after or ()))


_SEVERAL = {"keyword_id": "keyword_ids", "platform": "platforms", "sentiment": "sentiments", "author": "authors"}
_MEANT_AS_IT_IS = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def _conditions(asked: Asked) -> dict[str, object]:
    """The conditions that are asked for, with their values, in the order in which they are written."""
    found: dict[str, object] = {}
    for name, values in asked.values.items():
        if name == "client_id" and len(values) == 1:
            found["client_id"] = values[0]
        elif name == "client_id":
            found["client_ids"] = values
        else:
            found[_SEVERAL[name]] = values
    if asked.words:
        found["words"] = [f"%{word.translate(_MEANT_AS_IT_IS)}%" for word in asked.words]
    times = {"since": asked.since, "until": asked.until}
    return found | {name: moment for name, moment in times.items() if moment is not None}


_READ = ", ".join(f"p.{name}" for name in COLUMNS)
_LATEST = f"""
    select m.id, {_READ} from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
    where m.agency_id = $1 and m.client_id = $2 and not m.is_own and p.deleted_at is null
    order by m.published_at desc, m.id desc limit (select $3::int)
"""  # noqa: S608 - the names are the columns of a post
_TEXTS = f"""
    select m.id, m.published_at, m.reader_version, coalesce(m.machine_sentiment, m.sentiment) as machine_sentiment,
        m.polarity, {_READ}
    from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
        and p.published_at >= $3 and p.published_at < $5
    where m.agency_id = $1 and m.client_id = $2 and (m.published_at, m.id) > ($3, $4) and m.published_at >= $3
        and m.published_at < $5 and not m.is_own and p.deleted_at is null
    order by m.published_at, m.id limit (select $6::int)
"""  # noqa: S608 - as above
_READ_AGAIN = """
    update mentions m set
        sentiment = case when m.corrected_by is null then t.sentiment else m.sentiment end,
        machine_sentiment = case when m.corrected_by is null then null else t.sentiment end,
        polarity = t.polarity, p_neutral = t.p_neutral, toxicity = t.toxicity, complaint = t.complaint,
        hoax_cue = t.hoax_cue, is_threat = t.is_threat, language = t.language, reader_version = $2
    from unnest($3::timestamptz[], $4::uuid[], $5::text[], $6::real[], $7::real[], $8::real[], $9::real[], $10::real[],
        $11::boolean[], $12::text[]) as t(published_at, id, sentiment, polarity, p_neutral, toxicity, complaint,
        hoax_cue, is_threat, language)
    where m.agency_id = $1 and m.published_at = t.published_at and m.id = t.id
"""


async def latest(connection: "Connection", agency_id: UUID, client_id: UUID, *, limit: int) -> "list[Record]":
    """Ids and posts of a client's latest mentions, less its own posts and those that were deleted."""
    return await connection.fetch(_LATEST, agency_id, client_id, limit)


_POST_OF = f"""
    select {_READ} from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
    where m.agency_id = $1 and m.id = $2 and m.published_at >= $3 and m.published_at < $4
"""  # noqa: S608 - as above


async def post_of(connection: "Connection", agency_id: UUID, mention_id: UUID) -> "Record | None":
    """The post of a mention, whole, to be read; it is shown to nobody. None where either is gone."""
    return await connection.fetchrow(_POST_OF, agency_id, mention_id, *span_of(mention_id))


async def texts(
    connection: "Connection",
    agency_id: UUID,
    client_id: UUID,
    *,
    after: tuple[datetime, UUID],
    until: datetime,
    limit: int,
) -> "list[Record]":
    """A client's mentions published after that place and before `until`, oldest first, to be read again."""
    return await connection.fetch(_TEXTS, agency_id, client_id, *after, until, limit)


async def read_again(
    connection: "Connection", agency_id: UUID, columns: Sequence[Sequence[Any]], *, reader_version: str
) -> None:
    """Write new readings of known mentions, beside people's labels.

    `columns` are those of `_READ_AGAIN` in their order, a value for each mention.
    """
    await connection.execute(_READ_AGAIN, agency_id, reader_version, *columns)


_BY_ID = "where m.agency_id = $1 and m.id = $2 and m.published_at >= $3 and m.published_at < $4"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def span_of(mention_id: UUID) -> tuple[datetime, datetime]:
    """The millisecond in which a mention was published, by its id: which partition it lies in.

    Raises: `NotFound` where it is no id of ours.
    """
    unix_ms = unix_ms_of(mention_id)
    if not 0 <= unix_ms < LATEST_MS:
        raise NotFound
    start = _EPOCH + unix_ms * _MS
    return start, start + _MS


async def get(
    connection: "Connection", agency_id: UUID, mention_id: UUID, *, hide_authors: bool, lock: bool = False
) -> "Record":
    """One mention as it is shown, held until the transaction ends where that is asked for.

    Raises: `NotFound`.
    """
    shown = _HIDDEN if hide_authors else _OPEN
    statement = f"select {shown} {_FROM} {_BY_ID} {'for update of m' if lock else ''}"
    row = await connection.fetchrow(statement, agency_id, mention_id, *span_of(mention_id))
    if row is None:
        raise NotFound
    return row


LATEST_MS = 4_102_444_800_000
"""The year 2100: what claims a later time is no id of ours."""
