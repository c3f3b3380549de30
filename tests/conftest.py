"""Real servers for every test, one set a worker; two agencies exist wherever a test asks for one."""

import asyncio
import base64
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy.engine import make_url

import migrations
from api.app import create_app
from api.edge import counters
from api.edge.gate import Gate
from core import passwords, tokens
from core.access import SCOPES, Role
from core.settings import Settings
from siaga.embedded import Embedded, Servers
from storage import agencies, credentials
from storage.engine import Database, open_database
from storage.session import tenant_session
from storage.table import utc_now
from tests import moment

# What takes minutes begins first, so that at the end no worker waits for another's long test.
LONGEST = ("tests/contract/test_schemathesis.py", "tests/contract/", "tests/siaga/test_demo.py", "tests/journeys/")
# A busy machine holds Redis up for a moment, and what passes uncounted then is told by tests of its own.
counters.TIMEOUT_S = 30.0
PASSWORD = "hujan-di-bulan-juni-1989"
# Hashing takes as long as all else that founding an agency does, and nearly every test founds one.
KEPT_PASSWORD = passwords.keep(PASSWORD, b"0" * 16)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: [not item.nodeid.startswith(each) for each in LONGEST])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Before its fixtures, too: they make posts of a moment ago."""
    moment.begin()


@pytest.fixture(scope="session")
def servers(worker_id: str) -> Iterator[Servers]:
    """PostgreSQL and Redis of this test worker, gone when it ends; the servers named in the environment, if any."""
    named = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if named[0] and named[1]:
        yield asyncio.run(fresh_database(Servers(named[0], named[1]), f"siaga_test_{worker_id}"))
        return
    with (
        tempfile.TemporaryDirectory(prefix="siaga-tests-") as home,
        Embedded.start(Path(home), durable=False) as running,
    ):
        yield running.servers


async def fresh_database(named: Servers, name: str) -> Servers:
    """An empty database of this worker's own on the named server."""
    address = make_url(named.database_url)
    connection = await asyncpg.connect(address.set(drivername="postgresql").render_as_string(hide_password=False))
    await connection.execute(f"drop database if exists {name} with (force)")
    await connection.execute(f"create database {name}")
    await connection.close()
    return Servers(address.set(database=name).render_as_string(hide_password=False), named.redis_url)


@pytest.fixture(scope="session")
async def settings(servers: Servers) -> Settings:
    """Settings of a migrated installation."""
    await migrations.upgrade(servers.database_url)
    return Settings.parse(
        {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "ALLOW_PRIVATE_WEBHOOK_TARGETS": "127.0.0.0/8",
            "PUBLIC_URL": "http://api.test",
            "RATE_LIMIT_CREDENTIAL": "1000000",
            "RATE_LIMIT_AGENCY": "1000000",
            "RATE_LIMIT_ADDRESS": "1000000",
        }
    )


@pytest.fixture(scope="session")
async def db(settings: Settings) -> AsyncIterator[Database]:
    """The pools of one process."""
    async with open_database(settings) as database:
        yield database


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[Gate]:
    """The API, started."""
    gate = create_app(settings)
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        """Start and stop in one task, as the framework's task groups demand."""
        async with gate.app.lifespan():
            started.set()
            await stop.wait()

    life = asyncio.create_task(live())
    await asyncio.wait([life, asyncio.create_task(started.wait())], return_when=asyncio.FIRST_COMPLETED)
    yield gate
    stop.set()
    await life


@pytest.fixture(scope="session")
async def redis(settings: Settings) -> AsyncIterator[Redis]:
    """Redis, to look into and to clear."""
    async with Redis.from_url(settings.redis_url) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with its owner and an API key that may do everything."""

    id: UUID
    slug: str
    owner_id: UUID
    email: str
    key: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody calling the API with one credential."""

    http: httpx.AsyncClient
    agency: Agency

    async def get(self, path: str, **kwargs: object) -> httpx.Response:
        return await self.http.get(path, **kwargs)

    async def post(self, path: str, **kwargs: object) -> httpx.Response:
        return await self.http.post(path, **kwargs)

    async def patch(self, path: str, **kwargs: object) -> httpx.Response:
        return await self.http.patch(path, **kwargs)

    async def put(self, path: str, **kwargs: object) -> httpx.Response:
        return await self.http.put(path, **kwargs)

    async def delete(self, path: str, **kwargs: object) -> httpx.Response:
        return await self.http.delete(path, **kwargs)


async def found_agency(db: Database) -> Agency:
    """A new agency, so that no test sees another's rows."""
    now = utc_now()
    slug = f"agency-{uuid4().hex[:12]}"
    email = f"owner@{slug}.test"
    agency_id = await agencies.found(db, "Agensi Uji", slug, now=now)
    async with tenant_session(db, agency_id) as session:
        owner = await agencies.add_member(
            session,
            email=email,
            name="Pemilik",
            role="owner",
            password_hash=KEPT_PASSWORD,
            now=now,
        )
    key = await issue_key(db, agency_id)
    return Agency(agency_id, slug, owner.id, email, key)


async def put_on(db: Database, agency: Agency, plan: str) -> None:
    """Give an agency another plan, as its operator does."""
    async with tenant_session(db, agency.id) as session:
        await agencies.change(session, {"plan": plan}, version=None, now=utc_now())


async def issue_key(
    db: Database,
    agency_id: UUID,
    *,
    role: Role = Role.OWNER,
    scopes: tuple[str, ...] = SCOPES,
    client_id: UUID | None = None,
    incident_id: UUID | None = None,
) -> str:
    """A credential of this agency: what is sent as bearer."""
    secret = tokens.new_api_key(secrets.token_bytes(40))
    async with tenant_session(db, agency_id) as session:
        values = {"name": "uji", "role": role.value, "client_id": client_id, "scopes": list(scopes)}
        values |= {"incident_id": incident_id, "public_id": secret.public_id, "secret_hash": secret.digest}
        await credentials.add(session, values, now=utc_now())
    return secret.text


@asynccontextmanager
async def calling(app: Gate, credential: str | None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API with this credential, or none."""
    headers = {"Authorization": f"Bearer {credential}"} if credential else {}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers) as http:
        yield http


@pytest.fixture(scope="session")
async def operator(servers: Servers, settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """The master of the database, whom no row security stops."""
    connection = await asyncpg.connect(servers.database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def agency(db: Database, operator: asyncpg.Connection) -> Agency:
    """The agency of the story. What other tests left to be followed up is not followed up in this one."""
    await operator.execute("delete from outbox")
    return await found_agency(db)


@pytest.fixture
async def other_agency(db: Database) -> Agency:
    """Another agency, which must never see anything of the first."""
    return await found_agency(db)


@pytest.fixture
async def caller(app: Gate, agency: Agency) -> AsyncIterator[Caller]:
    """The agency's own program."""
    async with calling(app, agency.key) as http:
        yield Caller(http, agency)


@pytest.fixture
async def stranger(app: Gate, other_agency: Agency) -> AsyncIterator[Caller]:
    """The other agency's program."""
    async with calling(app, other_agency.key) as http:
        yield Caller(http, other_agency)


@pytest.fixture
async def nobody(app: Gate) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a credential."""
    async with calling(app, None) as http:
        yield http
