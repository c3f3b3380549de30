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

from api.edge.examples import as_line, example_of
from api.edge.gate import MAX_BULK_BODY, UNCOUNTED, WITH_BODY
from api.edge.idempotency import need_of
from api.edge.problems import KINDS, MEDIA_TYPE, Problem
from api.edge.versions import ENTITY_TAG
from api.edge.vocabulary import Schema, tidy
from core import idempotency
from core.event_bodies import EVENT_SHAPES, Event
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
    "Scores": "Sentiment and crisis score over time, and who drives them.",
    "Incidents": "A crisis from its first sign to its end.",
    "Events": "What happened, to catch up on and to follow as it happens.",
    "Operations": "Slow work: how far it has come, and how to end it early.",
    "Webhooks": "Where events are told, and what became of each delivery.",
    "Audit": "Who did what, in a log that shows when somebody tampers with it.",
    "Usage": "Plan, quotas, and what was used by which client.",
    "Personal data": "What people ask about their data, and what is done about it.",
    "Health": "Whether the service lives and is ready.",
    "Documentation": "This contract, and pages that explain refusals.",
}
LONGEST_DOWNLOAD = 2**31 - 1
REFERENCE = "#/components/schemas/{name}"
_HEADER = "#/components/headers/{name}"


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
    shapes = _Shapes(
        [each for h in operations.values() for each in (body_of(h), answer_of(h), h.opt.get("portal_shape"))]
    )
    paths: Schema = {}
    for path, item in sorted(generated["paths"].items()):
        paths[path] = {
            method: _operation(operation, operations[path, method.upper()], shapes)
            for method, operation in item.items()
        }
    responses = {kind: _refusal(kind) for kind in KINDS if _is_used(f"responses/{kind}", paths)}
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": server, "description": "This installation, local or in production", "x-internal": False}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "webhooks": {
            event.value: _webhook(event, shapes, Event[shape]) for event, shape in sorted(EVENT_SHAPES.items())
        },
        "components": {
            "schemas": shapes.components,
            "responses": responses,
            "headers": {name: _header(name) for name in _HEADERS if _is_used(f"headers/{name}", [paths, responses])},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, a portal token, or an access token of ten minutes (JWT by RFC 8725).",
                }
            },
        },
    }


class _Shapes:
    """The shapes of bodies and answers as schemas, with an example of each."""

    def __init__(self, shapes: Iterable[Any]) -> None:
        known = list(dict.fromkeys([*(each for each in shapes if each), Problem, *_events()]))
        schemas, components = msgspec.json.schema_components(known, ref_template=REFERENCE)
        self._schemas = dict(zip(known, schemas, strict=True))
        self.components: Schema = {name: tidy(schema) for name, schema in sorted(components.items())}

    def content(self, shape: Any, portal: Any = None) -> Schema:
        """What stands under a media type; where portals are answered with another shape, both."""
        schema = self._schemas[shape]
        told = schema if portal is None else {"anyOf": [schema, self._schemas[portal]]}
        return {"schema": told, "example": example_of(schema, self.components)}

    def describe(self, shape: Any) -> str:
        """The first sentence of what is said of a shape."""
        name = self._schemas[shape].get("$ref", "").rpartition("/")[2]
        text: str = self.components.get(name, {}).get("description", "Done.")
        return text.replace("\n", " ").partition(". ")[0].rstrip(".") + "."


def _is_used(component: str, where: Any) -> bool:
    return f'"#/components/{component}"'.encode() in msgspec.json.encode(where)


def _info() -> Schema:
    return {
        "title": "Siaga",
        "version": VERSION,
        "description": DESCRIPTION,
        "contact": {"name": "Whoever runs this installation"},
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }


def _events() -> list[Any]:
    return [Event[shape] for _, shape in sorted(EVENT_SHAPES.items())]


def body_of(handler: Any) -> Any:
    """The shape of the body that a handler reads; None where it reads none."""
    field = handler.parsed_data_field
    return handler.opt.get("request_shape") or (field.annotation if field else None)


def answer_of(handler: Any) -> Any:
    """The shape of the main answer: what the handler returns, out of its Response."""
    if "answer_shape" in handler.opt:
        return handler.opt["answer_shape"]
    annotation = handler.parsed_fn_signature.return_type.annotation
    if get_origin(annotation) is Response or (isinstance(annotation, type) and issubclass(annotation, Response)):
        annotation = next(iter(get_args(annotation)), None)
    return None if annotation in {None, type(None), Any, bytes, str} else annotation


