"""Lists of mentions: the latest published first, cut before their posts are joined."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from core.intake import CLOCK_SKEW
from storage import mentions
from storage.paging import MOST_COUNTED, Asked

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection


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
        select {mentions.shown(hide_authors=hide_authors)}
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
