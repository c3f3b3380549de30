"""Invitations: one use, 72 hours, bound to an address and a role, and never above who invites."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core.access import Role
from core.invitations import new_token
from storage.table import utc_now
from tests.conftest import Caller, calling, issue_key

PASSWORD = "tujuh-becak-di-pasar"
ANY = {"If-Match": "*"}


def address() -> str:
    return f"{uuid4().hex}@uji.test"


async def invited(caller, **more):
    key = {"Idempotency-Key": f'"{uuid4()}"'}
    return await caller.post("/v1/invitations", json={"email": address(), "role": "analyst"} | more, headers=key)


async def accepted(http, token: str, **more):
    return await http.post("/v1/invitations/accept", json={"token": token, "name": "Dewi", "password": PASSWORD} | more)


async def status(caller: Caller, created) -> str:
    return (await caller.get(created.headers["location"])).json()["status"]


async def test_an_invited_person_chooses_a_password_and_signs_in(caller: Caller, nobody):
    email = address()
    created = await invited(caller, email=email.upper(), role="responder")
    assert (created.status_code, created.json()["email"], created.json()["status"]) == (201, email, "open")
    lives = datetime.fromisoformat(created.json()["expires_at"]) - datetime.fromisoformat(created.json()["created_at"])
    assert lives == timedelta(hours=72)
    joined = await accepted(nobody, created.json()["token"])
    assert joined.status_code == 200, joined.text
    assert joined.json() | {"member_id": ""} == {
        "member_id": "", "email": email, "role": "responder", "agency": caller.agency.slug,
    }  # fmt: skip
    member = (await caller.get(f"/v1/members/{joined.json()['member_id']}")).json()
    assert (member["name"], member["role"], member["email"]) == ("Dewi", "responder", email)
    assert (await nobody.post("/v1/auth/token", json={"email": email, "password": PASSWORD})).status_code == 200
    read = (await caller.get(created.headers["location"])).json()
    assert (read["status"], read["member_id"], "token" in read) == ("accepted", member["id"], False)


async def test_an_invitation_needs_a_key_so_that_a_repeat_invites_nobody_twice(caller: Caller):
    body = {"email": address(), "role": "analyst"}
    assert (await caller.post("/v1/invitations", json=body)).status_code == 400
    key = {"Idempotency-Key": f'"{uuid4()}"'}
    first, again = [await caller.post("/v1/invitations", json=body, headers=key) for _ in range(2)]
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert len((await caller.get("/v1/invitations")).json()["data"]) == 1


async def test_a_token_is_good_once_for_72_hours_and_while_it_stands(app, caller: Caller, nobody, monkeypatch):
    used, late, taken_back = [await invited(caller) for _ in range(3)]
    assert (await accepted(nobody, used.json()["token"])).status_code == 200
    assert (await caller.post(f"{taken_back.headers['location']}/revoke")).json()["status"] == "revoked"
    assert (await caller.post(f"{taken_back.headers['location']}/revoke")).status_code == 200
    forged = new_token(caller.agency.id, uuid4(), b"x" * 32).text
    swapped = late.json()["token"][:-5] + used.json()["token"][-5:]
    refused = [
        await accepted(nobody, each)
        for each in (used.json()["token"], taken_back.json()["token"], forged, swapped, "it_")
    ]
    monkeypatch.setattr(app.app.state.siaga, "clock", lambda: utc_now() + timedelta(hours=72))
    refused.append(await accepted(nobody, late.json()["token"]))
    blank = {"request_id": ""}
    assert {each.status_code for each in refused} == {422}
    assert all(each.json() | blank == refused[0].json() | blank for each in refused)
    assert [await status(caller, each) for each in (used, taken_back, late)] == ["accepted", "revoked", "expired"]
    again = await caller.post(f"{used.headers['location']}/revoke")
    assert (again.status_code, again.json()["code"]) == (409, "invitation_accepted")


async def test_inviting_an_address_again_ends_what_was_open_for_it(caller: Caller, nobody):
    email = address()
    first, second = await invited(caller, email=email), await invited(caller, email=email, role="read_only")
    assert [await status(caller, each) for each in (first, second)] == ["revoked", "open"]
    assert (await accepted(nobody, first.json()["token"])).status_code == 422
    assert (await accepted(nobody, second.json()["token"])).json()["role"] == "read_only"
    member = await invited(caller, email=email)
    assert (member.status_code, member.json()["code"]) == (409, "email_taken")


async def test_nobody_invites_above_the_own_role(app, db, caller: Caller):
    for role, asked, expected in (
        (Role.ADMIN, "owner", 403),
        (Role.ADMIN, "admin", 201),
        (Role.ANALYST, "analyst", 403),
    ):
        async with calling(app, await issue_key(db, caller.agency.id, role=role)) as http:
            assert (await invited(http, role=asked)).status_code == expected
    narrow = await issue_key(db, caller.agency.id, role=Role.OWNER, scopes=("members:manage",))
    async with calling(app, narrow) as http:
        assert (await invited(http)).status_code == 403
    assert (await invited(caller, role="portal_viewer")).status_code == 400


@pytest.mark.parametrize("end", [{"is_disabled": True}, {"role": "analyst"}, None], ids=["disabled", "lowered", "gone"])
async def test_the_invitations_of_who_may_no_longer_invite_end(app, caller: Caller, nobody, end: dict | None):
    admin = await invited(caller, role="admin")
    joined = (await accepted(nobody, admin.json()["token"])).json()
    signed_in = await nobody.post("/v1/auth/token", json={"email": joined["email"], "password": PASSWORD})
    async with calling(app, signed_in.json()["access_token"]) as http:
        theirs = await invited(http, role="admin")
    path = f"/v1/members/{joined['member_id']}"
    await (caller.patch(path, json=end, headers=ANY) if end else caller.delete(path, headers=ANY))
    assert await status(caller, theirs) == "revoked"
    assert (await accepted(nobody, theirs.json()["token"])).status_code == 422


async def test_a_weak_password_is_refused_and_the_invitation_stays_open(caller: Caller, nobody):
    created = await invited(caller)
    weak = await accepted(nobody, created.json()["token"], password="passwordpassword")
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
    assert await status(caller, created) == "open"


async def test_another_agency_finds_no_invitation(caller: Caller, stranger: Caller):
    created = await invited(caller)
    assert (await stranger.get(created.headers["location"])).status_code == 404
    assert (await stranger.post(f"{created.headers['location']}/revoke")).status_code == 404
    assert (await stranger.get("/v1/invitations")).json()["data"] == []
    # The same address at another agency is another person.
    assert (await invited(stranger, email=created.json()["email"])).status_code == 201


async def test_the_matrix_is_served_as_the_api_holds_itself_to_it(nobody):
    told = {row["role"]: row for row in (await nobody.get("/v1/roles")).json()["data"]}
    assert list(told) == [role.value for role in Role]
    assert {each["resource"]: each["action"] for each in told["outside_expert"]["rights"]} == {"incidents": "read"}
    assert "members:manage" in told["admin"]["scopes"]
    assert "members:read" not in told["analyst"]["scopes"]
