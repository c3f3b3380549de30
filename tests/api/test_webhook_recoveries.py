"""After an outage: what failed is sent again, and the events of a time are told anew, each under its own id."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from api.edge.gate import Gate
from core.access import Role
from core.events import EventType
from jobs import operations as job
from jobs import recoveries, webhooks
from storage.operations import OperationRow
from storage.outbox import Due, OutboxRow
from storage.webhooks import DeliveryRow, EndpointRow
from tests.api.test_idempotency import keyed
from tests.conftest import Caller, calling, issue_key
from tests.jobs.webhook_desk import receiving, working


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


def path(endpoint_id, what):
    return f"/v1/webhook-endpoints/{endpoint_id}/{what}"


async def ask(caller: Caller, endpoint_id, what, **body):
    answer = await caller.post(path(endpoint_id, what), json=body, headers=keyed())
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/operations/{answer.json()['id']}"
    return answer.json()["id"]


async def finished(caller: Caller, desk, operation_id):
    """Take the operation to its end, then tell what it has made due."""
    while row := next(iter(await desk.all(OutboxRow, OutboxRow.type == "operation.due")), None):
        await job.advance(desk.context, Due(row.agency_id, row.id, row.type))
    await desk.work()
    return (await caller.get(f"/v1/operations/{operation_id}")).json()


async def give_up(desk, status="exhausted"):
    """Let every delivery that is pending come to its end."""
    await desk.work()
    while pending := await desk.all(DeliveryRow, DeliveryRow.status == "pending"):
        desk.clock.now = max(desk.clock.now, min(row.next_attempt_at for row in pending))
        await desk.work()
    assert {row.status for row in await desk.all(DeliveryRow)} == {status}


def iso(moment):
    return moment.isoformat()


async def test_what_failed_since_a_time_is_sent_again_and_nothing_else(caller, desk, monkeypatch):
    monkeypatch.setattr(recoveries, "ROWS_A_STEP", 2)
    client_id = await desk.client()
    async with receiving(204) as receiver:
        endpoint_id, secret = await desk.endpoint(receiver.url, "incident.opened")
        receiver.answers = [500]
        desk.clock.forward(days=-20)
        before = await desk.happens(client_id)
        await desk.work()
        desk.clock.forward(hours=1)
        since = desk.clock()
        failed = [await desk.happens(client_id) for _ in range(3)]
        await give_up(desk)
        receiver.answers = [204]
        desk.clock.forward(minutes=11)  # the circuit rests no longer
        fine = await desk.happens(client_id)
        await desk.work()
        receiver.received.clear()
        listed = (await caller.get("/v1/webhook-deliveries?status=exhausted")).json()["data"]
        assert {each["last_attempt"]["status_code"] for each in listed} == {500}
        assert {each["last_attempt"]["number"] for each in listed} == {10}
        ended = await finished(caller, desk, await ask(caller, endpoint_id, "recover", since=iso(since)))
    assert (ended["kind"], ended["status"], ended["progress"]) == ("webhook.recovery", "succeeded", 1.0)
    assert ended["counts"] == {"deliveries_read": 4, "sent_again": 3}
    assert Counter(each.id for each in receiver.received) == Counter(map(str, failed))
    assert all(each.is_signed_by(secret) for each in receiver.received)
    states = {str(row.event_id): (row.status, row.attempt_count) for row in await desk.all(DeliveryRow)}
    assert states == {str(before): ("exhausted", 10), str(fine): ("delivered", 1)} | dict.fromkeys(
        map(str, failed), ("delivered", 11)
    )
    found = (await caller.get(ended["result"])).json()["data"]
    assert {each["event_id"] for each in found} == {*map(str, failed), str(fine)}
    again = await finished(caller, desk, await ask(caller, endpoint_id, "recover", since=iso(since)))
    assert again["counts"]["sent_again"] == 0


async def test_the_events_of_a_time_are_told_whether_they_were_before_or_not(caller, desk, monkeypatch):
    monkeypatch.setattr(recoveries, "ROWS_A_STEP", 2)
    ours, other = await desk.client(), await desk.client()
    desk.clock.forward(days=-2)
    async with receiving(204) as receiver:
        await desk.happens(ours)
        desk.clock.forward(hours=1)
        after = desk.clock()
        never_told = await desk.happens(ours)
        await desk.work()
        endpoint_id, secret = await desk.endpoint(receiver.url, "incident.opened", "incident.raised", client_id=ours)
        delivered = await desk.happens(ours)
        await desk.work()
        receiver.answers = [500]
        desk.clock.forward(minutes=1)
        waiting = await desk.happens(ours, EventType.INCIDENT_RAISED)
        await desk.work()
        await desk.happens(other)
        await desk.happens(ours, EventType.INCIDENT_EASED)
        await desk.work()
        receiver.answers = [204]
        receiver.received.clear()
        ended = await finished(caller, desk, await ask(caller, endpoint_id, "replay", after=iso(after)))
        assert (ended["kind"], ended["status"], ended["error"]) == ("webhook.replay", "succeeded", None)
        assert ended["counts"] == {"events_read": 3, "begun": 1, "sent_again": 2}
        expected = Counter(map(str, (never_told, delivered, waiting)))
        assert Counter(each.id for each in receiver.received) == expected
        assert all(each.is_signed_by(secret) for each in receiver.received)
        receiver.received.clear()
        body = {"after": iso(after), "before": iso(desk.clock()), "event_types": ["incident.raised"]}
        narrowed = await finished(caller, desk, await ask(caller, endpoint_id, "replay", **body))
    assert narrowed["counts"]["events_read"] == len(receiver.received) == 0, "it happened at the end, which is left out"
    assert {row.status for row in await desk.all(DeliveryRow)} == {"delivered"}


async def test_a_recovery_does_not_wait_for_an_open_circuit(caller, desk):
    client_id, since = await desk.client(), desk.clock()
    async with receiving(500) as receiver:
        endpoint_id, _ = await desk.endpoint(receiver.url)
        lost = await desk.happens(client_id)
        await give_up(desk)
        assert (await desk.only(EndpointRow)).circuit_until > desk.clock()
        receiver.answers = [204]
        receiver.received.clear()
        ended = await finished(caller, desk, await ask(caller, endpoint_id, "recover", since=iso(since)))
    assert ended["counts"]["sent_again"] == 1
    assert [each.id for each in receiver.received] == [str(lost)]
    assert (await desk.only(EndpointRow)).circuit_until is None


async def test_a_replay_makes_no_more_due_than_is_soon_sent(caller, desk, monkeypatch):
    monkeypatch.setattr(recoveries, "ROWS_A_STEP", 2)
    monkeypatch.setattr(recoveries, "MOST_WAITING", 3)
    client_id = await desk.client()
    async with receiving(204) as receiver:
        past = [await desk.happens(client_id) for _ in range(7)]
        await desk.work()
        after = desk.clock() - timedelta(minutes=1)
        desk.clock.forward(minutes=1)
        endpoint_id, _ = await desk.endpoint(receiver.url)
        operation = await ask(caller, endpoint_id, "replay", after=iso(after))
        row = await desk.only(OutboxRow, OutboxRow.type == "operation.due")
        for _ in range(6):
            await job.advance(desk.context, Due(row.agency_id, row.id, row.type))
        assert len(await desk.all(DeliveryRow)) == 4, "two steps, and then it waits"
        waiting = await desk.only(OutboxRow, OutboxRow.type == "operation.due")
        assert waiting.available_at == desk.clock() + recoveries.REST
        told = (await caller.get(f"/v1/operations/{operation}")).json()
        assert (told["status"], told["counts"]["begun"]) == ("running", 4)
        while await desk.all(OutboxRow):
            await desk.work()
            for each in await desk.all(OutboxRow, OutboxRow.type == "operation.due"):
                await job.advance(desk.context, Due(each.agency_id, each.id, each.type))
        ended = (await caller.get(f"/v1/operations/{operation}")).json()
    assert (ended["status"], ended["progress"], ended["counts"]["begun"]) == ("succeeded", 1.0, 7)
    assert sorted(each.id for each in receiver.received) == sorted(map(str, past))


async def test_what_is_being_sent_while_it_is_asked_for_is_not_sent_twice(caller, desk):
    async with receiving(204) as receiver:
        receiver.pause_s = 2
        endpoint_id, _ = await desk.endpoint(receiver.url)
        after = desk.clock() - timedelta(minutes=1)
        await desk.happens(await desk.client())
        sending = asyncio.create_task(webhooks.deliver(desk.context, await desk.take_delivery_due()))
        await receiver.arrived.wait()
        ended = await finished(caller, desk, await ask(caller, endpoint_id, "replay", after=iso(after)))
        await sending
        await desk.work()
    assert ended["counts"] == {"events_read": 1, "begun": 0, "sent_again": 0}
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("what", "body", "status", "code", "pointer"),
    [
        ("recover", {"since": "2020-01-01T00:00:00Z"}, 422, "too_long_ago", "/since"),
        ("recover", {"since": "2999-01-01T00:00:00Z"}, 422, "in_the_future", "/since"),
        ("recover", {"since": "2026-01-01T00:00:00"}, 400, "not_as_declared", "/since"),
        ("recover", {}, 400, "not_as_declared", ""),
        ("replay", {"after": "2020-01-01T00:00:00Z"}, 422, "too_long_ago", "/after"),
        ("replay", {"after": "NOW", "before": "2020-01-01T00:00:00Z"}, 422, "span", "/before"),
        ("replay", {"after": "NOW", "event_types": ["incident.closed"]}, 422, "not_subscribed", "/event_types/0"),
        ("replay", {"after": "NOW", "event_types": []}, 400, "not_as_declared", "/event_types"),
    ],
)
async def test_how_far_back_and_what_is_bounded(caller, desk, what, body, status, code, pointer):
    endpoint_id, _ = await desk.endpoint("http://127.0.0.1:9/", "incident.opened")
    body = {name: iso(desk.clock() - timedelta(minutes=1)) if v == "NOW" else v for name, v in body.items()}
    answer = await caller.post(path(endpoint_id, what), json=body, headers=keyed())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (status, code), answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("what", ["recover", "replay"])
async def test_a_repeat_of_the_request_starts_nothing_and_a_second_waits(caller, desk, what):
    endpoint_id, _ = await desk.endpoint("http://127.0.0.1:9/")
    body = {"since" if what == "recover" else "after": iso(desk.clock() - timedelta(hours=1))}
    assert (await caller.post(path(endpoint_id, what), json=body)).status_code == 400
    key = keyed()
    first, repeat = [await caller.post(path(endpoint_id, what), json=body, headers=key) for _ in range(2)]
    assert (first.status_code, repeat.status_code, first.json()) == (202, 202, repeat.json())
    second = await caller.post(path(endpoint_id, what), json=body, headers=keyed())
    assert (second.status_code, second.json()["code"]) == (409, "operation_under_way")
    cancelled = await caller.post(f"/v1/operations/{first.json()['id']}/cancel")
    assert cancelled.json()["status"] == "cancelled"


@pytest.mark.parametrize("what", ["recover", "replay"])
async def test_an_endpoint_that_is_off_unknown_or_of_others_is_sent_nothing(
    caller, stranger, app: Gate, db, desk, what
):
    endpoint_id, _ = await desk.endpoint("http://127.0.0.1:9/")
    body = {"since" if what == "recover" else "after": iso(desk.clock() - timedelta(hours=1))}
    assert (await stranger.post(path(endpoint_id, what), json=body, headers=keyed())).status_code == 404
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.ANALYST)) as http:
        refused = await http.post(path(endpoint_id, what), json=body, headers=keyed())
        assert (refused.status_code, refused.json()["scope"]) == (403, "webhooks:manage")
    started = await ask(caller, endpoint_id, what, **body)
    async with desk.session() as session:
        (await session.get(EndpointRow, (desk.agency_id, endpoint_id))).is_enabled = False
    ended = await finished(caller, desk, started)
    assert (ended["status"], ended["error"]["code"]) == ("failed", "endpoint_disabled")
    refused = await caller.post(path(endpoint_id, what), json=body, headers=keyed())
    assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_disabled")
    assert await desk.attempts() == []
    assert len(await desk.all(OperationRow)) == 1


async def test_a_portal_has_its_own_clients_endpoints_sent_again_and_no_others(caller, app: Gate, db, desk):
    ours, other = await desk.client(), await desk.client()
    key = await issue_key(db, caller.agency.id, role=Role.PORTAL_VIEWER, scopes=("webhooks:manage",), client_id=ours)
    body = {"since": iso(desk.clock() - timedelta(hours=1))}
    async with receiving(500) as receiver, calling(app, key) as portal:
        own, _ = await desk.endpoint(receiver.url, "incident.opened", client_id=ours)
        others = [
            (await desk.endpoint(receiver.url, "incident.closed", client_id=client))[0] for client in (other, None)
        ]
        for endpoint_id in others:
            assert (await portal.post(path(endpoint_id, "recover"), json=body, headers=keyed())).status_code == 404
        await desk.happens(ours)
        await give_up(desk)
        receiver.answers = [204]
        receiver.received.clear()
        answer = await portal.post(path(own, "recover"), json=body, headers=keyed())
        assert (answer.status_code, answer.json()["status"]) == (202, "queued"), answer.text
        ended = await finished(caller, desk, answer.json()["id"])
    assert (ended["status"], ended["counts"]["sent_again"], len(receiver.received)) == ("succeeded", 1, 1)
