"""The loop that tells endpoints: many at a time, each once, and nothing settled by who holds it no longer."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import update

from benchmarks.plans import statements
from core.events import EventType
from jobs import dispatch, webhooks
from jobs.dispatch import Dispatcher
from storage import events, unscoped
from storage.outbox import OutboxRow
from storage.table import new_id
from storage.webhooks import DeliveryRow
from tests.jobs.webhook_desk import incident, receiving, working


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


@asynccontextmanager
async def dispatching(desk, monkeypatch):
    """A worker's loop that sees this agency alone."""

    async def only_ours(_db, *, now):
        return [desk.agency_id] if now else []

    monkeypatch.setattr(unscoped, "agencies_to_tell", only_ours)
    dispatcher = Dispatcher(desk.context)
    running = asyncio.create_task(dispatcher.run())
    yield dispatcher
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await dispatcher.finish(5)


async def until_settled(desk):
    for _ in range(1000):
        if not await desk.all(OutboxRow):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("something is left over")


async def test_many_events_arrive_once_each_at_every_endpoint(desk, monkeypatch):
    client_id = await desk.client()
    async with receiving(204) as receiver:
        secrets = [(await desk.endpoint(f"{receiver.url}/{name}"))[1] for name in "ab"]
        told = [await desk.happens(client_id) for _ in range(30)]
        async with dispatching(desk, monkeypatch):
            await until_settled(desk)
    assert sorted(each.id for each in receiver.received) == sorted([str(event) for event in told] * 2)
    assert all(any(each.verifies(secret) for secret in secrets) for each in receiver.received)
    assert {row.status for row in await desk.all(DeliveryRow)} == {"delivered"}
    assert [(row.number, row.status_code) for row in await desk.attempts()] == [(1, 204)] * 60
    assert await desk.all(OutboxRow, OutboxRow.type == EventType.DELIVERY_DUE) == []


async def test_eighty_deliveries_cost_hardly_more_statements_than_one(desk, monkeypatch):
    monkeypatch.setattr(dispatch, "GATHERING_S", 0.3)
    monkeypatch.setattr(dispatch, "UNSETTLED", 100)
    client_id = await desk.client()
    async with receiving(204) as receiver:
        await desk.endpoint(receiver.url)
        async with desk.session() as session:
            for _ in range(80):
                await desk.happens(client_id, session=session)
        with statements() as heard:
            async with dispatching(desk, monkeypatch):
                await until_settled(desk)
    assert len(receiver.received) == 80
    # Whether a recovery has begun something is one more question at each look.
    heard = [each for each in heard if "payload <>" not in each.text]
    ours = [each for each in heard if "unnest" in each.text or "with due" in each.text]
    assert len(ours) <= 10, [each.text for each in ours]


async def test_what_happens_now_is_told_before_what_a_recovery_has_begun_anew(desk, monkeypatch):
    monkeypatch.setattr(dispatch, "ANEW", 3)
    monkeypatch.setattr(dispatch, "AT_ONCE", 1)
    client_id = await desk.client()
    async with receiving(204) as receiver:
        receiver.pause_s = 0.02
        await desk.endpoint(receiver.url)
        async with desk.session() as session:
            for _ in range(30):
                await desk.happens(client_id, session=session)
        for each in await desk.due():
            await webhooks.fan_out(desk.context, each)
        async with desk.session() as session:
            await session.execute(update(OutboxRow).values(payload={"is_again": True}))
        async with dispatching(desk, monkeypatch):
            await receiver.arrived.wait()
            live = await desk.happens(client_id)
            await until_settled(desk)
    order = [each.id for each in receiver.received]
    assert len(order) == len(set(order)) == 31
    assert order.index(str(live)) < 20, "behind those that were taken already, and before the rest"


async def test_what_a_database_does_not_take_at_once_is_settled_later_and_not_sent_again(desk, monkeypatch):
    settle, refused = webhooks.settle, []

    async def unwilling(context, agency_id, sent):
        if len(refused) < 3:
            refused.append(len(sent))
            raise ConnectionError("the database is gone")
        await settle(context, agency_id, sent)

    monkeypatch.setattr(webhooks, "settle", unwilling)
    monkeypatch.setattr(dispatch, "RETRY_S", 0.05)
    async with receiving(204) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        async with dispatching(desk, monkeypatch):
            await until_settled(desk)
    assert refused
    assert len(receiver.received) == 1
    assert await desk.numbers() == [1]


async def test_a_loop_that_is_told_to_end_in_the_moment_of_waking_ends(desk):
    dispatcher = Dispatcher(desk.context)
    running = asyncio.create_task(dispatcher.run())
    await asyncio.sleep(0.2)
    dispatcher._heard()
    await asyncio.sleep(0)
    running.cancel()
    ended, _ = await asyncio.wait([running], timeout=5)
    assert ended


