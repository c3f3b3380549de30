"""Portal tokens: how a client looks at its own data, and at nothing else."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody

from api.edge.bound_tokens import BoundToken, Ends, Secret, check_grant, issue, revoke
from api.edge.lists import Asked, Listed, Listing, listed, of_id
from api.edge.schema import Input, Name, PathId, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import tagged
from core import access, tokens
from core.access import Role
from storage import clients
from storage import credentials as records
from storage.credentials import Kind

PortalScope = Literal[
    "clients:read",
    "mentions:read",
    "scores:read",
    "incidents:read",
    "webhooks:read",
    "webhooks:write",
    "webhooks:manage",
    "operations:read",
    "operations:write",
]


class PortalToken(BoundToken, frozen=True):
    """A portal token, without its secret. `public_id` is the part of the secret that names it."""

    client_id: UUID
    scopes: Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(max_length=100)]
    expires_at: datetime | None


class CreatedPortalToken(PortalToken, frozen=True):
    """A portal token just made. `secret` is what is sent as bearer; it is shown this once."""

    secret: Secret


class NewPortalToken(Input, frozen=True):
    """Whose data the token shows, and until when.

    Without `scopes` it reads the client's data. With `webhooks:manage` beside them, it keeps the client's own webhook
    endpoints as well, and with `operations:write` it follows and ends what it sends again there.
    """

    client_id: UUID
    name: Name
    scopes: Annotated[list[PortalScope], msgspec.Meta(min_length=1, max_length=10)] | None = None
    expires_at: Ends | None = None


class PortalTokenList(Listed, frozen=True, kw_only=True):
    """A page of portal tokens, newest first."""

    data: Annotated[list[PortalToken], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    sorts=("created_at", "updated_at", "name"),
    filters={"client_id": of_id("Only tokens for this client.")},
    searches="the name",
)


@post("/portal-tokens", scope="api_keys:manage", summary="Make a portal token")
async def create_portal_token(
    request: AnyRequest, session: Session, principal: Caller, now: Now, data: JSONBody[NewPortalToken]
) -> Response[CreatedPortalToken]:
    """Make a token with which a client reads its own data. The answer is the only place where its secret stands."""
    scopes = access.CLIENT_SCOPES if data.scopes is None else set(data.scopes)
    check_grant(principal, Role.PORTAL_VIEWER, scopes)
    await clients.require(session, data.client_id)
    values = {"client_id": data.client_id, "expires_at": tokens.check_end(data.expires_at, now)}
    row, secret = await issue(session, principal, Role.PORTAL_VIEWER, data.name, scopes, values, now=now)
    content = shape(row, CreatedPortalToken, secret=secret)
    return tagged(request, content, row.version, status=201, location=f"/v1/portal-tokens/{row.id}")


@get("/portal-tokens", scope="api_keys:read", summary="List portal tokens", listing=_LISTING)
async def list_portal_tokens(request: AnyRequest, session: Session, asked: Asked) -> Response[PortalTokenList]:
    """The agency's portal tokens, revoked ones too, newest first unless told otherwise."""
    page = await records.page(session, Kind.PORTAL, asked)
    return listed(request, PortalTokenList, [shape(row, PortalToken) for row in page.rows], page)


@get("/portal-tokens/{token_id:str}", scope="api_keys:read", summary="Read a portal token")
async def get_portal_token(request: AnyRequest, session: Session, token_id: PathId) -> Response[PortalToken]:
    """One portal token."""
    row = await records.get(session, identifier(token_id), Kind.PORTAL)
    return tagged(request, shape(row, PortalToken), row.version)


@post("/portal-tokens/{token_id:str}/revoke", scope="api_keys:manage", status_code=200, summary="Revoke a portal token")
async def revoke_portal_token(
    request: AnyRequest, session: Session, process: Held, now: Now, token_id: PathId
) -> Response[PortalToken]:
    """End a portal token for good: within twenty seconds nothing takes it. Repeating it changes nothing."""
    row = await revoke(session, process, Kind.PORTAL, token_id, now=now)
    return tagged(request, shape(row, PortalToken), row.version)


router = Router(
    "/v1",
    route_handlers=[create_portal_token, list_portal_tokens, get_portal_token, revoke_portal_token],
    tags=["Access"],
)
