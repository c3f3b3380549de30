"""Operations are taken step by step: killed, cancelled, refused and broken ones lose nothing and do nothing twice."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.events import EventType
from core.operations import MOST_ATTEMPTS, OperationKind, Step
from core.settings import Settings
from jobs import backfills
from jobs import operations as job
from jobs.context import Context
from jobs.runtime import follow_up, run
from storage import buckets, clients, outbox, unscoped
from storage.outbox import Due
from storage.session import tenant_connection, tenant_session
from tests.api.test_mentions import item, mentions_of, send, watched_client
from tests.conftest import Caller
from tests.moment import began
from tests.pipeline import drain, working


async def new_keyword(caller: Caller, client_id: str, query: str) -> str:
    new = {"client_id": client_id, "name": query, "query": query}
    keyword = (await caller.post("/v1/keywords", json=new)).json()["id"]
    assert (await caller.post(f"/v1/keywords/{keyword}/activate")).status_code == 200
    return keyword


async def started(caller: Caller, keyword: str, days: int = 30) -> str:
    answer = await caller.post(f"/v1/keywords/{keyword}/backfill", json={"days": days})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/operations/{answer.json()['id']}"
    return answer.json()["id"]


async def operation(caller: Caller, operation_id: str) -> dict:
    return (await caller.get(f"/v1/operations/{operation_id}")).json()


async def due_step(context: Context, caller: Caller) -> Due | None:
    """The operation's row of the outbox, leased; None when there is none."""
    claimed = await unscoped.claim_outbox(context.db, now=context.clock(), lease=timedelta(seconds=30), limit=500)
    mine = [due for due in claimed if due.agency_id == caller.agency.id and due.type == EventType.OPERATION_DUE]
    await unscoped.release_outbox(context.db, [due for due in claimed if due not in mine])
    return mine[0] if mine else None


async def counted(caller: Caller, client_id: str) -> int:
    query = f"?at[gte]={began() - timedelta(days=20):%Y-%m-%d}T00:00:00Z&at[lt]={began() + timedelta(days=1):%Y-%m-%d}T00:00:00Z"
    answer = await caller.get(f"/v1/clients/{client_id}/volumes{query}")
    return sum(row["mentions"] for row in answer.json()["data"])


async def until_somebody_waits(session: AsyncSession, at_least: int = 1) -> None:
    """Until this many transactions wait for a row that another holds."""
    rows = "('transactionid', 'tuple')"
    waiting = text(f"select count(*) from pg_sleep(0.01), pg_locks where not granted and locktype in {rows}")
    async with asyncio.timeout(60):
        while (await session.execute(waiting)).scalar_one() < at_least:
            pass


@pytest.fixture
async def context(settings: Settings):
    async with working(settings) as opened:
        yield opened


def past(text: str, hours: int, n: int = 0) -> dict[str, object]:
    return item(
        text=text, published_at=(began() - timedelta(hours=hours)).isoformat(), author={"handle": f"p{hours}_{n}"}
    )


async def test_a_new_keyword_finds_its_past_once_and_wakes_nobody(caller: Caller, context: Context, monkeypatch):
    monkeypatch.setattr(backfills, "POSTS_A_STEP", 40)
    client_id = await watched_client(caller, "kopisenja")
    quiet = [past("ngopi di tehpagi, enak", 72 + 4 * n, n) for n in range(80)]
    angry = [past(f"tehpagi bikin sakit perut, parah, korban {n}", 30, n) for n in range(60)]
    both = past("kopisenja dan tehpagi sama saja", 31)
    gone = past("tehpagi yang ditarik", 32)
    await send(
        caller, *quiet, *angry, both, gone, past("tidak ada hubungannya", 33), past("tehpagi zaman dulu", 24 * 40)
    )
    await send(caller, gone | {"is_deleted": True})
    await drain(context)
    assert len(await mentions_of(caller, client_id)) == await counted(caller, client_id) == 1
    keyword = await new_keyword(caller, client_id, "tehpagi")
    operation_id = await started(caller, keyword)
    assert (await operation(caller, operation_id))["status"] == "queued"
    await drain(context)
    ended = await operation(caller, operation_id)
    assert (ended["status"], ended["progress"], ended["error"]) == ("succeeded", 1.0, None)
    assert ended["counts"] == {"posts_read": 142, "mentions_found": 141}
    found = (await caller.get(ended["result"] + "&limit=200")).json()["data"]
    assert len(found) == 141
    shared = [each for each in found if len(each["keyword_ids"]) == 2]
    assert [each["text"] for each in shared] == [both["text"]]
    assert len(shared[0]["keyword_version_ids"]) == 2
    assert await counted(caller, client_id) == 141
    (incident,) = (await caller.get(f"/v1/incidents?client_id={client_id}")).json()["data"]
    assert incident["is_silent"]
    assert (await caller.get("/v1/webhook-deliveries")).json()["data"] == []
    again = await started(caller, keyword)
    await drain(context)
    assert (await operation(caller, again))["counts"] == {"posts_read": 142, "mentions_found": 0}
    assert await counted(caller, client_id) == 141


