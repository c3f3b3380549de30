"""What is really sent is what the schemas say, for every type that our code publishes."""

import ast
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from core import plans
from core.alarms.wording import AlarmKind
from core.crisis import Assessment, History, Level, LevelState, bucket_of
from core.event_bodies import EVENT_SHAPES
from core.events import PUBLIC_EVENTS, EventType
from core.ids import ClientId
from core.plans import PLANS
from jobs.alarms import tell_alarm
from jobs.alerts import evaluate
from jobs.scores import tell
from jobs.usage import tell_usage
from storage import alarms, alert_rules, events, outbox, usage, versions
from storage.alarms import Alarm
from storage.incidents import IncidentRow
from storage.outbox import Due
from storage.session import tenant_connection
from storage.table import new_id
from tests.conftest import put_on
from tests.holdings import plant_incident
from tests.jobs.webhook_desk import receiving, working

ROOT = Path(__file__).resolve().parents[2]
OF_INCIDENTS = sorted(event for event in PUBLIC_EVENTS if event.value.startswith("incident."))


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


@pytest.fixture
async def schemas(caller):
    listed = (await caller.get("/v1/event-types")).json()["data"]
    return {row["type"]: Draft202012Validator(row["body_schema"], format_checker=FormatChecker()) for row in listed}


async def incident_events(desk):
    """Every event of an incident, as the jobs and the API publish it."""
    client_id = await desk.client()
    incident_id = await plant_incident(desk.context.db, desk.agency_id, str(client_id))
    for event in OF_INCIDENTS:
        async with desk.session() as session:
            row = await versions.get(session, IncidentRow, incident_id)
            row.reasons = {"id": ["Keluhan naik \x07enam kali."] * 9, "en": ["Six times the usual " + "x" * 400]}
            await events.publish_incident(session, event, row, now=desk.clock())


async def level_event(desk):
    """A level that has changed, as the job of the scores publishes it."""
    client_id, told = await desk.client(), LevelState.initial()
    latest = Assessment(bucket_of(desk.clock()), 47.5, Level.WARNING, (), (), 1.0, told)
    async with desk.session() as session:
        assert (
            await tell(session, ClientId(client_id), Level.NORMAL, latest, muted_until=None, now=desk.clock())
            is Level.WARNING
        )


async def alert_event(desk):
    """An alert of a rule, as the job of the scores publishes it."""
    client_id, now = ClientId(await desk.client()), desk.clock()
    rule = {"client_id": client_id, "name": "ramai", "kind": "volume", "keyword_id": None, "account_id": None}
    rule |= {"threshold": 2.0, "window_minutes": 60, "cooldown_minutes": 60, "is_enabled": True, "last_fired_at": None}
    history = History.empty(bucket_of(now), 1)
    history.mentions[0] = 3
    async with desk.session() as session:
        await alert_rules.add(session, rule, now=now)
        await evaluate(session, client_id, start=history.first, stop=history.stop, history=history, now=now)


async def usage_event(desk, db, agency, monkeypatch):
    monkeypatch.setitem(PLANS, "trial", plans.Plan(name="trial", mentions=4))
    await put_on(db, agency, "trial")
    month, client_id = plans.month_of(desk.clock()), await desk.client()
    async with desk.session() as session:
        session.add(usage.UsageRow(agency_id=desk.agency_id, client_id=client_id, month=month, mentions=2))
    await tell_usage({"context": desk.context})


async def alarm_events(desk):
    """Every event of an alarm, as the job publishes it."""
    client_id, now = await desk.client(), desk.clock()
    shares = {"share_before": 0.2, "share_after": 0.8, "voices_before": 40, "voices_after": 60}
    drift = {"share_before": 0.2, "share_now": 0.3, "z": 4.0}
    raised = [
        Alarm(client_id, AlarmKind.THREAT, 1, now, mention_id=new_id()),
        Alarm(client_id, AlarmKind.BACKLASH, 2, now, mention_id=new_id(), figures=shares),
        Alarm(client_id, AlarmKind.DRIFT, 3, now, figures=drift),
    ]
    async with tenant_connection(desk.context.db, desk.agency_id) as connection:
        assert len(await alarms.raise_all(connection, desk.agency_id, raised, now=now)) == 3
    async with desk.session() as session:
        due = await outbox.waiting(session, [EventType.ALARM_RAISED])
    for row in due:
        await tell_alarm(desk.context, Due(desk.agency_id, row.id, row.type))


async def test_every_type_is_sent_as_its_schema_says(desk, db, agency, caller, schemas, monkeypatch):
    async with receiving(204) as receiver, receiving(410) as gone, receiving(500) as down:
        endpoint_id, secret = await desk.endpoint(receiver.url, "*")
        await desk.endpoint(gone.url, "incident.opened")
        await desk.endpoint(down.url, "incident.opened")
        await incident_events(desk)
        await level_event(desk)
        await alert_event(desk)
        await usage_event(desk, db, agency, monkeypatch)
        await alarm_events(desk)
        assert (await caller.post(f"/v1/webhook-endpoints/{endpoint_id}/test")).status_code == 202
        desk.clock.forward(seconds=5)
        await desk.work()
        desk.clock.forward(days=1)
        await desk.work()
    sent = {each.content["type"]: each for each in receiver.received}
    assert set(sent) == set(schemas) == {event.value for event in PUBLIC_EVENTS}
    for event, received in sent.items():
        assert list(schemas[event].iter_errors(received.content)) == []
        assert received.is_signed_by(secret)
        others = set(schemas) - {event}
        assert all(not schemas[other].is_valid(received.content) for other in others)


async def test_a_body_that_strays_from_its_schema_is_noticed(caller, schemas):
    for row in (await caller.get("/v1/event-types")).json()["data"]:
        schema, example = schemas[row["type"]], row["body_example"]
        assert list(schema.iter_errors(example)) == []
        assert schema.is_valid(example | {"a_field_of_tomorrow": 1})
        for field in ("id", "timestamp", "api_version", "data"):
            assert not schema.is_valid({name: value for name, value in example.items() if name != field})
        for field in example["data"]:
            assert not schema.is_valid(example | {"data": example["data"] | {field: {"not": ["a", "value"]}}})


def published():
    """The types that a call of `publish` or `publish_incident` names, with the number that a variable names."""
    named, by_variable = set(), 0
    for floor in ("api", "jobs", "storage"):
        for source in sorted((ROOT / floor).rglob("*.py")):
            for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
                called = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
                if called in {"publish", "publish_incident"}:
                    event = node.args[1]
                    if isinstance(event, ast.Attribute) and getattr(event.value, "id", "") == "EventType":
                        named.add(EventType[event.attr])
                    else:
                        by_variable += 1
    return named, by_variable


def test_every_type_that_a_call_publishes_has_a_schema():
    named, by_variable = published()
    assert {EventType.ENDPOINT_DISABLED, EventType.USAGE_THRESHOLD} <= named
    assert by_variable, "the calls are no longer found where they were"
    assert named <= set(EVENT_SHAPES)
