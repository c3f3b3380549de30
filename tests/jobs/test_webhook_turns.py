"""Endpoints where deliveries take turns: in order, at a rate of their own, or one at a time while nobody answers."""

from collections import Counter
from datetime import timedelta

import pytest

from core.events import EventType
from core.webhook_pacing import FAILURES_TO_OPEN
from jobs import webhooks
from storage import deliveries, events, turns
from storage import webhooks as endpoints
from storage.outbox import OutboxRow
from storage.table import new_id
from storage.webhooks import DeliveryRow, EndpointRow
from tests.jobs.webhook_desk import incident, receiving, working


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


async def told_of(desk, client_id, incident_id, event=EventType.INCIDENT_RAISED):
    data = incident(client_id, desk.clock()) | {"incident_id": incident_id}
    async with desk.session() as session:
        return await events.publish(session, event, client_id=client_id, data=data, now=desk.clock())


async def ask_for_a_test(desk, endpoint_id):
    data = {"endpoint_id": endpoint_id, "client_id": None, "links": {}}
    async with desk.session() as session:
        await events.publish(session, EventType.ENDPOINT_TESTED, client_id=None, data=data, now=desk.clock())


async def waiting(desk):
    return Counter(row.waiting_for for row in await desk.all(DeliveryRow) if row.status == "pending")


async def until_quiet(desk, *, most=400):
    """Let time pass from one row of the outbox to the next, until nothing is left."""
    for _ in range(most):
        await desk.work()
        rows = [row for row in await desk.all(OutboxRow) if row.type == EventType.DELIVERY_DUE]
        if not rows:
            return
        desk.clock.now = max(desk.clock(), min(row.available_at for row in rows))
    raise AssertionError("it does not come to an end")


async def test_a_later_event_of_an_incident_waits_for_the_earlier_and_others_do_not(desk):
    client_id, one, other = await desk.client(), new_id(), new_id()
    async with receiving(500, 200) as receiver:
        await desk.endpoint(receiver.url, ordered=True)
        first = await told_of(desk, client_id, one, EventType.INCIDENT_OPENED)
        await desk.work()
        second, third = await told_of(desk, client_id, one), await told_of(desk, client_id, one)
        beside = await told_of(desk, client_id, other)
        await desk.work()
        assert [each.id for each in receiver.received] == [str(first), str(beside)]
        assert await waiting(desk) == {None: 1, "order": 2}
        desk.clock.forward(seconds=6)
        await desk.work()
    assert [each.id for each in receiver.received] == [str(first), str(beside), str(first), str(second), str(third)]
    assert {row.status for row in await desk.all(DeliveryRow)} == {"delivered"}


async def test_an_event_waits_for_an_earlier_one_that_is_not_yet_fanned_out(desk):
    client_id, one = await desk.client(), new_id()
    async with receiving() as receiver:
        await desk.endpoint(receiver.url, ordered=True)
        first, second = await told_of(desk, client_id, one), await told_of(desk, client_id, one)
        rows = {row.id: row.subject_id for row in await desk.all(OutboxRow)}
        (early,) = [due for due in await desk.due() if rows[due.id] == second]
        await webhooks.fan_out(desk.context, early)
        for due in await desk.due():
            if due.type == EventType.DELIVERY_DUE:
                await webhooks.deliver(desk.context, due)
        assert receiver.received == []
        await until_quiet(desk)
    assert [each.id for each in receiver.received] == [str(first), str(second)]


@pytest.mark.parametrize("ending", ["exhausted", "cancelled"])
async def test_when_the_earlier_is_given_up_the_next_goes(desk, ending):
    client_id, one = await desk.client(), new_id()
    answers = [500] * 10 + [200] if ending == "exhausted" else [500, 200]
    async with receiving(*answers) as receiver:
        await desk.endpoint(receiver.url, ordered=True)
        first = await told_of(desk, client_id, one)
        await desk.work()
        second = await told_of(desk, client_id, one)
        await desk.work()
        if ending == "cancelled":
            async with desk.session() as session:
                (found,) = [row for row in await desk.all(DeliveryRow) if row.event_id == first]
                row = await deliveries.lock(session, found.id)
                await deliveries.change(session, row, now=desk.clock(), status="cancelled", next_attempt_at=None)
            desk.clock.forward(hours=2)
        await until_quiet(desk)
    assert receiver.received[-1].id == str(second)
    assert {row.event_id: row.status for row in await desk.all(DeliveryRow)} == {first: ending, second: "delivered"}