async def test_a_worker_killed_in_a_step_has_done_nothing_and_another_goes_on(
    caller: Caller, context: Context, monkeypatch
):
    monkeypatch.setattr(backfills, "POSTS_A_STEP", 2)
    client_id = await watched_client(caller, "kopisenja")
    await send(caller, *[past("tehpagi enak", 30 - n, n) for n in range(5)])
    await drain(context)
    operation_id = await started(caller, await new_keyword(caller, client_id, "tehpagi"))
    for _ in range(2):
        due = await due_step(context, caller)
        assert due
        await job.advance(context, due)
    halfway = await operation(caller, operation_id)
    assert (halfway["status"], halfway["counts"]["mentions_found"]) == ("running", 2)
    assert 0 < halfway["progress"] < 1

    async def killed(*args, **kwargs):
        await backfills.match_again(*args, **kwargs)
        raise asyncio.CancelledError

    due = await due_step(context, caller)
    with monkeypatch.context() as patch:
        patch.setitem(job.STEPS, OperationKind.KEYWORD_BACKFILL, killed)
        with pytest.raises(asyncio.CancelledError):
            await job.advance(context, due)
    assert await operation(caller, operation_id) == halfway
    assert await due_step(context, caller) is None, "the dead worker's lease still holds"
    context.clock = lambda: began() + timedelta(minutes=10)
    await drain(context)
    assert (await operation(caller, operation_id))["counts"] == {"posts_read": 5, "mentions_found": 5}
    assert len(await mentions_of(caller, client_id)) == await counted(caller, client_id) == 5


async def test_a_step_handed_over_twice_is_taken_once(caller: Caller, context: Context, monkeypatch):
    client_id = await watched_client(caller, "kopisenja")
    operation_id = await started(caller, await new_keyword(caller, client_id, "tehpagi"))
    due = await due_step(context, caller)
    await job.advance(context, due)
    steps = []

    async def slow(*_):
        steps.append(1)
        await asyncio.sleep(0.1)
        return Step(cursor={"at": len(steps)}, progress=0.5)

    monkeypatch.setitem(job.STEPS, OperationKind.KEYWORD_BACKFILL, slow)
    await asyncio.gather(*[job.advance(context, due) for _ in range(4)])
    assert len(steps) == 1
    assert (await operation(caller, operation_id))["progress"] == 0.5
    await caller.post(f"/v1/operations/{operation_id}/cancel")


