"""What a person may ask about their data, and within which time. Source: UU PDP (Law 27/2022), articles 5 to 13."""

from datetime import datetime, timedelta
from enum import StrEnum

from core.errors import Conflict

ANSWER_WITHIN = timedelta(days=3)
"""Three times twenty-four hours from the request on. Source: UU PDP, articles 32 and others."""

SETTLES_WITHIN = timedelta(seconds=30)
"""After this no intake is under way any more that began before an author was suppressed."""


class Kind(StrEnum):
    """What is asked."""

    ACCESS = "access"
    COPY = "copy"
    CORRECTION = "correction"
    RESTRICTION = "restriction"
    ERASURE = "erasure"


class Status(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    RUNNING = "running"
    FULFILLED = "fulfilled"
    REFUSED = "refused"


def due(received_at: datetime) -> datetime:
    """Until when the request has to be answered."""
    return received_at + ANSWER_WITHIN


def require_open(status: str) -> None:
    """Refuse to decide a request twice.

    Raises: `Conflict`.
    """
    if status != Status.RECEIVED:
        detail = f"The request is {status}. Only one that is received can be fulfilled or refused."
        raise Conflict(detail, code="request_state")
