"""Who may do what: roles, scopes, and the one function `may`.

A request needs its role AND the scope of its credential; which rows it then sees is the database's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from core.ids import AgencyId, ClientId


class Role(StrEnum):
    """What a person or a credential is to its agency."""

    OWNER = "owner"
    ADMIN = "admin"
    RESPONDER = "responder"
    ANALYST = "analyst"
    READ_ONLY = "read_only"
    PORTAL_VIEWER = "portal_viewer"


MEMBER_ROLES = (Role.OWNER, Role.ADMIN, Role.RESPONDER, Role.ANALYST, Role.READ_ONLY)

# Strongest last: who may manage may write, who may write may read.
_STRENGTH = {"read": 1, "write": 2, "manage": 3}

RESOURCES = (
    "agency",
    "members",
    "api_keys",
    "webhooks",
    "clients",
    "mentions",
    "scores",
    "incidents",
)

MATRIX: Mapping[Role, Mapping[str, str]] = {
    Role.OWNER: dict.fromkeys(RESOURCES, "manage"),
    Role.ADMIN: dict.fromkeys(RESOURCES, "manage") | {"agency": "read"},
    Role.RESPONDER: {
        "agency": "read",
        "clients": "read",
        "mentions": "read",
        "scores": "read",
        "incidents": "write",
    },
    Role.ANALYST: {
        "agency": "read",
        "clients": "write",
        "mentions": "read",
        "scores": "read",
        "incidents": "read",
    },
    Role.READ_ONLY: {
        "agency": "read",
        "clients": "read",
        "mentions": "read",
        "scores": "read",
        "incidents": "read",
    },
    Role.PORTAL_VIEWER: {"clients": "read", "mentions": "read", "scores": "read", "incidents": "read"},
}
"""Strongest action of each role on each resource. Source: API conventions, section 7."""

SCOPES = tuple(f"{resource}:{action}" for resource in RESOURCES for action in _STRENGTH)
"""Every scope a credential may carry."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: a member signed in, an API key, or a client's portal token.

    `client_id` is set for portal tokens and narrows everything to that one client.
    """

    kind: str
    id: UUID
    agency_id: AgencyId
    role: Role
    scopes: frozenset[str]
    client_id: ClientId | None = None
    session_id: UUID | None = None


def scopes_of(role: Role) -> frozenset[str]:
    """Every scope that a role includes."""
    rights = MATRIX[role]
    return frozenset(
        f"{resource}:{action}"
        for resource, strongest in rights.items()
        for action, strength in _STRENGTH.items()
        if strength <= _STRENGTH[strongest]
    )


def may(principal: Principal, scope: str) -> bool:
    """Whether both the role and the credential's scopes include this scope."""
    return scope in scopes_of(principal.role) and _covers(principal.scopes, scope)


def _covers(granted: frozenset[str], scope: str) -> bool:
    resource, _, action = scope.partition(":")
    return any(
        f"{resource}:{stronger}" in granted
        for stronger, strength in _STRENGTH.items()
        if strength >= _STRENGTH[action]
    )


def may_grant(granter: Principal, role: Role) -> bool:
    """Whether this caller may give somebody that role: never one above the own."""
    order = list(reversed(MEMBER_ROLES))
    return granter.role in order and role in order and order.index(role) <= order.index(granter.role)
