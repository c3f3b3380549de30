"""How many requests a minute: of a credential, an agency, a client's share, a stranger; over all processes."""

import asyncio
import base64
import dataclasses
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, asynccontextmanager, contextmanager
from ipaddress import ip_network
from uuid import UUID

import httpx
from redis.asyncio import Redis

from api.app import create_app
from api.edge import counters
from api.edge.counters import Counters
from api.edge.gate import Gate
from core.access import Role
from core.settings import Settings
from storage.engine import Database
from tests.conftest import PASSWORD, Agency, Caller, calling, issue_key, put_on

# Each test is a stranger of its own.
PEERS = (f"198.51.{os.getpid() % 250}.{n}" for n in range(250))


@asynccontextmanager
async def serving(settings: Settings, **limits: object):
    """The API with other limits, in this process."""
    gate = create_app(dataclasses.replace(settings, **limits))
    async with gate.app.lifespan():
        yield gate


def from_peer(gate: Gate, peer: str, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=gate, raise_app_exceptions=False, client=(peer, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers)


async def statuses(http, path="/v1/agency", times=1) -> list[int]:
    return [(await http.get(path)).status_code for _ in range(times)]


async def next_minute(redis: Redis, agency: Agency) -> None:
    """Let the agency's window end now."""
    await redis.pexpire(f"rate:{{{agency.id.hex}}}", 1)
    await asyncio.sleep(0.01)


async def test_every_answer_to_a_known_caller_tells_what_is_left(settings: Settings, agency: Agency):
    limits = {"rate_limit_credential": 600, "rate_limit_agency": 3000}
    async with serving(settings, **limits) as gate, calling(gate, agency.key) as http:
        answers = [
            await http.get("/v1/agency"),
            await http.get("/v1/nothing-here"),
            await http.delete("/v1/agency"),
            await http.get("/v1/agency", headers={"Accept": "text/html"}),
            await http.get("/v1/agency?unknown=1"),
            await http.post("/v1/clients", content=b"x", headers={"Content-Type": "text/plain"}),
        ]
    assert [answer.status_code for answer in answers] == [200, 404, 405, 406, 400, 415]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=600;w=60'}
    told = [re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["ratelimit"]) for answer in answers]
    assert [int(each[1]) for each in told] == [599, 598, 597, 596, 595, 594]
    assert all(0 < int(each[2]) <= 60 for each in told)


async def test_past_its_quota_a_credential_waits_and_another_does_not(
    settings: Settings, agency: Agency, db: Database, redis: Redis
):
    key = await issue_key(db, agency.id)
    limits = {"rate_limit_credential": 3, "rate_limit_agency": 100}
    async with serving(settings, **limits) as gate, calling(gate, agency.key) as http, calling(gate, key) as other:
        assert await statuses(http, times=3) == [200, 200, 200]
        refused = await http.get("/v1/agency")
        assert await statuses(other) == [200]
        await next_minute(redis, agency)
        assert await statuses(http) == [200]
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["type"] == "http://api.test/errors/quota-exceeded"
    assert (problem["code"], problem["violated-policies"]) == ("too_many_requests", ["default"])
    assert refused.headers["ratelimit-policy"] == '"default";q=3;w=60'
    left, wait = re.fullmatch(r'"default";r=(\d+);t=(\d+)', refused.headers["ratelimit"]).groups()
    assert left == "0"
    assert int(refused.headers["retry-after"]) >= int(wait) > 0


async def test_the_page_of_a_429_exists(nobody):
    page = await nobody.get("/errors/quota-exceeded")
    assert (page.status_code, page.json()["kind"]) == (200, "too_many_requests")


async def test_the_credentials_of_an_agency_share_its_quota_and_no_other_agencys(
    settings: Settings, agency: Agency, other_agency: Agency, db: Database
):
    async with serving(settings, rate_limit_credential=3, rate_limit_agency=4) as gate:
        async with calling(gate, agency.key) as http, calling(gate, await issue_key(db, agency.id)) as second:
            assert await statuses(http, times=3) == [200] * 3
            passed = await second.get("/v1/agency")
            refused = await second.get("/v1/agency")
        async with calling(gate, other_agency.key) as stranger:
            assert await statuses(stranger) == [200]
    assert passed.headers["ratelimit-policy"] == '"default";q=3;w=60, "agency";q=4;w=60'
    assert re.fullmatch(r'"default";r=2;t=\d+, "agency";r=0;t=\d+', passed.headers["ratelimit"])
    assert (refused.status_code, refused.json()["violated-policies"]) == (429, ["agency"])


