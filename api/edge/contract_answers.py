"""What an operation can answer: its success, and every refusal it may give."""

from typing import Any

from api.edge.contract_headers import header, headers, names_of
from api.edge.contract_shapes import Shapes, answer_of
from api.edge.event_schemas import REFERENCE
from api.edge.gate import UNCOUNTED, WITH_BODY
from api.edge.idempotency import need_of
from api.edge.problems import KINDS, MEDIA_TYPE
from api.edge.vocabulary import Schema

LONGEST_DOWNLOAD = 2**31 - 1
_FRAME = (
    'id: pPq0nUJrqZrVxkO3JmBf0g3w2aX7yQ1cT5uK8sLhEoM\nevent: incident.opened\ndata: {"id": "...", "type": "..."}\n\n'
)


def responses(handler: Any, parameters: list[Schema], shapes: Shapes) -> Schema:
    """All that an operation answers, by status."""
    success = str(handler.status_code)
    made: Schema = {success: _success(handler, shapes)}
    if "GET" in handler.http_methods and "ETag" in made[success]["headers"]:
        made["304"] = {"description": "You have this version already.", "headers": headers("ETag", "X-Request-Id")}
    for kind in sorted(_refusals(handler, parameters), key=lambda kind: KINDS[kind].status):
        made[str(KINDS[kind].status)] = {"$ref": f"#/components/responses/{kind}"}
    for status, text in handler.opt.get("also", {}).items():
        made[str(status)] = {**made[success], "description": text}
    return made


def _success(handler: Any, shapes: Shapes) -> Schema:
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
        frames = {"type": "string", "maxLength": LONGEST_DOWNLOAD, "description": "Server-sent events."}
        made["content"] = {"text/event-stream": {"schema": frames, "example": _FRAME}}
    elif handler.status_code == 200:
        made["content"] = {"application/json": {"schema": {"type": "object"}, "example": handler.opt["example"]}}
    made["headers"] = headers(*names_of(handler, answer))
    if handler.opt.get("polled"):
        # Until an operation has ended, which it has not when it begins.
        made["headers"]["Retry-After"] = {**header("Retry-After"), "required": handler.status_code == 202}
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


def refusal(kind: str) -> Schema:
    """The answer of one kind of refusal."""
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
        "headers": headers(*names.get(kind, ()), "X-Request-Id") | _of_keys(kind),
    }


def _of_keys(kind: str) -> Schema:
    """What a refusal says where it was given before, or where the first request has not ended."""
    if kind not in {"conflict", "invalid"}:
        return {}
    waits = {"Retry-After": {**header("Retry-After"), "required": False}} if kind == "conflict" else {}
    return headers("Idempotent-Replayed") | waits
