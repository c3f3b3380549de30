"""Members: nobody grants above the own role, and there is always an owner who can sign in."""

import asyncio

import pytest

from core.access import Role
from tests.conftest import Caller, calling, found_agency, issue_key

NEW = {"name": "Rina", "email": "Rina@Agensi.CO.ID", "role": "analyst", "password": "lima-kucing-di-atap"}
ANY = {"If-Match": "*"}


def owner_path(caller: Caller) -> str:
    return f"/v1/members/{caller.agency.owner_id}"


async def test_a_member_is_added_with_the_address_in_lower_case_and_without_a_word_of_the_password(caller: Caller):
    created = await caller.post("/v1/members", json=NEW)
    assert created.status_code == 201, created.text
    assert created.json()["email"] == "rina@agensi.co.id"
    assert not created.json()["is_disabled"]
    assert "password" not in created.text
    assert "argon2" not in created.text
    read = await caller.get(created.headers["location"])
    assert (read.json(), read.headers["etag"]) == (created.json(), '"1"')


async def test_an_address_is_one_members_only(caller: Caller, stranger: Caller):
    assert (await caller.post("/v1/members", json=NEW)).status_code == 201
    again = await caller.post("/v1/members", json=NEW | {"email": "rina@agensi.co.id"})
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")
    assert (await stranger.post("/v1/members", json=NEW)).status_code == 201


@pytest.mark.parametrize(
    "email", ["", "a", "@a.b", "a@b", "a@a..b", "a@b.c,d@e.f", "a@b.c\0", "a b@c.d", f"{'a' * 65}@b.c"]
)
async def test_what_is_no_address_is_refused_by_its_field(caller: Caller, email: str):
    answer = await caller.post("/v1/members", json=NEW | {"email": email})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/email")


@pytest.mark.parametrize(("password", "status"), [("pendek", 400), ("passwordpassword", 422), ("Rahasia12345!", 422)])
async def test_a_password_that_is_tried_first_is_refused(caller: Caller, password: str, status: int):
    answer = await caller.post("/v1/members", json=NEW | {"password": password})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, "/password")


@pytest.mark.parametrize(
    ("granter", "role", "status"),
    [
        (Role.ADMIN, "owner", 403),
        (Role.ADMIN, "admin", 201),
        (Role.ADMIN, "read_only", 201),
        (Role.OWNER, "owner", 201),
        (Role.ANALYST, "read_only", 403),
    ],
)
async def test_nobody_grants_a_role_above_the_own(app, db, agency, granter: Role, role: str, status: int):
    async with calling(app, await issue_key(db, agency.id, role=granter)) as http:
        assert (await http.post("/v1/members", json=NEW | {"role": role})).status_code == status


async def test_a_narrow_key_of_a_high_role_does_not_make_a_wide_member(app, db, agency):
    async with calling(app, await issue_key(db, agency.id, scopes=("members:manage",))) as http:
        answer = await http.post("/v1/members", json=NEW | {"role": "admin"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_an_admin_does_not_touch_an_owner(app, db, caller: Caller):
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.ADMIN)) as admin:
        path = owner_path(caller)
        assert (await admin.get(path)).status_code == 200
        assert (await admin.patch(path, json={"name": "Lain"}, headers=ANY)).status_code == 403
        assert (await admin.patch(path, json={"is_disabled": True}, headers=ANY)).status_code == 403
        assert (await admin.delete(path, headers=ANY)).status_code == 403
    assert (await caller.patch(path, json={"name": "Lain"}, headers=ANY)).json()["name"] == "Lain"


async def test_a_key_without_the_scope_does_not_read_members(app, db, agency):
    async with calling(app, await issue_key(db, agency.id, scopes=("clients:manage",))) as http:
        answer = await http.get("/v1/members")
    assert (answer.status_code, answer.json()["scope"]) == (403, "members:read")


