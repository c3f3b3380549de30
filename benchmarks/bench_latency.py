"""G13: from the POST that lifts a client's level to the first attempt of its webhook, on the embedded default.

API and worker run as `siaga up` runs them, processes of their own on durable embedded servers. Clients of one agency,
each with quiet days behind it, come under fire one after another. A lift counts from before its request is sent
until its webhook has arrived. PostgreSQL is told to keep the times of its commits, which say how the time was spent.
"""

import asyncio
import os
import socket
import statistics
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from aiohttp import web

from benchmarks.house import Agency, found_agency
from benchmarks.measure import Result, at_most, told
from core.settings import Settings
from siaga import up
from siaga.demo.calls import Api, address_of
from siaga.embedded import Embedded
from storage.engine import open_database

CLIENTS = 40
QUIET_DAYS = 9
QUIET_A_DAY = 6
ANGRY = 50
LONGEST_WAIT_S = 60
SHARE = 0.95

# When each step of a lift was committed; the event is written with the assessment that asks for it.
_STEPS = """
    select
        (select min(pg_xact_commit_timestamp(p.xmin)) from mentions m join posts p on p.agency_id = m.agency_id
            and p.published_at = m.published_at and p.id = m.post_id
            where m.client_id = e.client_id and m.published_at >= $2) as accepted,
        (select min(pg_xact_commit_timestamp(m.xmin)) from mentions m
            where m.client_id = e.client_id and m.published_at >= $2) as matched,
        pg_xact_commit_timestamp(e.xmin) as assessed,
        d.created_at as begun,
        (d.attempts -> 0 ->> 'started_at')::timestamptz as attempted
    from events e
    join webhook_deliveries d on d.agency_id = e.agency_id and d.event_id = e.id
    where e.client_id = $1 and e.type = 'incident.opened'
"""
_NAMES = {
    "accepted": "the posts are accepted",
    "matched": "they are matched, read and counted",
    "assessed": "the client is assessed, the event written",
    "begun": "its delivery is begun",
    "attempted": "the first attempt starts",
}


def run() -> list[Result]:
    with serving() as running:
        return asyncio.run(_lifted(running.settings, running.installation.environ["DATABASE_URL"]))


@contextmanager
def serving() -> Generator[up.House]:
    """API and worker as `siaga up` runs them, on servers that keep the times of their commits."""
    with tempfile.TemporaryDirectory(prefix="siaga-bench-") as home:
        asyncio.run(_keep_commit_times(Path(home)))
        environ = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        environ |= {"PYTHONPATH": str(Path(__file__).resolve().parents[1]), "SIAGA_HOME": home}
        environ |= {"API_PORT": str(_free_port()), "ALLOW_PRIVATE_WEBHOOK_TARGETS": "127.0.0.0/8"}
        with up.house(environ, lambda _: None) as running:
            yield running


async def _keep_commit_times(home: Path) -> None:
    """The setting is read at the server's start, so it is made before the house is up."""
    with Embedded.start(home) as servers:
        connection = await asyncpg.connect(servers.database_url)
        await connection.execute("alter system set track_commit_timestamp = on")
        await connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True, slots=True)
class Lift:
    """One client's crisis: when its posts were about to be sent, and when its webhook had arrived."""

    client_id: str
    begins: datetime
    arrived: datetime


async def _lifted(settings: Settings, address: str) -> list[Result]:
    owner = await asyncpg.connect(address)
    try:
        async with open_database(settings) as db:
            agency = await found_agency(db)
        async with _receiver() as (url, heard), aiohttp.ClientSession() as http:
            caller = Api(http, address_of(settings), agency.key)
            clients = await _prepared(caller, owner, agency, url)
            lifts = [await _lift(caller, number, client_id, heard) for number, client_id in enumerate(clients)]
        await until_done(owner)
        return _told(lifts, [await _steps(owner, lift) for lift in lifts])
    finally:
        await owner.close()


