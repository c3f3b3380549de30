"""Signing in: one answer to every wrong guess, refresh tokens that are used once, and limits that hold."""

import asyncio
import base64
import dataclasses
import itertools
import json
import os
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis

from api.edge import attempts
from api.edge.counters import Counters
from core.access import Role
from core.passwords import keep
from core.signing_keys import KeySet, SigningKey, period_of, turns_at
from core.tokens import AUDIENCE, new_refresh_token
from storage import agencies
from storage.session import tenant_session
from storage.table import utc_now
from tests.conftest import PASSWORD, Agency, Caller, calling, found_agency

SHARED = Path(os.environ.get("SIAGA_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
FORGED = SHARED / "data" / "badinput" / "forged_jwt.ndjson"
ANY = {"If-Match": "*"}
NEW_PASSWORD = "sembilan-payung-biru"
_PEERS = itertools.count(1)


def somewhere(app, *, peer: str | None = None, bearer: str | None = None, agent: str = "uji") -> httpx.AsyncClient:
    """Somebody at an address of its own, so that no test sees another's failures."""
    number = next(_PEERS)
    host = peer or f"10.{os.getpid() % 250}.{number // 250}.{number % 250}"
    headers = {"User-Agent": agent} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(host, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers)


async def sign_in(http: httpx.AsyncClient, who: Agency, password: str = PASSWORD, **more) -> httpx.Response:
    return await http.post("/v1/auth/token", json={"email": who.email, "password": password} | more)


async def renew(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post("/v1/auth/refresh", json={"refresh_token": token})


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def later(app, monkeypatch, by: timedelta) -> None:
    """Let the process believe that this much time has passed."""
    monkeypatch.setattr(app.app.state.siaga, "clock", lambda: utc_now() + by)


async def test_a_password_gives_a_token_of_the_members_role(app, agency: Agency):
    async with somewhere(app) as http:
        answer = await sign_in(http, agency)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 600)
        assert answer.headers["cache-control"] == "no-store"
        until = datetime.fromisoformat(answer.json()["refresh_expires_at"])
        assert timedelta(days=29) < until - datetime.now(UTC) <= timedelta(days=30)
        members = await http.get("/v1/members", headers=bearer(answer))
        assert [row["email"] for row in members.json()["data"]] == [agency.email]


async def test_the_address_is_taken_in_any_case(app, agency: Agency):
    async with somewhere(app) as http:
        answer = await http.post("/v1/auth/token", json={"email": f" {agency.email.upper()}", "password": PASSWORD})
    assert answer.status_code == 200


async def test_unknown_wrong_and_disabled_get_the_same_words(app, caller: Caller):
    new = {"name": "Rina", "email": "rina@agensi.test", "role": "analyst", "password": NEW_PASSWORD}
    member = (await caller.post("/v1/members", json=new | {"email": f"rina@{caller.agency.slug}.test"})).json()
    await caller.patch(f"/v1/members/{member['id']}", json={"is_disabled": True}, headers=ANY)
    async with somewhere(app) as http:
        answers = [
            await sign_in(http, caller.agency, "bukan-kata-sandinya"),
            await sign_in(http, caller.agency, agency="tidak-ada"),
            await http.post("/v1/auth/token", json={"email": "tak@dikenal.test", "password": PASSWORD}),
            await http.post("/v1/auth/token", json={"email": member["email"], "password": NEW_PASSWORD}),
        ]
    blank = {"request_id": ""}
    assert {answer.status_code for answer in answers} == {401}
    assert all(answer.json() | blank == answers[0].json() | blank for answer in answers)
    assert all(answer.headers["www-authenticate"].startswith("Bearer") for answer in answers)


async def test_an_unknown_address_takes_about_as_long_as_a_wrong_password(app, db):
    known, unknown = [], []
    for _ in range(6):
        agency = await found_agency(db)
        async with somewhere(app) as http:
            begin = time.perf_counter()
            await sign_in(http, agency, "bukan-kata-sandinya")
            between = time.perf_counter()
            await http.post("/v1/auth/token", json={"email": f"{uuid4().hex}@x.test", "password": PASSWORD})
            known.append(between - begin)
            unknown.append(time.perf_counter() - between)
    assert 0.5 < statistics.median(unknown) / statistics.median(known) < 2


async def test_who_works_for_several_agencies_names_one(app, db, agency: Agency, other_agency: Agency):
    async with tenant_session(db, other_agency.id) as session:
        kept = keep(PASSWORD, b"1" * 16)
        await agencies.add_member(
            session, email=agency.email, name="P", role="analyst", password_hash=kept, now=utc_now()
        )
    async with somewhere(app) as http:
        unsaid = await sign_in(http, agency)
        assert (unsaid.status_code, unsaid.json()["errors"][0]["pointer"]) == (422, "/agency")
        assert (await sign_in(http, agency, "bukan-kata-sandinya")).status_code == 401
        named = await sign_in(http, agency, agency=other_agency.slug)
        assert (await http.get("/v1/agency", headers=bearer(named))).json()["slug"] == other_agency.slug
        assert (await http.get("/v1/members", headers=bearer(named))).status_code == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "a@b.c"}, {"email": 1, "password": "x"}, {"email": "a@b.c", "password": "x" * 129},
     {"email": "a\0@b.c", "password": "x"}, {"email": "a@b.c", "password": "x", "tenant": "y"}],
)  # fmt: skip
async def test_a_body_of_another_shape_is_refused_before_anything_is_counted(nobody, body: dict):
    answer = await nobody.post("/v1/auth/token", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


async def test_five_failures_shut_the_account_even_to_the_right_password(app, agency: Agency, other_agency: Agency):
    async with somewhere(app) as http:
        for _ in range(attempts.FAILURES_OF_ACCOUNT):
            assert (await sign_in(http, agency, "bukan-kata-sandinya")).status_code == 401
        shut = await sign_in(http, agency)
        assert (shut.status_code, shut.json()["code"]) == (429, "too_many_requests")
        assert 0 < int(shut.headers["retry-after"]) <= 900
        assert (await sign_in(http, other_agency)).status_code == 200


async def test_guesses_sent_at_once_are_counted_too(app, agency: Agency):
    async with somewhere(app) as http:
        answers = await asyncio.gather(*(sign_in(http, agency, f"tebakan-nomor-{n}") for n in range(12)))
    counted = [answer.status_code for answer in answers]
    assert (counted.count(401), counted.count(429)) == (5, 7)


async def test_right_passwords_sent_at_once_all_succeed(app, agency: Agency):
    async with somewhere(app) as http:
        answers = await asyncio.gather(*(sign_in(http, agency) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}


async def test_a_log_in_forgets_the_failures_before_it(app, agency: Agency):
    async with somewhere(app) as http:
        for _ in range(2):
            for _ in range(attempts.FAILURES_OF_ACCOUNT - 1):
                assert (await sign_in(http, agency, "bukan-kata-sandinya")).status_code == 401
            assert (await sign_in(http, agency)).status_code == 200


async def test_twenty_failures_shut_an_address_for_every_account(app, agency: Agency):
    async with somewhere(app, peer="2001:db8:1:2::1") as http:
        for number in range(attempts.FAILURES_OF_PEER):
            answer = await http.post("/v1/auth/token", json={"email": f"{number}@x.test", "password": PASSWORD})
            assert answer.status_code == 401
        assert (await sign_in(http, agency)).status_code == 429
    async with somewhere(app, peer="2001:db8:1:2:ffff::9") as neighbour:
        assert (await sign_in(neighbour, agency)).status_code == 429
    async with somewhere(app) as elsewhere:
        assert (await sign_in(elsewhere, agency)).status_code == 200


async def test_a_stranger_does_not_shut_a_member_out_of_the_usual_place(app, agency: Agency):
    async with somewhere(app) as usual, somewhere(app) as stranger:
        assert (await sign_in(usual, agency)).status_code == 200
        for _ in range(attempts.FAILURES_OF_ACCOUNT):
            await sign_in(stranger, agency, "bukan-kata-sandinya")
        assert (await sign_in(stranger, agency)).status_code == 429
        assert (await sign_in(usual, agency)).status_code == 200


async def test_counts_end_by_themselves(app, agency: Agency, redis: Redis):
    async with somewhere(app) as http:
        await sign_in(http, agency, "bukan-kata-sandinya")
    names = [key async for key in redis.scan_iter("sign-in:*")]
    assert names
    assert all([0 < await redis.ttl(name) <= attempts.KNOWN_FOR.total_seconds() for name in names])
    assert not any(agency.email.encode() in name for name in names)


async def test_without_redis_nobody_signs_in_and_sign_ins_still_renew(app, agency: Agency, monkeypatch):
    process = app.app.state.siaga
    async with somewhere(app) as http:
        before = await sign_in(http, agency)
        gone = Counters("redis://127.0.0.1:9")
        monkeypatch.setattr(process, "counters", gone)
        shut = await sign_in(http, agency)
        assert (shut.status_code, shut.json()["code"]) == (503, "unavailable")
        assert int(shut.headers["retry-after"]) > 0
        assert (await renew(http, before.json()["refresh_token"])).status_code == 200
    assert gone.missed == {"sign_in": 1, "request": 2}


async def test_hashing_leaves_the_loop_free_and_runs_two_at_a_time(app, db, monkeypatch):
    agency = await found_agency(db)
    running, most = 0, 0

    def slow(kept: str, password: str) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.05)
        running -= 1
        return True

    monkeypatch.setattr("core.passwords.fits", slow)
    async with somewhere(app) as http:
        logins = asyncio.gather(*(sign_in(http, agency) for _ in range(8)))
        longest = 0.0
        while not logins.done():
            begin = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - begin)
        assert {answer.status_code for answer in await logins} == {200}
    assert most == 2
    assert longest < 0.2


