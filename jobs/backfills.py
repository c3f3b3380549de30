"""Match posts that are already stored against a keyword that came later: history, found again step by step."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.attribution import Attribution, Caught, attribute
from core.errors import Conflict, NotFound
from core.events import EventType
from core.keywords import read as parsed
from core.operations import Step
from core.plans import month_of
from core.posts import Post
from core.query_language.index import Entry, MatchIndex
from jobs.context import Context
from jobs.reading import read, touched_by
from storage import agencies, buckets, keywords, new_mentions, outbox, posts, usage
from storage.new_mentions import NewMention
from storage.operations import OperationRow
from storage.session import driver_of

if TYPE_CHECKING:
    from asyncpg import Record

POSTS_A_STEP = 1000

ASSESS_AFTER = timedelta(seconds=20)
"""Between steps the client is assessed this much later, so that one assessment answers many steps."""


async def match_again(context: Context, session: AsyncSession, operation: OperationRow) -> Step:
    """The next posts, oldest first, matched against the keyword in the version that was in force at the start.

    What was caught before is not counted twice: mention ids derive from client and post, and only buckets of
    mentions that are new or newly caught are counted anew. What is history when it is found alerts nobody.
    Raises: `Conflict` where the keyword was changed or paused meanwhile; `NotFound` where it or its client was removed.
    """
    now = context.clock()
    asked = operation.parameters
    since, until = datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])
    place = _place(operation.cursor) if operation.cursor else (since, UUID(int=0))
    connection = await driver_of(session)
    rows = await posts.stored(connection, operation.agency_id, after=place, until=until, limit=POSTS_A_STEP)
    found = await _found(context, session, asked, rows)
    is_last = len(rows) < POSTS_A_STEP
    new = await _record(session, found, now)
    if new or is_last:
        available_at = now if is_last else now + ASSESS_AFTER
        client_id = UUID(asked["client_id"])
        await outbox.append(session, EventType.CLIENT_TOUCHED, client_id, now=now, available_at=available_at)
    counts = {"posts_read": len(rows), "mentions_found": new}
    if is_last:
        return Step(cursor=None, result=_link(asked), counts=counts)
    reached: datetime = rows[-1]["published_at"]
    cursor = {"published_at": reached.isoformat(), "id": str(rows[-1]["id"])}
    return Step(cursor=cursor, progress=(reached - since) / (until - since), counts=counts)


def _place(cursor: Mapping[str, Any]) -> tuple[datetime, UUID]:
    return datetime.fromisoformat(cursor["published_at"]), UUID(cursor["id"])


async def _found(
    context: Context, session: AsyncSession, asked: Mapping[str, Any], rows: "list[Record]"
) -> list[NewMention]:
    keyword = await keywords.get(session, UUID(asked["keyword_id"]))
    caught = Caught(keyword.row.client_id, keyword.row.id, keyword.wording.id)
    if keyword.row.status != "active" or str(caught.version_id) != asked["version_id"]:
        detail = "The keyword was changed or taken out of force meanwhile. Start the backfill anew."
        raise Conflict(detail, code="keyword_changed")
    index = MatchIndex.build([Entry(caught, session.info["agency_id"], parsed(keyword.wording.query))])
    watch = await context.watchlist.of(session.info["agency_id"], (await agencies.get(session)).matching_revision)

    def concerning(post: Post) -> Mapping[UUID, Attribution]:
        if not index.keys(post, session.info["agency_id"]):
            return {}
        return {caught.client_id: attribute(post, [caught], watch.accounts)[caught.client_id]}

    # A post is read beside all that it names, as it would have been when it came.
    return read(context, rows, concerning, watched=watch, beside=watch.concerned)


async def _record(session: AsyncSession, found: list[NewMention], now: datetime) -> int:
    """Remember what was found and count it; how many were not known before.

    Raises: `NotFound` where the client was removed since the keyword was read.
    """
    if not found:
        return 0
    agency_id: UUID = session.info["agency_id"]
    connection = await driver_of(session)
    clients = {mention.client_id for mention in found}
    if await buckets.lock(connection, agency_id, clients) != clients:
        raise NotFound
    recorded = await new_mentions.recall(connection, agency_id, found, now=now)
    await usage.count(connection, agency_id, month_of(now), recorded.new)
    touched = recorded.touched
    if touched:
        await buckets.fold(connection, agency_id, touched_by(each for each in found if each.id in touched))
    return len(touched)


def _link(asked: Mapping[str, Any]) -> str:
    since = datetime.fromisoformat(asked["since"]).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "/v1/mentions?" + urlencode({"keyword_id": asked["keyword_id"], "published_at[gte]": since})
