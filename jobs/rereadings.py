"""Read mentions again: what a model or a lexicon of today says of posts that came before it, step by step."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core import lexicons
from core.crisis import bucket_of, starts_at
from core.errors import NotFound
from core.events import EventType
from core.operations import Step
from core.posts import whole_text
from core.sentiment import Reading
from core.towards import Asked, towards_each
from core.watch import Watch
from jobs.context import Context
from storage import agencies, buckets, outbox, rereadings
from storage.operations import OperationRow
from storage.session import driver_of
from storage.stored_posts import post_of

if TYPE_CHECKING:
    from asyncpg import Record

MENTIONS_A_STEP = 1000

STORED_TO = 1e-6
"""How far a polarity may be from what is kept of it, in four bytes, and be the same."""

ASSESS_AFTER = timedelta(seconds=20)
"""Between steps the client is assessed this much later, so that one assessment answers many steps."""


async def read_again(context: Context, session: AsyncSession, operation: OperationRow) -> Step:
    """The client's next mentions, oldest first, read by the reader and the lexicon in force.

    What a person said of one stays what counts. What would be read the same is passed over, so a repetition changes
    nothing; buckets of those that are read are counted anew, whole, in the same transaction.
    Raises: `NotFound` where the client was removed.
    """
    asked = operation.parameters
    client_id = UUID(asked["client_id"])
    since, until = datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])
    after = _place(operation.cursor) if operation.cursor else (since, UUID(int=0))
    connection = await driver_of(session)
    # Held before the posts are read: an edit that is matched meanwhile waits, and has the last word.
    if not await buckets.lock(connection, operation.agency_id, {client_id}):
        raise NotFound
    watch = await context.watchlist.of(operation.agency_id, (await agencies.get(session)).matching_revision)
    lexicon = watch.lexicons.get(client_id)
    rows = await rereadings.texts(
        connection, operation.agency_id, client_id, after=after, until=until, limit=MENTIONS_A_STEP
    )
    version = lexicon.named(context.reader.version) if lexicon else context.reader.version
    told = zip(rows, _read(context, watch, client_id, rows), strict=True)
    changed = [(row, each) for row, each in told if row["reader_version"] != version or _reads_otherwise(row, each)]
    old, readings = [row for row, _ in changed], [each for _, each in changed]
    if old:
        await rereadings.read_again(connection, operation.agency_id, _columns(old, readings), reader_version=version)
        first, last = (starts_at(bucket_of(old[place]["published_at"])) for place in (0, -1))
        await buckets.fold(connection, operation.agency_id, {client_id: (first, last)})
    return await _step(context, session, operation, rows, old, readings)


def _place(cursor: Mapping[str, Any]) -> tuple[datetime, UUID]:
    return datetime.fromisoformat(cursor["published_at"]), UUID(cursor["id"])


def _read(context: Context, watch: Watch, client_id: UUID, rows: "Sequence[Record]") -> list[Reading]:
    """The readings that these posts would have if they came now."""
    posts = [post_of(row) for row in rows]
    texts = [whole_text(post.title, post.text) for post in posts]
    readings, lexicon = context.reader.read_many(texts), watch.lexicons.get(client_id)
    if lexicon:
        readings = lexicons.read_many(context.reader, lexicon, texts, readings)
    asked: list[Asked] = [
        (post, {client_id: reading}, watch.concerned(post)) for post, reading in zip(posts, readings, strict=True)
    ]
    return [told[client_id] for told in towards_each(context.reader, watch, asked)]


def _reads_otherwise(row: "Record", reading: Reading) -> bool:
    """Whether what is kept is of another instant of the watch list: a competitor's name has come since, say."""
    if row["machine_sentiment"] != reading.label.value:
        return True
    return abs(row["polarity"] - reading.polarity) > STORED_TO


def _columns(rows: "Sequence[Record]", readings: Sequence[Reading]) -> list[tuple[Any, ...]]:
    told = [
        (
            row["published_at"], row["id"], each.label.value, each.polarity, each.p_neutral, each.toxicity,
            each.complaint, each.hoax_cue, each.threat, each.language.value,
        )
        for row, each in zip(rows, readings, strict=True)
    ]  # fmt: skip
    return list(zip(*told, strict=True))


async def _step(
    context: Context,
    session: AsyncSession,
    operation: OperationRow,
    rows: "Sequence[Record]",
    old: "Sequence[Record]",
    readings: Sequence[Reading],
) -> Step:
    asked, now = operation.parameters, context.clock()
    is_last = len(rows) < MENTIONS_A_STEP
    if old or is_last:
        available_at = now if is_last else now + ASSESS_AFTER
        client_id = UUID(asked["client_id"])
        await outbox.append(session, EventType.CLIENT_TOUCHED, client_id, now=now, available_at=available_at)
    changed = sum(row["machine_sentiment"] != each.label for row, each in zip(old, readings, strict=True))
    counts = {"mentions_found": len(rows), "mentions_read": len(old), "labels_changed": changed}
    if is_last:
        query = urlencode({"client_id": asked["client_id"], "published_at[gte]": _instant(asked["since"])})
        return Step(cursor=None, result=f"/v1/mentions?{query}", counts=counts)
    reached: datetime = rows[-1]["published_at"]
    since, until = datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])
    cursor = {"published_at": reached.isoformat(), "id": str(rows[-1]["id"])}
    return Step(cursor=cursor, progress=(reached - since) / (until - since), counts=counts)


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%SZ")
