"""A sign-in, however somebody proved who they are: a short access token and a refresh token of one use."""

from datetime import datetime
from secrets import token_bytes
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge.process import Process
from api.edge.schema import Output
from core import access, tokens
from core.access import Principal, Role
from core.audit import Change
from core.ids import AgencyId
from core.tokens import NewSecret
from storage import agencies as records
from storage import trail
from storage.agencies import MemberRow
from storage.table import new_id

SCHEME = "Bearer"
RefreshToken = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="As it was answered, unchanged.")]


class Tokens(Output, frozen=True):
    """A sign-in. `expires_in` is the life of the access token in seconds."""

    access_token: Annotated[str, msgspec.Meta(max_length=4096)]
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, msgspec.Meta(ge=1, le=900)]
    refresh_token: RefreshToken
    refresh_expires_at: datetime


async def begin(session: AsyncSession, process: Process, member: MemberRow, now: datetime) -> Tokens:
    """Begin a sign-in of a member, whom the caller holds."""
    await records.forget_expired(session, member.id, now=now)
    following = tokens.new_refresh_token(member.agency_id, new_id(), token_bytes(tokens.REFRESH_ENTROPY_BYTES))
    family_id = new_id()
    tell(session, member.id, family_id, "begun")
    return await issue(session, process, member, family_id, following, now)


def tell(session: AsyncSession, member_id: UUID, family_id: UUID, sign_in: str) -> None:
    """Have the audit log tell what became of a member's sign-in: its rows are secrets, and stand for nothing else."""
    trail.acting(session, "member", member_id, family_id)
    trail.note(session, Change("members", member_id, after={"sign_in_id": family_id, "status": sign_in}))


async def issue(
    session: AsyncSession, process: Process, member: MemberRow, family_id: UUID, secret: NewSecret, now: datetime
) -> Tokens:
    """Remember this refresh token as the next of the sign-in, and the tokens as they are answered."""
    until = now + tokens.REFRESH_LIFE
    await records.issue_refresh(
        session,
        token_id=UUID(secret.public_id),
        member_id=member.id,
        family_id=family_id,
        digest=secret.digest,
        now=now,
        until=until,
    )
    return tokens_of(process, member, family_id, secret.text, until, now)


def tokens_of(
    process: Process, member: MemberRow, family_id: UUID, refresh: str, until: datetime, now: datetime
) -> Tokens:
    """A fresh access token beside the refresh token that was issued."""
    role = Role(member.role)
    principal = Principal(
        kind="member",
        id=member.id,
        agency_id=AgencyId(member.agency_id),
        role=role,
        scopes=access.scopes_of(role),
        session_id=family_id,
    )
    issuer = process.settings.public_url
    signed = tokens.access_token(process.signing_keys(now), principal, issuer=issuer, token_id=new_id(), now=now)
    return Tokens(
        access_token=signed,
        token_type=SCHEME,
        expires_in=int(tokens.ACCESS_LIFE.total_seconds()),
        refresh_token=refresh,
        refresh_expires_at=until,
    )