def _operation(operation: Schema, handler: Any, shapes: _Shapes) -> Schema:
    parameters = [_parameter(parameter) for parameter in operation.get("parameters", [])]
    if "listing" in handler.opt:
        parameters += handler.opt["listing"].parameters()
    is_open = bool(handler.opt.get("open"))
    made: Schema = {
        "operationId": handler.handler_name,
        "tags": operation.get("tags", []),
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
    }
    need = need_of(handler)
    if need != "none":
        parameters.append({**_KEY, "required": need == "required"})
    if parameters:
        made["parameters"] = parameters
    body = body_of(handler)
    if body is not None:
        made["requestBody"] = {"required": True, "content": _contents(handler, shapes.content(body))}
    made["responses"] = _responses(handler, parameters, shapes)
    if deprecation := handler.opt.get("deprecation"):
        made |= {"deprecated": True, "x-sunset": f"{deprecation.sunset:%Y-%m-%d}"}
    if is_open:
        made["security"] = []
    else:
        made["x-scope"] = handler.opt["scope"]
    return made


def _contents(handler: Any, body: Schema) -> Schema:
    # One type an operation where it can be: generators of clients stumble over two of the same shape, and over two of
    # any where no parameter beside them is optional.
    main = "application/merge-patch+json" if "PATCH" in handler.http_methods else "application/json"
    if handler.opt.get("lines"):
        lines = {"type": "string", "maxLength": MAX_BULK_BODY, "description": "One item a line."}
        (items,) = body["example"].values()
        return {main: body, "application/x-ndjson": {"schema": lines, "example": as_line(items[0])}}
    return {main: body}


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
    schema = tidy(schema)
    made: Schema = {"name": name, "in": place, "description": description, "schema": schema}
    if place == "path" or name == "If-Match" or parameter.get("required"):
        made["required"] = True
    if name == "If-Match":
        schema["pattern"] = ENTITY_TAG
    return made


def _responses(handler: Any, parameters: list[Schema], shapes: _Shapes) -> Schema:
    success = str(handler.status_code)
    made: Schema = {success: _success(handler, shapes)}
    if "GET" in handler.http_methods and "ETag" in made[success]["headers"]:
        made["304"] = {"description": "You have this version already.", "headers": _headers("ETag", "X-Request-Id")}
    for kind in sorted(_refusals(handler, parameters), key=lambda kind: KINDS[kind].status):
        made[str(KINDS[kind].status)] = {"$ref": f"#/components/responses/{kind}"}
    for status, text in handler.opt.get("also", {}).items():
        made[str(status)] = {**made[success], "description": text}
    return made


def _refusals(handler: Any, parameters: list[Schema]) -> set[str]:
    kinds = {"unreadable", "not_acceptable", "request_timeout", "headers_too_large", "internal"}
    if _is_counted(handler):
        kinds.add("too_many_requests")
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
    if need_of(handler) != "none":
        kinds.add("invalid")
    if "deprecation" in handler.opt:
        kinds.add("gone")
    return kinds | set(handler.opt.get("refusals", ()))


def _is_counted(handler: Any) -> bool:
    return not any(path.startswith(UNCOUNTED) for path in handler.paths)


def _success(handler: Any, shapes: _Shapes) -> Schema:
    answer = answer_of(handler)
    made: Schema = {"description": "Done."}
    if answer is not None:
        made["description"] = shapes.describe(answer)
        made["content"] = {"application/json": shapes.content(answer, handler.opt.get("portal_shape"))}
    elif "downloads" in handler.opt:
        file = {"type": "string", "maxLength": LONGEST_DOWNLOAD}
        made["content"] = {kind: {"schema": file, "example": text} for kind, text in handler.opt["downloads"].items()}
    elif handler.opt.get("stream"):
        made["description"] = "Events as they are committed, until one side ends it."
        # As long as it lasts: the bound is one that no reader meets.
        frames = {"type": "string", "maxLength": 2**31 - 1, "description": "Server-sent events."}
        made["content"] = {"text/event-stream": {"schema": frames, "example": _FRAME}}
    elif handler.status_code == 200:
        made["content"] = {"application/json": {"schema": {"type": "object"}, "example": {"openapi": "3.1.0"}}}
    made["headers"] = _headers(*_header_names(handler, answer))
    if handler.opt.get("polled"):
        # Until an operation has ended, which it has not when it begins.
        made["headers"]["Retry-After"] = {**_header("Retry-After"), "required": handler.status_code == 202}
    return made


