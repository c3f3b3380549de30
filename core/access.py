"""Who may do what: roles, scopes, and the one function `may`.

A request needs its role AND the scope of its credential; which rows it then sees is the database's business.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Literal
from uuid import UUID

from core.ids import AgencyId, ClientId, IncidentId


class Role(StrEnum):
    """What a person or a credential is to its agency."""

    OWNER = "owner"
    ADMIN = "admin"
    RESPONDER = "responder"
    ANALYST = "analyst"
    READ_ONLY = "read_only"
    PORTAL_VIEWER = "portal_viewer"
    OUTSIDE_EXPERT = "outside_expert"


MEMBER_ROLES = (Role.OWNER, Role.ADMIN, Role.RESPONDER, Role.ANALYST, Role.READ_ONLY)
"""Roles of people and programs, highest first."""

BOUND_ROLES = (Role.PORTAL_VIEWER, Role.OUTSIDE_EXPERT)
"""Roles of outsiders, bound to one client or one incident."""

_RANK = {role: place for place, role in enumerate(reversed(MEMBER_ROLES))}

# Strongest last: who may manage may write, who may write may read.
_STRENGTH = {"read": 1, "write": 2, "manage": 3}

RESOURCES = (
    "agency",
    "members",
    "api_keys",
    "webhooks",
    "clients",
    "mentions",
    "sentiment",
    "scores",
    "incidents",
    "audit",
    "operations",
    "billing",
    "data_subject_requests",
    "data_breaches",
)

Action = Literal["read", "write", "manage"]
_EVERYTHING: dict[str, Action] = dict.fromkeys(RESOURCES, "manage")

MATRIX: Mapping[Role, Mapping[str, Action]] = {
    Role.OWNER: {**_EVERYTHING, "audit": "read"},
    Role.ADMIN: {**_EVERYTHING, "agency": "read", "audit": "read", "billing": "read"},
    Role.RESPONDER: {
        "agency": "read",
        "clients": "read",
        "mentions": "read",
        "sentiment": "read",
        "scores": "read",
        "incidents": "write",
        "operations": "read",
    },
    Role.ANALYST: {
        "agency": "read",
        "clients": "write",
        "mentions": "read",
        "sentiment": "write",
        "scores": "read",
        "incidents": "read",
        "operations": "write",
    },
    Role.READ_ONLY: {
        "agency": "read",
        "clients": "read",
        "mentions": "read",
        "sentiment": "read",
        "scores": "read",
        "incidents": "read",
        "operations": "read",
    },
    Role.PORTAL_VIEWER: {
        "clients": "read",
        "mentions": "read",
        "scores": "read",
        "incidents": "read",
        "webhooks": "manage",
        "operations": "write",
    },
    Role.OUTSIDE_EXPERT: {"incidents": "read"},
}
"""Strongest action of each role on each resource. Source: API conventions, section 7."""

SCOPES = tuple(f"{resource}:{action}" for resource in RESOURCES for action in _STRENGTH)
"""Every scope a credential may carry."""

_OF_AUTHORS = frozenset({"author", "author_name", "author_followers", "native_id", "url", "corrected_by"})
HIDDEN: Mapping[Role, Mapping[str, frozenset[str]]] = {
    Role.PORTAL_VIEWER: {
        # A post's own id and address lead to its author as its name does.
        "Mention": _OF_AUTHORS,
        "ExplainedMention": _OF_AUTHORS,
        "Incident": frozenset({"acknowledged_by", "contained_by", "declared_by", "resolved_by", "resolution"}),
        "TimelineEntry": frozenset({"actor_id", "detail"}),
        "IncidentCause": frozenset({"confirmed_by", "note"}),
    }
}
"""Fields that a role may not see, by shape: they are absent from its answers. Source: API conventions, section 7."""

NO_CLIENT = ClientId(UUID(int=0))
"""The client of who is bound to something smaller than a client: no row is of it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: a member signed in, an API key, a client's portal token, or an outside expert's token.

    `client_id` is set for portal tokens and bound keys, and narrows everything to that one client. `incident_id` is
    set for outside experts: they see that one incident, and of clients none.
    """

    kind: str
    id: UUID
    agency_id: AgencyId
    role: Role
    scopes: frozenset[str]
    client_id: ClientId | None = None
    incident_id: IncidentId | None = None
    session_id: UUID | None = None


@cache
def scopes_of(role: Role) -> frozenset[str]:
    """Every scope that a role includes."""
    rights = MATRIX[role]
    return frozenset(
        f"{resource}:{action}"
        for resource, strongest in rights.items()
        for action, strength in _STRENGTH.items()
        if strength <= _STRENGTH[strongest]
    )


CLIENT_SCOPES = frozenset({"clients:read", "mentions:read", "scores:read", "incidents:read"})
"""What a key may do that is bound to one client: to read what is that client's alone. A portal's token has these too,
unless it is made with others of its role."""


def may(principal: Principal, scope: str) -> bool:
    """Whether both the role and the credential's scopes include this scope."""
    return scope in scopes_of(principal.role) and _covers(principal.scopes, scope)


def sees_people(principal: Principal) -> bool:
    """Whether answers may tell who wrote a post, who of the agency acted, and what was noted among colleagues."""
    return principal.role not in HIDDEN


@lru_cache(maxsize=4096)
def _covers(granted: frozenset[str], scope: str) -> bool:
    resource, _, action = scope.partition(":")
    return any(
        f"{resource}:{stronger}" in granted for stronger, strength in _STRENGTH.items() if strength >= _STRENGTH[action]
    )


def is_within_rank(granter: Principal, role: Role) -> bool:
    """Whether that role stands no higher than the caller's own, so that the caller may touch who holds it."""
    return granter.role in _RANK and role in _RANK and _RANK[role] <= _RANK[granter.role]


def may_grant(granter: Principal, role: Role, scopes: Iterable[str] | None = None) -> bool:
    """Whether this caller may give somebody that role with these scopes, all of the role's if none are named.

    Never a role above the own, and never a scope that the caller's own credential lacks: a narrow key does not
    make itself a wide one.
    """
    given = scopes_of(role) if scopes is None else scopes
    known = is_within_rank(granter, role) or (role in BOUND_ROLES and granter.role in _RANK)
    return known and all(may(granter, scope) for scope in given)


LONGEST_ADDRESS = 254
ADDRESS = r'^[^\s\x00-\x1f\x7f-\x9f\ufeff@<>()\[\]\\,;:"]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$'
"""Pattern of an e-mail address; only a letter sent to it would prove more."""


def address(email: str) -> str:
    """An e-mail address as it is stored and compared: composed, in lower case, no white space around it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", email).strip().lower())