async def test_no_minute_sees_more_tries_than_the_rate_and_nothing_is_lost(desk):
    client_id, times = await desk.client(), []
    async with receiving() as receiver:
        await desk.endpoint(receiver.url, rate_per_minute=20)
        for _ in range(50):
            await desk.happens(client_id)
        await desk.work()
        assert len(receiver.received) == 3
        assert await waiting(desk) == {"rate": 47}
        assert {row.attempt_count for row in await desk.all(DeliveryRow)} == {0, 1}
        await until_quiet(desk)
        times = sorted(row.started_at for row in await desk.attempts())
    assert len(receiver.received) == 50
    assert all(sum(start <= at < start + timedelta(minutes=1) for at in times) <= 20 for start in times)
    assert times[-1] - times[0] < timedelta(minutes=3)
    assert {(row.status, row.attempt_count) for row in await desk.all(DeliveryRow)} == {("delivered", 1)}


async def test_who_waits_for_a_rate_looks_again_when_it_is_raised(desk):
    client_id = await desk.client()
    async with receiving() as receiver:
        endpoint_id, _ = await desk.endpoint(receiver.url, rate_per_minute=1)
        for _ in range(5):
            await desk.happens(client_id)
        await desk.work()
        assert len(receiver.received) == 1
        async with desk.session() as session:
            row = await endpoints.find_locked(session, endpoint_id)
            row.rate_per_minute = None
            await turns.call_all(session, row, now=desk.clock())
        await desk.work()
    assert len(receiver.received) == 5


async def test_after_five_failures_in_a_row_the_others_wait_and_one_probes_at_a_time(desk):
    client_id = await desk.client()
    async with receiving(500) as receiver:
        endpoint_id, _ = await desk.endpoint(receiver.url)
        for _ in range(FAILURES_TO_OPEN):
            await desk.happens(client_id)
        await desk.work()
        opened = (await desk.only(EndpointRow)).circuit_until
        assert opened == desk.clock() + timedelta(seconds=30)
        for _ in range(10):
            await desk.happens(client_id)
        desk.clock.forward(seconds=6)
        await desk.work()
        assert len(receiver.received) == FAILURES_TO_OPEN
        assert await waiting(desk) == {"circuit": 15}
        desk.clock.now = opened
        await desk.work()
        assert len(receiver.received) == FAILURES_TO_OPEN + 1
        row = await desk.only(EndpointRow)
        assert row.circuit_until == opened + timedelta(seconds=60)
        receiver.answers = [200]
        desk.clock.now = row.circuit_until
        await desk.work()
    assert (await desk.only(EndpointRow)).circuit_until is None
    assert {row.status for row in await desk.all(DeliveryRow)} <= {"delivered", "pending"}
    assert await waiting(desk) in ({}, {None: 1})
    assert sum(row.status == "delivered" for row in await desk.all(DeliveryRow)) >= 14
    assert (await desk.only(EndpointRow)).id == endpoint_id


async def test_a_test_goes_through_an_open_circuit_and_closes_it(desk):
    client_id = await desk.client()
    async with receiving(*[500] * FAILURES_TO_OPEN, 200) as receiver:
        endpoint_id, _ = await desk.endpoint(receiver.url)
        for _ in range(FAILURES_TO_OPEN):
            await desk.happens(client_id)
        await desk.work()
        await desk.happens(client_id)
        await desk.work()
        assert await waiting(desk) == {None: 5, "circuit": 1}
        await ask_for_a_test(desk, endpoint_id)
        await desk.work()
    assert (await desk.only(EndpointRow)).circuit_until is None
    assert len(receiver.received) == FAILURES_TO_OPEN + 2


async def test_a_receiver_that_refuses_is_there(desk):
    client_id = await desk.client()
    async with receiving(404) as receiver:
        await desk.endpoint(receiver.url)
        for _ in range(2 * FAILURES_TO_OPEN):
            await desk.happens(client_id)
        await desk.work()
    assert len(receiver.received) == 2 * FAILURES_TO_OPEN
    assert (await desk.only(EndpointRow)).circuit_until is None
