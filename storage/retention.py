"""Deleting what was promised to be deleted: mentions by their client's retention, posts that concern nobody any more.

Counts, scores and incidents stay: they name nobody. Deletes are short transactions of one month's partition each.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from storage.session import Connection

BATCH = 5000
# A post that just came is not matched yet, and so concerns nobody yet.
MATCHED_WITHIN = timedelta(days=1)

_PROMISED = """
    select id, retention_days from clients where agency_id = $1 and retention_days is not null order by id
"""
_OLDEST_MENTION = "select min(published_at) from mentions where agency_id = $1 and client_id = $2 and published_at < $3"
_DELETE_MENTIONS = """
    delete from mentions where agency_id = $1 and published_at >= $3 and published_at < $4 and id in (
        select id from mentions
        where agency_id = $1 and client_id = $2 and published_at >= $3 and published_at < $4
        order by published_at, id limit (select $5::int)
    )
"""
_DELETE_CORRECTIONS = """
    delete from sentiment_corrections where agency_id = $1 and client_id = $2 and published_at < $3
"""
_UNCLAIMED = """
    p.agency_id = $1 and p.published_at >= $2 and p.published_at < $3 and p.received_at < $4 and not exists (
        select from mentions m where m.agency_id = $1 and m.published_at = p.published_at and m.post_id = p.id
    )
"""
_OLDEST_POST = f"select min(p.published_at) from posts p where {_UNCLAIMED}"  # noqa: S608 - the condition is our own
_DELETE_POSTS = f"""
    with gone as (
        delete from posts where agency_id = $1 and published_at >= $2 and published_at < $3 and id in (
            select p.id from posts p where {_UNCLAIMED} order by p.published_at, p.id limit (select $5::int)
        ) returning platform, native_id, deleted_at
    ), keys as (
        delete from post_keys k using gone
        where k.agency_id = $1 and k.platform = gone.platform and k.native_id = gone.native_id
    )
    select count(*) from gone
"""  # noqa: S608 - the condition is our own


async def promised(connection: "Connection", agency_id: UUID) -> dict[UUID, int]:
    """The agency's clients whose posts are to be deleted, with the days after which."""
    return dict(await connection.fetch(_PROMISED, agency_id))


async def forget_mentions(connection: "Connection", agency_id: UUID, client_id: UUID, before: datetime) -> bool:
    """Delete a batch of a client's mentions, the oldest first; whether there may be more.

    What people said of them goes with the last batch: labels without a mention teach nothing.
    """
    oldest = await connection.fetchval(_OLDEST_MENTION, agency_id, client_id, before)
    if oldest is None:
        await connection.execute(_DELETE_CORRECTIONS, agency_id, client_id, before)
        return False
    until = min(_month_after(oldest), before)
    await connection.execute(_DELETE_MENTIONS, agency_id, client_id, oldest, until, BATCH)
    return True


async def forget_posts(connection: "Connection", agency_id: UUID, before: datetime, *, now: datetime) -> bool:
    """Delete a batch of posts that concern nobody, with their keys; whether there may be more."""
    settled = now - MATCHED_WITHIN
    earliest = datetime(1970, 1, 1, tzinfo=UTC)
    oldest = await connection.fetchval(_OLDEST_POST, agency_id, earliest, before, settled)
    if oldest is None:
        return False
    until = min(_month_after(oldest), before)
    await connection.execute(_DELETE_POSTS, agency_id, oldest, until, settled, BATCH)
    return True


def _month_after(moment: datetime) -> datetime:
    first = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def cutoffs(promised_days: Sequence[int], now: datetime) -> list[datetime]:
    """Before which instants mentions are deleted: whole days of UTC, so that no bucket is halved."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=days) for days in promised_days]
