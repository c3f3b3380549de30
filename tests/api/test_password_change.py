"""A new password: only for who knows the present one, and it ends the other sign-ins."""

import httpx
import pytest

from tests.conftest import PASSWORD, Agency, Caller
from tests.sign_ins import NEW_PASSWORD, bearer, renew, sign_in, somewhere, with_member


async def test_a_new_password_ends_the_other_sign_ins(app, caller: Caller):
    _, member = await with_member(caller, "read_only")
    async with somewhere(app) as http:
        here, there = await sign_in(http, member), await sign_in(http, member)
        change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        assert (await http.post("/v1/auth/password", json=change, headers=bearer(here))).status_code == 204
        assert (await renew(http, there.json()["refresh_token"])).status_code == 401
        assert (await renew(http, here.json()["refresh_token"])).status_code == 200
        assert (await sign_in(http, member)).status_code == 401
        assert (await sign_in(http, member, NEW_PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"current_password": "bukan-kata-sandinya", "new_password": NEW_PASSWORD}, "/current_password"),
        ({"current_password": PASSWORD, "new_password": "passwordpassword"}, "/new_password"),
    ],
)
async def test_a_password_is_not_changed_without_the_present_one_or_to_a_weak_one(app, agency, change, pointer):
    async with somewhere(app) as http:
        here = await sign_in(http, agency)
        refused = await http.post("/v1/auth/password", json=change, headers=bearer(here))
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
        assert (await sign_in(http, agency)).status_code == 200


async def test_guessing_the_present_password_is_limited_as_signing_in_is(app, agency: Agency):
    async with somewhere(app) as http:
        here = await sign_in(http, agency)
        change = {"current_password": "bukan-kata-sandinya", "new_password": NEW_PASSWORD}
        answers = [await http.post("/v1/auth/password", json=change, headers=bearer(here)) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


async def test_a_key_has_no_password_to_change(caller: Caller, nobody: httpx.AsyncClient):
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await caller.post("/v1/auth/password", json=change)).status_code == 403
    assert (await nobody.post("/v1/auth/password", json=change)).status_code == 401
