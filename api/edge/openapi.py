"""The published contract: what the framework describes of the routes, completed by what only we know.

The framework's generator knows paths and parameters. Shapes come from msgspec, which enforces them; refusals,
headers, scopes and webhooks are added here, so that the document says all that an operation can answer.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute

from api.edge.gate import WITH_BODY
from api.edge.problems import KINDS, MEDIA_TYPE, Problem
from api.edge.versions import ENTITY_TAG
from core.event_bodies import EVENT_SHAPES, Event
from core.events import EventType

VERSION = "1.0.0"
DESCRIPTION = """\
Siaga watches what is said about an agency's clients, scores how near each is to a crisis, explains why, opens
incidents and tells your systems by signed webhooks.

Send `Authorization: Bearer` with an API key (`sk_live_...`) or an access token. Every refusal is a problem document
(RFC 9457). Lists are paged by cursor. Times are RFC 3339 in UTC.
"""
TAGS = {
    "Access": "Sign in, members, API keys and portal tokens.",
    "Clients": "The brands, institutions and people under protection, and what is watched for them.",
    "Mentions": "Posts come in, mentions go out.",
    "Scores": "Sentiment and crisis score over time, and who drives them.",
    "Incidents": "A crisis from its first sign to its end.",
    "Webhooks": "Where events are told, and what became of each delivery.",
    "Health": "Whether the service lives and is ready.",
    "Documentation": "This contract, and pages that explain refusals.",
}
REFERENCE = "#/components/schemas/{name}"
Schema = dict[str, Any]


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
    bodies = {key: _body_of(handler) for key, handler in operations.items()}
    answers = {key: _answer_of(handler) for key, handler in operations.items()}
    shapes = [*(b for b in bodies.values() if b), *(a for a in answers.values() if a), Problem, *_events()]
    schemas, components = msgspec.json.schema_components(_distinct(shapes), ref_template=REFERENCE)
    by_shape = dict(zip(_distinct(shapes), schemas, strict=True))
    paths: Schema = {}
    for path, item in sorted(generated["paths"].items()):
        paths[path] = {
            method: _operation(
                operation,
                operations[path, method.upper()],
                by_shape.get(bodies[path, method.upper()]),
                by_shape.get(answers[path, method.upper()]),
            )
            for method, operation in item.items()
        }
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": server, "description": "This installation"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "webhooks": {
            event.value: _webhook(event, by_shape[Event[shape]]) for event, shape in sorted(EVENT_SHAPES.items())
        },
        "components": {
            "schemas": {name: _tidy(schema) for name, schema in sorted(components.items())},
            "responses": {kind: _refusal(kind) for kind in KINDS},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, a portal token, or an access token (JWT, EdDSA) of ten minutes.",
                }
            },
        },
    }


def _info() -> Schema:
    return {
        "title": "Siaga",
        "version": VERSION,
        "description": DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _events() -> list[Any]:
    return [Event[shape] for _, shape in sorted(EVENT_SHAPES.items())]


def _distinct(shapes: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(shapes))


def _body_of(handler: Any) -> Any:
    field = handler.parsed_data_field
    return handler.opt.get("request_shape") or (field.annotation if field else None)


def _answer_of(handler: Any) -> Any:
    """The shape of the main answer: what the handler returns, out of its Response."""
    if "answer_shape" in handler.opt:
        return handler.opt["answer_shape"]
    annotation = handler.parsed_fn_signature.return_type.annotation
    if get_origin(annotation) is Response or (isinstance(annotation, type) and issubclass(annotation, Response)):
        annotation = next(iter(get_args(annotation)), None)
    return None if annotation in {None, type(None), Any, bytes, str} else annotation


def _operation(operation: Schema, handler: Any, body: Schema | None, answer: Schema | None) -> Schema:
    parameters = [_parameter(parameter) for parameter in operation.get("parameters", [])]
    is_open = bool(handler.opt.get("open"))
    made: Schema = {
        "operationId": handler.handler_name,
        "tags": operation.get("tags", []),
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
    }
    if parameters:
        made["parameters"] = parameters
    if body is not None:
        made["requestBody"] = {"required": True, "content": _contents(handler, body)}
    made["responses"] = _responses(operation, handler, parameters, answer)
    if is_open:
        made["security"] = []
    else:
        made["x-scope"] = handler.opt["scope"]
    return made


def _contents(handler: Any, body: Schema) -> Schema:
    types = ["application/json"]
    if "PATCH" in handler.http_methods:
        types.append("application/merge-patch+json")
    if handler.opt.get("lines"):
        return {types[0]: {"schema": body}, "application/x-ndjson": {"schema": {"type": "string"}}}
    return {media_type: {"schema": body} for media_type in types}


def _parameter(parameter: Schema) -> Schema:
    schema: Schema = parameter["schema"]
    description = schema.pop("description", parameter.get("description", ""))
    for choice in schema.pop("oneOf", []):
        if choice.get("type") != "null":
            schema |= choice
    name, place = parameter["name"], parameter["in"]
    if place == "path":
        schema |= {"format": "uuid", "maxLength": 36} if name.endswith("_id") else {"maxLength": 200}
    for bound in ("minimum", "maximum"):
        if bound in schema and schema.get("type") == "integer":
            schema[bound] = int(schema[bound])
    made: Schema = {"name": name, "in": place, "description": description, "schema": schema}
    if place == "path" or name == "If-Match":
        made["required"] = True
    if name == "If-Match":
        schema["pattern"] = ENTITY_TAG
    return made


def _responses(operation: Schema, handler: Any, parameters: list[Schema], answer: Schema | None) -> Schema:
    success = str(handler.status_code)
    made: Schema = {success: _success(operation["responses"].get(success, {}), handler, answer)}
    if "GET" in handler.http_methods and "ETag" in made[success].get("headers", {}):
        made["304"] = {"description": "You have this version already.", "headers": {"ETag": _header("ETag")}}
    for kind in sorted(_refusals(handler, parameters), key=lambda kind: KINDS[kind].status):
        made[str(KINDS[kind].status)] = {"$ref": f"#/components/responses/{kind}"}
    for status, shape in handler.opt.get("also", {}).items():
        made[str(status)] = {"description": shape, "content": made[success]["content"]}
    return made


def _refusals(handler: Any, parameters: list[Schema]) -> set[str]:
    kinds = {"unreadable", "not_acceptable", "internal"}
    if not handler.opt.get("open"):
        kinds |= {"unauthenticated", "forbidden", "unavailable"}
    places = {parameter["in"] for parameter in parameters}
    if "path" in places:
        kinds.add("not_found")
    if any(parameter["name"] == "If-Match" for parameter in parameters):
        kinds |= {"precondition_failed", "precondition_required"}
    if handler.http_methods & WITH_BODY:
        # The gate looks at every body, whether the operation reads one or not.
        kinds |= {"too_large", "unsupported_media_type"}
    if handler.parsed_data_field is not None:
        kinds.add("invalid")
    if handler.http_methods - {"GET", "HEAD"}:
        kinds.add("conflict")
    return kinds | set(handler.opt.get("refusals", ()))


def _success(generated: Schema, handler: Any, answer: Schema | None) -> Schema:
    made: Schema = {"description": generated.get("description") or "Done."}
    names: list[str] = []
    if answer is not None:
        made["content"] = {"application/json": {"schema": answer}}
        if _has_versions(handler):
            names.append("ETag")
        if handler.status_code == 201:
            names.append("Location")
        if handler.handler_name.startswith("list_") and "cursor" in handler.parsed_fn_signature.parameters:
            names.append("Link")
    elif handler.status_code == 200:
        made["content"] = {"application/json": {"schema": {"type": "object"}}}
    if names:
        made["headers"] = {name: _header(name) for name in names}
    return made


def _has_versions(handler: Any) -> bool:
    """Whether the answer is a single resource: what is a `Response` and neither a list nor open to all."""
    annotation = handler.parsed_fn_signature.return_type.annotation
    is_single = not handler.handler_name.startswith("list_") and "answer_shape" not in handler.opt
    return is_single and get_origin(annotation) is Response and not handler.opt.get("open")


_HEADERS: Mapping[str, str] = {
    "ETag": "The version of the resource; send it as If-Match to change this version and no other.",
    "Location": "Where the new resource is.",
    "Link": 'The next page, with rel="next"; absent on the last.',
    "Retry-After": "Seconds to wait before trying again.",
    "WWW-Authenticate": "How to present a credential.",
}


def _header(name: str) -> Schema:
    made: Schema = {"description": _HEADERS[name], "schema": {"type": "string", "maxLength": 4096}}
    return made if name == "Link" else {**made, "required": True}


def _refusal(kind: str) -> Schema:
    made: Schema = {
        "description": f"{KINDS[kind].title}.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(name="Problem")}}},
    }
    names = {
        "unauthenticated": ["WWW-Authenticate"],
        "too_many_requests": ["Retry-After"],
        "unavailable": ["Retry-After"],
    }
    if kind in names:
        made["headers"] = {name: _header(name) for name in names[kind]}
    return made


def _webhook(event: EventType, schema: Schema) -> Schema:
    operation: Schema = {
        "operationId": event.value.replace(".", "_"),
        "tags": ["Webhooks"],
        "summary": event.value,
        "description": "Sent to every endpoint that subscribed to it, signed by Standard Webhooks.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "Any 2xx within 15 seconds counts as received."}},
    }
    return {"post": operation}


def _tidy(schema: Any) -> Any:
    """The schema in the words that readers of contracts expect: formats and bounds for every number."""
    if isinstance(schema, list):
        return [_tidy(each) for each in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    made: Schema = {name: _tidy(value) for name, value in schema.items()}  # pyright: ignore[reportUnknownVariableType]
    if "enum" in made and all(isinstance(value, str) for value in made["enum"]):
        made.setdefault("type", "string")
    if made.get("type") == "integer":
        made.setdefault("format", "int64")
    if made.get("type") == "number":
        made.setdefault("format", "double")
    return made
