"""Tokens bound to one thing, for people from outside: a portal's to a client, an expert's to an incident."""

from collections.abc import Collection, Mapping
from datetime import datetime
from secrets import token_bytes
from typing import Annotated, Any
from uuid import UUID

import msgspec

from api.edge.keys import forget_at_commit
from api.edge.process import Process
from api.edge.schema import Name, Output, clean, identifier
from api.edge.tenancy import Session
from core import access, tokens
from core.access import Principal, Role
from core.errors import Forbidden
from storage import credentials as records
from storage.credentials import ApiKeyRow, Kind

Ends = Annotated[datetime, msgspec.Meta(tz=True)]
Secret = Annotated[str, msgspec.Meta(max_length=60)]


class BoundToken(Output, frozen=True):
    """What is answered of every bound token. `public_id` is the part of the secret that names it."""

    id: UUID
    name: Name
    public_id: Annotated[str, msgspec.Meta(max_length=8)]
    created_by: UUID | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime


def check_grant(principal: Principal, role: Role, scopes: Collection[str]) -> None:
    """Refuse a caller who may not do all that the token will.

    Raises: `Forbidden`.
    """
    if not access.may_grant(principal, role, scopes):
        needed = ", ".join(sorted(scopes))
        raise Forbidden(f"Nobody grants a scope that the own credential lacks; this token has {needed}.")


async def issue(
    session: Session,
    principal: Principal,
    role: Role,
    name: str,
    scopes: Collection[str],
    values: Mapping[str, Any],
    *,
    now: datetime,
) -> tuple[ApiKeyRow, str]:
    """A token just made and its secret, which stands nowhere else; `values` say to what it is bound, and until when."""
    secret = tokens.new_api_key(token_bytes(tokens.API_KEY_ENTROPY_BYTES))
    made = {
        "name": clean(name),
        "role": role.value,
        "scopes": sorted(scopes),
        "public_id": secret.public_id,
        "secret_hash": secret.digest,
        "created_by": principal.id,
    }
    return await records.add(session, {**made, **values}, now=now), secret.text


async def revoke(session: Session, process: Process, kind: Kind, token_id: str, *, now: datetime) -> ApiKeyRow:
    """End a token for good.

    Raises: `NotFound`.
    """
    row = await records.get(session, identifier(token_id), kind, lock=True)
    await records.revoke(session, row, now=now)
    forget_at_commit(session, process, row.id)
    return row