# Refresh


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


async def with_member(caller: Caller, role: str = "analyst") -> tuple[str, Agency]:
    email = f"rina-{uuid4().hex[:8]}@{caller.agency.slug}.test"
    new = {"name": "Rina", "email": email, "role": role, "password": PASSWORD}
    path = (await caller.post("/v1/members", json=new)).headers["location"]
    return path, dataclasses.replace(caller.agency, email=email)


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


# Access tokens


async def test_published_keys_check_a_token_of_ours(app, agency: Agency, settings):
    async with somewhere(app) as http:
        answer = await http.get("/.well-known/jwks.json")
        token = (await sign_in(http, agency)).json()["access_token"]
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "d" not in answer.json()["keys"][0]
    assert [len(answer.json()["keys"]), len({key["kid"] for key in answer.json()["keys"]})] == [3, 3]
    key = jwt.PyJWKSet.from_dict(answer.json())[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=settings.public_url)
    assert (claims["sub"], claims["agency_id"], claims["role"]) == (str(agency.owner_id), str(agency.id), "owner")


async def test_the_turn_of_the_keys_drops_no_valid_token(app, agency: Agency, monkeypatch):
    process, now = app.app.state.siaga, utc_now()
    turn = turns_at(period_of(now) + 1)
    monkeypatch.setattr(process, "clock", lambda: turn - timedelta(seconds=1))
    async with somewhere(app) as http:
        before = await sign_in(http, agency)
        published = (await http.get("/.well-known/jwks.json")).json()
        monkeypatch.setattr(process, "clock", lambda: turn + timedelta(minutes=9))
        assert (await http.get("/v1/clients", headers=bearer(before))).status_code == 200
        after = await renew(http, before.json()["refresh_token"])
        assert (await http.get("/v1/clients", headers=bearer(after))).status_code == 200
    kids = [jwt.get_unverified_header(each.json()["access_token"])["kid"] for each in (before, after)]
    assert kids == [key["kid"] for key in published["keys"][:2]]


