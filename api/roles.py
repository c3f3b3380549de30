"""Roles: the table of who may do what, as the API holds itself to it."""

from typing import Annotated, Literal

import msgspec
from litestar import Router, get

from api.edge.schema import Output
from core import access
from core.access import HIDDEN, MATRIX, Action, Role

RoleName = Literal["owner", "admin", "responder", "analyst", "read_only", "portal_viewer", "outside_expert"]
Word = Annotated[str, msgspec.Meta(max_length=100)]


class Right(Output, frozen=True):
    """The strongest action of a role on a resource: `manage` includes `write`, `write` includes `read`."""

    resource: Word
    action: Action


class HiddenFields(Output, frozen=True):
    """Fields of a shape that are absent from the role's answers."""

    shape: Word
    fields: Annotated[list[Word], msgspec.Meta(max_length=100)]


class RoleRights(Output, frozen=True):
    """What a role may do, and what it does not see. Roles that are no member's are outsiders'."""

    role: RoleName
    is_member: bool
    rights: Annotated[list[Right], msgspec.Meta(max_length=100)]
    scopes: Annotated[list[Word], msgspec.Meta(max_length=300)]
    hidden: Annotated[list[HiddenFields], msgspec.Meta(max_length=100)]


class RoleList(Output, frozen=True):
    """Every role, highest first, on one page."""

    data: Annotated[list[RoleRights], msgspec.Meta(max_length=20)]
    next_cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    has_more: bool = False


@get("/roles", open=True, summary="List roles and what they may do")
async def list_roles() -> RoleList:
    """The access matrix: every role with its strongest action on each resource, its scopes, and what is hidden."""
    return RoleList(data=[_rights(role) for role in Role])


def _rights(role: Role) -> RoleRights:
    return RoleRights(
        role=role.value,
        is_member=role in access.MEMBER_ROLES,
        rights=[Right(resource=resource, action=action) for resource, action in MATRIX[role].items()],
        scopes=sorted(access.scopes_of(role)),
        hidden=[HiddenFields(shape=name, fields=sorted(fields)) for name, fields in HIDDEN.get(role, {}).items()],
    )


router = Router("/v1", route_handlers=[list_roles], tags=["Access"])
