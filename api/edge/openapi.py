"""The published contract: what the framework describes of the routes, completed by what only we know.

The framework's generator knows paths and parameters. Shapes come from msgspec, which enforces them; refusals,
headers, scopes and webhooks are added here, so that the document says all that an operation can answer.
"""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute

from api.edge.contract_answers import refusal
from api.edge.contract_headers import HEADERS, header
from api.edge.contract_operations import operation_of
from api.edge.contract_shapes import Shapes, answer_of, body_of
from api.edge.event_schemas import EVENTS, example_of_event
from api.edge.problems import KINDS
from api.edge.vocabulary import Schema
from core.event_bodies import DESCRIPTIONS, EVENT_SHAPES, Event
from core.events import EventType

VERSION = "1.0.0"
DESCRIPTION = """\
Siaga watches what is said about an agency's clients, scores how near each is to a crisis, explains why, opens
incidents and tells your systems by signed webhooks.

Send `Authorization: Bearer` with an API key (`sk_live_...`) or an access token. Every refusal is a problem document
(RFC 9457). Lists are paged by cursor. Times are RFC 3339 in UTC. PATCH is a merge patch (RFC 7396); its body may as
well be sent as `application/json`.

POST takes `Idempotency-Key` where it is listed: the same request under the same key, sent again within 24 hours, gets
the first answer again with `Idempotent-Replayed: true`, and has no second effect.
"""
TAGS = {
    "Access": "Sign in, members, API keys and portal tokens.",
    "Clients": "The brands, institutions and people under protection.",
    "Competitors": "Who competes with a client.",
    "Monitored accounts": "Accounts whose posts reach a client, whatever they say.",
    "Keywords": "Queries that say which posts concern a client, with the examples that try them.",
    "Mentions": "Posts come in, mentions go out.",
    "Sentiment": "How posts read: corrections, and what is learned from them.",
    "Scores": "Sentiment and crisis score over time, and who drives them.",
    "Incidents": "A crisis from its first sign to its end.",
    "Diagnosis": "What a crisis is about, where it comes from, what kind it is, and what that asks for.",
    "Alerting": "When people are told: rules of your own, quiet hours, campaigns, and their price in the past.",
    "Events": "What happened, to catch up on and to follow as it happens.",
    "Operations": "Slow work: how far it has come, and how to end it early.",
    "Webhooks": "Where events are told, and what became of each delivery.",
    "Audit": "Who did what, in a log that shows when somebody tampers with it.",
    "Usage": "Plan, quotas, and what was used by which client.",
    "Personal data": "What people ask about their data, and what is done about it.",
    "Health": "Whether the service lives and is ready.",
    "Documentation": "This contract, and pages that explain refusals.",
}


def config() -> OpenAPIConfig:
    """What the framework's generator is told. The document is served by `api.documentation`."""
    return OpenAPIConfig(
        title="Siaga",
        version=VERSION,
        components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
        path="/openapi",
        use_handler_docstrings=True,
    )


def document(app: Litestar, server: str = "/") -> Schema:
    """The whole contract, as it is published."""
    generated: Schema = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    operations = {
        (route.path_format, method): handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
    }
    shapes = Shapes(
        [each for h in operations.values() for each in (body_of(h), answer_of(h), h.opt.get("portal_shape"))]
    )
    paths: Schema = {}
    for path, item in sorted(generated["paths"].items()):
        paths[path] = {
            method: operation_of(operation, operations[path, method.upper()], shapes)
            for method, operation in item.items()
        }
    responses = {kind: refusal(kind) for kind in KINDS if _is_used(f"responses/{kind}", paths)}
    return {
        "openapi": "3.1.0",
        "info": info(),
        "servers": [{"url": server, "description": "This installation, local or in production", "x-internal": False}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "webhooks": {event.value: _webhook(event, shapes) for event in EVENTS},
        "components": {
            "schemas": shapes.components,
            "responses": responses,
            "headers": {name: header(name) for name in HEADERS if _is_used(f"headers/{name}", [paths, responses])},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, a portal token, or an access token of ten minutes (JWT by RFC 8725).",
                }
            },
        },
    }


def _is_used(component: str, where: Any) -> bool:
    return f'"#/components/{component}"'.encode() in msgspec.json.encode(where)


def info() -> Schema:
    """Title, version, contact and licence."""
    return {
        "title": "Siaga",
        "version": VERSION,
        "description": DESCRIPTION,
        "contact": {"name": "Whoever runs this installation"},
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _webhook(event: EventType, shapes: Shapes) -> Schema:
    content = shapes.content(Event[EVENT_SHAPES[event]]) | {"example": example_of_event(event)}
    operation: Schema = {
        "operationId": event.value.replace(".", "_"),
        "tags": ["Webhooks"],
        "summary": event.value,
        "description": f"{DESCRIPTIONS[event]} Signed by Standard Webhooks.",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"2XX": {"description": "Any 2xx within 15 seconds counts as received."}},
    }
    return {"post": operation}