async def test_a_worker_that_ends_hands_back_what_it_has_not_sent(desk, monkeypatch):
    monkeypatch.setattr(dispatch, "AT_ONCE", 1)
    async with receiving(204) as receiver:
        receiver.pause_s = 0.3
        await desk.endpoint(receiver.url)
        client_id = await desk.client()
        for _ in range(5):
            await desk.happens(client_id)
        async with dispatching(desk, monkeypatch):
            await receiver.arrived.wait()
        sent = len(receiver.received)
        assert sent < 5
        assert [row.leased_until for row in await desk.all(OutboxRow)] == [None] * (5 - sent)
        assert len(await desk.due()) == 5 - sent
        receiver.pause_s = 0
        async with dispatching(desk, monkeypatch):
            await until_settled(desk)
    assert len({each.id for each in receiver.received}) == len(receiver.received) == 5


@pytest.mark.parametrize("answers", [(204, 500), (500, 204), (204, 204)], ids=["success", "failure", "both"])
async def test_who_holds_a_delivery_no_longer_settles_nothing(desk, answers):
    """The first worker's answer comes after its hold has run out and another has settled the same delivery."""
    async with receiving(*answers) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        late = await desk.take(due)
        result = await webhooks.attempt(desk.context, late)
        desk.clock.forward(minutes=1)
        await webhooks.deliver(desk.context, due)
        settled = await desk.only(DeliveryRow)
        for _ in range(2):
            await webhooks.settle(desk.context, desk.agency_id, [(late, result)])
    after = await desk.only(DeliveryRow)
    assert settled.status == ("delivered" if answers[1] == 204 else "pending")
    kept = ("status", "next_attempt_at", "delivered_at", "version")
    assert [getattr(after, name) for name in kept] == [getattr(settled, name) for name in kept]
    assert await desk.numbers() == [1, 2], "its attempt is told all the same, and once"


async def test_a_late_worker_does_not_settle_while_another_is_sending(desk):
    async with receiving(204, 500) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        first = await desk.take(due)
        arrived = await webhooks.attempt(desk.context, first)
        desk.clock.forward(minutes=1)
        second = await desk.take(due)
        assert second.held_until > first.held_until
        await webhooks.settle(desk.context, desk.agency_id, [(first, arrived)])
        assert (await desk.only(DeliveryRow)).status == "pending"
        failed = await webhooks.attempt(desk.context, second)
        await webhooks.settle(desk.context, desk.agency_id, [(second, failed)])
    delivery = await desk.only(DeliveryRow)
    assert (delivery.status, delivery.attempt_count) == ("pending", 2)
    assert delivery.next_attempt_at > desk.clock()


async def test_an_order_is_kept_within_each_incident_when_many_are_told_at_once(desk, monkeypatch):
    client_id, incidents, told = await desk.client(), [new_id() for _ in range(6)], {}
    async with receiving(204) as receiver:
        receiver.pause_s = 0.01
        await desk.endpoint(receiver.url, ordered=True)
        async with desk.session() as session:
            for incident_id in incidents * 4:
                data = incident(client_id, desk.clock()) | {"incident_id": incident_id}
                event_id = await events.publish(
                    session, EventType.INCIDENT_RAISED, client_id=client_id, data=data, now=desk.clock()
                )
                told.setdefault(incident_id, []).append(str(event_id))
        with statements() as heard:
            async with dispatching(desk, monkeypatch):
                await until_settled(desk)
    arrived = [each.id for each in receiver.received]
    assert len(arrived) == 24
    assert {key: [each for each in arrived if each in ids] for key, ids in told.items()} == told
    assert {(row.status, row.attempt_count) for row in await desk.all(DeliveryRow)} == {("delivered", 1)}
    # One by one a delivery cost some twenty of them, its wait as many again.
    ours = [each for each in heard if "webhook_" in each.text]
    assert len(ours) < 24 * 10, Counter(each.text for each in ours).most_common(20)


async def test_turns_of_a_rate_are_given_out_to_many_as_to_one_after_the_other(desk):
    client_id = await desk.client()
    async with receiving(204) as receiver:
        await desk.endpoint(receiver.url, rate_per_minute=20)
        for _ in range(10):
            await desk.happens(client_id)
        for each in await desk.due():
            await webhooks.fan_out(desk.context, each)
        taken = await desk.take_all()
        begun = await webhooks.begin_turns(desk.context, desk.agency_id, taken.others)
    # A tenth of the rate and one more at once, then one each 60 / 18 seconds.
    assert (len(begun.parcels), list(begun.rest)) == (3, [])
    waiting = [row for row in await desk.all(DeliveryRow) if row.waiting_for is not None]
    rows = {row.subject_id: row for row in await desk.all(OutboxRow)}
    assert {(row.waiting_for, row.next_attempt_at == rows[row.id].available_at) for row in waiting} == {("rate", True)}
    assert {rows[row.id].leased_until for row in waiting} == {None}
    times = sorted((row.next_attempt_at - desk.clock()).total_seconds() for row in waiting)
    assert times == pytest.approx([60 / 18 * turn for turn in range(1, 8)], abs=0.001)
