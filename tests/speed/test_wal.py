"""What a mention costs the write-ahead log, which replicas and backups carry too."""

import os
import random
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from core.query_language.common_words import COMMON_WORDS
from core.settings import Settings
from siaga.embedded import Servers
from storage.table import utc_now
from tests.conftest import Caller
from tests.pipeline import drain, working

BATCH = 500
WORDS = sorted(COMMON_WORDS)
MOST_BYTES = 2_000
"""For a post of 90 characters with author and address, its key, its mention and their share of what follows, from the
request to the score; 1,640 were measured. Without the images of whole pages that follow a checkpoint."""


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="others write to a server that is named")
async def test_a_mention_costs_the_log_a_bounded_number_of_bytes(caller: Caller, settings: Settings, servers: Servers):
    client_id = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    new = {"client_id": client_id, "name": "merek", "query": "kopisenja"}
    keyword = (await caller.post("/v1/keywords", json=new)).json()["id"]
    await caller.post(f"/v1/keywords/{keyword}/activate")
    owner = await asyncpg.connect(servers.database_url)
    try:
        async with working(settings) as context:
            costs: list[float] = []
            for number in range(3):
                before = await owner.fetchval("select pg_current_wal_insert_lsn()")
                answer = await caller.post("/v1/mentions", json={"items": [post(number) for _ in range(BATCH)]})
                assert answer.json()["summary"]["created"] == BATCH
                await drain(context)
                costs.append((await owner.fetchval("select pg_current_wal_insert_lsn()") - before) / BATCH)
    finally:
        await owner.close()
    found = (await caller.get(f"/v1/mentions?client_id={client_id}&limit=200")).json()
    assert found["has_more"]
    assert 400 < min(costs) <= MOST_BYTES, costs


def post(number: int) -> dict[str, object]:
    chooser, name = random.Random(), uuid4().hex
    text = f"kopisenja {' '.join(chooser.choices(WORDS, k=12))}"[:90]
    at = utc_now() - timedelta(minutes=5 * number, seconds=chooser.randrange(300))
    return {
        "platform": "x",
        "native_id": name,
        "published_at": at.isoformat(),
        "text": text,
        "author": {"handle": name[:12], "name": "Akun", "followers": 100},
        "url": f"https://x.example/{name}",
    }
