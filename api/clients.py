"""Clients: the brands, institutions and people an agency looks after."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from api.edge.lists import Asked, Listed, Listing, listed, one_of
from api.edge.schema import MAY_GROW, Input, LongText, Name, Output, PathId, ShortText, changed, identifier, shape
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from storage import clients as records
from storage import versions
from storage.clients import ClientRow

Kind = Literal["company", "public_figure", "institution", "person"]
RiskTier = Literal["low", "standard", "high"]
TimeZone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]
Language = Literal["id", "en"]
DataRole = Literal["controller", "processor"]
RetentionDays = Annotated[int, msgspec.Meta(ge=1, le=3650)]
Languages = Annotated[list[Language], msgspec.Meta(min_length=1, max_length=2)]


class Client(Output, frozen=True):
    """A client. `time_zone` is WIB (Asia/Jakarta), WITA (Asia/Makassar) or WIT (Asia/Jayapura).

    `data_role` and `purpose` say as what and for what the agency holds personal data for it; posts are deleted after
    `retention_days` days, or with the client where that is null.
    """

    id: UUID
    kind: Annotated[Kind, MAY_GROW]
    name: Name
    sector: ShortText | None
    risk_tier: RiskTier
    time_zone: TimeZone
    languages: Languages
    data_role: DataRole
    purpose: LongText | None
    retention_days: RetentionDays | None
    created_at: datetime
    updated_at: datetime


class NewClient(Input, frozen=True):
    """What is told of a client when it is registered."""

    kind: Kind
    name: Name
    sector: ShortText | None = None
    risk_tier: RiskTier = "standard"
    time_zone: TimeZone = "Asia/Jakarta"
    languages: Languages = msgspec.field(default_factory=lambda: ["id", "en"])
    data_role: DataRole = "processor"
    purpose: LongText | None = None
    retention_days: RetentionDays | None = None


class ClientChanges(Input, frozen=True):
    """What may change of a client; what is absent stays."""

    kind: Kind | msgspec.UnsetType = msgspec.UNSET
    name: Name | msgspec.UnsetType = msgspec.UNSET
    sector: ShortText | None | msgspec.UnsetType = msgspec.UNSET
    risk_tier: RiskTier | msgspec.UnsetType = msgspec.UNSET
    time_zone: TimeZone | msgspec.UnsetType = msgspec.UNSET
    languages: Languages | msgspec.UnsetType = msgspec.UNSET
    data_role: DataRole | msgspec.UnsetType = msgspec.UNSET
    purpose: LongText | None | msgspec.UnsetType = msgspec.UNSET
    retention_days: RetentionDays | None | msgspec.UnsetType = msgspec.UNSET


class ClientList(Listed, frozen=True, kw_only=True):
    """A page of clients, newest first."""

    data: Annotated[list[Client], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    sorts=("created_at", "updated_at", "name"),
    filters={"kind": one_of(Kind), "risk_tier": one_of(RiskTier)},
    searches="name and sector",
)


@post("/clients", scope="clients:manage", summary="Register a client")
async def create_client(request: AnyRequest, session: Session, now: Now, data: JSONBody[NewClient]) -> Response[Client]:
    """Register a brand, institution or person to protect."""
    row = await records.add(session, changed(data), now=now)
    return tagged(request, shape(row, Client), row.version, status=201, location=f"/v1/clients/{row.id}")


@get("/clients", scope="clients:read", summary="List clients", listing=_LISTING)
async def list_clients(request: AnyRequest, session: Session, asked: Asked) -> Response[ClientList]:
    """The agency's clients, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, ClientList, [shape(row, Client) for row in page.rows], page)


@get("/clients/{client_id:str}", scope="clients:read", summary="Read a client")
async def get_client(request: AnyRequest, session: Session, client_id: PathId) -> Response[Client]:
    """One client."""
    row = await versions.get(session, ClientRow, identifier(client_id))
    return tagged(request, shape(row, Client), row.version)


@patch("/clients/{client_id:str}", scope="clients:write", summary="Change a client")
async def change_client(
    request: AnyRequest,
    session: Session,
    now: Now,
    client_id: PathId,
    data: JSONBody[ClientChanges],
    if_match: IfMatch = None,
) -> Response[Client]:
    """Change what is told of a client."""
    version = expected_version(if_match)
    row = await versions.change(session, ClientRow, identifier(client_id), changed(data), version=version, now=now)
    return tagged(request, shape(row, Client), row.version)


@delete("/clients/{client_id:str}", scope="clients:manage", summary="Remove a client")
async def delete_client(session: Session, client_id: PathId, if_match: IfMatch = None) -> None:
    """Remove a client with everything kept about it."""
    await records.remove(session, identifier(client_id), version=expected_version(if_match))


router = Router(
    "/v1",
    route_handlers=[create_client, list_clients, get_client, change_client, delete_client],
    tags=["Clients"],
)
