"""API keys: how programs call, each with a role and a list of scopes."""

from datetime import datetime, timedelta
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
from core import access, networks, tokens
from core.access import Principal, Role
from core.errors import Conflict, FieldProblem, Forbidden, Invalid
from storage import clients, invitations, versions
from storage import credentials as records
from storage.credentials import ApiKeyRow, Kind

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
NetworkText = Annotated[
    str,
    msgspec.Meta(
        min_length=2,
        max_length=49,
        pattern=r"^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$",
        description="A network such as `203.0.113.0/24` or `2001:db8::/32`; a single address counts as one.",
        examples=["203.0.113.0/24"],
    ),
]
Networks = Annotated[
    list[NetworkText], msgspec.Meta(max_length=50, description="Where the key may be used from; everywhere if empty.")
]
Overlap = Annotated[
    int,
    msgspec.Meta(
        ge=0, le=tokens.LONGEST_KEY_OVERLAP_H, description="Hours that the secret before stays good beside the new one."
    ),
]


class ApiKey(Output, frozen=True):
    """An API key, without its secret. `public_id` is the part of the secret that names it.

    With `client_id` it sees that one client, by the database's own rule. `previous_until` is when the secret before
    the last rotation ends.
    """

    id: UUID
    name: Name
    role: KeyRole
    scopes: Scopes
    client_id: UUID | None
    allowed_networks: Networks
    public_id: Annotated[str, msgspec.Meta(max_length=8)]
    created_by: UUID | None
    expires_at: datetime | None
    revoked_at: datetime | None
    previous_until: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CreatedApiKey(ApiKey, frozen=True):
    """An API key with a secret just made, which is what is sent as bearer; it is shown this once."""

    secret: Annotated[str, msgspec.Meta(max_length=60)]


class NewApiKey(Input, frozen=True):
    """What a key may do: its scopes are among those of its role and of the caller's own credential.

    A key that is bound to a client reads what is that client's, and nothing else: its scopes are among `clients:read`,
    `mentions:read`, `scores:read` and `incidents:read`.
    """

    name: Name
    scopes: Scopes
    role: KeyRole = "admin"
    client_id: UUID | None = None
    allowed_networks: Networks = msgspec.field(default_factory=list[NetworkText])
    expires_at: Ends | None = None


class ApiKeyChanges(Input, frozen=True):
    """What may change of a key; what it may do never does."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    allowed_networks: Networks | msgspec.UnsetType = msgspec.UNSET


class KeyRotation(Input, frozen=True):
    """How long both secrets are good: 24 hours unless told otherwise, 0 to end the one before at once."""

    overlap_hours: Overlap = tokens.KEY_OVERLAP_H


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
    if data.client_id is not None:
        _check_bound(data.scopes)
        await clients.require(session, data.client_id)
    secret = tokens.new_api_key(token_bytes(tokens.API_KEY_ENTROPY_BYTES))
    values = {
        "name": clean(data.name),
        "role": role.value,
        "client_id": data.client_id,
        "allowed_networks": networks.check_networks(data.allowed_networks, pointer="/allowed_networks"),
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
    page = await records.page(session, Kind.API_KEY, asked)
    return listed(request, ApiKeyList, [shape(row, ApiKey) for row in page.rows], page)


@get("/api-keys/{key_id:str}", scope="api_keys:read", summary="Read an API key")
async def get_api_key(request: AnyRequest, session: Session, key_id: PathId) -> Response[ApiKey]:
    """One API key."""
    row = await records.get(session, identifier(key_id), Kind.API_KEY)
    return tagged(request, shape(row, ApiKey), row.version)


@patch("/api-keys/{key_id:str}", scope="api_keys:manage", summary="Change an API key")
async def change_api_key(
    request: AnyRequest,
    session: Session,
    process: Held,
    now: Now,
    key_id: PathId,
    data: JSONBody[ApiKeyChanges],
    if_match: IfMatch = None,
) -> Response[ApiKey]:
    """Change what a key is called, or where it may be used from. What it may do never changes."""
    version = expected_version(if_match)
    current = await records.get(session, identifier(key_id), Kind.API_KEY)
    values = changed(data)
    if not isinstance(data.allowed_networks, msgspec.UnsetType):
        values["allowed_networks"] = networks.check_networks(data.allowed_networks, pointer="/allowed_networks")
    row = await versions.change(session, ApiKeyRow, current.id, values, version=version, now=now)
    forget_at_commit(session, process, row.id)
    return tagged(request, shape(row, ApiKey), row.version)


@post("/api-keys/{key_id:str}/rotate", scope="api_keys:manage", status_code=200, summary="Rotate an API key")
async def rotate_api_key(
    request: AnyRequest,
    session: Session,
    process: Held,
    principal: Caller,
    now: Now,
    key_id: PathId,
    data: JSONBody[KeyRotation],
) -> Response[CreatedApiKey]:
    """Give a key a new secret, shown this once. Both are good until the overlap ends; a still older one ends at once.

    Whoever rotates a key holds it, so it may be no more than the caller could have made.
    """
    row = await records.get(session, identifier(key_id), Kind.API_KEY, lock=True)
    _check_scopes(principal, Role(row.role), row.scopes)
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise Conflict("This key has ended, so it cannot be rotated. Make another.", code="key_is_over")
    secret = tokens.new_api_key(token_bytes(tokens.API_KEY_ENTROPY_BYTES), public_id=row.public_id)
    until = now + timedelta(hours=data.overlap_hours)
    await records.rotate(session, row, secret.digest, previous_until=until, now=now)
    forget_at_commit(session, process, row.id)
    return tagged(request, shape(row, CreatedApiKey, secret=secret.text), row.version)


@post("/api-keys/{key_id:str}/revoke", scope="api_keys:manage", status_code=200, summary="Revoke an API key")
async def revoke_api_key(
    request: AnyRequest, session: Session, process: Held, now: Now, key_id: PathId
) -> Response[ApiKey]:
    """End a key for good: within twenty seconds nothing takes it. Repeating it changes nothing."""
    row = await records.get(session, identifier(key_id), Kind.API_KEY, lock=True)
    await records.revoke(session, row, now=now)
    await invitations.revoke_made_by(session, row.id, now=now)
    forget_at_commit(session, process, row.id)
    return tagged(request, shape(row, ApiKey), row.version)


@delete("/api-keys/{key_id:str}", scope="api_keys:manage", summary="Remove an API key")
async def delete_api_key(session: Session, process: Held, now: Now, key_id: PathId, if_match: IfMatch = None) -> None:
    """End a key and forget that it was there."""
    version = expected_version(if_match)
    row = await records.get(session, identifier(key_id), Kind.API_KEY)
    await versions.remove(session, ApiKeyRow, row.id, version=version)
    await invitations.revoke_made_by(session, row.id, now=now)
    forget_at_commit(session, process, row.id)


def _check_bound(scopes: list[str]) -> None:
    """Refuse scopes that reach beyond one client.

    Raises: `Invalid`.
    """
    detail = f"A key bound to a client reads that client: {', '.join(sorted(access.CLIENT_SCOPES))}. Leave this out."
    problems = [
        FieldProblem("scope_not_of_client", detail, pointer=f"/scopes/{index}")
        for index, scope in enumerate(scopes)
        if scope not in access.CLIENT_SCOPES
    ]
    if problems:
        raise Invalid("A field is refused.", problems=problems)


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
    route_handlers=[
        create_api_key,
        list_api_keys,
        get_api_key,
        change_api_key,
        rotate_api_key,
        revoke_api_key,
        delete_api_key,
    ],
    tags=["Access"],
)
