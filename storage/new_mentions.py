"""Mentions as they are recorded: many in one statement, each once."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
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
_ALIKE = (
    *("client_id", "platform", "sentiment", "is_threat", "language", "is_own", "is_counted", "is_capped"),
    *("keyword_ids", "keyword_version_ids", "account_ids", "reader_version"),
)
"""Of a thousand mentions at once these are the same in many: each kind is sent once, and each mention says its kind."""

_OF_ONE = {name: kind for name, kind in _TYPES.items() if name not in _ALIKE} | {"kind": "int"}
_OF_KIND = {"kind": "int"} | {name: _TYPES[name] for name in _ALIKE}
_FIRST_OF_KIND = 4 + len(_OF_ONE)
_NAMES = ", ".join(_TYPES)
# An array of arrays cannot be taken apart row by row: each is text, and read as an array here. The limit has that done
# once a kind, and tells the planner that kinds are few.
_KINDS = ", ".join(f"{name}::uuid[] as {name}" if name.endswith("_ids") else name for name in _OF_KIND)
# That no client of the agency has its mentions deleted is seen once and not for each mention.
_INSERT = f"""
    insert into mentions (agency_id, {_NAMES}, created_at)
    select $1, {_NAMES}, $2
    from {columns.unnested(_OF_ONE, first=4)} of_one
    join (
        select {_KINDS} from {columns.unnested(_OF_KIND, first=_FIRST_OF_KIND)} k limit $3::int
    ) of_kind using (kind)
    where not exists (select from clients where agency_id = $1 and retention_days is not null) or not exists (
        select from clients c where c.agency_id = $1 and c.id = of_kind.client_id
            and of_one.published_at < date_trunc('day', $2, 'UTC') - make_interval(days => c.retention_days::int)
    )
"""  # noqa: S608 - the names are the columns listed above
# Nearly always all are new, and then nothing is told of each.
_RECORD = f"""
    with new as ({_INSERT} on conflict do nothing returning id)
    select case when count(*) < ${_FIRST_OF_KIND + len(_OF_KIND)}::int then coalesce(array_agg(id), '{{}}') end from new
"""  # noqa: S608 - as above
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
    new_ids = await connection.fetchval(_RECORD, agency_id, now, *_parameters(found), len(found))
    if new_ids is None:
        return Recorded(Counter(mention.client_id for mention in found), {mention.id for mention in found})
    new = set[UUID](new_ids)
    known = [mention for mention in found if mention.id not in new]
    changed = await connection.fetch(otherwise, agency_id, now, *_parameters(known))
    counts = Counter(mention.client_id for mention in found if mention.id in new)
    return Recorded(counts, new | {row["id"] for row in changed})


def _parameters(found: Sequence[NewMention]) -> list[Any]:
    """What `_INSERT` takes after agency and time."""
    by_name = dict(zip(NewMention._fields, zip(*found, strict=True), strict=True))
    kinds: dict[tuple[Any, ...], int] = {}
    alike = zip(*(by_name[name] for name in _ALIKE), strict=True)
    by_name["kind"] = tuple([kinds.setdefault(kind, len(kinds)) for kind in alike])
    of_kind = [tuple(kinds.values()), *zip(*kinds, strict=True)]
    of_one = columns.parameters(_OF_ONE, [by_name[name] for name in _OF_ONE])
    return [len(kinds), *of_one, *columns.parameters(_OF_KIND, of_kind)]
