"""Keywords: register a query with its examples, change it, put it in force."""

from asyncio import to_thread
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from api.edge.lists import Asked, Listed, Listing, listed, of_id, one_of
from api.edge.queries import QueryText, SamplePost, Samples, Warnings, posts_of, samples_of, stored, warnings_of
from api.edge.schema import MAY_GROW, Input, Name, Output, PathId, clean, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import keywords as rules
from core.errors import Conflict, FieldProblem, Invalid
from core.keywords import Miss
from core.query_language.syntax import Query
from storage import clients
from storage import keywords as records
from storage.keywords import KeywordVersionRow, Wording

Status = Literal["draft", "active", "paused"]

Number = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
_LISTING = Listing(
    sorts=("created_at", "updated_at", "name"),
    filters={"client_id": of_id("Only keywords of this client."), "status": one_of(Status)},
    searches="the name",
)


class FailedExample(Output, frozen=True):
    """A sample that came out otherwise than told; `pointer` names it within the keyword."""

    pointer: Annotated[str, msgspec.Meta(max_length=100, examples=["/must_match/0"])]
    must_match: bool


class Examples(Output, frozen=True):
    """How the keyword's own samples come out."""

    passed: bool
    failed: Annotated[list[FailedExample], msgspec.Meta(max_length=100)]


class KeywordSummary(Output, frozen=True):
    """A keyword in a list."""

    id: UUID
    client_id: UUID
    name: Name
    status: Annotated[Status, MAY_GROW]
    query: QueryText
    version_id: UUID
    version_number: Number
    created_at: datetime
    updated_at: datetime


class Keyword(KeywordSummary, frozen=True):
    """A keyword with its examples. Only an `active` one catches posts; its newest version is the one in force."""

    must_match: Samples
    must_not_match: Samples
    warnings: Warnings
    examples: Examples


class NewKeyword(Input, frozen=True):
    """What is told of a keyword when it is registered: its query and what it must and must not catch."""

    client_id: UUID
    name: Name
    query: QueryText
    must_match: Samples = msgspec.field(default_factory=list[SamplePost])
    must_not_match: Samples = msgspec.field(default_factory=list[SamplePost])


