"""Signing in: one answer to every wrong guess, and limits that hold."""

import asyncio
import statistics
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from api.edge import attempts
from api.edge.counters import Counters
from core.passwords import keep
from storage import agencies
from storage.session import tenant_session
from storage.table import utc_now
from tests.conftest import PASSWORD, Agency, Caller, found_agency
from tests.sign_ins import ANY, NEW_PASSWORD, bearer, renew, sign_in, somewhere


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
            # Of this process: what the machine does beside it adds nothing.
            begin = time.process_time()
            await sign_in(http, agency, "bukan-kata-sandinya")
            between = time.process_time()
            await http.post("/v1/auth/token", json={"email": f"{uuid4().hex}@x.test", "password": PASSWORD})
            known.append(between - begin)
            unknown.append(time.process_time() - between)
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
        for _ in range(attempts.FAILURES_ON_ACCOUNT):
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
            for _ in range(attempts.FAILURES_ON_ACCOUNT - 1):
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


async def test_a_stranger_shuts_out_nobody_but_the_stranger(app, agency: Agency):
    async with somewhere(app) as stranger, somewhere(app) as on_the_road:
        for _ in range(attempts.FAILURES_ON_ACCOUNT):
            await sign_in(stranger, agency, "bukan-kata-sandinya")
        shut = await sign_in(stranger, agency)
        assert (shut.status_code, "sign-in-account" in shut.headers["ratelimit"]) == (429, True)
        assert (await sign_in(on_the_road, agency)).status_code == 200


async def test_guesses_from_everywhere_shut_the_account_except_to_the_usual_place(app, agency: Agency, monkeypatch):
    monkeypatch.setattr(attempts, "FAILURES_OF_ACCOUNT", 2)
    async with somewhere(app) as usual:
        assert (await sign_in(usual, agency)).status_code == 200
        for _ in range(2):
            async with somewhere(app) as stranger:
                assert (await sign_in(stranger, agency, "bukan-kata-sandinya")).status_code == 401
        async with somewhere(app) as one_more:
            shut = await sign_in(one_more, agency)
            assert (shut.status_code, "sign-in-anywhere" in shut.headers["ratelimit"]) == (429, True)
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
    threads: set[threading.Thread] = set()

    def slow(kept: str, password: str) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        threads.add(threading.current_thread())
        time.sleep(0.05)
        running -= 1
        return True

    monkeypatch.setattr("core.passwords.fits", slow)
    async with somewhere(app) as http:
        answers = await asyncio.gather(*(sign_in(http, agency) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert most == 2
    assert threading.current_thread() not in threads, "the loop's own thread hashes nothing"
