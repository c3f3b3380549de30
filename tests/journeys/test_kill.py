"""Killing API, worker or PostgreSQL, or emptying Redis, at any moment loses nothing and counts nothing twice."""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg
import httpx
import psutil
import pytest
from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy.engine import make_url
from standardwebhooks import Webhook

from core.settings import Settings
from siaga import embedded
from storage.engine import open_database
from tests.chaos.storm import Plan, blow
from tests.conftest import found_agency
from tests.served import ROOT

BATCHES, SIZE = 40, 25
QUIET = 120
CALM_S = 100
VICTIMS = ("worker", "api", "redis", "postgres", "worker", "worker", "redis", "api", "postgres", "worker")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def house(home: str) -> AsyncIterator[tuple[psutil.Process, str]]:
    """`siaga up` as a person types it, on a home and a port of its own."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
    environ |= {
        "SIAGA_HOME": home,
        "PYTHONPATH": str(ROOT),
        "API_PORT": str(port),
        "ALLOW_PRIVATE_WEBHOOK_TARGETS": "127.0.0.0/8",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "siaga", "up", env=environ, stdout=asyncio.subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as http, asyncio.timeout(60):
            while not await answers(http, f"{base}/health/ready"):
                assert process.returncode is None, "siaga up ended before it served"
                await asyncio.sleep(0.1)
        yield psutil.Process(process.pid), base
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)


async def answers(http: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await http.get(address)).status_code == 200
    except httpx.HTTPError:
        return False


class Receiver:
    """The client's own system: verifies every call with the official library and remembers it."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.forged = 0
        self.secret = ""

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            Webhook(self.secret).verify(body, dict(request.headers))
        except Exception:  # noqa: BLE001 - whatever the library says, it is not verified
            self.forged += 1
            return web.Response(status=401)
        self.seen.append(request.headers["webhook-id"])
        return web.Response(status=204)


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", receiver.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


async def persist(http: httpx.AsyncClient, method: str, path: str, **kwargs: object) -> httpx.Response:
    """What a careful client does: repeat until there is an answer that is not a fault of the server's."""
    async with asyncio.timeout(90):
        while True:
            with suppress(httpx.HTTPError):
                answer = await http.request(method, path, timeout=10, **kwargs)
                if answer.status_code < 500:
                    return answer
            await asyncio.sleep(0.2)


def batch(number: int, now: datetime) -> list[dict[str, object]]:
    return [
        {
            "platform": "x",
            "native_id": f"{number}-{place}",
            "published_at": (now - timedelta(seconds=900 - number * 20 + place / 10)).isoformat(),
            "text": f"Parah, kopisenja {number}-{place} bikin sakit perut, kecewa banget, tolong ditarik dari toko",
            "author": {"handle": f"u{number}_{place}"},
        }
        for place in range(SIZE)
    ]


def victim(parent: psutil.Process, name: str) -> psutil.Process | None:
    """A process of the house by what it runs."""
    for process in parent.children(recursive=True):
        with suppress(psutil.Error):
            words = process.cmdline()
            if name == "postgres" and words and Path(words[0]).name == "postgres" and "-D" in words:
                return process
            if name in {"api", "worker"} and words[-2:] == ["siaga", name]:
                return process
    return None


def quiet_days(now: datetime) -> list[dict[str, object]]:
    """What the brand knows as ordinary, so that the complaints stand out."""
    return [
        {
            "platform": "x",
            "native_id": f"quiet-{hour}",
            "published_at": (now - timedelta(hours=3 + hour)).isoformat(),
            "text": f"ngopi sore di kopisenja hari ke-{hour}, enak dan tenang",
            "author": {"handle": f"tenang{hour}"},
        }
        for hour in range(QUIET)
    ]


async def attack(parent: psutil.Process, redis_url: str, random: Random) -> list[str]:
    struck: list[str] = []
    for name in VICTIMS:
        await asyncio.sleep(random.uniform(0.4, 1.4))
        if name == "redis":
            with suppress(Exception):
                client = Redis.from_url(redis_url)
                await client.flushall()
                await client.aclose()
                struck.append(name)
        elif (process := victim(parent, name)) is not None:
            with suppress(psutil.Error):
                process.kill()
                struck.append(name)
    return struck


