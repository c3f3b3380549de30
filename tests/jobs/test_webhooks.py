"""Events on their way to endpoints: signed, settled, and never told to anybody else."""

import asyncio
from contextlib import suppress

import pytest
from aiohttp import web
from sqlalchemy import delete

from core import webhooks as rules
from core.events import EventType
from core.ids import EndpointId
from jobs import webhooks
from storage import events, outbox
from storage import webhooks as endpoints
from storage.table import new_id
from storage.webhooks import DeliveryRow, EndpointRow
from tests.jobs.webhook_desk import incident, receiving, working


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


async def test_an_event_arrives_once_signed_with_the_bytes_that_are_kept(desk):
    async with receiving(204) as receiver:
        _, secret = await desk.endpoint(receiver.url)
        event_id = await desk.happens(await desk.client())
        await desk.work()
    (received,) = receiver.received
    assert received.verifies(secret)
    assert not received.verifies(rules.new_secret(b"x" * 32))
    assert received.id == received.content["id"] == str(event_id)
    assert received.content["data"]["level"] == "warning"
    assert received.headers["content-type"] == "application/json"
    assert received.body == (await desk.only(events.EventRow)).body
    delivery = await desk.only(DeliveryRow)
    assert (delivery.status, delivery.attempt_count, delivery.next_attempt_at) == ("delivered", 1, None)
    assert await desk.due() == []


async def test_what_is_rolled_back_was_never_announced(desk):
    client_id = await desk.client()
    with suppress(ZeroDivisionError):
        async with desk.session() as session:
            data = incident(client_id, desk.clock())
            await events.publish(session, EventType.INCIDENT_OPENED, client_id=client_id, data=data, now=desk.clock())
            raise ZeroDivisionError
    assert await desk.all(events.EventRow) == []
    assert await desk.due() == []


async def test_only_those_who_asked_for_it_are_told(desk):
    ours, theirs = await desk.client(), await desk.client()
    async with receiving() as receiver:
        url = receiver.url
        told = {
            (await desk.endpoint(f"{url}/whole-agency"))[0],
            (await desk.endpoint(f"{url}/this-client", "incident.opened", client_id=ours))[0],
        }
        await desk.endpoint(f"{url}/other-client", client_id=theirs)
        await desk.endpoint(f"{url}/other-type", "incident.closed")
        switched_off, _ = await desk.endpoint(f"{url}/switched-off")
        async with desk.session() as session:
            row = await endpoints.find_locked(session, switched_off)
            await endpoints.disable(session, row, "switched_off", now=desk.clock())
        await desk.happens(ours)
        await desk.work()
    assert {row.endpoint_id for row in await desk.all(DeliveryRow)} == told
    assert len(receiver.received) == 2


async def test_another_agency_is_never_told(desk, db, settings, other_agency):
    async with receiving() as ours, receiving() as theirs, working(db, settings, other_agency.id) as other:
        await desk.endpoint(ours.url)
        await other.endpoint(theirs.url)
        await desk.happens(await desk.client())
        await desk.work()
        await other.work()
    assert (len(ours.received), theirs.received) == (1, [])
    assert await other.all(DeliveryRow) == []


async def test_fanning_out_twice_begins_one_delivery(desk):
    await desk.endpoint("http://127.0.0.1:9999/in")
    await desk.happens(await desk.client())
    (due,) = await desk.due()
    await asyncio.gather(webhooks.fan_out(desk.context, due), webhooks.fan_out(desk.context, due))
    await webhooks.fan_out(desk.context, due)
    async with desk.session() as session:
        event = await desk.only(events.EventRow)
        await outbox.append(session, EventType(event.type), event.id, now=desk.clock())
    for each in await desk.due():
        if each.type == event.type:
            await webhooks.fan_out(desk.context, each)
    assert len(await desk.all(DeliveryRow)) == 1
    assert len(await desk.due()) == 1


async def test_nobody_listening_is_told_in_words(desk):
    async with receiving() as closed:
        await desk.endpoint(closed.url)
    await desk.happens(await desk.client())
    await desk.work()
    attempt = await desk.attempt()
    assert (attempt.status_code, attempt.error) == (None, "connect_failed")
    assert "check host and port" in attempt.detail
    assert (await desk.only(DeliveryRow)).status == "pending"


async def test_a_hostile_answer_is_kept_harmless_and_short(desk):
    body = b"\0\xff" + b"x" * 50_000
    answer = web.Response(status=500, body=body, headers={"Set-Cookie": "session=1", "X-Told": "y" * 2000})
    async with receiving(answer) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        await desk.work()
    attempt = await desk.attempt()
    assert len(attempt.response) <= 16 * 1024
    assert "\0" not in attempt.response
    assert "set-cookie" not in attempt.response_headers
    assert len(attempt.response_headers["x-told"]) == 1024


async def test_what_falls_due_for_an_endpoint_switched_off_is_not_sent(desk):
    async with receiving() as receiver:
        endpoint_id, _ = await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        async with desk.session() as session:
            row = await endpoints.find_locked(session, endpoint_id)
            await endpoints.disable(session, row, "switched_off", now=desk.clock())
        await webhooks.deliver(desk.context, due)
    assert receiver.received == []
    delivery = await desk.only(DeliveryRow)
    assert delivery.status == "cancelled"
    assert await desk.due() == []


async def test_what_falls_due_for_an_endpoint_that_is_gone_is_forgotten(desk):
    async with receiving() as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        async with desk.session() as session:
            await session.execute(delete(EndpointRow))
        await webhooks.deliver(desk.context, due)
    assert receiver.received == []
    assert await desk.due() == []


async def test_an_endpoint_removed_while_it_is_told_leaves_nothing_due(desk):
    async with receiving() as receiver:
        receiver.pause_s = 0.3
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        sending = asyncio.create_task(webhooks.deliver(desk.context, await desk.take_delivery_due()))
        await receiver.arrived.wait()
        async with desk.session() as session:
            await session.execute(delete(EndpointRow))
        await sending
    assert await desk.all(DeliveryRow) == []
    assert await desk.due() == []


async def test_a_test_event_goes_to_the_tested_endpoint_alone(desk):
    async with receiving() as tested, receiving() as other:
        endpoint_id, secret = await desk.endpoint(tested.url, "incident.closed")
        await desk.endpoint(other.url, "*")
        data = {"endpoint_id": endpoint_id, "client_id": None, "links": {}}
        async with desk.session() as session:
            await events.publish(session, EventType.ENDPOINT_TESTED, client_id=None, data=data, now=desk.clock())
        await desk.work()
    assert other.received == []
    assert [each.verifies(secret) for each in tested.received] == [True]


async def test_a_secret_that_cannot_be_opened_is_told_and_nothing_is_sent_unsigned(desk):
    async with receiving() as receiver:
        endpoint_id, _ = await desk.endpoint(receiver.url)
        async with desk.session() as session:
            row = await endpoints.find_locked(session, endpoint_id)
            row.secret_sealed = desk.sealed(EndpointId(new_id()), "whsec_of-another-endpoint")
        await desk.happens(await desk.client())
        await desk.work()
    assert receiver.received == []
    assert (await desk.attempt()).error == "secret_unreadable"
    assert (await desk.only(DeliveryRow)).status == "pending"
