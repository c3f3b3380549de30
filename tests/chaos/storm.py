"""Events are committed and told while workers are killed, Redis is emptied and PostgreSQL is killed; then it is calm."""

import asyncio
import base64
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Self
from uuid import UUID

import asyncpg
import psutil
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

import migrations
from core import sealing
from core import webhooks as rules
from core.events import EventType
from core.ids import EndpointId
from core.settings import Settings
from siaga.embedded import Embedded
from siaga.processes import own_command
from storage import events
from storage import webhooks as endpoints
from storage.engine import Database, open_database
from storage.session import tenant_session
from storage.table import new_id, utc_now
from tests.conftest import found_agency
from tests.jobs.webhook_desk import incident
from tests.served import ROOT

AT_A_TIME = 10
"""Events of one transaction."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard it blows. `kills` is the span of seconds between two kills of workers, `pace` events a second."""

    events: int = 10_000
    pace: float = 150
    workers: int = 3
    kills: tuple[float, float] = (0.5, 3.0)
    floods: int = 3
    crashes: int = 3
    most_calm_s: float = 300
    most_repeated: float = 0.02
    seed: int = 7

    @property
    def storm_s(self) -> float:
        return self.events / self.pace


@dataclass(slots=True)
class Seen:
    """What is known while it blows, and what came of it."""

    committed: int = 0
    delivered: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    calm_s: float = 0.0
    acknowledged: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    arrived: Counter[str] = field(default_factory=Counter)
    forged: int = 0
    other_ids: int = 0
    left: int = 0

    @property
    def lost(self) -> int:
        """Events whose commit was acknowledged, or that stand in the log, and that never arrived."""
        return len((self.acknowledged | self.written) - set(self.arrived))

    @property
    def repeated(self) -> float:
        """The share of events that arrived more than once."""
        return sum(1 for count in self.arrived.values() if count > 1) / max(1, len(self.arrived))

    def misses(self, plan: Plan) -> list[str]:
        """What should not have happened, in sentences."""
        found = [
            (self.lost > 0, f"{self.lost} events were lost"),
            (self.repeated > plan.most_repeated, f"{self.repeated:.2%} of the events arrived more than once"),
            (self.other_ids > 0, f"{self.other_ids} arrived under a webhook-id that is not theirs"),
            (self.forged > 0, f"{self.forged} did not verify"),
            (self.left > 0, f"{self.left} rows were still due after {self.calm_s:.0f} s of calm"),
            (len(self.acknowledged) < plan.events, f"only {len(self.acknowledged)} events were committed"),
            (self.struck["worker"] < 1, "no worker was killed"),
            (self.struck["redis"] < plan.floods, "Redis was not emptied as often as planned"),
            (self.struck["postgres"] < plan.crashes, "PostgreSQL was not killed as often as planned"),
        ]
        return [sentence for is_so, sentence in found if is_so]


Show = Callable[[Seen], None]


async def blow(plan: Plan, home: Path, show: Show) -> Seen:
    """Do it all, on servers and workers of its own in `home`."""
    seen = Seen()
    with Embedded.start(home / "servers") as servers:
        await migrations.upgrade(servers.database_url)
        environ = {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "ALLOW_PRIVATE_WEBHOOK_TARGETS": "127.0.0.0/8",
            "WEBHOOK_TIMEOUT_S": "2",
            "LOG_LEVEL": "error",
        }
        settings = Settings.parse(environ)
        secret = rules.new_secret(secrets.token_bytes(rules.SECRET_BYTES))
        async with open_database(settings) as db:
            agency = (await found_agency(db)).id
            with receiver(home / "received", secret) as address:
                await _register(db, settings, agency, address, secret)
                with Workers(plan.workers, environ, home / "worker.log") as workers:
                    await _storm(plan, seen, db, agency, servers, workers, show)
                    await _calm(plan, seen, servers, workers, show)
            _read(home / "received", seen)
    return seen


class Workers:
    """Worker processes; one that ends is replaced at once."""

    def __init__(self, count: int, environ: Mapping[str, str], log: Path) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}
        self._environ, self._log = {**inherited, **environ, "PYTHONPATH": str(ROOT)}, log
        self._count = count
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.replace()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(30)

    def replace(self) -> None:
        """See to it that there are as many as there should be."""
        self._running = [process for process in self._running if process.poll() is None]
        with self._log.open("ab") as output:
            while len(self._running) < self._count:
                started = subprocess.Popen(own_command("worker"), env=self._environ, stdout=output, stderr=output)
                self._running.append(started)

    def kill_one(self, random: Random) -> None:
        """End one as a crash does."""
        random.choice(self._running).kill()


