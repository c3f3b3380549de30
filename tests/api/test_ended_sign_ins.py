"""What ends a sign-in: a log-out, and every change of what its member may do."""

import asyncio

import jwt

from tests.conftest import Agency, Caller
from tests.sign_ins import ANY, renew, sign_in, somewhere, with_member


async def test_a_log_out_ends_the_sign_in_and_may_be_repeated(app, agency: Agency):
    async with somewhere(app) as http:
        first, other = await sign_in(http, agency), await sign_in(http, agency)
        for _ in range(2):
            body = {"refresh_token": first.json()["refresh_token"]}
            assert (await http.post("/v1/auth/logout", json=body)).status_code == 204
        assert (await renew(http, first.json()["refresh_token"])).status_code == 401
        assert (await renew(http, other.json()["refresh_token"])).status_code == 200


async def test_access_tokens_of_an_ended_sign_in_are_refused_soon(app, agency: Agency):
    async with somewhere(app) as http:
        answer = (await sign_in(http, agency)).json()
    async with somewhere(app, bearer=answer["access_token"]) as http:
        assert (await http.get("/v1/clients")).status_code == 200
        await http.post("/v1/auth/logout", json={"refresh_token": answer["refresh_token"]})
        app.app.state.siaga.sign_ins.clear()  # what the process believes for a few seconds
        assert (await http.get("/v1/clients")).status_code == 401


async def test_disabling_removing_and_a_new_role_end_every_sign_in(app, caller: Caller):
    for changes in ({"is_disabled": True}, {"role": "responder"}, None):
        path, member = await with_member(caller)
        async with somewhere(app) as http:
            first = await sign_in(http, member)
            await caller.patch(path, json={"name": "Rina Baru"}, headers=ANY)
            second = await renew(http, first.json()["refresh_token"])
            assert second.status_code == 200
            ended = caller.patch(path, json=changes, headers=ANY) if changes else caller.delete(path, headers=ANY)
            assert (await ended).status_code in {200, 204}
            assert (await renew(http, second.json()["refresh_token"])).status_code == 401


async def test_a_renewal_beside_a_disabling_never_outlives_it(app, caller: Caller):
    for _ in range(4):
        path, member = await with_member(caller)
        async with somewhere(app) as http:
            first = await sign_in(http, member)
            disabling = caller.patch(path, json={"is_disabled": True}, headers=ANY)
            renewed, login, disabled = await asyncio.gather(
                renew(http, first.json()["refresh_token"]), sign_in(http, member), disabling
            )
            assert disabled.status_code == 200
            given = [answer.json()["refresh_token"] for answer in (first, renewed, login) if answer.status_code == 200]
            assert {(await renew(http, token)).status_code for token in given} == {401}


async def test_a_renewal_reads_the_role_again(app, db, caller: Caller):
    _, member = await with_member(caller)
    async with somewhere(app) as http:
        first = await sign_in(http, member)
        assert jwt.decode(first.json()["access_token"], options={"verify_signature": False})["role"] == "analyst"
        async with db.driver.acquire() as connection, connection.transaction():
            await connection.execute(f"set local app.agency_id = '{caller.agency.id}'")
            await connection.execute("update members set role = 'read_only' where email = $1", member.email)
        second = await renew(http, first.json()["refresh_token"])
        assert jwt.decode(second.json()["access_token"], options={"verify_signature": False})["role"] == "read_only"
