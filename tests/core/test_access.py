"""Who may do what: the matrix, written out once more by hand, and the rules of granting."""

import re
from uuid import uuid4

import pytest

from core.access import (
    ADDRESS,
    BOUND_ROLES,
    CLIENT_SCOPES,
    MATRIX,
    MEMBER_ROLES,
    RESOURCES,
    SCOPES,
    Principal,
    Role,
    address,
    is_within_rank,
    may,
    may_grant,
    scopes_of,
)
from core.ids import AgencyId

# resource: owner, admin, responder, analyst, read_only, portal_viewer, outside_expert; m includes w, w includes r.
TABLE = """
agency      m r r r r - -
members     m m - - - - -
api_keys    m m - - - - -
webhooks    m m - - - m -
clients     m m r w r r -
mentions    m m r r r r -
sentiment   m m r w r - -
scores      m m r r r r -
incidents   m m w r r r r
audit       r r - - - - -
operations  m m r w r w -
billing     m r - - - - -
data_subject_requests m m - - - - -
data_breaches m m - - - - -
"""
LETTERS = {"-": (), "r": ("read",), "w": ("read", "write"), "m": ("read", "write", "manage")}
ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [
    (role, f"{name}:{action}", action in LETTERS[letter])
    for name, *letters in ROWS
    for role, letter in zip(Role, letters, strict=True)
    for action in ("read", "write", "manage")
]


def of(role: Role, scopes=None) -> Principal:
    given = scopes_of(role) if scopes is None else frozenset(scopes)
    return Principal(kind="api_key", id=uuid4(), agency_id=AgencyId(uuid4()), role=role, scopes=given)


def test_the_table_names_every_resource_and_role():
    assert tuple(row[0] for row in ROWS) == RESOURCES
    assert set(MATRIX) == set(Role)
    assert len(CELLS) == len(SCOPES) * len(Role)


@pytest.mark.parametrize(("role", "scope", "allowed"), CELLS)
def test_a_role_may_what_the_table_says(role: Role, scope: str, allowed: bool):
    assert may(of(role), scope) is allowed
    assert may(of(role, SCOPES), scope) is allowed


@pytest.mark.parametrize("role", Role)
def test_a_credential_without_scopes_may_nothing(role: Role):
    assert not any(may(of(role, ()), scope) for scope in SCOPES)


def test_a_stronger_scope_includes_the_weaker_and_not_the_other_way_round():
    writer = of(Role.OWNER, ["clients:write"])
    assert [may(writer, f"clients:{action}") for action in ("read", "write", "manage")] == [True, True, False]
    assert not may(writer, "members:read")


def test_a_scope_that_does_not_exist_is_nobodys():
    assert not any(may(of(role, ["root:manage", "*"]), scope) for role in Role for scope in ("root:manage", "*:read"))


@pytest.mark.parametrize("granter", Role)
@pytest.mark.parametrize("role", MEMBER_ROLES)
def test_nobody_stands_above_the_own_role(granter: Role, role: Role):
    order = [*MEMBER_ROLES, *BOUND_ROLES]
    expected = granter not in BOUND_ROLES and order.index(role) >= order.index(granter)
    assert is_within_rank(of(granter), role) is expected
    if not expected:
        assert not may_grant(of(granter), role)


def test_who_has_all_of_a_role_grants_it_and_a_narrow_key_of_that_role_does_not():
    assert may_grant(of(Role.OWNER), Role.OWNER)
    assert may_grant(of(Role.ADMIN), Role.READ_ONLY)
    assert not may_grant(of(Role.OWNER, ["members:manage"]), Role.READ_ONLY)
    assert may_grant(of(Role.OWNER, ["members:manage", "clients:read"]), Role.READ_ONLY, ["clients:read"])


def test_a_portal_is_opened_by_who_reads_all_that_it_shows():
    assert may_grant(of(Role.ADMIN), Role.PORTAL_VIEWER)
    assert may_grant(of(Role.ADMIN, CLIENT_SCOPES), Role.PORTAL_VIEWER, CLIENT_SCOPES)
    assert not may_grant(of(Role.ADMIN, CLIENT_SCOPES), Role.PORTAL_VIEWER, ["webhooks:manage"])
    assert not may_grant(of(Role.ADMIN, ["api_keys:manage"]), Role.PORTAL_VIEWER, CLIENT_SCOPES)
    assert not may_grant(of(Role.PORTAL_VIEWER), Role.PORTAL_VIEWER)


def test_an_outside_expert_is_let_in_by_who_reads_incidents():
    assert may_grant(of(Role.ADMIN), Role.OUTSIDE_EXPERT)
    assert may_grant(of(Role.ADMIN, ["api_keys:manage", "incidents:read"]), Role.OUTSIDE_EXPERT)
    assert not may_grant(of(Role.ADMIN, ["api_keys:manage"]), Role.OUTSIDE_EXPERT)
    assert not may_grant(of(Role.OUTSIDE_EXPERT), Role.OUTSIDE_EXPERT)


@pytest.mark.parametrize("email", ["rina@agensi.co.id", "a+b@c.d", "ä@b.c", "o'neil@x.test", "A.B_c-d@x-y.test"])
def test_an_address_is_taken(email: str):
    assert re.search(ADDRESS, email)


@pytest.mark.parametrize(
    "email",
    [
        "a",
        "@a.b",
        "a@b",
        "a@a..b",
        "a@.b",
        "a@b.",
        "a@[127.0.0.1]",
        "a b@c.d",
        "a@b.c\nBcc: x@y.z",
        "a@b.c\0",
        "a@@b.c",
    ],
)
def test_what_is_no_address_is_refused(email: str):
    assert not re.search(ADDRESS, email)


def test_an_address_is_compared_in_one_form():
    assert address(" Rina@Agensi.CO.ID ") == "rina@agensi.co.id"
    assert address("e\u0301@x.test") == address("\u00c9@x.test") == "\u00e9@x.test"
