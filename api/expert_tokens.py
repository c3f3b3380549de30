"""Outside experts: somebody from elsewhere looks at one incident for a while, and at nothing else."""

from datetime import datetime
from typing import Annotated
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
from storage import credentials as records
from storage import incidents
from storage.credentials import Kind


class ExpertToken(BoundToken, frozen=True):
    """An outside expert's token, without its secret. `public_id` is the part of the secret that names it."""

    incident_id: UUID
    expires_at: datetime


class CreatedExpertToken(ExpertToken, frozen=True):
    """An outside expert's token just made. `secret` is what is sent as bearer; it is shown this once."""

    secret: Secret


class NewExpertToken(Input, frozen=True):
    """Who looks at which incident, and until when: thirty days at most."""

    incident_id: UUID
    name: Name
    expires_at: Ends


class ExpertTokenList(Listed, frozen=True, kw_only=True):
    """A page of experts' tokens, newest first."""

    data: Annotated[list[ExpertToken], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    sorts=("created_at", "updated_at", "name"),
    filters={"incident_id": of_id("Only tokens for this incident.")},
    searches="the name",
)


@post("/expert-tokens", scope="api_keys:manage", summary="Make an outside expert's token")
async def create_expert_token(
    request: AnyRequest, session: Session, principal: Caller, now: Now, data: JSONBody[NewExpertToken]
) -> Response[CreatedExpertToken]:
    """Make a token with which an outsider reads one incident and its timeline, until it ends or is revoked.

    The answer is the only place where its secret stands.
    """
    scopes = access.scopes_of(Role.OUTSIDE_EXPERT)
    check_grant(principal, Role.OUTSIDE_EXPERT, scopes)
    incident = await incidents.require(session, data.incident_id)
    values = {
        "client_id": incident.client_id,
        "incident_id": incident.id,
        "expires_at": tokens.check_expert_end(data.expires_at, now),
    }
    row, secret = await issue(session, principal, Role.OUTSIDE_EXPERT, data.name, scopes, values, now=now)
    content = shape(row, CreatedExpertToken, secret=secret)
    return tagged(request, content, row.version, status=201, location=f"/v1/expert-tokens/{row.id}")


@get("/expert-tokens", scope="api_keys:read", summary="List experts' tokens", listing=_LISTING)
async def list_expert_tokens(request: AnyRequest, session: Session, asked: Asked) -> Response[ExpertTokenList]:
    """The tokens of outside experts, revoked ones too, newest first unless told otherwise."""
    page = await records.page(session, Kind.EXPERT, asked)
    return listed(request, ExpertTokenList, [shape(row, ExpertToken) for row in page.rows], page)


@get("/expert-tokens/{expert_id:str}", scope="api_keys:read", summary="Read an outside expert's token")
async def get_expert_token(request: AnyRequest, session: Session, expert_id: PathId) -> Response[ExpertToken]:
    """One outside expert's token."""
    row = await records.get(session, identifier(expert_id), Kind.EXPERT)
    return tagged(request, shape(row, ExpertToken), row.version)


@post(
    "/expert-tokens/{expert_id:str}/revoke",
    scope="api_keys:manage",
    status_code=200,
    summary="Revoke an outside expert's token",
)
async def revoke_expert_token(
    request: AnyRequest, session: Session, process: Held, now: Now, expert_id: PathId
) -> Response[ExpertToken]:
    """End an outside expert's token for good: within twenty seconds nothing takes it. Repeating it changes nothing."""
    row = await revoke(session, process, Kind.EXPERT, expert_id, now=now)
    return tagged(request, shape(row, ExpertToken), row.version)


router = Router(
    "/v1",
    route_handlers=[create_expert_token, list_expert_tokens, get_expert_token, revoke_expert_token],
    tags=["Access"],
)
