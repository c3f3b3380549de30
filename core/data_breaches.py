"""What is written down when personal data got out, and by when whom to tell. Source: UU PDP (Law 27/2022), article 46.

Written notice goes to the people concerned and to the authority within three times twenty-four hours, and names
which data got out, when and how, and what is done about it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import FieldProblem, Invalid

NOTIFY_WITHIN = timedelta(days=3)
"""Three times twenty-four hours from the discovery on. Source: UU PDP, article 46 (1)."""


class Status(StrEnum):
    """What is still to be done."""

    OPEN = "open"
    NOTIFIED = "notified"
    CLOSED = "closed"


def due(discovered_at: datetime) -> datetime:
    """Until when the people concerned and the authority have to be told."""
    return discovered_at + NOTIFY_WITHIN


def status(subjects: datetime | None, authority: datetime | None, closed: datetime | None) -> Status:
    """Where a breach stands, from what has been done: only one that is told to both is notified."""
    if closed is not None:
        return Status.CLOSED
    return Status.NOTIFIED if subjects is not None and authority is not None else Status.OPEN


def require_past(moments: Mapping[str, datetime | None], now: datetime) -> None:
    """Refuse what is said to have been done and lies ahead.

    Raises: `Invalid`, pointing at each.
    """
    problems = [
        FieldProblem("in_the_future", "Name a moment that has passed.", pointer=f"/{name}")
        for name, moment in moments.items()
        if moment is not None and moment > now
    ]
    if problems:
        raise Invalid("A field is refused.", problems=problems)
