"""When an endpoint is given its next try: by its rate and its circuit; and when the agency is told that it fails."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.webhooks import FAILING_LIMIT, Outcome

Waiting = Literal["order", "circuit", "rate"]
"""What a delivery that is due may be waiting for."""

MOST_PER_MINUTE = 6000

FAILURES_TO_OPEN = 5
"""Tries in a row without a whole answer, or answered with 5xx, after which the circuit opens."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)

NOTICES = (timedelta(days=1), timedelta(days=4))
"""After so long without one success the agency is told; after five days the endpoint is switched off."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Where an endpoint with a rate of its own stands.

    `paced_at` is until when its tries so far are spread out evenly; `queued_until` is the last turn that was given to a
    delivery that waits.
    """

    paced_at: datetime | None = None
    queued_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Go now, where `at` is None; else come back then. Either way, the pace as it stands afterwards."""

    at: datetime | None
    pace: Pace


def next_turn(pace: Pace, rate_per_minute: int, *, has_waited: bool, now: datetime) -> Turn:
    """Whether a try may be made now, at a rate of which no minute ever sees more, wherever it begins.

    A tenth of the rate may come at once, the rest evenly spread (the generic cell rate algorithm): with a burst of b
    tries and one more each 60 / (rate - b + 1) seconds, no sixty seconds hold more than the rate. Who has waited for a
    turn goes before who comes new; one that comes too late, after a pause of ours, waits for another.

    Range: rate_per_minute in [1, 6000].
    """
    burst = 1 + rate_per_minute // 10
    # Rounded up: a microsecond too little, and the last of a minute comes before the minute is over.
    apart = timedelta(microseconds=-(-60_000_000 // (rate_per_minute - burst + 1)))
    slack = apart * (burst - 1)
    spread = max(pace.paced_at or now, now)
    others_wait = pace.queued_until is not None and pace.queued_until > now
    if spread - now <= slack and (has_waited or not others_wait):
        return Turn(None, Pace(spread + apart, pace.queued_until))
    last = max(pace.queued_until or now, now)
    at = max(spread - slack, last + apart if others_wait else now)
    return Turn(at, Pace(pace.paced_at, at))


def is_broken(outcome: Outcome) -> bool:
    """Whether a try says that the receiver is down: no whole answer, or 5xx. A refusal is an answer."""
    return outcome is None or outcome >= 500


def rest_after(failures_in_row: int) -> timedelta | None:
    """How long an endpoint is left alone after so many tries in a row that say it is down; None while it is not.

    Range: from 30 seconds, twice as long after each probe that fails, up to 10 minutes.
    """
    if failures_in_row < FAILURES_TO_OPEN:
        return None
    return min(FIRST_REST * 2 ** min(failures_in_row - FAILURES_TO_OPEN, 10), LONGEST_REST)


def notices_due(since: datetime | None, *, now: datetime) -> int:
    """How many notices an endpoint that fails since then deserves by now."""
    return 0 if since is None else sum(now - since >= after for after in NOTICES)


def disables_at(since: datetime) -> datetime:
    """When an endpoint that fails since then is switched off, if nothing succeeds before."""
    return since + FAILING_LIMIT