async def test_a_cancelled_operation_takes_no_further_step(caller: Caller, context: Context, monkeypatch):
    monkeypatch.setattr(backfills, "POSTS_A_STEP", 2)
    client_id = await watched_client(caller, "kopisenja")
    await send(caller, *[past("tehpagi enak", 30 - n, n) for n in range(5)])
    await drain(context)
    operation_id = await started(caller, await new_keyword(caller, client_id, "tehpagi"))
    for _ in range(2):
        await job.advance(context, await due_step(context, caller))
    answer = await caller.post(f"/v1/operations/{operation_id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert "retry-after" not in answer.headers
    context.clock = lambda: began() + timedelta(minutes=10)
    await drain(context)
    assert (await operation(caller, operation_id))["counts"] == {"posts_read": 2, "mentions_found": 2}
    assert len(await mentions_of(caller, client_id)) == await counted(caller, client_id) == 2


async def test_a_refusal_ends_an_operation_with_its_problem(caller: Caller, context: Context):
    client_id = await watched_client(caller, "kopisenja")
    keyword = await new_keyword(caller, client_id, "tehpagi")
    operation_id = await started(caller, keyword)
    await caller.post(f"/v1/keywords/{keyword}/pause")
    await drain(context)
    ended = await operation(caller, operation_id)
    assert ended["status"] == "failed"
    assert (ended["error"]["status"], ended["error"]["code"]) == (409, "keyword_changed")
    assert ended["error"]["type"] == "http://api.test/errors/conflict"
    assert ended["result"] is None


async def test_a_client_removed_while_its_past_is_counted_ends_the_operation_as_a_refusal(
    caller: Caller, context: Context
):
    client_id = await watched_client(caller, "kopisenja")
    await send(caller, past("tehpagi zaman dulu", 24))
    await drain(context)
    operation_id = await started(caller, await new_keyword(caller, client_id, "tehpagi"))
    await job.advance(context, await due_step(context, caller))
    due = await due_step(context, caller)
    async with tenant_session(context.db, caller.agency.id) as session:
        await clients.remove(session, UUID(client_id), version=None)
        step = asyncio.create_task(job.advance(context, due))
        await until_somebody_waits(session)
    await step
    ended = await operation(caller, operation_id)
    assert (ended["status"], ended["error"]["status"], ended["error"]["code"]) == ("failed", 404, "not_found")


async def test_a_backfill_beside_new_posts_counts_what_each_of_them_found(caller: Caller, context: Context):
    client_id = await watched_client(caller, "kopisenja")
    await send(caller, past("tehpagi zaman dulu", 24), past("tehpagi lagi", 24, 1))
    await drain(context)
    await started(caller, await new_keyword(caller, client_id, "tehpagi"))
    await job.advance(context, await due_step(context, caller))
    await send(caller, past("kopisenja juga", 24, 2), past("kopisenja dan tehpagi", 24, 3))
    claimed = await unscoped.claim_outbox(context.db, now=context.clock(), lease=timedelta(seconds=30), limit=500)
    due = [row for row in claimed if row.agency_id == caller.agency.id]
    assert {EventType.OPERATION_DUE, EventType.POSTS_RECEIVED} <= {row.type for row in due}
    async with tenant_connection(context.db, caller.agency.id) as connection:
        await buckets.lock(connection, caller.agency.id, {UUID(client_id)})
        both = [asyncio.create_task(run(context, row)) for row in due]
        async with tenant_session(context.db, caller.agency.id) as session:
            await until_somebody_waits(session, 2)
    await asyncio.gather(*both)
    await drain(context)
    assert len(await mentions_of(caller, client_id)) == await counted(caller, client_id) == 4


async def test_an_accident_is_tried_again_and_ends_the_operation_when_it_lasts(
    caller: Caller, context: Context, monkeypatch
):
    client_id = await watched_client(caller, "kopisenja")
    operation_id = await started(caller, await new_keyword(caller, client_id, "tehpagi"))
    await job.advance(context, await due_step(context, caller))

    async def broken(*_):
        raise RuntimeError("the disk is full")

    monkeypatch.setitem(job.STEPS, OperationKind.KEYWORD_BACKFILL, broken)
    tries = 0
    while due := await due_step(context, caller):
        assert (await operation(caller, operation_id))["status"] == "running"
        await follow_up({"context": context}, str(due.agency_id), str(due.id), due.type)
        tries += 1
        context.clock = lambda tries=tries: began() + timedelta(hours=tries)
    assert tries == MOST_ATTEMPTS
    ended = await operation(caller, operation_id)
    assert (ended["status"], ended["error"]["status"]) == ("failed", 500)
    assert "disk" not in str(ended)


async def test_a_step_that_hangs_counts_as_failed(caller: Caller, context: Context, monkeypatch):
    client_id = await watched_client(caller, "kopisenja")
    operation_id = await started(caller, await new_keyword(caller, client_id, "tehpagi"))
    await job.advance(context, await due_step(context, caller))
    due = await due_step(context, caller)

    async def hangs(*_):
        await asyncio.Event().wait()

    monkeypatch.setitem(job.STEPS, OperationKind.KEYWORD_BACKFILL, hangs)
    monkeypatch.setattr(job, "STEP_LIMIT_S", 0.05)
    with pytest.raises(TimeoutError):
        await job.advance(context, due)
    async with tenant_session(context.db, caller.agency.id) as session:
        assert await outbox.find(session, due.id), "it is still due"
    await caller.post(f"/v1/operations/{operation_id}/cancel")