async def test_a_change_needs_the_version_it_was_made_from(caller: Caller):
    path = (await caller.post("/v1/members", json=NEW)).headers["location"]
    assert (await caller.patch(path, json={"role": "responder"})).status_code == 428
    changed = await caller.patch(path, json={"role": "responder"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["role"], changed.headers["etag"]) == (200, "responder", '"2"')
    assert (await caller.get(path)).json() == changed.json()
    assert (await caller.patch(path, json={"role": "analyst"}, headers={"If-Match": '"1"'})).status_code == 412


async def test_a_disabled_member_is_enabled_again(caller: Caller):
    path = (await caller.post("/v1/members", json=NEW)).headers["location"]
    assert (await caller.patch(path, json={"is_disabled": True}, headers=ANY)).json()["is_disabled"]
    assert not (await caller.patch(path, json={"is_disabled": False}, headers=ANY)).json()["is_disabled"]


async def test_a_removed_member_is_gone_and_gone_again(caller: Caller):
    path = (await caller.post("/v1/members", json=NEW)).headers["location"]
    assert (await caller.delete(path, headers=ANY)).status_code == 204
    assert (await caller.delete(path, headers=ANY)).status_code == 404
    assert (await caller.get(path)).status_code == 404


@pytest.mark.parametrize("changes", [{"role": "admin"}, {"is_disabled": True}])
async def test_the_last_owner_stays_an_owner_who_can_sign_in(caller: Caller, changes: dict):
    path = owner_path(caller)
    refused = await caller.patch(path, json=changes, headers=ANY)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    assert (await caller.get(path)).headers["etag"] == '"1"'
    await caller.post("/v1/members", json=NEW | {"role": "owner"})
    assert (await caller.patch(path, json=changes, headers=ANY)).status_code == 200


async def test_the_last_owner_is_not_removed_while_the_other_is_disabled(caller: Caller):
    other = (await caller.post("/v1/members", json=NEW | {"role": "owner"})).headers["location"]
    await caller.patch(other, json={"is_disabled": True}, headers=ANY)
    refused = await caller.delete(owner_path(caller), headers=ANY)
    assert (refused.status_code, refused.json()["code"]) == (409, "last_owner")
    await caller.patch(other, json={"is_disabled": False}, headers=ANY)
    assert (await caller.delete(owner_path(caller), headers=ANY)).status_code == 204


async def test_of_two_owners_who_leave_at_once_one_stays(app, db):
    for _ in range(5):
        agency = await found_agency(db)
        async with calling(app, agency.key) as http:
            other = await http.post("/v1/members", json=NEW | {"role": "owner"})
            paths = [f"/v1/members/{agency.owner_id}", other.headers["location"]]
            answers = await asyncio.gather(*(http.patch(path, json={"role": "admin"}, headers=ANY) for path in paths))
            roles = [(await http.get(path)).json()["role"] for path in paths]
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert sorted(roles) == ["admin", "owner"]


async def test_another_agency_finds_no_member(caller: Caller, stranger: Caller):
    path = (await caller.post("/v1/members", json=NEW)).headers["location"]
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.patch(path, json={"name": "Lain"}, headers=ANY)).status_code == 404
    assert (await stranger.delete(path, headers=ANY)).status_code == 404
    listed = (await stranger.get("/v1/members")).json()["data"]
    assert [row["id"] for row in listed] == [str(stranger.agency.owner_id)]


async def test_members_are_listed_newest_first_page_by_page(caller: Caller):
    for number in range(3):
        await caller.post("/v1/members", json=NEW | {"email": f"r{number}@agensi.co.id"})
    first = (await caller.get("/v1/members?limit=3")).json()
    assert [row["email"] for row in first["data"]] == [f"r{n}@agensi.co.id" for n in (2, 1, 0)]
    rest = (await caller.get(f"/v1/members?limit=3&cursor={first['next_cursor']}")).json()
    assert ([row["email"] for row in rest["data"]], rest["has_more"]) == ([caller.agency.email], False)


async def test_the_agency_is_renamed_by_its_owner_only(app, db, caller: Caller, stranger: Caller):
    read = await caller.get("/v1/agency")
    assert (read.json()["id"], read.json()["slug"]) == (str(caller.agency.id), caller.agency.slug)
    assert (await caller.patch("/v1/agency", json={"name": "Senja"})).status_code == 428
    tag = {"If-Match": read.headers["etag"]}
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.ADMIN)) as admin:
        refused = await admin.patch("/v1/agency", json={"name": "Senja"}, headers=tag)
    assert (refused.status_code, refused.json()["scope"]) == (403, "agency:manage")
    assert (await caller.patch("/v1/agency", json={"slug": "lain"}, headers=tag)).status_code == 400
    assert (await caller.patch("/v1/agency", json={"name": "Senja"}, headers=tag)).json()["name"] == "Senja"
    assert (await caller.patch("/v1/agency", json={"name": "Fajar"}, headers=tag)).status_code == 412
    assert (await stranger.get("/v1/agency")).json()["name"] == "Agensi Uji"