async def test_one_clients_portals_leave_half_of_what_is_left_to_the_others(
    settings: Settings, caller: Caller, db: Database, redis: Redis
):
    agency = caller.agency
    made = [await caller.post("/v1/clients", json={"kind": "company", "name": name}) for name in ("Riuh", "Tenang")]
    loud, calm = (UUID(answer.json()["id"]) for answer in made)

    async def portal(client_id: UUID) -> str:
        role = Role.PORTAL_VIEWER
        return await issue_key(db, agency.id, role=role, scopes=("clients:read",), client_id=client_id)

    await next_minute(redis, agency)
    async with serving(settings, rate_limit_credential=100, rate_limit_agency=20) as gate:
        async with calling(gate, await portal(loud)) as first, calling(gate, await portal(loud)) as second:
            assert Counter(await statuses(first, "/v1/clients", 8)) == {200: 8}
            assert Counter(await statuses(second, "/v1/clients", 8)) == {200: 2, 429: 6}
            refused = await second.get("/v1/clients")
        async with calling(gate, await portal(calm)) as third:
            assert Counter(await statuses(third, "/v1/clients", 8)) == {200: 5, 429: 3}
        async with calling(gate, agency.key) as own:
            assert Counter(await statuses(own, "/v1/clients", 8)) == {200: 5, 429: 3}
    assert refused.json()["violated-policies"] == ["client"]
    assert refused.headers["ratelimit-policy"] == '"client";q=10;w=60'


async def test_strangers_and_false_credentials_are_counted_by_address_and_shut_out_no_good_one(
    settings: Settings, agency: Agency
):
    peer, elsewhere = next(PEERS), next(PEERS)
    async with serving(settings, rate_limit_address=3) as gate:
        async with from_peer(gate, peer) as nobody, from_peer(gate, peer, Authorization="Bearer sk_live_x") as wrong:
            passed = [await nobody.get("/openapi.json"), await wrong.get("/v1/agency"), await nobody.get("/v1/none")]
            assert [answer.status_code for answer in passed] == [200, 401, 404]
            assert not any("ratelimit" in answer.headers for answer in passed)
            refused = [await nobody.get("/openapi.json"), await wrong.get("/v1/agency"), await nobody.get("/none")]
            assert [answer.status_code for answer in refused] == [429] * 3
            assert all('"default";r=0' in answer.headers["ratelimit"] for answer in refused)
            assert (await nobody.get("/health/live")).status_code == 200
        async with from_peer(gate, peer, Authorization=f"Bearer {agency.key}") as known:
            assert await statuses(known) == [200]
        async with from_peer(gate, elsewhere) as other:
            assert await statuses(other, "/openapi.json") == [200]


async def test_a_forwarded_address_is_believed_from_our_own_proxies_only(settings: Settings):
    proxy, forger, caller = next(PEERS), next(PEERS), next(PEERS)
    trusted = (ip_network(proxy),)
    async with serving(settings, rate_limit_address=1, trusted_proxies=trusted) as gate:
        async with from_peer(gate, forger) as http:
            said = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(2)]
            answers = [await http.get("/openapi.json", headers=each) for each in said]
            assert [answer.status_code for answer in answers] == [200, 429]
        async with from_peer(gate, proxy) as http:
            # What the caller itself claimed stands before what the proxy saw.
            said = [{"X-Forwarded-For": f"{n}.1.2.3, {caller}:4711"} for n in range(1, 3)]
            answers = [await http.get("/openapi.json", headers=each) for each in said]
            assert [answer.status_code for answer in answers] == [200, 429]


async def test_what_is_sent_at_once_is_counted_one_by_one_even_by_a_redis_that_forgot_the_script(
    settings: Settings, agency: Agency, redis: Redis
):
    async with serving(settings, rate_limit_credential=20) as gate, calling(gate, agency.key) as http:
        assert await statuses(http) == [200]
        await redis.script_flush()
        answers = await asyncio.gather(*(http.get("/v1/agency") for _ in range(60)))
    assert Counter(answer.status_code for answer in answers) == {200: 19, 429: 41}


async def test_without_redis_reads_pass_and_log_in_is_shut_and_both_are_told(
    settings: Settings, agency: Agency, caplog, monkeypatch
):
    async with serving(settings, rate_limit_credential=1) as gate, calling(gate, agency.key) as http:
        process = gate.app.state.siaga
        good = process.counters
        process.counters = gone = Counters("redis://127.0.0.1:9")
        answers = [await http.get("/v1/agency") for _ in range(3)]
        body = {"email": agency.email, "password": PASSWORD}
        shut = await http.post("/v1/auth/token", json=body)
        process.counters = good
        assert await statuses(http, times=2) == [200, 429]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert not any("ratelimit" in answer.headers for answer in answers)
    assert (shut.status_code, shut.json()["code"]) == (503, "unavailable")
    assert gone.missed == {"request": 4, "sign_in": 1}
    assert sum("cannot count in Redis" in line for line in caplog.messages) == 1
    assert any("sign-in is refused" in line for line in caplog.messages)


