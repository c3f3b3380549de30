"""What an endpoint may subscribe to: every type of event, its schema, and an example."""

from typing import Annotated, Any

import msgspec
from litestar import Router, get

from api.edge.event_schemas import example_of_event, schema_of
from api.edge.lists import Listed
from api.edge.schema import Output
from core.event_bodies import DESCRIPTIONS
from core.events import PUBLIC_EVENTS, EventType

EventName = Annotated[str, msgspec.Meta(max_length=100)]
BodySchema = Annotated[
    dict[str, Any],
    msgspec.Meta(
        description="The body's JSON Schema (2020-12), whole in itself.",
        examples=[{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "incident.opened"}],
    ),
]
BodyExample = Annotated[
    dict[str, Any],
    msgspec.Meta(description="A body of this type.", examples=[example_of_event(EventType.INCIDENT_OPENED)]),
]


class EventTypeInWords(Output, frozen=True):
    """A type of event: when it happens, and what its body holds."""

    type: EventName
    description: Annotated[str, msgspec.Meta(max_length=400)]
    body_schema: BodySchema
    body_example: BodyExample


class EventTypeList(Listed, frozen=True, kw_only=True):
    """Every type of event, on one page."""

    data: Annotated[list[EventTypeInWords], msgspec.Meta(max_length=200)]


@get("/event-types", scope="webhooks:read", summary="List event types")
async def list_event_types() -> EventTypeList:
    """Every type of event an endpoint may subscribe to: when it happens, its JSON Schema, and an example."""
    return EventTypeList(
        data=[described(event) for event in EventType if event in PUBLIC_EVENTS], next_cursor=None, has_more=False
    )


def described(event: EventType) -> EventTypeInWords:
    """A public type as it is listed."""
    return EventTypeInWords(
        type=event.value,
        description=DESCRIPTIONS[event],
        body_schema=schema_of(event),
        body_example=example_of_event(event),
    )


router = Router("/v1", route_handlers=[list_event_types], tags=["Webhooks"])
