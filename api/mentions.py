"""Mentions: posts come in, whole or in part; what concerns a client goes out."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post

from api.edge.bulk import items_of
from api.edge.explanations import ExplainedMention, PortalExplainedMention, explained
from api.edge.intake import ESCAPED_NUL, MOST_ITEMS, NewPost, Read, Refusal, read_items
from api.edge.lists import PLATFORM, Asked, Filter, Listed, Listing, listed, of_id, one_of
from api.edge.mentions import Mention, PortalMention, Sentiment, mention_shape
from api.edge.process import Process
from api.edge.schema import MAY_GROW, PathId, identifier
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Writing, Written
from api.edge.versions import tagged_as_it_reads
from core import access
from core.errors import Forbidden, Unreadable
from storage import mention_lists, posts
from storage import mentions as records
from storage.session import tenant_connection
from storage.stored_posts import post_of

Figure = Annotated[int, msgspec.Meta(ge=0)]


class MentionList(Listed, frozen=True, kw_only=True):
    """A page of mentions, the latest published first."""

    data: Annotated[list[Mention], msgspec.Meta(max_length=200)]


class PortalMentionList(Listed, frozen=True, kw_only=True):
    """A page of mentions as a portal shows them, the latest published first."""

    data: Annotated[list[PortalMention], msgspec.Meta(max_length=200)]


class NewPosts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """1 to 1,000 posts, each taken or refused on its own."""

    items: Annotated[list[NewPost], msgspec.Meta(min_length=1, max_length=MOST_ITEMS)]


class ItemResult(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What became of one item: its place in what was sent, and the post's id or the refusal."""

    index: Figure
    status: Annotated[Literal["created", "duplicate", "edited", "deleted", "refused"], MAY_GROW]
    post_id: UUID | None = None
    error: Refusal | None = None


class IntakeSummary(msgspec.Struct, frozen=True):
    """How many items became what."""

    received: Figure
    created: Figure
    duplicate: Figure
    edited: Figure
    deleted: Figure
    refused: Figure


class Intake(msgspec.Struct, frozen=True):
    """One result for each item, in order."""

    results: Annotated[list[ItemResult], msgspec.Meta(max_length=100_000)]
    summary: IntakeSummary


_LISTING = Listing(
    sorts=("published_at",),
    filters={
        "client_id": of_id("Only mentions of this client."),
        "keyword_id": of_id("Only what this keyword caught."),
        "platform": PLATFORM,
        "sentiment": one_of(Sentiment),
        "author": Filter(
            "Handles of authors, separated by commas; upper and lower case are alike.", r"[^,\x00]{1,100}"
        ),
    },
    searches="title and text",
    descending_only=True,
)
_WHOLE = msgspec.json.Decoder(NewPosts, strict=True)
_ENCODER = msgspec.json.Encoder()


@post(
    "/mentions",
    scope="mentions:write",
    status_code=200,
    summary="Send posts",
    request_shape=NewPosts,
    answer_shape=Intake,
    lines=True,
    unaudited="posts tell for themselves what came when, and intake must not wait its turn at a head",
)
async def create_mentions(
    request: AnyRequest, principal: Caller, process: Held, now: Now, writing: Written
) -> Response[Any]:
    """Send posts as they were published; matching, reading and scoring follow within seconds.

    A body of application/json holds up to 1,000 items; application/x-ndjson holds one post a line and is taken in
    as it comes. A refused item never loses its neighbours, and sending an item again changes nothing.
    """
    results: list[ItemResult] = []
    if request.headers.get("content-type", "").startswith("application/x-ndjson"):
        async for lines in _lines(request):
            may_hold_nul = any(ESCAPED_NUL in line for line in lines)
            read = read_items(principal.agency_id, lines, now, first=len(results), may_hold_nul=may_hold_nul)
            results += await _take(process, writing, principal.agency_id, read, now)
    else:
        whole = await request.body()
        items = items_of(whole, lambda body: _WHOLE.decode(body).items, most=MOST_ITEMS)
        read = read_items(principal.agency_id, items, now, may_hold_nul=ESCAPED_NUL in whole)
        results = await _take(process, writing, principal.agency_id, read, now)
    if not results:
        raise Unreadable("There is nothing in the body. Send at least one post.", code="empty")
    return Response(_ENCODER.encode(Intake(results, _summary(results))), media_type="application/json")


