"""What an incident is: where it stands, how it ended, what is recorded of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from core.alerting import Hold
from core.crisis import Level
from core.errors import Conflict
from core.events import EventType
from core.ids import ClientId, IncidentId

Action = Literal[
    "none", "open", "raise", "ease", "close", "update", "declare", "acknowledge", "contain", "resolve", "dismiss"
]


class Status(StrEnum):
    """Where an incident stands; open, acknowledged and contained ones are being lived through."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CONTAINED = "contained"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How an incident ended; none while it is being lived through."""

    RESOLVED = "resolved"
    FALSE_ALARM = "false_alarm"
    QUIET = "quiet"
    ABSORBED = "absorbed"


LIVED_THROUGH = frozenset({Status.OPEN, Status.ACKNOWLEDGED, Status.CONTAINED})


class IncidentStateError(Conflict):
    """The incident's status does not allow this change."""

    code = "incident_state"


@dataclass(frozen=True, slots=True)
class Policy:
    """When an incident opens, how long it must be quiet to close, and what is too old to alert about."""

    open_level: Level = Level.WARNING
    close_after: timedelta = timedelta(hours=3)
    historical_after: timedelta = timedelta(hours=6)
    alert_growth: float = 2.0

    def __post_init__(self) -> None:
        if self.open_level is Level.NORMAL:
            raise ValueError("an incident cannot open at level normal")
        if self.close_after < timedelta(0) or self.historical_after <= timedelta(0) or self.alert_growth <= 1:
            raise ValueError("durations must not be negative, and growth is a factor above one")


@dataclass(frozen=True, slots=True)
class Incident:
    """A crisis of one client, from its first sign to its end.

    `first_seen_at` is when the level left normal, `opened_at` when it reached the policy's, `detected_at` when we
    noticed, `alerted_at` when people were first told. Nobody has been told of a silent incident; `held_by` says why
    the last that would have been told was not. A declared one stands at `declared_level` at least. `version` moves
    with status and level; the score may change under one version.
    """

    id: IncidentId
    client_id: ClientId
    status: Status
    level: Level
    peak_level: Level
    score: float
    peak_score: float
    first_seen_at: datetime
    opened_at: datetime
    detected_at: datetime
    last_alert_level: Level | None = None
    last_alert_score: float = 0.0
    is_silent: bool = False
    acknowledged_at: datetime | None = None
    acknowledged_by: UUID | None = None
    resolved_at: datetime | None = None
    resolved_by: UUID | None = None
    resolution: str | None = None
    eased_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1
    title: str | None = None
    declared_level: Level | None = None
    declared_at: datetime | None = None
    declared_by: UUID | None = None
    contained_at: datetime | None = None
    contained_by: UUID | None = None
    alerted_at: datetime | None = None
    last_alert_at: datetime | None = None
    held_by: Hold | None = None
    campaign: str | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a person says when declaring an incident."""

    title: str
    level: Level
    note: str | None = None

    def __post_init__(self) -> None:
        if self.level is Level.NORMAL:
            raise ValueError("nobody declares that all is normal")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line for the incident's timeline."""

    kind: str
    at: datetime
    level: Level
    score: float
    actor_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Decision:
    """What to record: the incident as it is now, its timeline's new line, the event to announce.

    `alert` says whether people are to be told. `decide_again` is true when an incident that a person had resolved
    was closed by a new rise: deciding once more, without it, opens the next one. `absorbed` is the incident that a
    declared one takes the place of, as it then stands.
    """

    action: Action
    incident: Incident | None
    timeline: Entry | None = None
    event: EventType | None = None
    alert: bool = False
    decide_again: bool = False
    absorbed: "Decision | None" = None


def traced(current: Incident, mention_id: UUID, *, at: datetime) -> Decision:
    """The talk turned against the client after this post of its own: a line of the timeline, and nothing else."""
    return Decision("update", current, entry("backlash", current, at, mention_id=str(mention_id)))


def moved_on(current: Incident, **changes: Any) -> Incident:
    """The incident with these changes, one version later."""
    return replace(current, version=current.version + 1, **changes)


def entry(kind: str, incident: Incident, at: datetime, by: UUID | None = None, **detail: Any) -> Entry:
    """A line of the timeline; what is not known is left out of its detail."""
    told = {name: value for name, value in detail.items() if value is not None}
    return Entry(kind, at, incident.level, incident.score, by, told)
