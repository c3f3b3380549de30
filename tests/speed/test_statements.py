"""What a hot request costs the database, as counts that no machine changes."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from benchmarks.plans import most_partitions, statements
from core.settings import Settings
from jobs.mentions import match_posts
from storage import unscoped
from storage.engine import Database
from storage.table import utc_now
from tests.conftest import Caller
from tests.pipeline import drain, working

MONTHS = 10
FRAME = 2
"""BEGIN with the agency in one message, and COMMIT."""

ORM_FRAME = 6
"""The ping of a pooled connection, in three, then BEGIN, the agency and COMMIT."""


async def watched_client(caller: Caller) -> str:
    client_id = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    new = {"client_id": client_id, "name": "merek", "query": "kopisenja"}
    keyword = (await caller.post("/v1/keywords", json=new)).json()["id"]
    assert (await caller.post(f"/v1/keywords/{keyword}/activate")).status_code == 200
    return client_id


def posts(count: int) -> dict[str, list[dict[str, object]]]:
    now = datetime.now(UTC)
    items = [
        {"platform": "x", "native_id": uuid4().hex, "published_at": now.isoformat(), "text": f"kopisenja {number}"}
        for number in range(count)
    ]
    return {"items": items}


@pytest.fixture
async def client_id(caller: Caller, settings: Settings, db: Database) -> str:
    """A watched client with sixty mentions, in a database that has seen months."""
    watched = await watched_client(caller)
    async with working(settings) as context:
        now = utc_now()
        await context.months.ensure(db, caller.agency.id, [now - timedelta(days=30 * n) for n in range(MONTHS)])
        await caller.post("/v1/mentions", json=posts(60))
        await drain(context)
    return watched


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/v1/mentions?limit=50", FRAME + 1),
        ("/v1/mentions?limit=50&client_id={client}", FRAME + 1),
        ("/v1/mentions?limit=50&published_at[gte]={week}&client_id={client}", FRAME + 1),
        ("/v1/clients/{client}/volumes?step=1h", ORM_FRAME + 4),
        ("/v1/clients/{client}/crisis-score", ORM_FRAME + 5),
        ("/v1/event-types", 0),
    ],
)
async def test_a_hot_read_asks_little_and_opens_two_months_at_most(
    caller: Caller, db: Database, client_id: str, path: str, most: int
):
    week = (utc_now() - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = path.format(client=client_id, week=week)
    assert (await caller.get(path)).status_code == 200  # the key is known from here on
    with statements() as heard:
        assert (await caller.get(path)).status_code == 200
    assert len(heard) <= most, [query for query, _ in heard]
    assert await most_partitions(db, caller.agency.id, heard) <= 2


async def test_two_months_are_told_from_all_of_them(caller: Caller, db: Database, client_id: str):
    """The count above can fail: a list of all time opens every month."""
    with statements() as heard:
        await caller.get(f"/v1/mentions?limit=200&client_id={client_id}")
    assert await most_partitions(db, caller.agency.id, heard) >= MONTHS


async def test_many_posts_take_as_many_statements_as_one(caller: Caller, settings: Settings):
    await watched_client(caller)
    async with working(settings) as context:
        await caller.post("/v1/mentions", json=posts(1))
        await drain(context)
        sent: list[int] = []
        matched: list[int] = []
        for count in (1, 300):
            body = posts(count)
            with statements() as heard:
                assert (await caller.post("/v1/mentions", json=body)).json()["summary"]["created"] == count
            sent.append(len(heard))
            claimed = await unscoped.claim_outbox(context.db, now=utc_now(), lease=timedelta(seconds=30), limit=500)
            (due,) = [row for row in claimed if row.agency_id == caller.agency.id]
            with statements() as heard:
                await match_posts(context, due)
            matched.append(len(heard))
            await drain(context)
    assert sent == [FRAME + 5] * 2  # whether a few are known, keys, posts, batch, outbox with its notice
    assert matched == [FRAME + 11] * 2
