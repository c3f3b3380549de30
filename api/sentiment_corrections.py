"""Corrections: what people say of a mention's sentiment where the reader is wrong."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, put
from litestar.params import JSONBody

from api.edge.explanations import ExplainedMention, explained
from api.edge.lists import Asked, Listed, Listing, listed, of_id
from api.edge.mentions import Line, Sentiment, Text
from api.edge.schema import PERSONAL, Input, Output, PathId, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import IfMatch, require_as_read, tagged_as_it_reads
from core.posts import whole_text
from storage import mentions
from storage import sentiment_corrections as records
from storage.posts import PostRow
from storage.sentiment_corrections import SentimentCorrectionRow
from storage.session import driver_of
from storage.stored_posts import post_of


class NewSentimentCorrection(Input, frozen=True):
    """How the post speaks of the client, to whoever has read it."""

    sentiment: Sentiment


class SentimentCorrection(Output, frozen=True):
    """What a person said of a mention, and the reader before: a line to learn from.

    `text` is what the reader reads, null where the post was deleted since.
    """

    mention_id: UUID
    client_id: UUID
    published_at: datetime
    text: Annotated[Text, PERSONAL] | None
    lang: Line
    label: Sentiment
    machine_sentiment: Sentiment
    reader_version: Line
    corrected_by: UUID
    created_at: datetime
    updated_at: datetime


class SentimentCorrectionList(Listed, frozen=True, kw_only=True):
    """A page of corrections, the latest first."""

    data: Annotated[list[SentimentCorrection], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    sorts=("created_at", "updated_at"), filters={"client_id": of_id("Only corrections of this client's mentions.")}
)


@put(
    "/mentions/{mention_id:str}/sentiment",
    scope="sentiment:write",
    summary="Correct a mention's sentiment",
    status_code=200,
)
async def correct_sentiment(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    process: Held,
    now: Now,
    mention_id: PathId,
    data: JSONBody[NewSentimentCorrection],
    if_match: IfMatch = None,
) -> Response[ExplainedMention]:
    """Say how a mention reads. It counts from now on, in lists, volumes and scores, and no later reading changes it.

    `If-Match` is the ETag of the mention: a label for a text that was edited since is refused.
    """
    held = await records.hold(session, identifier(mention_id))
    require_as_read(if_match, await _explained(session, process, held))
    await records.correct(session, held, data.sentiment, by=principal.id, now=now)
    corrected = await records.hold(session, held["id"])
    return tagged_as_it_reads(request, await _explained(session, process, corrected))


@delete("/mentions/{mention_id:str}/sentiment", scope="sentiment:write", summary="Take back a mention's correction")
async def take_back_sentiment(
    session: Session, process: Held, now: Now, mention_id: PathId, if_match: IfMatch = None
) -> None:
    """Let a mention count again as the reader says, in its latest reading."""
    held = await records.hold(session, identifier(mention_id))
    require_as_read(if_match, await _explained(session, process, held))
    await records.take_back(session, held, now=now)


async def _explained(session: Session, process: Held, held: Any) -> ExplainedMention:
    """The mention that is held, as it is answered."""
    watch = await process.watches.on(session)
    post = await mentions.post_of(await driver_of(session), session.info["agency_id"], held["id"])
    return await explained(held, ExplainedMention, process.reader, watch, None if post is None else post_of(post))


@get("/sentiment-corrections", scope="sentiment:read", summary="List sentiment corrections", listing=_LISTING)
async def list_sentiment_corrections(
    request: AnyRequest, session: Session, asked: Asked
) -> Response[SentimentCorrectionList]:
    """What people have corrected, the latest first: each with its text, as the training of a reader takes it."""
    page = await records.page(session, asked)
    posts = await records.posts_of(session, page)
    return listed(request, SentimentCorrectionList, [_shape(row, posts.get(row.post_id)) for row in page.rows], page)


def _shape(row: SentimentCorrectionRow, post: PostRow | None) -> SentimentCorrection:
    text = None if post is None else whole_text(post.title, post.text)
    return shape(row, SentimentCorrection, mention_id=row.id, text=text, label=row.sentiment, lang=row.language)


router = Router(
    "/v1",
    route_handlers=[correct_sentiment, take_back_sentiment, list_sentiment_corrections],
    tags=["Sentiment"],
)