class KeywordChanges(Input, frozen=True):
    """What may change of a keyword; what is absent stays. Another query or other examples make a new version."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    query: QueryText | msgspec.UnsetType = msgspec.UNSET
    must_match: Samples | msgspec.UnsetType = msgspec.UNSET
    must_not_match: Samples | msgspec.UnsetType = msgspec.UNSET


class KeywordList(Listed, frozen=True, kw_only=True):
    """A page of keywords, newest first."""

    data: Annotated[list[KeywordSummary], msgspec.Meta(max_length=200)]


@post("/keywords", scope="clients:write", summary="Register a keyword")
async def create_keyword(
    request: AnyRequest, session: Session, principal: Caller, now: Now, data: JSONBody[NewKeyword]
) -> Response[Keyword]:
    """Register what to look for, as a draft: it catches nothing until it is activated."""
    wording = Wording(clean(_checked(data.query)), stored(data.must_match), stored(data.must_not_match))
    judged = await to_thread(_judge, wording)
    await clients.require(session, data.client_id)
    values = {"client_id": data.client_id, "name": clean(data.name)}
    found = await records.add(session, values, wording, by=principal.id, now=now)
    return _answer(request, found, judged, status=201, location=f"/v1/keywords/{found.row.id}")


@get("/keywords", scope="clients:read", summary="List keywords", listing=_LISTING)
async def list_keywords(request: AnyRequest, session: Session, asked: Asked) -> Response[KeywordList]:
    """The keywords of all clients or of some, newest first unless told otherwise."""
    page = await records.page(session, asked)
    newest = await records.wordings(session, page.rows)
    data = [shape(row, KeywordSummary, **_wording(newest[row.current_version_id])) for row in page.rows]
    return listed(request, KeywordList, data, page)


@get("/keywords/{keyword_id:str}", scope="clients:read", summary="Read a keyword")
async def get_keyword(request: AnyRequest, session: Session, keyword_id: PathId) -> Response[Keyword]:
    """One keyword with its examples, and how they come out."""
    found = await records.get(session, identifier(keyword_id))
    return _answer(request, found, await to_thread(_judge, _said(found.wording)))


@patch("/keywords/{keyword_id:str}", scope="clients:write", summary="Change a keyword")
async def change_keyword(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    keyword_id: PathId,
    data: JSONBody[KeywordChanges],
    if_match: IfMatch = None,
) -> Response[Keyword]:
    """Change name, query or examples. An active one keeps its old version unless the new one passes its examples."""
    current = await records.lock(session, identifier(keyword_id), version=expected_version(if_match))
    wording = _changed_wording(_said(current.wording), data)
    judged = await to_thread(_judge, wording)
    name: dict[str, Any] = {} if data.name is msgspec.UNSET else {"name": clean(data.name)}
    if wording == _said(current.wording):
        return _answer(request, await records.rename(session, current, name, now=now), judged)
    if current.row.status == "active" and judged[1]:
        detail = "The keyword is active, and the change fails its own examples. The old version stays in force."
        raise Invalid(detail, code="examples_fail", problems=_failures(judged[1]))
    found = await records.reword(session, current, name, wording, by=principal.id, now=now)
    return _answer(request, found, judged)


@post("/keywords/{keyword_id:str}/activate", scope="clients:write", summary="Put a keyword in force", status_code=200)
async def activate_keyword(request: AnyRequest, session: Session, now: Now, keyword_id: PathId) -> Response[Keyword]:
    """Let a keyword catch posts from now on, if its own examples come out as told. Repeating it changes nothing."""
    current = await records.lock(session, identifier(keyword_id))
    judged = await to_thread(_judge, _said(current.wording))
    if judged[1]:
        detail = "The keyword's own examples fail. Mend the query or the examples, then activate it."
        raise Conflict(detail, code="examples_fail", problems=_failures(judged[1]))
    return _answer(request, await records.activate(session, current, now=now), judged)


@post("/keywords/{keyword_id:str}/pause", scope="clients:write", summary="Take a keyword out of force", status_code=200)
async def pause_keyword(request: AnyRequest, session: Session, now: Now, keyword_id: PathId) -> Response[Keyword]:
    """Let a keyword catch nothing until it is activated again. Repeating it changes nothing."""
    current = await records.lock(session, identifier(keyword_id))
    paused = await records.pause(session, current, now=now)
    return _answer(request, paused, await to_thread(_judge, _said(paused.wording)))


@delete("/keywords/{keyword_id:str}", scope="clients:write", summary="Remove a keyword")
async def delete_keyword(session: Session, keyword_id: PathId, if_match: IfMatch = None) -> None:
    """Remove a keyword with all its versions. What it caught so far stays."""
    await records.remove(session, identifier(keyword_id), version=expected_version(if_match))


Judgement = tuple[Query, tuple[Miss, ...]]


def _judge(wording: Wording) -> Judgement:
    query = rules.read(wording.query)
    return query, rules.judge(query, posts_of(wording.must_match), posts_of(wording.must_not_match))


def _checked(query: str) -> str:
    """The query, readable as it was sent: problems are told in the places of what the caller wrote."""
    rules.read(query)
    return query


def _changed_wording(current: Wording, data: KeywordChanges) -> Wording:
    return Wording(
        current.query if data.query is msgspec.UNSET else clean(_checked(data.query)),
        current.must_match if data.must_match is msgspec.UNSET else stored(data.must_match),
        current.must_not_match if data.must_not_match is msgspec.UNSET else stored(data.must_not_match),
    )


def _said(row: KeywordVersionRow) -> Wording:
    return Wording(row.query, row.must_match, row.must_not_match)


def _failures(misses: tuple[Miss, ...]) -> list[FieldProblem]:
    details = {True: "This post must match, and does not.", False: "This post must not match, and does."}
    codes = {True: "must_match_missed", False: "must_not_match_caught"}
    return [FieldProblem(codes[each.must_match], details[each.must_match], pointer=each.pointer) for each in misses]


def _wording(row: KeywordVersionRow) -> dict[str, Any]:
    return {"query": row.query, "version_id": row.id, "version_number": row.number}


def _answer(
    request: AnyRequest, found: records.Keyword, judged: Judgement, *, status: int = 200, location: str | None = None
) -> Response[Keyword]:
    query, misses = judged
    failed = [FailedExample(pointer=each.pointer, must_match=each.must_match) for each in misses]
    content = shape(
        found.row,
        Keyword,
        **_wording(found.wording),
        **samples_of(found.wording),
        warnings=warnings_of(query),
        examples=Examples(passed=not failed, failed=failed),
    )
    return tagged(request, content, found.row.version, status=status, location=location)


router = Router(
    "/v1",
    route_handlers=[
        create_keyword,
        list_keywords,
        get_keyword,
        change_keyword,
        activate_keyword,
        pause_keyword,
        delete_keyword,
    ],
    tags=["Keywords"],
)