async def _lines(request: AnyRequest) -> AsyncIterator[list[bytes]]:
    """The lines of a body in chunks of a thousand, blank ones left out."""
    pending: list[bytes] = []
    rest = b""
    async for chunk in request.stream():
        *whole, rest = (rest + chunk).split(b"\n")
        pending += [line for line in whole if line.strip()]
        while len(pending) >= MOST_ITEMS:
            yield pending[:MOST_ITEMS]
            pending = pending[MOST_ITEMS:]
    if rest.strip():
        pending.append(rest)
    if pending:
        yield pending


async def _take(process: Process, writing: Writing, agency_id: UUID, read: Read, now: datetime) -> list[ItemResult]:
    arrivals, refusals = read
    results = [ItemResult(index, "refused", error=refusal) for index, refusal in refusals.items()]
    if arrivals:
        posts_only = [arrival for _, arrival in arrivals]
        await process.months.ensure(process.db, agency_id, (a.published_at for a in posts_only))
        async with writing() as connection:
            recorded = await posts.record(connection, agency_id, posts_only, now=now)
        told: set[tuple[str, str]] = set()
        for index, arrival in arrivals:
            key = (arrival.platform, arrival.native_id)
            status, known_id = recorded.outcomes[key]
            # Of two equal items in one request the first is the new one.
            results.append(ItemResult(index, "duplicate" if key in told else status, known_id))  # type: ignore[arg-type]
            told.add(key)
    results.sort(key=lambda result: result.index)
    return results


def _summary(results: Sequence[ItemResult]) -> IntakeSummary:
    counts = dict.fromkeys(("created", "duplicate", "edited", "deleted", "refused"), 0)
    for result in results:
        counts[result.status] += 1
    return IntakeSummary(received=len(results), **counts)


@get("/mentions", scope="mentions:read", summary="List mentions", listing=_LISTING, portal_shape=PortalMentionList)
async def list_mentions(request: AnyRequest, principal: Caller, process: Held, asked: Asked) -> Response[MentionList]:
    """Mentions, the latest published first. A portal is shown them without what tells who wrote them."""
    sees_people = access.sees_people(principal)
    if not sees_people and "author" in asked.values:
        raise Forbidden("A portal is not told who wrote what, and cannot ask for authors either.")
    async with tenant_connection(process.db, principal.agency_id, principal.client_id) as connection:
        rows = await mention_lists.page(
            connection,
            principal.agency_id,
            asked,
            hide_authors=not sees_people,
            now=process.clock(),
        )
        total = await mention_lists.count(connection, principal.agency_id, asked) if asked.is_counted else None
    kind, kinds = (Mention, MentionList) if sees_people else (PortalMention, PortalMentionList)
    shown = [mention_shape(row, kind) for row in rows[: asked.limit]]
    end = (shown[-1].published_at, shown[-1].id) if len(rows) > asked.limit else None
    return listed(request, kinds, shown, end, total=total)


@get("/mentions/{mention_id:str}", scope="mentions:read", summary="Read a mention", portal_shape=PortalExplainedMention)
async def get_mention(
    request: AnyRequest, principal: Caller, process: Held, mention_id: PathId
) -> Response[ExplainedMention]:
    """One mention, and the words that decided. A portal is shown it without what tells who wrote it."""
    sees_people = access.sees_people(principal)
    async with tenant_connection(process.db, principal.agency_id, principal.client_id) as connection:
        row = await records.get(connection, principal.agency_id, identifier(mention_id), hide_authors=not sees_people)
        post = await records.post_of(connection, principal.agency_id, row["id"])
    kind = ExplainedMention if sees_people else PortalExplainedMention
    watch = await process.watches.of(principal.agency_id)
    told = await explained(row, kind, process.reader, watch, None if post is None else post_of(post))
    return tagged_as_it_reads(request, told)


router = Router("/v1", route_handlers=[create_mentions, list_mentions, get_mention], tags=["Mentions"])
