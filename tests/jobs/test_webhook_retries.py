"""Deliveries tried again: by the ladder, by hand, and after a worker's death."""

import asyncio
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from core import webhooks as rules
from jobs import webhooks
from storage import deliveries, events
from storage.webhooks import DeliveryRow, EndpointRow
from tests.jobs.webhook_desk import receiving, working


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


async def test_a_receiver_that_never_takes_it_is_tried_ten_times_in_75_hours(desk):
    async with receiving(500) as receiver:
        _, secret = await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        await desk.work()
        started, waits = desk.clock(), []
        while (delivery := await desk.only(DeliveryRow)).status == "pending":
            waits.append(delivery.next_attempt_at - desk.clock())
            desk.clock.now = delivery.next_attempt_at
            await desk.work()
    assert delivery.status == "exhausted"
    assert len(receiver.received) == 10
    assert await desk.numbers() == list(range(1, 11))
    for wait, rung in zip(waits, rules.LADDER[1:], strict=True):
        assert rung <= wait <= rung * 1.1
    assert timedelta(hours=75) <= desk.clock() - started <= timedelta(hours=83)
    assert len({each.id for each in receiver.received}) == len({each.body for each in receiver.received}) == 1
    assert all(each.is_signed_by(secret) for each in receiver.received)
    times = [int(each.headers["webhook-timestamp"]) for each in receiver.received]
    assert times == sorted(set(times))
    assert await desk.due() == []


async def test_a_receiver_that_recovers_gets_it_and_is_no_longer_failing(desk):
    async with receiving(503, 302, 200) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        await desk.work()
        assert (await desk.only(EndpointRow)).failing_since == desk.clock()
        for _ in range(2):
            desk.clock.now = (await desk.only(DeliveryRow)).next_attempt_at
            await desk.work()
    assert [row.status_code for row in await desk.attempts()] == [503, 302, 200]
    assert (await desk.only(DeliveryRow)).status == "delivered"
    assert (await desk.only(EndpointRow)).failing_since is None


async def test_a_try_is_not_made_before_it_is_due(desk):
    async with receiving(500) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        for _ in range(3):
            await webhooks.deliver(desk.context, due)
    assert len(receiver.received) == 1


async def test_a_receiver_that_asks_for_time_gets_it(desk):
    async with receiving(web.Response(status=429, headers={"Retry-After": "7200"})) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        await desk.work()
    delivery = await desk.only(DeliveryRow)
    assert delivery.next_attempt_at - desk.clock() == timedelta(hours=2)


async def test_410_switches_the_endpoint_off_and_tells_the_others(desk):
    async with receiving(410) as gone, receiving() as other:
        endpoint_id, _ = await desk.endpoint(gone.url)
        _, secret = await desk.endpoint(other.url, "webhook_endpoint.disabled")
        await desk.happens(await desk.client())
        await desk.work()
    row = await desk.only(EndpointRow, EndpointRow.id == endpoint_id)
    assert (row.is_enabled, row.disabled_reason, len(gone.received)) == (False, "gone", 1)
    delivery = await desk.only(DeliveryRow, DeliveryRow.endpoint_id == endpoint_id)
    assert (delivery.status, delivery.next_attempt_at) == ("cancelled", None)
    (told,) = other.received
    assert told.verifies(secret)
    assert told.content["type"] == "webhook_endpoint.disabled"
    assert (told.content["data"]["endpoint_id"], told.content["data"]["reason"]) == (str(endpoint_id), "gone")
    assert gone.url not in told.body.decode()


async def test_an_endpoint_without_one_success_in_five_days_is_switched_off(desk):
    client_id = await desk.client()
    async with receiving(500) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(client_id)
        await desk.work()
        desk.clock.forward(days=4, hours=23)
        await desk.happens(client_id)
        await desk.work()
        assert (await desk.only(EndpointRow)).is_enabled
        desk.clock.forward(hours=1)
        await desk.happens(client_id)
        await desk.work()
    row = await desk.only(EndpointRow)
    assert (row.is_enabled, row.disabled_reason) == (False, "failing")
    assert {each.status for each in await desk.all(DeliveryRow)} == {"cancelled"}
    published = [each.type for each in await desk.all(events.EventRow)]
    assert published.count("webhook_endpoint.disabled") == 1


async def test_the_agencys_others_are_told_after_one_day_and_after_four_before_it_is_switched_off(desk):
    client_id = await desk.client()
    async with receiving(500) as receiver, receiving() as other:
        failing_id, _ = await desk.endpoint(receiver.url, "incident.opened", "webhook_endpoint.failing")
        told = "webhook_endpoint.failing", "webhook_endpoint.disabled"
        _, secret = await desk.endpoint(other.url, *told)
        began = desk.clock()
        for hours in (0, 23, 1, 1, 70, 1, 24):
            desk.clock.forward(hours=hours)
            await desk.happens(client_id)
            await desk.work()
    types = [each.content["type"] for each in other.received]
    assert types == ["webhook_endpoint.failing", "webhook_endpoint.failing", "webhook_endpoint.disabled"]
    assert all(each.is_signed_by(secret) for each in other.received)
    for notice in other.received[:2]:
        data = notice.content["data"]
        assert data["endpoint_id"] == str(failing_id)
        assert datetime.fromisoformat(data["failing_since"]) == began
        assert datetime.fromisoformat(data["disables_at"]) == began + timedelta(days=5)
    assert {each.content["type"] for each in receiver.received} == {"incident.opened"}
    row = await desk.only(EndpointRow, EndpointRow.id == failing_id)
    assert (row.is_enabled, row.disabled_reason) == (False, "failing")


