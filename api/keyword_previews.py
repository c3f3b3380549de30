"""A query tried on sample posts, before it is saved as a keyword."""

from asyncio import to_thread
from typing import Annotated

import msgspec
from litestar import Router, post
from litestar.params import JSONBody

from api.edge.queries import Place, QueryText, SamplePost, Warnings, posts_of, stored, warnings_of
from api.edge.schema import Input, Output
from core import keywords as rules
from core.query_language.matcher import Span

MOST_SPANS = 200


class NewPreview(Input, frozen=True):
    """A query to try, and the posts to try it on."""

    query: QueryText
    posts: Annotated[list[SamplePost], msgspec.Meta(min_length=1, max_length=100)]


class MatchedSpan(Output, frozen=True):
    """A stretch of one field of a post that the query speaks of, in characters; `end` is the first one after it."""

    field: Annotated[str, msgspec.Meta(max_length=20, examples=["text"])]
    start: Place
    end: Place


class PreviewResult(Output, frozen=True):
    """Whether one post matches, and where. A query that matches by author, site or link alone has no span."""

    index: Annotated[int, msgspec.Meta(ge=0, le=99)]
    matches: bool
    spans: Annotated[list[MatchedSpan], msgspec.Meta(max_length=MOST_SPANS)]


class Preview(Output, frozen=True):
    """How a query reads some posts: one result a post, in their order."""

    warnings: Warnings
    results: Annotated[list[PreviewResult], msgspec.Meta(max_length=100)]


@post(
    "/keywords/preview",
    scope="clients:read",
    summary="Try a query",
    status_code=200,
    key="none",
    unaudited="nothing is stored",
)
async def preview_keyword(data: JSONBody[NewPreview]) -> Preview:
    """Try a query on sample posts before saving it. Nothing is stored."""
    return await to_thread(_preview, data)


def _preview(data: NewPreview) -> Preview:
    query = rules.read(data.query)
    found = rules.attempt(query, posts_of(stored(data.posts, as_sent=True)))
    return Preview(warnings=warnings_of(query), results=[_result(index, each) for index, each in enumerate(found)])


def _result(index: int, spans: tuple[Span, ...] | None) -> PreviewResult:
    shown = [MatchedSpan(field=each.field, start=each.start, end=each.end) for each in (spans or ())[:MOST_SPANS]]
    return PreviewResult(index=index, matches=spans is not None, spans=shown)


router = Router("/v1", route_handlers=[preview_keyword], tags=["Keywords"])
