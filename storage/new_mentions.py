"""Mentions as they are recorded: many in one statement, each once."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from storage import columns

if TYPE_CHECKING:
    from storage.session import Connection


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


_TYPES = {
    "id": "uuid",
    "published_at": "timestamptz",
    "client_id": "uuid",
    "post_id": "uuid",
    "platform": "text",
    "author_key": "bigint",
    "text_key": "bigint",
    "sentiment": "text",
    "polarity": "real",
    "p_neutral": "real",
    "toxicity": "real",
    "complaint": "real",
    "hoax_cue": "real",
    "is_threat": "boolean",
    "language": "text",
    "reach": "bigint",
    "engagement": "bigint",
    "is_own": "boolean",
    "is_counted": "boolean",
    "is_capped": "boolean",
    "keyword_ids": "text",
    "keyword_version_ids": "text",
    "account_ids": "text",
    "reader_version": "text",
}
_NAMES = ", ".join(_TYPES)
# An array of arrays cannot be taken apart row by row: each is text, and read as an array here.
_SELECTED = ", ".join(f"{name}::uuid[]" if name.endswith("_ids") else name for name in _TYPES)
# That no client of the agency has its mentions deleted is seen once and not for each mention.
_INSERT = f"""
    insert into mentions (agency_id, {_NAMES}, created_at)
    select $1, {_SELECTED}, $2 from {columns.unnested(_TYPES, first=3)} t
    where not exists (select from clients where agency_id = $1 and retention_days is not null) or not exists (
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
    new = await connection.fetch(_RECORD, agency_id, now, *columns.parameters(_TYPES, zip(*found, strict=True)))
    touched = {row["id"] for row in new}
    known = [mention for mention in found if mention.id not in touched]
    if known:
        changed = await connection.fetch(
            otherwise, agency_id, now, *columns.parameters(_TYPES, zip(*known, strict=True))
        )
        touched |= {row["id"] for row in changed}
    return Recorded(Counter(row["client_id"] for row in new), touched)
