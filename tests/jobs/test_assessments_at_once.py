"""Several assessments of one client at the same moment: none fails, and one answers for all."""

import asyncio
from datetime import UTC, datetime, timedelta

from core.events import EventType
from jobs.subscriptions import JOBS
from storage import outbox, unscoped
from storage.session import tenant_session
from tests.pipeline import working


async def test_assessments_that_wait_for_the_same_client_do_not_hold_each_other(caller, settings):
    client = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()
    draft = (
        await caller.post("/v1/keywords", json={"client_id": client["id"], "name": "merek", "query": "kopisenja"})
    ).json()
    await caller.post(f"/v1/keywords/{draft['id']}/activate")
    now = datetime.now(UTC)
    for number in range(5):
        post = {"platform": "x", "native_id": f"p{number}", "text": "kopisenja", "published_at": now.isoformat()}
        await caller.post("/v1/mentions", json={"items": [post]})
    async with working(settings) as context:
        claimed = await unscoped.claim_outbox(context.db, now=context.clock(), lease=timedelta(seconds=30), limit=500)
        for row in claimed:
            await JOBS[EventType(row.type)](context, row)
        claimed = await unscoped.claim_outbox(context.db, now=context.clock(), lease=timedelta(seconds=30), limit=500)
        touched = [row for row in claimed if row.agency_id == caller.agency.id]
        assert [row.type for row in touched] == [EventType.CLIENT_TOUCHED.value] * 5
        await asyncio.gather(*(JOBS[EventType.CLIENT_TOUCHED](context, row) for row in touched))
        async with tenant_session(context.db, caller.agency.id) as session:
            assert await outbox.waiting(session, [EventType.CLIENT_TOUCHED]) == []
    score = (await caller.get(f"/v1/clients/{client['id']}/crisis-score")).json()
    assert score["assessed_at"]
