"""What a client's retention promises to delete is deleted, and what others still hold is not."""

from datetime import UTC, datetime, timedelta

from core.settings import Settings
from jobs.retention import delete_what_was_promised
from storage.engine import Database
from storage.session import tenant_connection
from tests.conftest import Caller
from tests.holdings import post, register
from tests.pipeline import drain, working


async def held(db: Database, caller: Caller) -> dict[str, list[str]]:
    """Texts of the posts that each client has mentions of, by client, and of all posts under `posts`."""
    async with tenant_connection(db, caller.agency.id) as connection:
        posts = await connection.fetch("select text from posts order by text")
        found = {"posts": [row["text"] for row in posts]}
        for row in await connection.fetch(
            "select c.name, p.text from mentions m join posts p on p.id = m.post_id join clients c on c.id = m.client_id order by 1, 2"
        ):
            found.setdefault(row["name"], []).append(row["text"])
        found["keys"] = [str(await connection.fetchval("select count(*) from post_keys"))]
        return found


async def test_a_post_is_deleted_when_the_last_of_its_clients_lets_it_go(
    caller: Caller, settings: Settings, db: Database
):
    senja = await register(caller, "Senja", "kopisenja")
    pagi = await register(caller, "Pagi", "tehpagi")
    for ids, days in ((senja, 4), (pagi, 9)):
        await caller.patch(f"/v1/clients/{ids['client_id']}", json={"retention_days": days}, headers={"If-Match": "*"})
    ages = {"baru": 1, "sedang": 4, "lama": 10}
    both = [post(f"{age} kopisenja tehpagi", author=age, ago=timedelta(days=days)) for age, days in ages.items()]
    one = [post(f"{age} kopisenja", author=age, ago=timedelta(days=days)) for age, days in ages.items()]
    nobodys = [post(f"{age} cuaca", author=age, ago=timedelta(days=days)) for age, days in ages.items()]
    async with working(settings) as context:
        # Sent before the promise had to be kept: history of a time when retention was longer.
        async with tenant_connection(db, caller.agency.id) as connection:
            await connection.execute("update clients set retention_days = null")
        await caller.post("/v1/mentions", json={"items": both + one + nobodys})
        await drain(context)
        async with tenant_connection(db, caller.agency.id) as connection:
            await connection.execute("update clients set retention_days = case name when 'Senja' then 4 else 9 end")
            counted = await connection.fetch("select * from client_buckets order by client_id, bucket_at")
        assert len((await held(db, caller))["posts"]) == 9
        context.clock = lambda: datetime.now(UTC) + timedelta(days=2)
        for _ in range(2):
            await delete_what_was_promised({"context": context})
            assert await held(db, caller) == {
                "Pagi": ["baru kopisenja tehpagi", "sedang kopisenja tehpagi"],
                "Senja": ["baru kopisenja", "baru kopisenja tehpagi"],
                "posts": ["baru cuaca", "baru kopisenja", "baru kopisenja tehpagi", "sedang kopisenja tehpagi"],
                "keys": ["4"],
            }
        # Aggregates stay, and a late post of a time that is let go neither comes in nor changes them.
        late = await caller.post(
            "/v1/mentions", json={"items": [post("kopisenja telat", author="x", ago=timedelta(days=10))]}
        )
        assert late.json()["summary"]["created"] == 1
        await drain(context)
    async with tenant_connection(db, caller.agency.id) as connection:
        assert counted == await connection.fetch("select * from client_buckets order by client_id, bucket_at")
    assert "kopisenja telat" not in (await held(db, caller)).get("Senja", [])


async def test_without_a_promise_nothing_is_deleted(caller: Caller, settings: Settings, db: Database):
    await register(caller, "Senja", "kopisenja")
    await caller.post("/v1/mentions", json={"items": [post("kopisenja", author="a", ago=timedelta(days=400))]})
    async with working(settings) as context:
        await drain(context)
        context.clock = lambda: datetime.now(UTC) + timedelta(days=900)
        await delete_what_was_promised({"context": context})
    assert len((await held(db, caller))["posts"]) == 1