@asynccontextmanager
async def _receiver() -> AsyncGenerator[tuple[str, "asyncio.Queue[tuple[str, datetime]]"]]:
    """A client's own system: which client's incident it was told of, and when."""
    heard: asyncio.Queue[tuple[str, datetime]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        arrived = datetime.now(UTC)
        heard.put_nowait(((await request.json())["data"]["client_id"], arrived))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/siaga", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/siaga", heard
    finally:
        await runner.cleanup()


async def _prepared(caller: Api, owner: asyncpg.Connection, agency: Agency, url: str) -> list[str]:
    """Clients with a keyword each, quiet days behind them, all of it assessed."""
    await caller.post("/v1/webhook-endpoints", {"url": url, "event_types": ["incident.opened"]})
    clients = [
        (await caller.post("/v1/clients", {"kind": "company", "name": f"Kopi {number}"}))["id"]
        for number in range(CLIENTS)
    ]
    for number, client_id in enumerate(clients):
        told = {"client_id": client_id, "name": "merek", "query": _brand(number)}
        await caller.post(f"/v1/keywords/{(await caller.post('/v1/keywords', told))['id']}/activate")
    now = datetime.now(UTC)
    for number in range(CLIENTS):
        quiet = [_quiet(number, day, hour, now) for day in range(1, QUIET_DAYS + 1) for hour in range(QUIET_A_DAY)]
        await caller.post("/v1/mentions", {"items": quiet})
    await until_done(owner)
    assert await owner.fetchval("select count(*) from incidents where agency_id = $1", agency.id) == 0
    return clients


async def _lift(caller: Api, number: int, client_id: str, heard: "asyncio.Queue[tuple[str, datetime]]") -> Lift:
    begins = datetime.now(UTC)
    await caller.post("/v1/mentions", {"items": [_angry(number, place, begins) for place in range(ANGRY)]})
    async with asyncio.timeout(LONGEST_WAIT_S):
        about, arrived = await heard.get()
    assert about == client_id, "the webhook tells of another client"
    return Lift(client_id, begins, arrived)


async def until_done(owner: asyncpg.Connection) -> None:
    """Wait until nothing is due any more.

    Raises: TimeoutError.
    """
    for _ in range(10 * LONGEST_WAIT_S):
        if not await owner.fetchval("select count(*) from outbox"):
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("the outbox does not run dry")


async def _steps(owner: asyncpg.Connection, lift: Lift) -> dict[str, float]:
    """Seconds that each step took after the one before."""
    row = await owner.fetchrow(_STEPS, lift.client_id, lift.begins - timedelta(hours=1))
    assert row is not None
    times = [lift.begins, *(row[name] for name in _NAMES)]
    return {
        name: (after - before).total_seconds() for name, before, after in zip(_NAMES, times, times[1:], strict=False)
    }


def _told(lifts: list[Lift], steps: list[dict[str, float]]) -> list[Result]:
    seconds = sorted((lift.arrived - lift.begins).total_seconds() for lift in lifts)
    slowest = seconds[ceil(SHARE * len(seconds)) - 1]
    spent = {words: statistics.median(step[name] for step in steps) for name, words in _NAMES.items()}
    return [
        at_most("G13 from the POST to its webhook, 95th percentile in seconds", slowest, 2),
        told("median of all", statistics.median(seconds), "s"),
        *(told(f"until {words}", duration, "s") for words, duration in spent.items()),
    ]


def _brand(number: int) -> str:
    return f"kopisenja{number}"


def _quiet(number: int, day: int, hour: int, now: datetime) -> dict[str, Any]:
    at = now - timedelta(days=day, hours=3 * hour)
    return _post(f"Ngopi dulu di {_brand(number)}, enak banget", f"q{number}_{day}_{hour}", at)


def _angry(number: int, place: int, now: datetime) -> dict[str, Any]:
    text = f"Parah, {_brand(number)} bikin sakit perut, sudah {place} orang keracunan, tolong ditarik!"
    return _post(text, f"a{number}_{place}", now - timedelta(seconds=10 * (ANGRY - place)))


def _post(text: str, name: str, at: datetime) -> dict[str, Any]:
    author = {"handle": name, "followers": 100}
    return {"platform": "x", "native_id": name, "published_at": at.isoformat(), "text": text, "author": author}
