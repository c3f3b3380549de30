"""The headers of answers, and which answer has which."""

from collections.abc import Mapping
from typing import Any, get_origin

from litestar import Response

from api.edge.idempotency import need_of
from api.edge.vocabulary import Schema

HEADERS: Mapping[str, str] = {
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
_REFERENCE = "#/components/headers/{name}"


def headers(*names: str) -> Schema:
    """References to headers of these names."""
    return {name: {"$ref": _REFERENCE.format(name=name)} for name in names}


def header(name: str) -> Schema:
    """The header of this name, described."""
    made: Schema = {"description": HEADERS[name], "schema": {"type": "string", "maxLength": 4096}}
    return made if name in _NOT_ALWAYS else {**made, "required": True}


def names_of(handler: Any, answer: Any) -> list[str]:
    """The headers of an operation's main answer."""
    is_page = "listing" in handler.opt or "after" in handler.parsed_fn_signature.parameters
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
