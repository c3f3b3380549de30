"""The log reaches 30 days back, and holds what the release before wrote into it without a number."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from core.events import PUBLIC_EVENTS, scope_of
from jobs.schedule import tidy_events
from storage import events
from storage.events import EventRow
from storage.table import new_id
from storage.webhooks import DeliveryRow
from tests.jobs.webhook_desk import receiving, working


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


async def aged(desk, event_id, days):
    async with desk.session() as session:
        then = desk.clock() - timedelta(days=days)
        await session.execute(update(EventRow).where(EventRow.id == event_id).values(occurred_at=then))


async def test_an_old_event_goes_with_its_deliveries_and_a_younger_one_stays(desk):
    client_id = await desk.client()
    async with receiving(204) as receiver:
        await desk.endpoint(receiver.url)
        old, young = await desk.happens(client_id), await desk.happens(client_id)
        await desk.work()
    await aged(desk, old, 31)
    await aged(desk, young, 29)
    await tidy_events({"context": desk.context})
    assert [row.id for row in await desk.all(EventRow)] == [young]
    assert [row.event_id for row in await desk.all(DeliveryRow)] == [young]
    assert len(await desk.attempts()) == 1


async def test_an_old_event_that_is_being_sent_again_stays_until_that_has_ended(desk):
    async with receiving(500, 204) as receiver:
        await desk.endpoint(receiver.url)
        event_id = await desk.happens(await desk.client())
        await desk.take_delivery_due()
        await aged(desk, event_id, 31)
        await tidy_events({"context": desk.context})
        assert [row.id for row in await desk.all(EventRow)] == [event_id]


async def test_attempts_go_after_thirty_days_though_their_event_stays(desk):
    async with receiving(500) as receiver:
        await desk.endpoint(receiver.url)
        event_id = await desk.happens(await desk.client())
        await desk.work()
        await aged(desk, event_id, 31)
        await tidy_events({"context": desk.context})
        assert len(await desk.attempts()) == 1
        desk.clock.forward(days=31)
        await tidy_events({"context": desk.context})
    assert await desk.attempts() == []
    assert [row.status for row in await desk.all(DeliveryRow)] == ["pending"]


async def test_what_the_release_before_wrote_is_numbered_after_what_is_there(desk):
    client_id = await desk.client()
    await desk.happens(client_id)
    insert = (
        "insert into events (agency_id, id, client_id, type, occurred_at, body)"
        " values (:agency_id, :id, :client_id, 'incident.closed', now(), '{}')"
    )
    async with desk.session() as session:
        await session.execute(text(insert), {"agency_id": desk.agency_id, "id": new_id(), "client_id": client_id})
    await tidy_events({"context": desk.context})
    await desk.happens(client_id)
    rows = sorted(await desk.all(EventRow), key=lambda row: row.position)
    assert [(row.type, row.position, row.sequence) for row in rows] == [
        ("incident.opened", 1, 1),
        ("incident.closed", 2, 2),
        ("incident.opened", 3, 3),
    ]
    async with desk.session() as session:
        assert await events.head(session) == 3


def test_every_public_event_says_who_may_read_it():
    assert {scope_of(event).partition(":")[2] for event in PUBLIC_EVENTS} == {"read"}
