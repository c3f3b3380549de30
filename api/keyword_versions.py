"""Versions of a keyword: every wording its query has had, and which of them caught a mention."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, get

from api.edge.lists import Asked, Listed, Listing, listed
from api.edge.queries import QueryText, Samples, samples_of
from api.edge.schema import Output, PathId, identifier, shape
from api.edge.tenancy import AnyRequest, Session
from api.edge.versions import tagged
from storage import keywords as records
from storage import versions
from storage.keywords import KeywordVersionRow

Number = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class KeywordVersionSummary(Output, frozen=True):
    """One wording of a keyword in a list."""

    id: UUID
    keyword_id: UUID
    number: Number
    query: QueryText
    created_by: UUID | None
    created_at: datetime


class KeywordVersion(KeywordVersionSummary, frozen=True):
    """One wording of a keyword with its examples; it never changes."""

    must_match: Samples
    must_not_match: Samples


class KeywordVersionList(Listed, frozen=True, kw_only=True):
    """A page of a keyword's versions, newest first."""

    data: Annotated[list[KeywordVersionSummary], msgspec.Meta(max_length=200)]


@get(
    "/keywords/{keyword_id:str}/versions",
    scope="clients:read",
    summary="List a keyword's versions",
    listing=Listing(searches="the query"),
)
async def list_keyword_versions(
    request: AnyRequest, session: Session, keyword_id: PathId, asked: Asked
) -> Response[KeywordVersionList]:
    """Every wording the keyword has had, newest first unless told otherwise."""
    page = await records.page_versions(session, identifier(keyword_id), asked)
    return listed(request, KeywordVersionList, [shape(row, KeywordVersionSummary) for row in page.rows], page)


@get("/keyword-versions/{version_id:str}", scope="clients:read", summary="Read a version of a keyword")
async def get_keyword_version(request: AnyRequest, session: Session, version_id: PathId) -> Response[KeywordVersion]:
    """One wording of a keyword: what a mention it caught was caught by."""
    row = await versions.get(session, KeywordVersionRow, identifier(version_id))
    return tagged(request, shape(row, KeywordVersion, **samples_of(row)), version=1)


router = Router("/v1", route_handlers=[list_keyword_versions, get_keyword_version], tags=["Keywords"])