SIGN_INS: dict[UUID, UUID] = {}
"""The sign-in of each agency's owner that tokens of ours are made for."""


@pytest.fixture(autouse=True)
async def signed_in(db, agency: Agency) -> None:
    """A sign-in of the owner that has not ended."""
    family, now = uuid4(), utc_now()
    async with tenant_session(db, agency.id) as session:
        await agencies.issue_refresh(
            session, token_id=uuid4(), member_id=agency.owner_id, family_id=family, digest=b"-", now=now,
            until=now + timedelta(days=1),
        )  # fmt: skip
    SIGN_INS[agency.id] = family


def claims_of(agency: Agency, settings, now: datetime) -> dict:
    begin = int(now.timestamp())
    return {
        "iss": settings.public_url, "aud": AUDIENCE, "sub": str(agency.owner_id), "iat": begin, "nbf": begin,
        "exp": begin + 600, "jti": str(uuid4()), "sid": str(SIGN_INS[agency.id]), "agency_id": str(agency.id), "role": "owner",
        "scope": "clients:read",
    }  # fmt: skip


def signed(key: SigningKey, claims: dict, **header) -> str:
    return jwt.encode(claims, key.private, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": key.kid} | header)


@pytest.fixture
def key(settings) -> SigningKey:
    return KeySet.at(utc_now(), settings.secret_key).signing


async def asked_with(app, token: str) -> httpx.Response:
    async with somewhere(app, bearer=token) as http:
        return await http.get("/v1/clients")


async def test_a_token_signed_as_ours_is_taken(app, agency, settings, key):
    assert (await asked_with(app, signed(key, claims_of(agency, settings, utc_now())))).status_code == 200


FLAWS = {
    "exp as text": {"exp": "4102444800"},
    "exp with a fraction": {"exp": 4102444800.5},
    "exp a truth": {"exp": True},
    "several audiences": {"aud": [AUDIENCE, "other"]},
    "one audience as a list": {"aud": [AUDIENCE]},
    "another audience": {"aud": "other"},
    "another issuer": {"iss": "https://elsewhere.test"},
    "an issuer that ours begins with": {"iss": "http"},
    "a subject that is no id": {"sub": "' or 1=1 --"},
    "an unknown role": {"role": "root"},
    "a role that is a list": {"role": ["owner"]},
    "an agency that is no id": {"agency_id": "*"},
    "no session": {"sid": None},
}


@pytest.mark.parametrize("flaw", FLAWS)
async def test_a_token_properly_signed_with_a_flaw_is_refused(app, agency, settings, key, flaw: str):
    answer = await asked_with(app, signed(key, claims_of(agency, settings, utc_now()) | FLAWS[flaw]))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="siaga"')


@pytest.mark.parametrize(
    "shifts",
    [
        pytest.param({"exp": 10 * 365 * 86_400}, id="a life of ten years"),
        pytest.param({"exp": 901}, id="a life of fifteen minutes and a second"),
        pytest.param({"iat": -700, "nbf": -700, "exp": -60}, id="over"),
        pytest.param({"nbf": 120}, id="not yet"),
        pytest.param({"iat": 120}, id="issued in the future"),
    ],
)
async def test_a_token_of_another_time_is_refused(app, agency, settings, key, shifts: dict[str, int]):
    now = utc_now()
    shifted = {name: int(now.timestamp()) + seconds for name, seconds in shifts.items()}
    assert (await asked_with(app, signed(key, claims_of(agency, settings, now) | shifted))).status_code == 401


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "agency_id", "role", "scope"])
async def test_a_token_without_a_claim_is_refused(app, agency, settings, key, name: str):
    claims = claims_of(agency, settings, utc_now())
    del claims[name]
    assert (await asked_with(app, signed(key, claims))).status_code == 401


