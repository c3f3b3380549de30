"""Mentions are metered once, nothing stops at the quota, and each threshold is told once."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from core import plans
from core.plans import PLANS
from core.settings import Settings
from jobs.usage import tell_usage
from storage.engine import Database
from storage.session import tenant_connection
from tests.conftest import Caller, put_on
from tests.pipeline import drain, working

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def post(native_id: str, text: str = "kopisenja enak", **more: object) -> dict[str, object]:
    return {"platform": "x", "native_id": native_id, "published_at": "2026-11-20T08:00:00Z", "text": text, **more}


async def watching(caller: Caller, word: str) -> str:
    client_id = (await caller.post("/v1/clients", json={"kind": "company", "name": word})).json()["id"]
    body = {"client_id": client_id, "name": "merek", "query": word}
    keyword = (await caller.post("/v1/keywords", json=body)).json()["id"]
    await caller.post(f"/v1/keywords/{keyword}/activate")
    return client_id


async def send(caller: Caller, *items: dict[str, object]) -> None:
    answer = await caller.post("/v1/mentions", json={"items": items})
    assert answer.status_code == 200, answer.text


async def used(caller: Caller) -> dict[str, int]:
    told = (await caller.get("/v1/usage")).json()
    return {each["client_id"]: each["mentions"] for each in told["clients"]}


async def events_of(db: Database, agency_id: UUID) -> list[dict[str, object]]:
    async with tenant_connection(db, agency_id) as connection:
        rows = await connection.fetch(
            "select body from events where type = 'usage.threshold_reached' order by occurred_at, id"
        )
    return [json.loads(row["body"])["data"] for row in rows]


async def test_a_mention_counts_once_for_each_client_however_often_its_post_comes(caller: Caller, settings: Settings):
    senja, susu = await watching(caller, "kopisenja"), await watching(caller, "susu")
    first, second = uuid4().hex, uuid4().hex
    async with working(settings) as context:
        await send(caller, post(first), post(second, "kopisenja susu"))
        await drain(context)
        assert await used(caller) == {senja: 2, susu: 1}
        await send(caller, post(first))
        # Edited, the first comes to concern the second client too, and both are read anew.
        await send(caller, post(first, "kopisenja dan susu", edited_at="2026-11-20T09:00:00Z"))
        await drain(context)
    assert await used(caller) == {senja: 2, susu: 2}


async def test_past_the_quota_nothing_stops_and_every_threshold_is_told_once(
    caller: Caller, db: Database, settings: Settings, monkeypatch
):
    monkeypatch.setitem(PLANS, "trial", plans.Plan(name="trial", mentions=4))
    await put_on(db, caller.agency, "trial")
    client_id = await watching(caller, "kopisenja")
    month = f"{plans.month_of(datetime.now(UTC)):%Y-%m}"
    told: list[list[object]] = []
    async with working(settings) as context:
        for count in (1, 1, 1, 3):
            await send(caller, *(post(uuid4().hex) for _ in range(count)))
            await drain(context)
            await tell_usage({"context": context})
            await tell_usage({"context": context})
            told.append([each["threshold_percent"] for each in await events_of(db, caller.agency.id)])
        await drain(context)
        assert told == [[], [50], [50, 75], [50, 75, 90, 100]]
        last = (await events_of(db, caller.agency.id))[-1]
        assert (last["month"], last["limit"], last["used"]) == (month, 4, 6)
        assert await used(caller) == {client_id: 6}
        assert (await caller.get("/v1/usage")).json()["over_quota"] == 2
        monkeypatch.setitem(PLANS, "trial", plans.Plan(name="trial", mentions=12))
        await tell_usage({"context": context})
        assert [each["limit"] for each in await events_of(db, caller.agency.id)] == [4, 4, 4, 4, 12]


async def test_an_agency_without_a_quota_is_told_nothing(caller: Caller, db: Database, settings: Settings):
    await watching(caller, "kopisenja")
    async with working(settings) as context:
        await send(caller, post(uuid4().hex))
        await drain(context)
        await tell_usage({"context": context})
    assert await events_of(db, caller.agency.id) == []


async def test_a_webhook_tells_of_a_threshold(caller: Caller, db: Database, settings: Settings, monkeypatch):
    monkeypatch.setitem(PLANS, "trial", plans.Plan(name="trial", mentions=2))
    await put_on(db, caller.agency, "trial")
    await watching(caller, "kopisenja")
    body = {"url": "http://127.0.0.99:1025/in", "event_types": ["usage.threshold_reached"]}
    assert (await caller.post("/v1/webhook-endpoints", json=body)).status_code == 201
    async with working(settings) as context:
        await send(caller, post(uuid4().hex))
        await drain(context)
        await tell_usage({"context": context})
        await drain(context)
    deliveries = (await caller.get("/v1/webhook-deliveries")).json()["data"]
    assert [each["event_type"] for each in deliveries] == ["usage.threshold_reached"]
