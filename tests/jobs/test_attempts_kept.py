"""What is kept of tries: the newest of many, and what the release before wrote beside."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from jobs import webhooks
from storage import attempts
from storage.table import new_id
from storage.webhooks import AttemptRow, DeliveryRow
from tests.jobs.webhook_desk import receiving, working

MANY = """
    update webhook_deliveries set attempt_count = :many, ladder_from = :many, attempts = (
        select jsonb_agg(jsonb_build_object('id', n::text, 'started_at', cast(:at as text), 'duration_ms', n,
            'status_code', 500) order by n)
        from generate_series(1, :many) as n)
    where agency_id = :agency_id
"""


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


async def tried_often(desk):
    at = (desk.clock() - timedelta(hours=1)).isoformat()
    async with desk.session() as session:
        await session.execute(text(MANY), {"agency_id": desk.agency_id, "many": attempts.MOST_KEPT, "at": at})


async def test_of_many_attempts_the_newest_are_kept_and_keep_their_numbers(desk):
    async with receiving(500, 204) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        await tried_often(desk)
        await webhooks.deliver(desk.context, due)
        desk.clock.forward(days=1)
        await desk.work()
    found = await desk.attempts()
    assert [each.number for each in found] == list(range(3, attempts.MOST_KEPT + 3))
    assert [(each.duration_ms, each.status_code) for each in found[:1]] == [(3, 500)]
    assert [each.status_code for each in found[-2:]] == [500, 204]


async def test_attempts_that_the_release_before_wrote_are_told_with_those_that_followed(desk):
    async with receiving(204) as receiver:
        await desk.endpoint(receiver.url)
        await desk.happens(await desk.client())
        due = await desk.take_delivery_due()
        delivery = await desk.only(DeliveryRow)
        row = AttemptRow(
            agency_id=desk.agency_id,
            id=new_id(),
            delivery_id=delivery.id,
            number=1,
            started_at=desk.clock() - timedelta(hours=1),
            duration_ms=5,
            status_code=503,
            response="down",
        )
        async with desk.session() as session:
            session.add(row)
            await session.execute(update(DeliveryRow).values(attempt_count=1))
        delivery = await desk.only(DeliveryRow)
        async with desk.session() as session:
            last = await attempts.latest(session, [delivery])
        assert [(each.number, each.status_code) for each in last.values()] == [(1, 503)]
        await webhooks.deliver(desk.context, due)
    assert [(each.number, each.status_code, each.response) for each in await desk.attempts()] == [
        (1, 503, "down"),
        (2, 204, None),
    ]
    async with desk.session() as session:
        last = await attempts.latest(session, [await desk.only(DeliveryRow)])
    assert [(each.number, each.status_code) for each in last.values()] == [(2, 204)]