def _header_names(handler: Any, answer: Any) -> list[str]:
    """The headers of an operation's main answer."""
    is_page = "listing" in handler.opt or {"cursor", "after"} & {*handler.parsed_fn_signature.parameters}
    returned = handler.parsed_fn_signature.return_type.annotation
    told = {
        "RateLimit-Policy": not handler.opt.get("open"),
        "RateLimit": not handler.opt.get("open"),
        "ETag": answer is not None and _has_versions(handler),
        # An answer that is a bare shape has no headers of its own.
        "Location": handler.status_code in {201, 202} and get_origin(returned) is not None,
        "Link": is_page or "deprecation" in handler.opt,
        "Deprecation": "deprecation" in handler.opt,
        "Sunset": "deprecation" in handler.opt,
        "Idempotent-Replayed": need_of(handler) != "none",
        "X-Request-Id": True,
    }
    return [name for name, is_told in told.items() if is_told]


def _has_versions(handler: Any) -> bool:
    """Whether the answer is a single resource: what is a `Response` and neither a list nor open to all."""
    annotation = handler.parsed_fn_signature.return_type.annotation
    is_single = not handler.handler_name.startswith("list_") and "answer_shape" not in handler.opt
    return is_single and get_origin(annotation) is Response and not handler.opt.get("open")


_FRAME = (
    'id: pPq0nUJrqZrVxkO3JmBf0g3w2aX7yQ1cT5uK8sLhEoM\nevent: incident.opened\ndata: {"id": "...", "type": "..."}\n\n'
)
_HEADERS: Mapping[str, str] = {
    "ETag": "The version of the resource; send it as If-Match to change this version and no other.",
    "Location": "Where the new resource is.",
    "Deprecation": "Since when the operation is deprecated (RFC 9745).",
    "Sunset": "When it ends, and answers 410 from then on (RFC 8594).",
    "Link": 'The next page, with rel="next", absent on the last; what takes its place, with rel="deprecation".',
    "RateLimit-Policy": 'Limits of requests: `"default";q=600;w=60` allows 600 in 60 seconds.',
    "RateLimit": 'Where the caller stands: `"default";r=599;t=12` leaves 599 for the next 12 seconds.',
    "Retry-After": "Seconds to wait before trying again.",
    "WWW-Authenticate": "How to present a credential.",
    "Idempotent-Replayed": "`true` where this is the answer that an earlier request with this key was given.",
    "X-Request-Id": "The id of this request, as it stands in our log: the one sent, or one of ours.",
}
# The last page has no next one, without Redis nobody counts, and most answers are new.
_NOT_ALWAYS = {"Link", "RateLimit-Policy", "RateLimit", "Idempotent-Replayed"}


_KEY: Schema = {
    "name": idempotency.HEADER,
    "in": "header",
    "description": (
        "Your key of this request, 1 to 255 printable characters in quotes (a bare token is taken too). Send it again "
        "with the same request when an answer was lost: within 24 hours it has no second effect."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 512, "pattern": idempotency.PATTERN},
    "example": '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
}


def _headers(*names: str) -> Schema:
    return {name: {"$ref": _HEADER.format(name=name)} for name in names}


def _header(name: str) -> Schema:
    made: Schema = {"description": _HEADERS[name], "schema": {"type": "string", "maxLength": 4096}}
    return made if name in _NOT_ALWAYS else {**made, "required": True}


def _refusal(kind: str) -> Schema:
    names = {
        "unauthenticated": ["WWW-Authenticate"],
        "too_many_requests": ["Retry-After", "RateLimit-Policy", "RateLimit"],
        "unavailable": ["Retry-After"],
    }
    known = KINDS[kind]
    example = {
        "type": f"https://api.example.com/errors/{known.page or kind}",
        "title": known.title,
        "status": known.status,
        "detail": f"{known.title}.",
        "instance": "/v1/clients",
        "code": kind,
        "request_id": "4f8f3c1e9ab74f3e8d5b7a2c6e1d0f9a",
    }
    return {
        "description": f"{known.title}.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(name="Problem")}, "example": example}},
        "headers": _headers(*names.get(kind, ()), "X-Request-Id") | _of_keys(kind),
    }


def _of_keys(kind: str) -> Schema:
    """What a refusal says where it was given before, or where the first request has not ended."""
    if kind not in {"conflict", "invalid"}:
        return {}
    waits = {"Retry-After": {**_header("Retry-After"), "required": False}} if kind == "conflict" else {}
    return _headers("Idempotent-Replayed") | waits


def _webhook(event: EventType, shapes: _Shapes, shape: Any) -> Schema:
    content = shapes.content(shape)
    content["example"] |= {"type": event.value}
    operation: Schema = {
        "operationId": event.value.replace(".", "_"),
        "tags": ["Webhooks"],
        "summary": event.value,
        "description": "Sent to every endpoint that subscribed to it, signed by Standard Webhooks.",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"2XX": {"description": "Any 2xx within 15 seconds counts as received."}},
    }
    return {"post": operation}
