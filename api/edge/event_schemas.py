"""The public events as others read them: a schema of what is sent, and an example, both from the structs that send."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from api.edge.examples import example_of
from api.edge.vocabulary import Schema, tidy
from core.event_bodies import DESCRIPTIONS, EVENT_SHAPES, Event
from core.events import EventType

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE = "#/components/schemas/{name}"
EVENTS = tuple(sorted(EVENT_SHAPES))
"""Every public event, in the order of their names."""

# What the data of an example say beside what is usual, so that a rise reads as a rise.
_STORY: Mapping[EventType, Schema] = {
    EventType.INCIDENT_OPENED: {"status": "open", "peak_score": 63.4, "version": 1},
    EventType.INCIDENT_RAISED: {"status": "open", "level": "crisis", "score": 81.2, "peak_score": 81.2},
    EventType.INCIDENT_EASED: {"status": "open", "level": "watch", "score": 38.6},
    EventType.INCIDENT_CLOSED: {"status": "closed", "level": "normal", "score": 12.4},
    EventType.INCIDENT_ACKNOWLEDGED: {"status": "acknowledged"},
    EventType.INCIDENT_RESOLVED: {"status": "resolved", "level": "watch", "score": 31.0},
    EventType.SCORE_LEVEL_CHANGED: {"level": "watch", "previous_level": "normal", "score": 38.6},
    EventType.RESPONSE_BACKLASH: {
        "share_before": 0.41,
        "share_after": 0.83,
        "voices_before": 64,
        "voices_after": 118,
    },
    EventType.PERCEPTION_DRIFTING: {"share_before": 0.22, "share_now": 0.31, "z": 4.2},
    EventType.INCIDENT_DECLARED: {"status": "open", "level": "crisis", "version": 1},
    EventType.INCIDENT_CONTAINED: {"status": "contained"},
    EventType.INCIDENT_DISMISSED: {"status": "resolved", "level": "watch", "score": 31.0},
    EventType.ALERT_TRIGGERED: {
        "kind": "negative_count",
        "reasons": {
            "id": ["42 sebutan negatif dalam 60 menit; ambangnya 30."],
            "en": ["42 negative mentions within 60 minutes; the threshold is 30."],
        },
    },
    EventType.ENDPOINT_DISABLED: {"reason": "failing", "failing_since": "2026-11-16T08:00:00Z"},
    EventType.USAGE_THRESHOLD: {"limit": 100_000, "used": 75_112, "resets_at": "2026-11-30T17:00:00Z"},
}


@cache
def shapes() -> tuple[Mapping[EventType, str], Mapping[str, Schema]]:
    """Where the body of each event stands among the components, and the components."""
    bodies = [Event[EVENT_SHAPES[event]] for event in EVENTS]
    references, components = msgspec.json.schema_components(bodies, ref_template=REFERENCE)
    found = {event: reference["$ref"] for event, reference in zip(EVENTS, references, strict=True)}
    return found, {name: tidy(schema) for name, schema in sorted(components.items())}


@cache
def schema_of(event: EventType) -> Schema:
    """The JSON Schema of a whole body of this type, with all that it refers to. Open: fields may be added."""
    made: Schema = msgspec.json.schema(Event[EVENT_SHAPES[event]])
    definitions: Schema = tidy(made["$defs"])
    whole = definitions.pop(made["$ref"].rpartition("/")[2])
    told = {"$schema": DIALECT, "title": event.value, "description": DESCRIPTIONS[event]}
    properties = whole["properties"] | {"type": of_type(event)}
    return whole | told | {"properties": properties, "$defs": definitions}


def of_type(event: EventType) -> Schema:
    """What may stand in the field `type` of this event."""
    return {"type": "string", "const": event.value}


@cache
def example_of_event(event: EventType) -> Schema:
    """A body of this type, such as an endpoint might be sent. Shared by everybody who shows one: not to be changed."""
    references, components = shapes()
    made: Schema = example_of({"$ref": references[event]}, dict(components))
    data = made["data"] | _STORY.get(event, {})
    return made | {"type": event.value, "data": data | {"links": _links(data)}}


_PLACES = {"mention": "/v1/mentions", "rule": "/v1/alert-rules", "incident": "/v1/incidents"}


def _links(data: Mapping[str, Any]) -> dict[str, str]:
    """The links that stand beside these data."""
    if "month" in data:
        return {"usage": f"/v1/usage?month={data['month']}", "limits": "/v1/limits"}
    if "endpoint_id" in data:
        return {"endpoint": f"/v1/webhook-endpoints/{data['endpoint_id']}"}
    client = f"/v1/clients/{data['client_id']}"
    for name, path in _PLACES.items():
        if f"{name}_id" in data:
            return {name: f"{path}/{data[f'{name}_id']}", "client": client}
    return {"client": client} if "z" in data else {"client": client, "crisis_score": f"{client}/crisis-score"}
