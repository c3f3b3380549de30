"""The house that is measured: embedded servers on a home of its own, migrated, with the API in this process.

Requests go straight into the application as its server would hand them over, so that no HTTP client is measured.
"""

import asyncio
import base64
import gzip
import os
import random
import secrets
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

import migrations
from api.app import create_app
from api.edge.gate import Gate
from benchmarks.measure import Meter
from core import tokens
from core.access import SCOPES, Role
from core.query_language.common_words import COMMON_WORDS
from core.settings import Settings
from siaga.embedded import Embedded
from storage import agencies, clients, credentials
from storage.engine import Database, open_database
from storage.session import tenant_session
from storage.table import utc_now

_SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / "shared"))
_TWEETS = _SHARED / "data" / "unlabelled" / "stif_customer_tweets.tsv.gz"

CLIENT = {
    "kind": "company",
    "name": "Kopi Senja",
    "sector": None,
    "risk_tier": "standard",
    "time_zone": "WIB",
    "languages": ["id", "en"],
}


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with one client, and an API key that may do everything."""

    id: UUID
    client_id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class House:
    """What the benchmarks work in. `owner` is the superuser's connection, past row security."""

    settings: Settings
    db: Database
    app: Gate
    owner: asyncpg.Connection
    meter: Meter


@asynccontextmanager
async def house(**more: str) -> AsyncGenerator[House]:
    """Servers as `siaga up` starts them; only the background's housekeeping rests, which would fall to anybody.

    `more` are settings beside those that every benchmark has.
    """
    with tempfile.TemporaryDirectory(prefix="siaga-bench-") as home, Embedded.start(Path(home)) as running:
        await migrations.upgrade(running.database_url)
        settings = Settings.parse(
            {
                "DATABASE_URL": running.database_url,
                "REDIS_URL": running.redis_url,
                "SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
                "PUBLIC_URL": "http://api.test",
                "RATE_LIMIT_CREDENTIAL": "10000000",
                "RATE_LIMIT_AGENCY": "10000000",
                **more,
            }
        )
        owner = await asyncpg.connect(running.database_url)
        await owner.execute("alter system set autovacuum = off")
        await owner.execute("select pg_reload_conf()")
        meter = Meter(int((Path(home) / "postgres" / "postmaster.pid").read_text().split()[0]))
        gate = create_app(settings)
        try:
            async with open_database(settings) as db, gate.app.lifespan():
                yield House(settings, db, gate, owner, meter)
        finally:
            await owner.close()


async def found_agency(db: Database) -> Agency:
    """A new agency with a client and a key."""
    now = utc_now()
    agency_id = await agencies.found(db, "Agensi Ukur", f"ukur-{secrets.token_hex(6)}", now=now)
    secret = tokens.new_api_key(secrets.token_bytes(40))
    values = {"name": "ukur", "role": Role.OWNER.value, "client_id": None, "scopes": list(SCOPES)}
    async with tenant_session(db, agency_id) as session:
        await credentials.add(session, values | {"public_id": secret.public_id, "secret_hash": secret.digest}, now=now)
        client = await clients.add(session, CLIENT, now=now)
    return Agency(agency_id, client.id, secret.text)


async def call(app: Any, method: str, path: str, *, key: str, query: str = "", body: bytes = b"") -> tuple[int, bytes]:
    """One request into an application, in this process: its status and its body."""
    headers = [(b"host", b"api.test"), (b"authorization", f"Bearer {key}".encode()), (b"accept", b"application/json")]
    if body:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
    }
    pending = [{"type": "http.request", "body": body, "more_body": False}]
    status, chunks = 0, list[bytes]()

    async def receive() -> Any:
        if pending:
            return pending.pop()
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            chunks.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(chunks)


async def ask(app: Any, path: str, *, key: str, query: str = "") -> bytes:
    """The body of an answer that must be a good one."""
    status, body = await call(app, "GET", path, key=key, query=query)
    assert status == 200, body
    return body


def texts(count: int) -> list[str]:
    """Customer posts where the shared data lies beside the repository, otherwise sentences of common words."""
    if _TWEETS.exists():
        found = gzip.decompress(_TWEETS.read_bytes()).decode().splitlines()[1:]
        return (found * (count // len(found) + 1))[:count]
    chooser, words = random.Random(7), list(COMMON_WORDS)
    return [" ".join(chooser.choices(words, k=18)) for _ in range(count)]
