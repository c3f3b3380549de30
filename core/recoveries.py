"""What may be sent again by hand: how far back, and which events."""

from collections.abc import Sequence
from datetime import datetime

from core.errors import FieldProblem, Invalid
from core.events import PUBLIC_EVENTS, EventType
from core.webhooks import REPLAY_WINDOW

REPLAYABLE = tuple(sorted(event.value for event in PUBLIC_EVENTS if event is not EventType.ENDPOINT_TESTED))
"""A test is meant for the one endpoint that was tested, at that time."""


def require_recent(since: datetime, pointer: str, *, now: datetime) -> None:
    """Refuse a beginning that has not come yet, or that lies before what is kept.

    Raises: `Invalid`, which names the field.
    """
    if since > now:
        raise _refused(FieldProblem("in_the_future", "Name a time that has passed.", pointer=pointer))
    if since < now - REPLAY_WINDOW:
        detail = "Events are kept for thirty days: name a later time."
        raise _refused(FieldProblem("too_long_ago", detail, pointer=pointer))


def require_span(after: datetime, before: datetime, *, now: datetime) -> None:
    """Refuse a span that is empty, or begins outside of what is kept.

    Raises: as `require_recent`.
    """
    require_recent(after, "/after", now=now)
    if before <= after:
        raise _refused(FieldProblem("span", "`before` has to be later than `after`.", pointer="/before"))


def replayed(subscribed: Sequence[str], asked: Sequence[str] | None) -> list[str]:
    """The types that are told again: those asked for, or all that the endpoint subscribes to.

    Raises: `Invalid`, which names a type that the endpoint is not told.
    """
    told = REPLAYABLE if "*" in subscribed else [name for name in REPLAYABLE if name in subscribed]
    for place, name in enumerate(asked or ()):
        if name not in told:
            known = ", ".join(told) or "none that can be told again"
            detail = f"The endpoint is not told this type. It is told: {known}."
            raise _refused(FieldProblem("not_subscribed", detail, pointer=f"/event_types/{place}"))
    return list(told if asked is None else dict.fromkeys(asked))


def _refused(problem: FieldProblem) -> Invalid:
    return Invalid("A field is refused.", problems=[problem])
