"""Invitations: how a person joins the agency and chooses a password that nobody else has seen."""

from datetime import datetime
from secrets import token_bytes
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge import acts, passwords
from api.edge.lists import Asked, Listed, Listing, listed
from api.edge.schema import PERSONAL, Input, Name, Output, PathId, clean, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import tagged
from core import access
from core import invitations as rules
from core.access import Role
from core.errors import Conflict, Forbidden
from core.invitations import Named, Status
from core.passwords import LONGEST, SHORTEST
from storage import agencies, versions
from storage import invitations as records
from storage.invitations import InvitationRow
from storage.session import tenant_session
from storage.table import new_id

MemberRole = Literal["owner", "admin", "responder", "analyst", "read_only"]
StatusName = Literal["open", "accepted", "revoked", "expired"]
Email = Annotated[
    str,
    msgspec.Meta(
        min_length=3, max_length=access.LONGEST_ADDRESS, pattern=access.ADDRESS, description="Stored in lower case."
    ),
]
StoredEmail = Annotated[str, msgspec.Meta(max_length=600), PERSONAL]
NewPassword = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
Token = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=200,
        description="As it was answered, unchanged.",
        examples=[
            "it_019ab0f00000700080003f1c2a4b5d6e019ab0f00000700080001a2b3c4d5e6f-Q0s3Jv9gq1H0mX2p7yTz4Kd8Wb5Ln6Rc"
        ],
    ),
]


class Invitation(Output, frozen=True):
    """Somebody who was asked to join, and what became of it. `member_id` is who came of it."""

    id: UUID
    email: StoredEmail
    role: MemberRole
    status: StatusName
    invited_by: UUID | None
    member_id: UUID | None
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CreatedInvitation(Invitation, frozen=True):
    """An invitation just made. `token` is for the invited person alone; it is shown this once."""

    token: Token


class NewInvitation(Input, frozen=True):
    """Whom to ask, and as what."""

    email: Annotated[Email, PERSONAL]
    role: MemberRole


class Acceptance(Input, frozen=True):
    """What the invited person sends: the token, a name, and a password of 12 to 128 characters."""

    token: Token
    name: Name
    password: NewPassword


class AcceptedInvitation(Output, frozen=True):
    """The member who came of it. Sign in with the address and the password."""

    member_id: UUID
    email: StoredEmail
    role: MemberRole
    agency: Annotated[str, msgspec.Meta(max_length=63, description="Short name of the agency.")]


class InvitationList(Listed, frozen=True, kw_only=True):
    """A page of invitations, newest first."""

    data: Annotated[list[Invitation], msgspec.Meta(max_length=200)]


_LISTING = Listing(sorts=("created_at", "updated_at", "email"), searches="the address")


@post("/invitations", scope="members:manage", summary="Invite somebody", key="required")
async def create_invitation(
    request: AnyRequest, session: Session, principal: Caller, now: Now, data: JSONBody[NewInvitation]
) -> Response[CreatedInvitation]:
    """Ask somebody to join, as no more than the caller is. Good for 72 hours and one use.

    Hand the token on to that person; it stands in this answer only. Inviting an address again ends what was open for
    it before.
    """
    if not access.may_grant(principal, Role(data.role)):
        raise Forbidden(f"Nobody grants more than the own role and credential include, and {data.role} does.")
    email = access.address(data.email)
    if await agencies.find_member(session, email) is not None:
        raise Conflict("A member of this agency has this address already.", code="email_taken")
    invitation_id = new_id()
    token = rules.new_token(principal.agency_id, invitation_id, token_bytes(rules.ENTROPY_BYTES))
    row = await records.add(
        session, invitation_id, email=email, role=data.role, token_hash=token.digest, invited_by=principal.id, now=now
    )
    content = shape(row, CreatedInvitation, status=_status(row, now), token=token.text)
    return tagged(request, content, row.version, status=201, location=f"/v1/invitations/{row.id}")


@get("/invitations", scope="members:read", summary="List invitations", listing=_LISTING)
async def list_invitations(request: AnyRequest, session: Session, now: Now, asked: Asked) -> Response[InvitationList]:
    """The agency's invitations with what became of each, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, InvitationList, [_shape(row, now) for row in page.rows], page)


@get("/invitations/{invitation_id:str}", scope="members:read", summary="Read an invitation")
async def get_invitation(
    request: AnyRequest, session: Session, now: Now, invitation_id: PathId
) -> Response[Invitation]:
    """One invitation, without its token."""
    row = await versions.get(session, InvitationRow, identifier(invitation_id))
    return tagged(request, _shape(row, now), row.version)


@post(
    "/invitations/{invitation_id:str}/revoke", scope="members:manage", status_code=200, summary="Revoke an invitation"
)
async def revoke_invitation(
    request: AnyRequest, session: Session, now: Now, invitation_id: PathId
) -> Response[Invitation]:
    """Take an open invitation back; from then on its token is good for nothing. Repeating it changes nothing."""
    row = await versions.get(session, InvitationRow, identifier(invitation_id), lock=True)
    if row.accepted_at is not None:
        raise Conflict("The invitation was accepted. Disable or remove the member.", code="invitation_accepted")
    if row.revoked_at is None:
        await records.revoke(session, row, now=now)
    return tagged(request, _shape(row, now), row.version)


@post(
    "/invitations/accept",
    open=True,
    status_code=200,
    summary="Accept an invitation",
    audited=True,
    refusals=("conflict", "invalid", "unavailable"),
)
async def accept_invitation(
    request: AnyRequest, process: Held, now: Now, data: JSONBody[Acceptance]
) -> AcceptedInvitation:
    """Become a member: choose a name and a password. The address and the role are those of the invitation."""
    named = rules.read_token(data.token)
    # Looked at twice: hashing waits its turn, and no transaction is open meanwhile.
    async with tenant_session(process.db, named.agency_id) as session:
        await _open(session, named, now)
    kept = await passwords.keep(process, data.password, pointer="/password")
    async with tenant_session(process.db, named.agency_id, act=acts.told(request, "nobody")) as session:
        row = await _open(session, named, now)
        member = await agencies.add_member(
            session, email=row.email, name=clean(data.name), role=row.role, password_hash=kept, now=now
        )
        await records.accept(session, row, member.id, now=now)
        agency = await agencies.get(session)
        role: MemberRole = row.role  # type: ignore[assignment]  # held by the table's own check
        return AcceptedInvitation(member_id=member.id, email=row.email, role=role, agency=agency.slug)


async def _open(session: AsyncSession, named: Named, now: datetime) -> InvitationRow:
    """The invitation of a token, held, if it is open.

    Raises: `Invalid`, in the same words in every case.
    """
    row = await records.lock(session, named.invitation_id)
    if row is None or not rules.is_token_of(row.token_hash, named) or _status(row, now) != Status.OPEN.value:
        raise rules.refusal()
    return row


def _status(row: InvitationRow, now: datetime) -> StatusName:
    found = rules.status_of(accepted_at=row.accepted_at, revoked_at=row.revoked_at, expires_at=row.expires_at, now=now)
    return found.value


def _shape(row: InvitationRow, now: datetime) -> Invitation:
    return shape(row, Invitation, status=_status(row, now))


router = Router(
    "/v1",
    route_handlers=[
        create_invitation,
        list_invitations,
        get_invitation,
        revoke_invitation,
        accept_invitation,
    ],
    tags=["Access"],
)
