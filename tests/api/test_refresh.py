"""Refresh tokens are used once; one that is seen again ends the sign-in."""

import asyncio
import os
from datetime import timedelta
from uuid import uuid4

from core.tokens import new_refresh_token
from tests.conftest import Agency
from tests.sign_ins import bearer, later, renew, sign_in, somewhere


async def test_a_refresh_token_gives_the_next_once(app, agency: Agency):
    async with somewhere(app) as http:
        first = await sign_in(http, agency)
        second = await renew(http, first.json()["refresh_token"])
        assert second.status_code == 200
        assert second.json()["refresh_token"] != first.json()["refresh_token"]
        assert (await http.get("/v1/agency", headers=bearer(second))).status_code == 200
        assert (await renew(http, second.json()["refresh_token"])).status_code == 200


async def test_a_lost_answer_is_given_again_to_the_same_client(app, agency: Agency):
    async with somewhere(app) as http:
        first = await sign_in(http, agency)
        lost = await renew(http, first.json()["refresh_token"])
        again = await renew(http, first.json()["refresh_token"])
        assert (again.status_code, again.json()["refresh_token"]) == (200, lost.json()["refresh_token"])
        assert again.json()["refresh_expires_at"] == lost.json()["refresh_expires_at"]
        assert (await renew(http, again.json()["refresh_token"])).status_code == 200


async def test_a_used_token_seen_again_later_ends_the_sign_in(app, agency: Agency, monkeypatch):
    async with somewhere(app) as http:
        first = await sign_in(http, agency)
        second = await renew(http, first.json()["refresh_token"])
        later(app, monkeypatch, timedelta(seconds=11))
        assert (await renew(http, first.json()["refresh_token"])).status_code == 401
        ended = await renew(http, second.json()["refresh_token"])
        assert (ended.status_code, ended.headers["www-authenticate"]) == (401, 'Bearer realm="siaga"')
        other = await sign_in(http, agency)
        assert (await renew(http, other.json()["refresh_token"])).status_code == 200


async def test_a_used_token_seen_at_another_client_ends_the_sign_in_at_once(app, agency: Agency):
    async with somewhere(app, agent="peramban") as http, somewhere(app, agent="pencuri") as thief:
        first = await sign_in(http, agency)
        second = await renew(http, first.json()["refresh_token"])
        assert (await renew(thief, first.json()["refresh_token"])).status_code == 401
        assert (await renew(http, second.json()["refresh_token"])).status_code == 401


async def test_of_uses_at_once_all_get_the_same_next_token(app, agency: Agency):
    async with somewhere(app) as http:
        first = await sign_in(http, agency)
        answers = await asyncio.gather(*(renew(http, first.json()["refresh_token"]) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        (following,) = {answer.json()["refresh_token"] for answer in answers}
        assert (await renew(http, following)).status_code == 200


async def test_reuse_at_once_by_many_is_refused_to_all_without_a_fault(app, agency: Agency, monkeypatch):
    async with somewhere(app) as http:
        chain = [(await sign_in(http, agency)).json()["refresh_token"]]
        for _ in range(4):
            chain.append((await renew(http, chain[-1])).json()["refresh_token"])
        later(app, monkeypatch, timedelta(seconds=11))
        answers = await asyncio.gather(*(renew(http, token) for token in chain[:-1] * 3))
        assert {answer.status_code for answer in answers} == {401}
        assert (await renew(http, chain[-1])).status_code == 401


async def test_a_refresh_token_ends_after_thirty_days(app, agency: Agency, monkeypatch):
    async with somewhere(app) as http:
        first = await sign_in(http, agency)
        later(app, monkeypatch, timedelta(days=30, seconds=1))
        assert (await renew(http, first.json()["refresh_token"])).status_code == 401


async def test_a_forged_refresh_token_is_refused_and_ends_nothing(app, agency: Agency):
    async with somewhere(app) as http:
        real = (await sign_in(http, agency)).json()["refresh_token"]
        forged = [real[:-1] + ("A" if real[-1] != "A" else "B"), "rt_", "x" * 200, real + "=", real.upper()]
        forged.append(new_refresh_token(agency.id, uuid4(), os.urandom(32)).text)
        assert {(await renew(http, token)).status_code for token in forged} == {401}
        assert {(await http.post("/v1/auth/logout", json={"refresh_token": t})).status_code for t in forged} == {204}
        assert (await renew(http, real)).status_code == 200


async def test_a_refresh_token_of_one_agency_opens_no_other(app, agency: Agency, other_agency: Agency):
    async with somewhere(app) as http:
        real = (await sign_in(http, agency)).json()["refresh_token"]
        assert (await renew(http, real.replace(agency.id.hex, other_agency.id.hex))).status_code == 401
        assert (await renew(http, real)).status_code == 200