async def test_one_success_takes_the_notices_back(desk):
    client_id = await desk.client()
    async with receiving(500) as receiver:
        await desk.endpoint(receiver.url, "incident.opened")
        for _ in range(2):
            await desk.happens(client_id)
            await desk.work()
            desk.clock.forward(hours=25)
        assert (await desk.only(EndpointRow)).failing_notices == 1
        receiver.answers = [200]
        await desk.happens(client_id)
        await desk.work()
    row = await desk.only(EndpointRow)
    assert (row.failing_since, row.failing_notices, row.failures_in_row) == (None, 0, 0)


@pytest.mark.parametrize("answers", [(200,), (500, 200)], ids=["delivered", "pending"])
async def test_a_delivery_sent_again_by_hand_keeps_its_id(desk, answers):
    async with receiving(*answers) as receiver:
        _, secret = await desk.endpoint(receiver.url)
        event_id = await desk.happens(await desk.client())
        await desk.work()
        desk.clock.forward(seconds=1)
        await desk.send_again((await desk.only(DeliveryRow)).id)
        await desk.work()
    assert [each.id for each in receiver.received] == [str(event_id)] * 2
    assert receiver.received[1].is_signed_by(secret)
    assert (await desk.only(DeliveryRow)).status == "delivered"
    assert await desk.numbers() == [1, 2]
    desk.clock.forward(days=1)
    assert await desk.due() == []


async def test_an_exhausted_delivery_sent_again_climbs_the_ladder_anew(desk):
    async with receiving(500) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        await desk.work()
        while (delivery := await desk.only(DeliveryRow)).status == "pending":
            desk.clock.now = delivery.next_attempt_at
            await desk.work()
        await desk.send_again(delivery.id)
        await desk.work()
    again = await desk.only(DeliveryRow)
    assert (again.status, again.attempt_count, len(receiver.received)) == ("pending", 11, 11)
    assert timedelta(seconds=5) <= again.next_attempt_at - desk.clock() <= timedelta(seconds=5.5)


async def test_a_worker_that_dies_after_sending_is_followed_by_the_same_bytes_again(desk, monkeypatch):
    async with receiving() as receiver:
        _, secret = await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()

        async def die(*_args, **_kwargs):
            raise asyncio.CancelledError

        monkeypatch.setattr(webhooks, "settle", die)
        with pytest.raises(asyncio.CancelledError):
            await webhooks.deliver(desk.context, due)
        monkeypatch.undo()
        assert await desk.attempts() == []
        # The mark of the dead worker still holds: another leaves the delivery alone until it has run out.
        await desk.work()
        assert len(receiver.received) == 1
        desk.clock.forward(seconds=desk.context.settings.webhook_timeout_s + 16)
        await desk.work()
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    assert second.is_signed_by(secret)
    assert (await desk.only(DeliveryRow)).status == "delivered"
    assert await desk.numbers() == [1]


async def test_two_workers_with_the_same_row_send_once(desk):
    async with receiving() as receiver:
        receiver.pause_s = 0.2
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        await asyncio.gather(*(webhooks.deliver(desk.context, due) for _ in range(4)))
        await webhooks.deliver(desk.context, due)
    assert len(receiver.received) == 1
    assert (await desk.only(DeliveryRow)).status == "delivered"
    desk.clock.forward(hours=1)
    assert await desk.due() == []


async def test_a_delivery_that_somebody_holds_is_left_for_later_and_not_waited_for(desk):
    async with receiving() as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        async with desk.session() as holding:
            await deliveries.lock(holding, (await desk.only(DeliveryRow)).id)
            await asyncio.wait_for(webhooks.deliver(desk.context, due), 60)
        assert receiver.received == []
        desk.clock.forward(seconds=1)
        await desk.work()
    assert len(receiver.received) == 1


async def test_a_worker_so_slow_that_another_has_delivered_takes_nothing_back(desk, monkeypatch):
    async with receiving(500, 200) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        parcel = await desk.take(due)
        late = await webhooks.attempt(desk.context, parcel)
        desk.clock.forward(minutes=1)
        await webhooks.deliver(desk.context, due)
        await webhooks.settle(desk.context, desk.agency_id, [(parcel, late)])
    assert len(receiver.received) == 2
    delivery = await desk.only(DeliveryRow)
    assert (delivery.status, delivery.next_attempt_at) == ("delivered", None)
    assert await desk.numbers() == [1, 2]
    desk.clock.forward(days=2)
    assert await desk.due() == []


async def test_sending_again_what_is_being_sent_and_fails_goes_on_by_the_ladder(desk):
    async with receiving(500, 200) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        parcel = await desk.take(due)
        await desk.send_again(parcel.delivery_id)
        assert await desk.due() == [], "its row stays with who holds it, and is joined by no other"
        await webhooks.settle(desk.context, desk.agency_id, [(parcel, await webhooks.attempt(desk.context, parcel))])
        assert (await desk.only(DeliveryRow)).status == "pending"
        desk.clock.forward(minutes=1)
        await desk.work()
    assert (await desk.only(DeliveryRow)).status == "delivered"
    assert await desk.numbers() == [1, 2]


async def test_sending_again_while_it_is_being_sent_disturbs_nobody(desk):
    async with receiving(200) as receiver:
        receiver.pause_s = 0.3
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        sending = asyncio.create_task(webhooks.deliver(desk.context, await desk.take_delivery_due()))
        await receiver.arrived.wait()
        await desk.send_again((await desk.only(DeliveryRow)).id)
        await sending
        await desk.work()
    assert (await desk.only(DeliveryRow)).status == "delivered"
    assert len(receiver.received) == 1
    desk.clock.forward(days=1)
    assert await desk.due() == []
