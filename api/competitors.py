"""Competitors: who competes with a client; what they are called on the platforms are monitored accounts."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from api.edge.lists import Asked, Listed, Listing, listed, of_id
from api.edge.schema import Input, LongText, Name, Output, PathId, changed, identifier, shape
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from storage import clients, versions
from storage import competitors as records
from storage.clients import CompetitorRow

_LISTING = Listing(
    sorts=("created_at", "updated_at", "name"),
    filters={"client_id": of_id("Only competitors of this client.")},
    searches="name and note",
)


class Competitor(Output, frozen=True):
    """A competitor of one client."""

    id: UUID
    client_id: UUID
    name: Name
    note: LongText | None
    created_at: datetime
    updated_at: datetime


class NewCompetitor(Input, frozen=True):
    """What is told of a competitor when it is noted."""

    client_id: UUID
    name: Name
    note: LongText | None = None


class CompetitorChanges(Input, frozen=True):
    """What may change of a competitor; what is absent stays."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    note: LongText | None | msgspec.UnsetType = msgspec.UNSET


class CompetitorList(Listed, frozen=True, kw_only=True):
    """A page of competitors, newest first."""

    data: Annotated[list[Competitor], msgspec.Meta(max_length=200)]


@post("/competitors", scope="clients:write", summary="Note a competitor")
async def create_competitor(
    request: AnyRequest, session: Session, now: Now, data: JSONBody[NewCompetitor]
) -> Response[Competitor]:
    """Note who competes with a client."""
    await clients.require(session, data.client_id)
    row = await records.add(session, {"note": None, **changed(data)}, now=now)
    return tagged(request, shape(row, Competitor), row.version, status=201, location=f"/v1/competitors/{row.id}")


@get("/competitors", scope="clients:read", summary="List competitors", listing=_LISTING)
async def list_competitors(request: AnyRequest, session: Session, asked: Asked) -> Response[CompetitorList]:
    """The competitors of all clients or of some, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, CompetitorList, [shape(row, Competitor) for row in page.rows], page)


@get("/competitors/{competitor_id:str}", scope="clients:read", summary="Read a competitor")
async def get_competitor(request: AnyRequest, session: Session, competitor_id: PathId) -> Response[Competitor]:
    """One competitor."""
    row = await versions.get(session, CompetitorRow, identifier(competitor_id))
    return tagged(request, shape(row, Competitor), row.version)


@patch("/competitors/{competitor_id:str}", scope="clients:write", summary="Change a competitor")
async def change_competitor(
    request: AnyRequest,
    session: Session,
    now: Now,
    competitor_id: PathId,
    data: JSONBody[CompetitorChanges],
    if_match: IfMatch = None,
) -> Response[Competitor]:
    """Change what is told of a competitor."""
    version, found = expected_version(if_match), identifier(competitor_id)
    row = await records.change(session, found, changed(data), version=version, now=now)
    return tagged(request, shape(row, Competitor), row.version)


@delete("/competitors/{competitor_id:str}", scope="clients:write", summary="Remove a competitor")
async def delete_competitor(session: Session, competitor_id: PathId, if_match: IfMatch = None) -> None:
    """Remove a competitor, and its monitored accounts with it."""
    await records.remove(session, identifier(competitor_id), version=expected_version(if_match))


router = Router(
    "/v1",
    route_handlers=[create_competitor, list_competitors, get_competitor, change_competitor, delete_competitor],
    tags=["Competitors"],
)
