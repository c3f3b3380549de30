"""The problem documents of the API: a closed list of codes, each with its status and remedy [RFC 9457]."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec

from core.errors import QuotaExceeded, TooMany
from core.rate_limits import Standing, told

Line = Annotated[str, msgspec.Meta(max_length=2000)]
PolicyNames = Annotated[list[Annotated[str, msgspec.Meta(max_length=100)]], msgspec.Meta(max_length=10)]


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with one field: `pointer` [RFC 6901] into the body, or the name of a `parameter`."""

    code: Line
    detail: Line
    pointer: Annotated[str, msgspec.Meta(max_length=2000)] | msgspec.UnsetType = msgspec.UNSET
    parameter: Annotated[str, msgspec.Meta(max_length=200)] | msgspec.UnsetType = msgspec.UNSET


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A refusal, in the one form every refusal has. Programs branch on `code`."""

    type: Annotated[str, msgspec.Meta(max_length=400)]
    title: Annotated[str, msgspec.Meta(max_length=200)]
    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    detail: Line
    instance: Annotated[str, msgspec.Meta(max_length=2100)]
    code: Annotated[str, msgspec.Meta(max_length=100)]
    request_id: Annotated[str, msgspec.Meta(max_length=100)]
    errors: Annotated[list[FieldError], msgspec.Meta(max_length=1000)] | msgspec.UnsetType = msgspec.UNSET
    scope: Annotated[str, msgspec.Meta(max_length=100)] | msgspec.UnsetType = msgspec.UNSET
    quota: Annotated[str, msgspec.Meta(max_length=100)] | msgspec.UnsetType = msgspec.UNSET
    limit: Annotated[int, msgspec.Meta(ge=0)] | msgspec.UnsetType = msgspec.UNSET
    used: Annotated[int, msgspec.Meta(ge=0)] | msgspec.UnsetType = msgspec.UNSET
    resets_at: datetime | None | msgspec.UnsetType = msgspec.UNSET
    violated_policies: PolicyNames | msgspec.UnsetType = msgspec.field(name="violated-policies", default=msgspec.UNSET)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal. `code` of a document may be narrower than its kind's; `type` may end in another name."""

    status: int
    title: str
    page: str = ""


KINDS: dict[str, Kind] = {
    "unreadable": Kind(400, "The request cannot be read"),
    "unauthenticated": Kind(401, "A valid credential is needed"),
    "forbidden": Kind(403, "The credential does not allow this"),
    "not_found": Kind(404, "Not found"),
    "method_not_allowed": Kind(405, "The resource does not answer this method"),
    "not_acceptable": Kind(406, "No form of the answer is acceptable"),
    "request_timeout": Kind(408, "The request did not come whole"),
    "conflict": Kind(409, "The present state does not allow this"),
    "gone": Kind(410, "This operation has ended"),
    "precondition_failed": Kind(412, "The resource has changed"),
    "too_large": Kind(413, "The request is too large"),
    "unsupported_media_type": Kind(415, "The body is of a type that is not read here"),
    "invalid": Kind(422, "A rule refuses the request"),
    "precondition_required": Kind(428, "The version to change is not named"),
    "too_many_requests": Kind(429, "Too many requests", page="quota-exceeded"),
    "headers_too_large": Kind(431, "The headers are too large"),
    "internal": Kind(500, "The server failed"),
    "unavailable": Kind(503, "The service is not ready"),
}
"""Every kind there is. Their pages are served under `/errors/{kind}`."""

BY_STATUS = {kind.status: name for name, kind in KINDS.items()}
MEDIA_TYPE = "application/problem+json"


def problem(
    kind: str,
    detail: str,
    *,
    instance: str,
    request_id: str,
    base_url: str,
    code: str | None = None,
    errors: list[FieldError] | None = None,
    scope: str | None = None,
    violated: Sequence[Standing] = (),
    quota: QuotaExceeded | None = None,
) -> Problem:
    """The document of one refusal."""
    return Problem(
        type=f"{base_url}/errors/{KINDS[kind].page or kind}",
        title=KINDS[kind].title,
        status=KINDS[kind].status,
        detail=detail,
        instance=instance,
        code=code or kind,
        request_id=request_id,
        errors=errors or msgspec.UNSET,
        scope=scope or msgspec.UNSET,
        violated_policies=[each.policy.name for each in violated] or msgspec.UNSET,
        quota=quota.quota if quota else msgspec.UNSET,
        limit=quota.limit if quota else msgspec.UNSET,
        used=quota.used if quota else msgspec.UNSET,
        resets_at=None if quota else msgspec.UNSET,
    )


def waiting(error: TooMany) -> dict[str, str]:
    """The headers of every 429: how long to wait, and for which limits."""
    return {"Retry-After": str(error.retry_after_s), **told(error.violated)}


def kind_of_status(status: int) -> str:
    """The kind that answers with this status; what is unlisted is a fault of ours."""
    return BY_STATUS.get(status, "unreadable" if 400 <= status < 500 else "internal")


def encode(document: Problem) -> bytes:
    """The bytes that are sent."""
    return msgspec.json.encode(document)


Headers = list[tuple[bytes, bytes]]


def as_headers(extra: dict[str, Any]) -> Headers:
    """Header pairs as ASGI wants them."""
    return [(name.lower().encode(), str(value).encode()) for name, value in extra.items()]
