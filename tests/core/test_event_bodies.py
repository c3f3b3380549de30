import json
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import event_bodies
from core.event_bodies import DESCRIPTIONS, EVENT_SHAPES, EndpointTested, Event, EventTooLarge, IncidentEvent
from core.events import PUBLIC_EVENTS, EventType
from core.ids import EventId
from core.webhooks import MAX_BODY_BYTES

AT = datetime(2026, 3, 14, 1, 59, 26, 535897, tzinfo=UTC)
EVENT_ID = EventId(uuid4())


def incident(**changes):
    told = {
        "incident_id": uuid4(),
        "client_id": uuid4(),
        "status": "open",
        "level": "warning",
        "score": 61.5,
        "peak_score": 61.5,
        "opened_at": AT,
        "version": 1,
        "reasons": {"id": ["Sebutan negatif enam kali dari biasanya."], "en": ["Six times the usual complaints."]},
        "links": {"incident": "/v1/incidents/x"},
    }
    return told | changes


def encoded(data, event=EventType.INCIDENT_OPENED):
    return event_bodies.encode(EVENT_ID, event, data, at=AT)


def test_every_public_event_has_a_shape_and_a_sentence_and_no_other_has():
    assert set(EVENT_SHAPES) == set(DESCRIPTIONS) == set(PUBLIC_EVENTS)


def test_every_shape_has_a_json_schema_for_the_contract():
    for shape in EVENT_SHAPES.values():
        assert "$defs" in msgspec.json.schema(Event[shape])


def test_a_body_names_its_id_type_time_and_version():
    body = json.loads(encoded(incident()))
    assert list(body) == ["id", "type", "timestamp", "api_version", "data"]
    assert (body["id"], body["type"], body["api_version"]) == (str(EVENT_ID), "incident.opened", "v1")
    assert body["timestamp"] == "2026-03-14T01:59:26.535897Z"


def test_a_struct_and_a_mapping_of_the_same_data_give_the_same_bytes():
    told = incident()
    assert encoded(told) == encoded(msgspec.convert(msgspec.to_builtins(told), IncidentEvent))


@pytest.mark.parametrize(
    "changes",
    [{"level": "doomed"}, {"score": 101.0}, {"score": -0.1}, {"version": 0}, {"status": "asleep"}, {"reasons": None}],
    ids=str,
)
def test_data_that_are_not_of_the_published_shape_are_refused(changes):
    with pytest.raises(ValueError, match=r"Expected|Invalid"):
        encoded(incident(**changes))


def test_an_event_of_our_own_jobs_is_never_published():
    with pytest.raises(ValueError, match="no public event"):
        encoded(incident(), EventType.POSTS_RECEIVED)


def test_a_body_beyond_the_promised_length_is_refused():
    with pytest.raises(EventTooLarge):
        encoded(incident(reasons={"id": ["\x01" * 280] * 8, "en": ["\x01" * 280] * 8}))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=2000), max_size=40))
def test_shortened_reasons_always_fit_into_an_event(sentences):
    fitting = event_bodies.shorten(sentences)
    assert len(encoded(incident(reasons={"id": fitting, "en": fitting}))) <= MAX_BODY_BYTES
    assert len(fitting) == min(len(sentences), 8)


def test_a_test_event_tells_which_endpoint_it_is_for():
    endpoint_id = uuid4()
    body = encoded(EndpointTested(endpoint_id=endpoint_id, client_id=None, links={}), EventType.ENDPOINT_TESTED)
    assert event_bodies.tested_endpoint(body) == endpoint_id