async def test_webhooks_pass_through_a_short_storm(tmp_path: Path):
    """`make chaos` in small: the same storm, with one blow of each kind at least."""
    plan = Plan(
        events=200, pace=50, workers=2, kills=(1.0, 2.0), floods=1, crashes=1, most_calm_s=60, most_repeated=0.1
    )
    seen = await blow(plan, tmp_path, lambda _: None)
    assert seen.misses(plan) == []
    assert len(seen.arrived) == 200


@pytest.mark.timeout(300)
async def test_nothing_is_lost_and_nothing_counts_twice_whoever_dies():
    receiver = Receiver()
    with tempfile.TemporaryDirectory(prefix="siaga-kill-") as home:
        async with house(home) as (parent, base), receiving(receiver) as address:
            servers = embedded.attach(home)
            assert servers is not None
            settings = Settings.parse(
                {
                    "DATABASE_URL": servers.database_url,
                    "REDIS_URL": servers.redis_url,
                    "SECRET_KEY": embedded.secret_key(home),
                }
            )
            async with open_database(settings) as db:
                agency = await found_agency(db)
            headers = {"Authorization": f"Bearer {agency.key}"}
            async with httpx.AsyncClient(base_url=base, headers=headers) as http:
                client_id = await registered(http, receiver, address)
                now = datetime.now(UTC)
                await persist(http, "POST", "/v1/mentions", json={"items": quiet_days(now)})
                attacking = asyncio.create_task(attack(parent, servers.redis_url, Random(7)))
                for number in range(BATCHES):
                    sent = await persist(http, "POST", "/v1/mentions", json={"items": batch(number, now)})
                    assert sent.json()["summary"]["refused"] == 0
                    await asyncio.sleep(0.15)
                struck = await attacking
                assert {"worker", "api", "redis", "postgres"} <= set(struck)
                found = await settled(servers.database_url, client_id)
                (incident,) = (await persist(http, "GET", f"/v1/incidents?client_id={client_id}")).json()["data"]
    assert found["mentions"] == found["distinct_posts"] == found["counted"] == BATCHES * SIZE + QUIET
    assert found["deliveries"] == found["delivered"] == found["events"] >= 1
    assert set(receiver.seen) == found["event_ids"]
    assert receiver.forged == 0
    assert incident["level"] == "crisis"


async def registered(http: httpx.AsyncClient, receiver: Receiver, address: str) -> str:
    client = await persist(http, "POST", "/v1/clients", json={"kind": "company", "name": "Kopi Senja"})
    client_id = client.json()["id"]
    new = {"client_id": client_id, "name": "merek", "query": "kopisenja"}
    keyword = (await persist(http, "POST", "/v1/keywords", json=new)).json()
    await persist(http, "POST", f"/v1/keywords/{keyword['id']}/activate")
    endpoint = await persist(
        http, "POST", "/v1/webhook-endpoints", json={"url": address, "event_types": ["*"], "client_id": client_id}
    )
    receiver.secret = endpoint.json()["secret"]
    return client_id


_FIGURES = """
    select json_build_object(
        'due', (select count(*) from outbox),
        'batches', (select count(*) from post_batches),
        'mentions', (select count(*) from mentions where client_id = $1),
        'distinct_posts', (select count(distinct post_id) from mentions where client_id = $1),
        'counted', (select coalesce(sum(mentions), 0) from client_buckets where client_id = $1),
        'events', (select count(*) from events where client_id = $1),
        'event_ids', (select json_agg(id) from events where client_id = $1),
        'deliveries', (select count(*) from webhook_deliveries),
        'delivered', (select count(*) from webhook_deliveries where status = 'delivered')
    )
"""


async def settled(database_url: str, client_id: str) -> dict:
    """The figures once nothing is due any more, read past row security by the servers' own superuser."""
    dsn = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    found: dict = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(CALM_S):
            while not found or found["due"] or found["batches"]:
                await asyncio.sleep(0.5)
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    connection = await asyncpg.connect(dsn)
                    found = json.loads(await connection.fetchval(_FIGURES, client_id))
                    await connection.close()
    assert (found["due"], found["batches"]) == (0, 0), f"work is left over: {found}"
    return found | {"event_ids": set(found["event_ids"] or [])}
