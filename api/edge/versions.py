"""ETag and If-Match: nobody overwrites what somebody else changed meanwhile."""

import re
from hashlib import blake2b
from typing import Annotated, Any

import msgspec
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
    tag = _told(if_match)
    if tag is None:
        return None
    found = _TAG.fullmatch(tag)
    if found:
        return int(found[1])
    raise PreconditionFailed


def require_as_read(if_match: str | None, content: Any) -> None:
    """Refuse a change of what keeps no version, and no longer reads as its caller read it.

    Raises: `PreconditionMissing`; `Unreadable` where it is no ETag; `PreconditionFailed`.
    """
    tag = _told(if_match)
    if tag is not None and tag != _tag_of(msgspec.json.encode(content)):
        raise PreconditionFailed


def _told(if_match: str | None) -> str | None:
    """The tag in `If-Match`; None for `*`."""
    if if_match is None:
        raise PreconditionMissing
    tag = if_match.strip()
    if re.match(ENTITY_TAG, tag):
        return None if tag == "*" else tag
    field = FieldProblem("invalid_etag", "Send the ETag as it was answered, with its quotes.", parameter="If-Match")
    raise Unreadable("If-Match is not an ETag.", problems=[field])


def tagged(
    request: Request[Any, Any, Any], content: Any, version: int, *, status: int = 200, location: str | None = None
) -> Response[Any]:
    """A single resource with its ETag; 304 when the caller has this version already."""
    return _answered(request, content, f'"{version}"', status=status, location=location)


def tagged_as_it_reads(request: Request[Any, Any, Any], content: Any) -> Response[Any]:
    """A single resource that keeps no version: its ETag tells one content from another."""
    written = msgspec.json.encode(content)
    return _answered(request, written, _tag_of(written))


def _tag_of(written: bytes) -> str:
    return f'"{blake2b(written, digest_size=16).hexdigest()}"'


def _answered(
    request: Request[Any, Any, Any], content: Any, tag: str, *, status: int = 200, location: str | None = None
) -> Response[Any]:
    headers = {"ETag": tag} | ({"Location": location} if location else {})
    if request.scope["method"] == "GET" and _knows(request.headers.get("if-none-match"), tag):
        return Response(None, status_code=304, headers=headers)
    return Response(content, status_code=status, headers=headers, media_type="application/json")


def _knows(if_none_match: str | None, tag: str) -> bool:
    if not if_none_match:
        return False
    offered = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return "*" in offered or tag in offered
