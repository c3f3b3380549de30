"""Static headers that an endpoint's owner has sent with each try: which, how many, and how their values are kept."""

import json
import re
from collections.abc import Mapping

from core.egress_rules import ForbiddenHeader, check_extra_header

MOST_HEADERS = 10
MASK = "***"
_SHORTEST_MASKED = 4

# Without underscores: many servers read `webhook_id` and `webhook-id` as one and the same.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
# Ours, or such that a proxy on the way acts on them: where the request came from, what it asks for, what is dropped.
_CLOSED = re.compile(
    r"accept(?:-.*)?|content-.*|date|forwarded|from|http2-settings|if-.*|max-forwards|origin|pragma|range|referer"
    r"|sec-.*|traceparent|tracestate|via|x-forwarded-.*|x-http-method.*|x-method-override|x-original-.*|x-real-ip"
    r"|x-request-id|x-rewrite-url"
)


def checked(name: str, value: str) -> str:
    """The name of a header that may be sent with each try, in lower case.

    Raises: ForbiddenHeader.
    """
    lower = name.lower()
    if not _NAME.fullmatch(lower):
        raise ForbiddenHeader("A header name is 1 to 64 letters, digits and hyphens, with no hyphen at an end.")
    check_extra_header(lower, value)
    if _CLOSED.fullmatch(lower):
        raise ForbiddenHeader(f"The header {lower} is read by servers on the way: choose another name.")
    return lower


def merged(before: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """The headers after a change: null takes one away, what is not named stays. Source: RFC 7396.

    Raises: ForbiddenHeader.
    """
    after = dict(before)
    for name, value in changes.items():
        if value is None:
            after.pop(name.lower(), None)
        else:
            after[checked(name, value)] = value
    if len(after) > MOST_HEADERS:
        raise ForbiddenHeader(f"At most {MOST_HEADERS} headers are sent with each try: leave some out.")
    return after


def packed(headers: Mapping[str, str]) -> str:
    """The headers as one text, to be sealed."""
    return json.dumps(dict(sorted(headers.items())))


def unpacked(text: str) -> dict[str, str]:
    """What `packed` wrote."""
    return json.loads(text)


def masked(text: str, headers: Mapping[str, str]) -> str:
    """A receiver's answer, with the values blotted out that it repeats: they are secrets of the endpoint's owner."""
    for value in sorted(headers.values(), key=len, reverse=True):
        for part in (value, value.partition(" ")[2]):
            if len(part) >= _SHORTEST_MASKED:
                text = text.replace(part, MASK)
    return text
