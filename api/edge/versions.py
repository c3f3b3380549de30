"""ETag and If-Match: nobody overwrites what somebody else changed meanwhile."""

import re
from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import HeaderParameter

from core.errors import FieldProblem, PreconditionFailed, PreconditionMissing, Unreadable

IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", max_length=200, description='The ETag of the version you read, such as `"3"`.'),
]
ENTITY_TAG = r'^(\*|(W/)?"[!#-~]*")$'
"""What `If-Match` takes: any version, or one tag with its quotes."""
_TAG = re.compile(r'"(\d{1,18})"')


def expected_version(if_match: str | None) -> int | None:
    """The version that the caller means to change; None for `*`, which takes any.

    Raises: `PreconditionMissing`; `Unreadable` where it is no ETag; `PreconditionFailed` where it is none of ours.
    """
    if if_match is None:
        raise PreconditionMissing
    if if_match.strip() == "*":
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found:
        return int(found[1])
    if re.match(ENTITY_TAG, if_match.strip()):
        raise PreconditionFailed
    field = FieldProblem("invalid_etag", "Send the ETag as it was answered, with its quotes.", parameter="If-Match")
    raise Unreadable("If-Match is not an ETag.", problems=[field])


def tagged(
    request: Request[Any, Any, Any], content: Any, version: int, *, status: int = 200, location: str | None = None
) -> Response[Any]:
    """A single resource with its ETag; 304 when the caller has this version already."""
    tag = f'"{version}"'
    headers = {"ETag": tag} | ({"Location": location} if location else {})
    if request.scope["method"] == "GET" and _knows(request.headers.get("if-none-match"), tag):
        return Response(None, status_code=304, headers=headers)
    return Response(content, status_code=status, headers=headers)


def _knows(if_none_match: str | None, tag: str) -> bool:
    if not if_none_match:
        return False
    offered = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in offered or tag in offered
