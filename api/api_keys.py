"""API keys: how programs call, each with a role and a list of scopes."""

from datetime import datetime
from secrets import token_bytes
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody

from api.edge.keys import forget_at_commit
from api.edge.lists import Asked, Listed, Listing, listed, one_of
from api.edge.schema import Input, Name, Output, PathId, changed, clean, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import access, tokens
from core.access import Principal, Role
from core.errors import FieldProblem, Forbidden, Invalid
from storage import credentials as records
from storage import versions
from storage.credentials import ApiKeyRow

KeyRole = Literal["owner", "admin", "responder", "analyst", "read_only"]
Scope = Annotated[
    str,
    msgspec.Meta(
        pattern=f"^({'|'.join(access.SCOPES)})$",
        max_length=40,
        description="What a credential may do: `resource:action`. `manage` includes `write`, `write` includes `read`.",
        examples=["clients:read"],
    ),
]
Scopes = Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=len(access.SCOPES))]
Ends = Annotated[datetime, msgspec.Meta(tz=True)]


class ApiKey(Output, frozen=True):
    """An API key, without its secret. `public_id` is the part of the secret that names it."""

    id: UUID
    name: Name
    role: KeyRole
    scopes: Scopes
    public_id: Annotated[str, msgspec.Meta(max_length=8)]
    created_by: UUID | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CreatedApiKey(ApiKey, frozen=True):
    """An API key just made. `secret` is what is sent as bearer; it is shown this once."""

    secret: Annotated[str, msgspec.Meta(max_length=60)]


class NewApiKey(Input, frozen=True):
    """What a key may do: its scopes are among those of its role and of the caller's own credential."""

    name: Name
    scopes: Scopes
    role: KeyRole = "admin"
    expires_at: Ends | None = None


class ApiKeyChanges(Input, frozen=True):
    """What may change of a key; what it may do never does."""

    name: Name | msgspec.UnsetType = msgspec.UNSET


class ApiKeyList(Listed, frozen=True, kw_only=True):
    """A page of API keys, newest first."""

    data: Annotated[list[ApiKey], msgspec.Meta(max_length=200)]


_LISTING = Listing(sorts=("created_at", "updated_at", "name"), filters={"role": one_of(KeyRole)}, searches="the name")


@post("/api-keys", scope="api_keys:manage", summary="Make an API key")
async def create_api_key(
    request: AnyRequest, session: Session, principal: Caller, now: Now, data: JSONBody[NewApiKey]
) -> Response[CreatedApiKey]:
    """Make a key for a program. The answer is the only place where its secret ever stands."""
    role = Role(data.role)
    _check_scopes(principal, role, data.scopes)
    secret = tokens.new_api_key(token_bytes(tokens.API_KEY_ENTROPY_BYTES))
    values = {
        "name": clean(data.name),
        "role": role.value,
        "client_id": None,
        "scopes": sorted(set(data.scopes)),
        "public_id": secret.public_id,
        "secret_hash": secret.digest,
        "created_by": principal.id,
        "expires_at": tokens.check_end(data.expires_at, now),
    }
    row = await records.add(session, values, now=now)
    content = shape(row, CreatedApiKey, secret=secret.text)
    return tagged(request, content, row.version, status=201, location=f"/v1/api-keys/{row.id}")


@get("/api-keys", scope="api_keys:read", summary="List API keys", listing=_LISTING)
async def list_api_keys(request: AnyRequest, session: Session, asked: Asked) -> Response[ApiKeyList]:
    """The agency's API keys, revoked ones too, newest first unless told otherwise."""
    page = await records.page(session, asked, portal=False)
    return listed(request, ApiKeyList, [shape(row, ApiKey) for row in page.rows], page)


@get("/api-keys/{key_id:str}", scope="api_keys:read", summary="Read an API key")
async def get_api_key(request: AnyRequest, session: Session, key_id: PathId) -> Response[ApiKey]:
    """One API key."""
    row = await records.get(session, identifier(key_id), portal=False)
    return tagged(request, shape(row, ApiKey), row.version)


@patch("/api-keys/{key_id:str}", scope="api_keys:manage", summary="Rename an API key")
async def change_api_key(
    request: AnyRequest,
    session: Session,
    now: Now,
    key_id: PathId,
    data: JSONBody[ApiKeyChanges],
    if_match: IfMatch = None,
) -> Response[ApiKey]:
    """Change what a key is called."""
    version = expected_version(if_match)
    current = await records.get(session, identifier(key_id), portal=False)
    row = await versions.change(session, ApiKeyRow, current.id, changed(data), version=version, now=now)
    return tagged(request, shape(row, ApiKey), row.version)


@post("/api-keys/{key_id:str}/revoke", scope="api_keys:manage", status_code=200, summary="Revoke an API key")
async def revoke_api_key(
    request: AnyRequest, session: Session, process: Held, now: Now, key_id: PathId
) -> Response[ApiKey]:
    """End a key for good: within twenty seconds nothing takes it. Repeating it changes nothing."""
    row = await records.get(session, identifier(key_id), portal=False, lock=True)
    await records.revoke(session, row, now=now)
    forget_at_commit(session, process, row.id)
    return tagged(request, shape(row, ApiKey), row.version)


@delete("/api-keys/{key_id:str}", scope="api_keys:manage", summary="Remove an API key")
async def delete_api_key(session: Session, process: Held, key_id: PathId, if_match: IfMatch = None) -> None:
    """End a key and forget that it was there."""
    version = expected_version(if_match)
    row = await records.get(session, identifier(key_id), portal=False)
    await versions.remove(session, ApiKeyRow, row.id, version=version)
    forget_at_commit(session, process, row.id)


def _check_scopes(caller: Principal, role: Role, scopes: list[str]) -> None:
    """Refuse scopes that the role does not include, and anything the caller may not give.

    Raises: `Invalid`, `Forbidden`.
    """
    if not access.is_within_rank(caller, role):
        raise Forbidden(f"Nobody grants a role above the own, and {role} is.")
    detail = f"The role {role} does not include this scope. Leave it out, or name another role."
    problems = [
        FieldProblem("scope_not_of_role", detail, pointer=f"/scopes/{index}")
        for index, scope in enumerate(scopes)
        if scope not in access.scopes_of(role)
    ]
    if problems:
        raise Invalid("A field is refused.", problems=problems)
    missing = [scope for scope in scopes if not access.may(caller, scope)]
    if missing:
        raise Forbidden("Nobody grants a scope that the own credential lacks.", scope=missing[0])


router = Router(
    "/v1",
    route_handlers=[create_api_key, list_api_keys, get_api_key, change_api_key, revoke_api_key, delete_api_key],
    tags=["Access"],
)
