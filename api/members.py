"""Members: the people who work at the agency, and what each of them may do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge import passwords
from api.edge.lists import Asked, Listed, Listing, listed, one_of
from api.edge.schema import PERSONAL, Input, Name, Output, PathId, changed, clean, identifier, shape
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import access
from core.access import Principal, Role
from core.errors import Conflict, Forbidden
from core.passwords import LONGEST, SHORTEST
from storage import agencies as records
from storage import invitations, versions
from storage.agencies import MemberRow

MemberRole = Literal["owner", "admin", "responder", "analyst", "read_only"]
Email = Annotated[
    str,
    msgspec.Meta(
        min_length=3, max_length=access.LONGEST_ADDRESS, pattern=access.ADDRESS, description="Stored in lower case."
    ),
    PERSONAL,
]
StoredEmail = Annotated[str, msgspec.Meta(max_length=600), PERSONAL]
PersonName = Annotated[Name, PERSONAL]
NewPassword = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]


class Member(Output, frozen=True):
    """A person of the agency. One who is disabled cannot sign in."""

    id: UUID
    email: StoredEmail
    name: PersonName
    role: MemberRole
    is_disabled: bool
    created_at: datetime
    updated_at: datetime


class NewMember(Input, frozen=True):
    """Who joins the agency, with the first password, which the person then changes."""

    email: Email
    name: PersonName
    role: MemberRole
    password: NewPassword


class MemberChanges(Input, frozen=True):
    """What may change of a member; what is absent stays."""

    name: PersonName | msgspec.UnsetType = msgspec.UNSET
    role: MemberRole | msgspec.UnsetType = msgspec.UNSET
    is_disabled: bool | msgspec.UnsetType = msgspec.UNSET


class MemberList(Listed, frozen=True, kw_only=True):
    """A page of members, newest first."""

    data: Annotated[list[Member], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    sorts=("created_at", "updated_at", "name", "email"),
    filters={"role": one_of(MemberRole)},
    searches="name and e-mail address",
)


@post("/members", scope="members:manage", summary="Add a member")
async def create_member(
    request: AnyRequest, session: Session, process: Held, principal: Caller, now: Now, data: JSONBody[NewMember]
) -> Response[Member]:
    """Add a person to the agency, with a role no higher than the caller's."""
    _check_grant(principal, data.role)
    kept = await passwords.keep(process, data.password, pointer="/password")
    email = access.address(data.email)
    row = await records.add_member(
        session, email=email, name=clean(data.name), role=data.role, password_hash=kept, now=now
    )
    return tagged(request, _shape(row), row.version, status=201, location=f"/v1/members/{row.id}")


@get("/members", scope="members:read", summary="List members", listing=_LISTING)
async def list_members(request: AnyRequest, session: Session, asked: Asked) -> Response[MemberList]:
    """The agency's members, newest first unless told otherwise."""
    page = await records.page_members(session, asked)
    return listed(request, MemberList, [_shape(row) for row in page.rows], page)


@get("/members/{member_id:str}", scope="members:read", summary="Read a member")
async def get_member(request: AnyRequest, session: Session, member_id: PathId) -> Response[Member]:
    """One member."""
    row = await versions.get(session, MemberRow, identifier(member_id))
    return tagged(request, _shape(row), row.version)


@patch("/members/{member_id:str}", scope="members:manage", summary="Change a member")
async def change_member(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    member_id: PathId,
    data: JSONBody[MemberChanges],
    if_match: IfMatch = None,
) -> Response[Member]:
    """Change a member's name or role, or shut the member out. A new role and shutting out end every sign-in.

    The member's open invitations end with them.
    """
    version = expected_version(if_match)
    current = await _hold(session, principal, identifier(member_id))
    if data.role is not msgspec.UNSET and data.role != current.role:
        _check_grant(principal, data.role)
    was_owner, role_before = _is_enabled_owner(current), current.role
    values = _columns(changed(data), current, now)
    if current.disabled_at is not None and values.get("disabled_at", now) is None:
        await records.take_seat(session)
    row = await versions.change(session, MemberRow, current.id, values, version=version, now=now)
    if was_owner and not _is_enabled_owner(row):
        await _check_owners(session)
    if row.disabled_at is not None or row.role != role_before:
        await records.end_sign_ins(session, row.id, now=now)
        await invitations.revoke_made_by(session, row.id, now=now)
    return tagged(request, _shape(row), row.version)


@delete("/members/{member_id:str}", scope="members:manage", summary="Remove a member")
async def delete_member(
    session: Session, principal: Caller, now: Now, member_id: PathId, if_match: IfMatch = None
) -> None:
    """Remove a person from the agency, and end every sign-in and open invitation. What the person made stays."""
    version = expected_version(if_match)
    current = await _hold(session, principal, identifier(member_id))
    was_owner = _is_enabled_owner(current)
    await versions.remove(session, MemberRow, current.id, version=version)
    await invitations.revoke_made_by(session, current.id, now=now)
    if was_owner:
        await _check_owners(session)


async def _hold(session: AsyncSession, caller: Principal, member_id: UUID) -> MemberRow:
    """The member, held, with all others, until the change is made.

    Raises: `NotFound`; `Forbidden` for a member above the caller.
    """
    await records.lock_members(session)
    row = await versions.get(session, MemberRow, member_id, lock=True)
    if not access.is_within_rank(caller, Role(row.role)):
        raise Forbidden(f"This member's role, {row.role}, is above the own. Ask somebody of that role.")
    return row


def _check_grant(caller: Principal, role: str) -> None:
    if not access.may_grant(caller, Role(role)):
        raise Forbidden(f"Nobody grants more than the own role and credential include, and {role} does.")


async def _check_owners(session: AsyncSession) -> None:
    if not await records.owner_count(session):
        detail = "This is the last owner who can sign in. Make another member an owner first."
        raise Conflict(detail, code="last_owner")


def _is_enabled_owner(row: MemberRow) -> bool:
    return row.role == Role.OWNER and row.disabled_at is None


def _columns(values: Mapping[str, Any], current: MemberRow, now: datetime) -> dict[str, Any]:
    """The changes as columns: who is disabled already stays so since then."""
    columns = dict(values)
    if "is_disabled" in columns:
        columns["disabled_at"] = (current.disabled_at or now) if columns.pop("is_disabled") else None
    return columns


def _shape(row: MemberRow) -> Member:
    return shape(row, Member, is_disabled=row.disabled_at is not None)


router = Router(
    "/v1",
    route_handlers=[create_member, list_members, get_member, change_member, delete_member],
    tags=["Access"],
)
