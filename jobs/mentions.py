"""Match posts that arrived against what is watched, read them, and count them: one transaction a batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.events import EventType
from core.plans import month_of
from jobs.context import Context
from jobs.reading import read, touched_by
from jobs.screening import screen
from storage import buckets, metrics, new_mentions, outbox, post_batches, usage
from storage.new_mentions import NewMention
from storage.outbox import Due
from storage.session import tenant_connection

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection


async def match_posts(context: Context, due: Due) -> None:
    """Find whom the posts of one batch concern.

    May run twice: the batch is locked and taken off the list with its effect, and mention ids derive from
    client and post.
    """
    now = context.clock()
    async with tenant_connection(context.db, due.agency_id) as connection:
        claimed = await outbox.find_on(connection, due.agency_id, due.id)
        if claimed is None:
            return
        batch_id, revision, received_at = claimed
        arrived = await post_batches.claim(connection, due.agency_id, batch_id)
        if arrived:
            watch = await context.watchlist.of(due.agency_id, revision)
            found = read(context, arrived, watch.concerned, watched=watch)
            await _record(connection, due.agency_id, arrived, found, now)
        await post_batches.finish(connection, due.agency_id, batch_id)
        await outbox.finish_on(connection, due.agency_id, due.id)
    metrics.note_matched((context.clock() - received_at).total_seconds())


async def _record(
    connection: "Connection", agency_id: UUID, arrived: "Sequence[Record]", found: list[NewMention], now: datetime
) -> None:
    if not found:
        return
    held = await buckets.lock(connection, agency_id, {mention.client_id for mention in found})
    found = [mention for mention in found if mention.client_id in held]
    if not found:
        return
    touched = touched_by(found)
    recorded = await new_mentions.record(connection, agency_id, found, now=now)
    await usage.count(connection, agency_id, month_of(now), recorded.new)
    await buckets.fold(connection, agency_id, touched)
    await screen(connection, agency_id, arrived, found, now)
    await outbox.append_on(connection, agency_id, EventType.CLIENT_TOUCHED, touched, now=now)
