"""The events that we send, as AsyncAPI 3.0: for programs that read descriptions of messages rather than of requests.

Made from the same structs as `webhooks` of the OpenAPI document.
"""

from typing import Any

from api.edge.event_schemas import EVENTS, REFERENCE, example_of_event, of_type, shapes
from api.edge.vocabulary import Schema
from core.event_bodies import DESCRIPTIONS
from core.events import EventType
from core.webhooks import ATTEMPT_TIMEOUT_S, MAX_ATTEMPTS

HTTP_BINDING = "0.3.0"
DESCRIPTION = f"""\
Each event is sent as one signed HTTP POST to every webhook endpoint that subscribes to its type, by Standard Webhooks
1.0.0. Any 2xx within {ATTEMPT_TIMEOUT_S:g} seconds means that it was received; after anything else the same bytes are
sent again, {MAX_ATTEMPTS} times in all. It arrives at least once and in no promised order: drop repeats by
`webhook-id`, and keep the highest `data.version`. New fields and new types may come: ignore what is not known.
"""
LICENSE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
_MESSAGE_HEADERS: Schema = {
    "type": "object",
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
    "properties": {
        "webhook-id": {
            "type": "string",
            "format": "uuid",
            "maxLength": 36,
            "description": "The id of the event, the same on every try.",
        },
        "webhook-timestamp": {
            "type": "string",
            "pattern": "^[0-9]{1,12}$",
            "maxLength": 12,
            "description": "Unix seconds of this try.",
        },
        "webhook-signature": {
            "type": "string",
            "maxLength": 1024,
            "description": "One or more signatures, separated by spaces; one that is right is enough.",
        },
        "x-request-id": {"type": "string", "maxLength": 200, "description": "The request from which it followed."},
        "traceparent": {"type": "string", "maxLength": 100, "description": "Its place in a trace."},
    },
}


def document(info: Schema) -> Schema:
    """The whole document, with this title, version and licence."""
    _, components = shapes()
    return {
        "asyncapi": "3.0.0",
        # A licence has no identifier here, but an address.
        "info": {**info, "description": DESCRIPTION, "license": LICENSE},
        "defaultContentType": "application/json",
        "channels": {
            "webhooks": {
                "title": "Webhooks",
                # No address: it is the one that an endpoint was registered with.
                "address": None,
                "description": "An endpoint of yours: `POST /v1/webhook-endpoints` registers one.",
                "messages": {_name(event): {"$ref": f"#/components/messages/{_name(event)}"} for event in EVENTS},
            }
        },
        "operations": {
            "send_webhook": {
                "action": "send",
                "title": "Tell an endpoint",
                "summary": "Tell an endpoint of an event that it subscribes to.",
                "channel": {"$ref": "#/channels/webhooks"},
                "messages": [{"$ref": f"#/channels/webhooks/messages/{_name(event)}"} for event in EVENTS],
                "bindings": {"http": {"method": "POST", "bindingVersion": HTTP_BINDING}},
            }
        },
        "components": {
            "messages": {_name(event): _message(event) for event in EVENTS},
            "schemas": {**components, "MessageHeaders": _MESSAGE_HEADERS},
        },
    }


def _name(event: EventType) -> str:
    """The event as it is named where dots mean something, as in OpenAPI's operation ids."""
    return event.value.replace(".", "_")


def _message(event: EventType) -> Schema:
    references, _ = shapes()
    only: Schema = {"type": "object", "properties": {"type": of_type(event)}}
    example: Any = example_of_event(event)
    return {
        "name": event.value,
        "title": event.value,
        "summary": DESCRIPTIONS[event],
        "contentType": "application/json",
        "headers": {"$ref": REFERENCE.format(name="MessageHeaders")},
        "payload": {"allOf": [{"$ref": references[event]}, only]},
        "examples": [{"name": "usual", "payload": example}],
        "bindings": {"http": {"bindingVersion": HTTP_BINDING}},
    }