@contextmanager
def receiver(kept: Path, secret: str) -> Iterator[str]:
    """The address of the client's own system, until the block ends."""
    command = [sys.executable, "-m", "tests.chaos.receiver", str(kept)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        print(secret, file=process.stdin, flush=True)
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


async def _register(db: Database, settings: Settings, agency: UUID, address: str, secret: str) -> None:
    endpoint_id, nonce = EndpointId(new_id()), secrets.token_bytes(sealing.NONCE_BYTES)
    sealed = sealing.seal(settings.secret_key, secret, nonce=nonce, agency_id=agency, row_id=endpoint_id)
    values = {"url": address, "event_types": ["*"], "client_id": None, "description": None}
    async with tenant_session(db, agency) as session:
        await endpoints.add(session, endpoint_id, values, secret_sealed=sealed, now=utc_now())


async def _storm(
    plan: Plan, seen: Seen, db: Database, agency: UUID, servers: Embedded, workers: Workers, show: Show
) -> None:
    random = Random(plan.seed)
    blowing = [
        asyncio.create_task(_kill(plan, seen, workers, random)),
        asyncio.create_task(_strike(plan, seen, servers)),
        asyncio.create_task(_count(seen, servers, workers, show)),
    ]
    try:
        await _commit(plan, seen, db, agency)
        await blowing[1]
    finally:
        for task in blowing:
            task.cancel()
        await asyncio.gather(*blowing, return_exceptions=True)


async def _commit(plan: Plan, seen: Seen, db: Database, agency: UUID) -> None:
    """Events as an agency's crises bring them, a few a transaction; one that fails is done anew."""
    begins = time.monotonic()
    while len(seen.acknowledged) < plan.events:
        ahead = len(seen.acknowledged) / plan.pace - (time.monotonic() - begins)
        await asyncio.sleep(max(0.0, ahead))
        with suppress(DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            now, told = utc_now(), []
            async with tenant_session(db, agency) as session:
                for _ in range(min(AT_A_TIME, plan.events - len(seen.acknowledged))):
                    data = incident(new_id(), now)
                    event = EventType.INCIDENT_OPENED
                    told.append(await events.publish(session, event, client_id=None, data=data, now=now))
            seen.acknowledged |= {str(event_id) for event_id in told}
            seen.committed = len(seen.acknowledged)


async def _kill(plan: Plan, seen: Seen, workers: Workers, random: Random) -> None:
    while True:
        await asyncio.sleep(random.uniform(*plan.kills))
        workers.replace()
        workers.kill_one(random)
        seen.struck["worker"] += 1
        workers.replace()


async def _strike(plan: Plan, seen: Seen, servers: Embedded) -> None:
    """Empty Redis and kill PostgreSQL, evenly over the storm and never together."""
    blows = ["redis", "postgres"] * max(plan.floods, plan.crashes)
    wait_s = plan.storm_s / (len(blows) + 1)
    for name in blows:
        await asyncio.sleep(wait_s)
        if name == "redis" and seen.struck["redis"] < plan.floods:
            with suppress(RedisError, OSError):
                async with Redis.from_url(servers.redis_url) as client:
                    await client.flushall()
                seen.struck["redis"] += 1
        elif name == "postgres" and seen.struck["postgres"] < plan.crashes:
            postmaster = int((servers.home / "postgres" / "postmaster.pid").read_text().split()[0])
            psutil.Process(postmaster).kill()
            seen.struck["postgres"] += 1
            await asyncio.sleep(0.5)
            # In this thread: the kernel ends the servers with the thread that started them.
            while not servers.revive():  # noqa: ASYNC110 - a process that is not ours to wait for
                await asyncio.sleep(0.1)


_FIGURES = """
    select (select count(*) from webhook_deliveries where status = 'delivered') as delivered,
        (select count(*) from outbox) as due
"""


@asynccontextmanager
async def _owner(servers: Embedded) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(servers.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def _count(seen: Seen, servers: Embedded, workers: Workers, show: Show) -> None:
    while True:
        workers.replace()
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with _owner(servers) as owner:
                row = await owner.fetchrow(_FIGURES)
                assert row is not None
                seen.delivered, seen.left = row["delivered"], row["due"]
        show(seen)
        await asyncio.sleep(0.5)


async def _calm(plan: Plan, seen: Seen, servers: Embedded, workers: Workers, show: Show) -> None:
    begins = time.monotonic()
    counting = asyncio.create_task(_count(seen, servers, workers, show))
    seen.left = -1
    while seen.left and time.monotonic() - begins < plan.most_calm_s:  # noqa: ASYNC110 - others' rows
        await asyncio.sleep(0.1)
    counting.cancel()
    await asyncio.gather(counting, return_exceptions=True)
    seen.calm_s = time.monotonic() - begins
    async with _owner(servers) as owner:
        seen.left = await owner.fetchval("select count(*) from outbox")
        seen.written = {str(row["id"]) for row in await owner.fetch("select id from events")}


def _read(kept: Path, seen: Seen) -> None:
    ids_of: dict[str, str] = {}
    for line in kept.read_text().splitlines():
        header, told, body = line.split()
        if header == "forged":
            seen.forged += 1
            continue
        seen.arrived[told] += 1
        # The same event always comes under its own id, with the same bytes.
        if header != told or ids_of.setdefault(told, body) != body:
            seen.other_ids += 1
