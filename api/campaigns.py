"""Campaigns: what a client does to be talked about, registered so that the talk alone alerts nobody."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from api.edge.lists import Asked, Listed, Listing, listed, of_id
from api.edge.schema import NO_NUL_SOME, Input, Name, Output, PathId, changed, clean, identifier, shape
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core.errors import FieldProblem, Invalid
from storage import campaigns as records
from storage import clients, versions
from storage.campaigns import CampaignRow

Word = Annotated[str, msgspec.Meta(min_length=2, max_length=100, pattern=NO_NUL_SOME, examples=["#kopisenja10"])]
Words = Annotated[list[Word], msgspec.Meta(max_length=20)]
Begin = Annotated[datetime, msgspec.Meta(tz=True, examples=["2026-11-21T08:00:00Z"])]
End = Annotated[datetime, msgspec.Meta(tz=True, examples=["2026-11-28T08:00:00Z"])]


class Campaign(Output, frozen=True):
    """A campaign of a client. While it runs, talk that is no more negative than usual alerts nobody.

    With `words`, hashtags or others, it explains what is said where at least half of it holds one of them; without,
    all that is said.
    """

    id: UUID
    client_id: UUID
    name: Name
    starts_at: datetime
    ends_at: datetime
    words: Words
    created_at: datetime
    updated_at: datetime


class NewCampaign(Input, frozen=True):
    """What is told of a campaign when it is registered."""

    client_id: UUID
    name: Name
    starts_at: Begin
    ends_at: End
    words: Words = msgspec.field(default_factory=list[str])


class CampaignChanges(Input, frozen=True):
    """What may change of a campaign; what is absent stays."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    starts_at: Begin | msgspec.UnsetType = msgspec.UNSET
    ends_at: End | msgspec.UnsetType = msgspec.UNSET
    words: Words | msgspec.UnsetType = msgspec.UNSET


class CampaignList(Listed, frozen=True, kw_only=True):
    """A page of campaigns, the latest to begin first."""

    data: Annotated[list[Campaign], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    sorts=("starts_at", "ends_at", "created_at", "name"),
    filters={"client_id": of_id("Only campaigns of this client.")},
    searches="the name",
)


@post("/campaigns", scope="clients:write", summary="Register a campaign")
async def create_campaign(
    request: AnyRequest, session: Session, now: Now, data: JSONBody[NewCampaign]
) -> Response[Campaign]:
    """Register what will make people talk, so that talk alone alerts nobody while it runs. Negative talk still does."""
    await clients.require(session, data.client_id)
    _require_span(data.starts_at, data.ends_at)
    row = await records.add(session, _columns({"words": [], **changed(data)}), now=now)
    return tagged(request, shape(row, Campaign), row.version, status=201, location=f"/v1/campaigns/{row.id}")


@get("/campaigns", scope="clients:read", summary="List campaigns", listing=_LISTING)
async def list_campaigns(request: AnyRequest, session: Session, asked: Asked) -> Response[CampaignList]:
    """The campaigns of all clients or of some, the latest to begin first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, CampaignList, [shape(row, Campaign) for row in page.rows], page)


@get("/campaigns/{campaign_id:str}", scope="clients:read", summary="Read a campaign")
async def get_campaign(request: AnyRequest, session: Session, campaign_id: PathId) -> Response[Campaign]:
    """One campaign."""
    row = await versions.get(session, CampaignRow, identifier(campaign_id))
    return tagged(request, shape(row, Campaign), row.version)


@patch("/campaigns/{campaign_id:str}", scope="clients:write", summary="Change a campaign")
async def change_campaign(
    request: AnyRequest,
    session: Session,
    now: Now,
    campaign_id: PathId,
    data: JSONBody[CampaignChanges],
    if_match: IfMatch = None,
) -> Response[Campaign]:
    """Change a campaign, or end it at once with `ends_at`."""
    version = expected_version(if_match)
    current = await versions.get(session, CampaignRow, identifier(campaign_id), lock=True)
    values = _columns(changed(data))
    _require_span(values.get("starts_at", current.starts_at), values.get("ends_at", current.ends_at))
    row = await versions.change(session, CampaignRow, current.id, values, version=version, now=now)
    return tagged(request, shape(row, Campaign), row.version)


@delete("/campaigns/{campaign_id:str}", scope="clients:write", summary="Remove a campaign")
async def delete_campaign(session: Session, campaign_id: PathId, if_match: IfMatch = None) -> None:
    """Remove a campaign: it explains nothing any longer."""
    await versions.remove(session, CampaignRow, identifier(campaign_id), version=expected_version(if_match))


def _require_span(starts_at: datetime, ends_at: datetime) -> None:
    if not starts_at < ends_at:
        problem = FieldProblem("span", "A campaign ends after it begins.", pointer="/ends_at")
        raise Invalid("A field is refused.", problems=[problem])


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    if "words" in values:
        values["words"] = list(dict.fromkeys(clean(word).lower() for word in values["words"]))
    return values


router = Router(
    "/v1",
    route_handlers=[create_campaign, list_campaigns, get_campaign, change_campaign, delete_campaign],
    tags=["Alerting"],
)