async def test_a_redis_that_comes_back_counts_again(settings: Settings, agency: Agency, caplog, monkeypatch):
    monkeypatch.setattr(counters, "PAUSE_S", 0)
    async with serving(settings, rate_limit_credential=2) as gate, calling(gate, agency.key) as http:
        process = gate.app.state.siaga
        pool, process.counters._pool = process.counters._pool, Counters("redis://127.0.0.1:9")._pool
        assert await statuses(http, times=3) == [200] * 3
        process.counters._pool = pool
        assert await statuses(http, times=3) == [200, 200, 429]
    assert any("counts again; missed so far: {'request': 3}" in line for line in caplog.messages)


async def test_a_plan_says_how_many_requests(settings: Settings, agency: Agency, db: Database):
    await put_on(db, agency, "trial")
    async with serving(settings, rate_limit_credential=600) as gate, calling(gate, agency.key) as http:
        answer = await http.get("/v1/limits")
    assert answer.headers["ratelimit-policy"] == '"default";q=120;w=60'
    assert answer.json()["requests_a_minute"] == {"credential": 120, "agency": 300}


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]


async def ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(100):
        while True:
            try:
                (await http.get("/health/ready")).raise_for_status()
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
            else:
                return


@contextmanager
def processes(environ: dict[str, str], ports: list[int]):
    """An API process on each port, as `siaga api` starts it."""
    with ExitStack() as stack:
        for port in ports:
            child = subprocess.Popen([sys.executable, "-m", "siaga", "api"], env={**environ, "API_PORT": str(port)})
            stack.callback(child.wait, 60)
            stack.callback(child.terminate)
        yield


async def test_a_limit_of_twenty_over_four_processes_lets_exactly_twenty_pass(
    settings: Settings, servers, agency: Agency
):
    named = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "RATE_LIMIT_CREDENTIAL": "20"}
    # Four processes beside whatever else is tested share the connections of one small server.
    named |= {"DATABASE_POOL_SIZE": "4", "PATH": os.environ["PATH"]}
    named |= {"SECRET_KEY": base64.b64encode(settings.secret_key).decode()}
    headers = {"Authorization": f"Bearer {agency.key}"}
    ports = free_ports(4)
    with processes(named, ports):
        callers = [
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) for port in ports
        ]
        await asyncio.gather(*map(ready, callers))
        # At once, but no more than a busy machine answers within what a process waits for its Redis.
        seats = asyncio.Semaphore(16)

        async def one(http: httpx.AsyncClient) -> httpx.Response:
            async with seats:
                return await http.get("/v1/agency")

        answers = await asyncio.gather(*(one(http) for http in callers * 20))
        for http in callers:
            await http.aclose()
    assert Counter(answer.status_code for answer in answers) == {200: 20, 429: 60}
    left = sorted(re.match(r'"default";r=(\d+)', a.headers["ratelimit"])[1] for a in answers if a.is_success)
    assert left == sorted(str(n) for n in range(20))


async def test_counting_ahead_for_a_busy_caller_lets_pass_exactly_its_quota(settings: Settings, agency: Agency):
    limits = {"rate_limit_credential": 256, "rate_limit_agency": 1000}
    async with serving(settings, **limits) as gate, calling(gate, agency.key) as http:
        answers = [await http.get("/v1/event-types") for _ in range(258)]
    assert [answer.status_code for answer in answers] == [200] * 256 + [429] * 2
    left = [int(re.search(r'"default";r=(\d+)', answer.headers["ratelimit"])[1]) for answer in answers[:256]]
    assert left == list(range(255, -1, -1))


async def test_two_processes_that_count_ahead_let_pass_no_more_than_the_quota(settings: Settings, agency: Agency):
    limits = {"rate_limit_credential": 256, "rate_limit_agency": 1000}
    async with (
        serving(settings, **limits) as one,
        serving(settings, **limits) as two,
        calling(one, agency.key) as first,
        calling(two, agency.key) as second,
    ):
        found = [await statuses(http, "/v1/event-types") for _ in range(140) for http in (first, second)]
    # What one of them counted ahead, it still lets pass: nothing is lost while both are asked.
    assert [status for each in found for status in each].count(200) == 256
