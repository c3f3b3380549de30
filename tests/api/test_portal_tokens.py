"""Portal tokens: a client sees itself, and no way leads to anybody else."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from core.access import Role
from tests.conftest import Caller, calling, issue_key

CLIENT = {"kind": "company", "name": "Kopi Senja"}
ANY = {"If-Match": "*"}


async def a_client(caller: Caller) -> str:
    return (await caller.post("/v1/clients", json=CLIENT)).json()["id"]


async def a_token(caller: Caller, client_id: str, **more) -> httpx.Response:
    return await caller.post("/v1/portal-tokens", json={"client_id": client_id, "name": "portal"} | more)


async def test_a_portal_sees_exactly_its_client(app, caller: Caller):
    own, other = await a_client(caller), await a_client(caller)
    created = await a_token(caller, own)
    assert (created.status_code, created.json()["client_id"]) == (201, own), created.text
    async with calling(app, created.json()["secret"]) as portal:
        assert [row["id"] for row in (await portal.get("/v1/clients")).json()["data"]] == [own]
        assert (await portal.get(f"/v1/clients/{own}")).status_code == 200
        foreign, unknown = await portal.get(f"/v1/clients/{other}"), await portal.get(f"/v1/clients/{uuid4()}")
        blank = {"instance": "", "request_id": ""}
        assert (foreign.status_code, foreign.json() | blank) == (404, unknown.json() | blank)


async def test_a_portal_writes_nothing_and_reads_nothing_of_the_agency(app, caller: Caller):
    own = await a_client(caller)
    async with calling(app, (await a_token(caller, own)).json()["secret"]) as portal:
        answers = [
            await portal.post("/v1/clients", json=CLIENT),
            await portal.patch(f"/v1/clients/{own}", json={"name": "x"}, headers=ANY),
            await portal.delete(f"/v1/clients/{own}", headers=ANY),
            await portal.get("/v1/agency"),
            await portal.get("/v1/members"),
            await portal.get("/v1/api-keys"),
            await portal.get("/v1/portal-tokens"),
            await portal.post("/v1/portal-tokens", json={"client_id": own, "name": "lagi"}),
            await portal.post("/v1/auth/password", json={"current_password": "x", "new_password": "y" * 12}),
        ]
    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert (await caller.get(f"/v1/clients/{own}")).json()["name"] == CLIENT["name"]


async def test_a_portal_is_bound_by_the_database_too(app, db, caller: Caller):
    own, other = await a_client(caller), await a_client(caller)
    await a_token(caller, own)
    async with db.driver.acquire() as connection, connection.transaction():
        await connection.execute(f"set local app.agency_id = '{caller.agency.id}'; set local app.client_id = '{own}'")
        seen = [str(row["id"]) for row in await connection.fetch("select id from clients")]
        hidden = [
            await connection.fetchval(f"select count(*) from {table}")
            for table in ("members", "api_keys", "refresh_tokens")
        ]
        changed = await connection.execute(f"update clients set name = 'x' where id = '{other}'")
    assert (seen, hidden, changed) == ([own], [0, 0, 0], "UPDATE 0")


async def test_a_revoked_portal_token_is_refused_at_once(app, caller: Caller):
    created = await a_token(caller, await a_client(caller))
    path = created.headers["location"]
    async with calling(app, created.json()["secret"]) as portal:
        assert (await portal.get("/v1/clients")).status_code == 200
        revoked = await caller.post(f"{path}/revoke")
        assert (revoked.status_code, revoked.json()["revoked_at"] is None) == (200, False)
        assert (await portal.get("/v1/clients")).status_code == 401
    assert (await caller.post(f"{path}/revoke")).json() == revoked.json() == (await caller.get(path)).json()


async def test_a_portal_token_goes_with_its_client(app, caller: Caller):
    own = await a_client(caller)
    created = await a_token(caller, own)
    await caller.delete(f"/v1/clients/{own}", headers=ANY)
    assert (await caller.get(created.headers["location"])).status_code == 404
    async with calling(app, created.json()["secret"]) as portal:
        assert (await portal.get("/v1/clients")).status_code == 401


async def test_the_secret_stands_in_one_answer_only(caller: Caller):
    created = await a_token(caller, await a_client(caller))
    path = created.headers["location"]
    for answer in (await caller.get(path), await caller.get("/v1/portal-tokens"), await caller.post(f"{path}/revoke")):
        assert answer.status_code == 200
        assert "secret" not in answer.text


async def test_keys_and_portal_tokens_are_not_found_in_each_others_place(caller: Caller):
    portal = (await a_token(caller, await a_client(caller))).json()["id"]
    key = (await caller.post("/v1/api-keys", json={"name": "k", "scopes": ["clients:read"]})).json()["id"]
    assert (await caller.get(f"/v1/api-keys/{portal}")).status_code == 404
    assert (await caller.patch(f"/v1/api-keys/{portal}", json={"name": "x"}, headers=ANY)).status_code == 404
    assert (await caller.delete(f"/v1/api-keys/{portal}", headers=ANY)).status_code == 404
    assert (await caller.get(f"/v1/portal-tokens/{key}")).status_code == 404
    assert (await caller.post(f"/v1/portal-tokens/{key}/revoke")).status_code == 404
    assert portal not in (await caller.get("/v1/api-keys")).text
    assert [row["id"] for row in (await caller.get("/v1/portal-tokens")).json()["data"]] == [portal]


async def test_an_unknown_client_and_another_agencys_are_refused_in_the_same_words(caller: Caller, stranger: Caller):
    foreign, unknown = await a_token(stranger, await a_client(caller)), await a_token(stranger, str(uuid4()))
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (422, "/client_id")
    assert foreign.json()["errors"] == unknown.json()["errors"]


async def test_another_agency_finds_no_portal_token(caller: Caller, stranger: Caller):
    path = (await a_token(caller, await a_client(caller))).headers["location"]
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.post(f"{path}/revoke")).status_code == 404
    assert (await stranger.get("/v1/portal-tokens")).json()["data"] == []


@pytest.mark.parametrize(("days", "status"), [(1, 201), (-1, 422)])
async def test_the_end_of_a_portal_token_lies_ahead(caller: Caller, days: int, status: int):
    moment = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    assert (await a_token(caller, await a_client(caller), expires_at=moment)).status_code == status


async def test_a_key_that_may_not_read_a_clients_data_makes_no_portal_for_it(app, db, caller: Caller):
    own = await a_client(caller)
    narrow = await issue_key(db, caller.agency.id, role=Role.ADMIN, scopes=("api_keys:manage", "clients:read"))
    async with calling(app, narrow) as http:
        refused = await http.post("/v1/portal-tokens", json={"client_id": own, "name": "portal"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