@pytest.mark.parametrize(
    "header",
    [{"typ": "refresh+jwt"}, {"typ": "JWT"}, {"typ": None}, {"kid": "other"}, {"kid": "../../etc/passwd"},
     {"crit": ["b64"], "b64": False}],
)  # fmt: skip
async def test_a_token_with_another_header_is_refused(app, agency, settings, key, header: dict):
    assert (await asked_with(app, signed(key, claims_of(agency, settings, utc_now()), **header))).status_code == 401


def by_hand(header: dict, claims: dict, signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_other_algorithms_and_other_keys_are_refused(app, agency, settings, key):
    claims = claims_of(agency, settings, utc_now())
    header = {"typ": "at+jwt", "kid": key.kid}
    raw = key.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    jwk = key.published()
    other = SigningKey(Ed25519PrivateKey.generate(), key.kid)
    real = signed(key, claims)
    tokens = [
        by_hand(header | {"alg": "none"}, claims, b""),
        by_hand(header | {"alg": "None"}, claims, b""),
        by_hand(header | {"alg": "EdDSA", "kid": None}, claims, bytes(64)),
        by_hand(header | {"alg": ["EdDSA"]}, claims, b""),
        jwt.encode(claims, raw, algorithm="HS256", headers=header),
        jwt.encode(claims, jwk["x"].encode(), algorithm="HS256", headers=header),
        signed(other, claims),
        signed(other, claims, jwk=other.published()),
        signed(other, claims, jku="http://127.0.0.1:9/jwks.json"),
        by_hand(header | {"alg": "EdDSA"}, claims, bytes(64)),
        real[:-40] + ("A" if real[-40] != "A" else "B") + real[-39:],
        real + "=",
        real + ".x",
    ]
    assert [(await asked_with(app, token)).status_code for token in tokens] == [401] * len(tokens)


def forged() -> list[str]:
    if not FORGED.exists():
        return []
    return [json.loads(line)["token"] for line in FORGED.read_text().splitlines()]


async def test_every_forged_token_of_the_corpus_is_refused(app):
    if not FORGED.exists():
        pytest.skip("the corpus of bad input stands beside the repository and is not here")
    for token in forged():
        answer = await asked_with(app, token)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="siaga"'), token[:80]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer sk_live_x", "Token x", "Bearer a b"])
async def test_other_authorizations_are_refused(app, value: str):
    async with somewhere(app) as http:
        assert (await http.get("/v1/clients", headers={"Authorization": value})).status_code == 401


async def test_a_token_says_no_more_than_its_role_allows(app, agency, settings, key):
    claims = claims_of(agency, settings, utc_now()) | {"role": Role.ANALYST.value, "scope": "members:manage"}
    assert (await asked_with(app, signed(key, claims))).status_code == 403


async def test_two_credentials_at_once_are_refused(app, agency: Agency):
    async with calling(app, agency.key) as http:
        twice = [("Authorization", f"Bearer {agency.key}"), ("Authorization", f"Bearer {agency.key}")]
        request = httpx.Request("GET", "http://api.test/v1/clients", headers=twice)
        assert (await http.send(request)).status_code == 401
