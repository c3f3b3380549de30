"""States of an incident; when to open, raise, ease and close one, and when to alert.

A client has one incident at a time. It opens when the level reaches the policy's, eases when the level falls
under it, closes when it has stayed there, and whatever comes after that is a new incident.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from core.crisis import Assessment, Level, starts_at
from core.errors import Conflict
from core.events import EventType
from core.ids import ClientId, IncidentId

Action = Literal["none", "open", "raise", "ease", "close", "update", "acknowledge", "resolve"]


class Status(StrEnum):
    """Where an incident stands; open and acknowledged ones are being lived through."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    CLOSED = "closed"


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
    noticed. A silent incident was already history when it was found: nobody has been told of it. `version` moves
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
    was closed by a new rise: deciding once more, without it, opens the next one.
    """

    action: Action
    incident: Incident | None
    timeline: Entry | None = None
    event: EventType | None = None
    alert: bool = False
    decide_again: bool = False


def decide(
    current: Incident | None,
    assessment: Assessment,
    *,
    client_id: ClientId,
    new_id: IncidentId,
    at: datetime,
    now: datetime,
    policy: Policy,
) -> Decision:
    """What an assessment of the instant `at` means for the client's incident that is not closed yet, if any.

    `new_id` names the incident if one opens. What lies further back than `policy.historical_after` is recorded
    and alerts nobody; an incident that opened there is announced only once it reaches into the present.
    """
    is_history = now - at > policy.historical_after
    if current is None or current.status is Status.CLOSED:
        if assessment.level < policy.open_level:
            return Decision("none", None)
        return _opened(assessment, client_id, new_id, at, now, is_silent=is_history)
    if current.status is Status.RESOLVED:
        return _after_resolution(current, assessment, at, policy)
    if assessment.level < policy.open_level:
        return _below(current, assessment, at, policy)
    return _above(current, assessment, at, policy, is_history=is_history)


def acknowledge(current: Incident, *, by: UUID, now: datetime) -> Decision:
    """Somebody takes charge. Repeating it changes nothing.

    Raises: IncidentStateError once the incident is resolved or closed.
    """
    if current.status is Status.ACKNOWLEDGED:
        return Decision("none", current)
    if current.status is not Status.OPEN:
        raise IncidentStateError(f"A {current.status} incident cannot be acknowledged. Only an open one can.")
    incident = _next(current, status=Status.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by=by)
    return Decision("acknowledge", incident, _entry("acknowledged", incident, now, by), EventType.INCIDENT_ACKNOWLEDGED)


def resolve(current: Incident, *, by: UUID, now: datetime, note: str | None) -> Decision:
    """Somebody says that it is over. Repeating it changes nothing.

    Raises: IncidentStateError once the incident is closed.
    """
    if current.status is Status.RESOLVED:
        return Decision("none", current)
    if current.status is Status.CLOSED:
        raise IncidentStateError("A closed incident cannot be resolved. It ended by itself.")
    incident = _next(current, status=Status.RESOLVED, resolved_at=now, resolved_by=by, resolution=note)
    entry = _entry("resolved", incident, now, by, note=note)
    return Decision("resolve", incident, entry, EventType.INCIDENT_RESOLVED)


def _opened(
    assessment: Assessment, client_id: ClientId, new_id: IncidentId, at: datetime, now: datetime, *, is_silent: bool
) -> Decision:
    onset = assessment.state.onset
    incident = Incident(
        id=new_id,
        client_id=client_id,
        status=Status.OPEN,
        level=assessment.level,
        peak_level=assessment.level,
        score=assessment.score,
        peak_score=assessment.score,
        first_seen_at=at if onset is None else min(starts_at(onset), at),
        opened_at=at,
        detected_at=now,
        last_alert_level=None if is_silent else assessment.level,
        last_alert_score=0.0 if is_silent else assessment.score,
        is_silent=is_silent,
    )
    event = None if is_silent else EventType.INCIDENT_OPENED
    return Decision("open", incident, _entry("opened", incident, at, silent=is_silent), event, alert=not is_silent)


def _after_resolution(current: Incident, assessment: Assessment, at: datetime, policy: Policy) -> Decision:
    rises_anew = assessment.level >= policy.open_level and assessment.level > current.level
    if assessment.level < policy.open_level or rises_anew:
        reason = "superseded" if rises_anew else "quiet"
        return replace(_closed(current, assessment, at, reason), decide_again=rises_anew)
    return _updated(current, assessment)


def _below(current: Incident, assessment: Assessment, at: datetime, policy: Policy) -> Decision:
    if current.eased_at is not None and at - current.eased_at >= policy.close_after:
        return _closed(current, assessment, at, "quiet")
    if assessment.level < current.level:
        return _eased(current, assessment, at, current.eased_at or at)
    return _updated(current, assessment)


def _above(current: Incident, assessment: Assessment, at: datetime, policy: Policy, *, is_history: bool) -> Decision:
    if current.is_silent and not is_history:
        return _woken(current, assessment, at)
    if assessment.level < current.level:
        return _eased(current, assessment, at, None)
    if not current.is_silent and not is_history and _deserves_alert(current, assessment, policy):
        incident = _alerted(current, assessment)
        return Decision("raise", incident, _entry("raised", incident, at), EventType.INCIDENT_RAISED, alert=True)
    if assessment.level > current.level:
        incident = _moved(current, assessment, eased_at=None)
        return Decision("raise", incident, _entry("raised", incident, at))
    return _updated(current, assessment)


def _deserves_alert(current: Incident, assessment: Assessment, policy: Policy) -> bool:
    told = current.last_alert_level or Level.NORMAL
    return assessment.level > told or assessment.score >= policy.alert_growth * current.last_alert_score > 0


def _woken(current: Incident, assessment: Assessment, at: datetime) -> Decision:
    """An incident found in the past that is still going on: now people are told."""
    incident = replace(_alerted(current, assessment), is_silent=False)
    return Decision("raise", incident, _entry("raised", incident, at), EventType.INCIDENT_OPENED, alert=True)


def _eased(current: Incident, assessment: Assessment, at: datetime, eased_at: datetime | None) -> Decision:
    incident = _moved(current, assessment, eased_at=eased_at)
    event = None if current.is_silent else EventType.INCIDENT_EASED
    return Decision("ease", incident, _entry("eased", incident, at), event)


def _closed(current: Incident, assessment: Assessment, at: datetime, reason: str) -> Decision:
    incident = replace(_moved(current, assessment, eased_at=current.eased_at), status=Status.CLOSED, closed_at=at)
    incident = replace(incident, version=current.version + 1)
    event = None if current.is_silent else EventType.INCIDENT_CLOSED
    return Decision("close", incident, _entry("closed", incident, at, reason=reason), event)


def _updated(current: Incident, assessment: Assessment) -> Decision:
    if (assessment.level, assessment.score) == (current.level, current.score):
        return Decision("none", current)
    return Decision("update", _moved(current, assessment, eased_at=current.eased_at))


def _alerted(current: Incident, assessment: Assessment) -> Incident:
    return replace(
        _moved(current, assessment, eased_at=None),
        last_alert_level=max(assessment.level, current.last_alert_level or Level.NORMAL),
        last_alert_score=max(assessment.score, current.last_alert_score),
    )


def _moved(current: Incident, assessment: Assessment, *, eased_at: datetime | None) -> Incident:
    changed = assessment.level is not current.level or eased_at != current.eased_at
    return replace(
        current,
        version=current.version + changed,
        level=assessment.level,
        peak_level=max(current.peak_level, assessment.level),
        score=assessment.score,
        peak_score=max(current.peak_score, assessment.score),
        eased_at=eased_at,
    )


def _next(current: Incident, **changes: Any) -> Incident:
    return replace(current, version=current.version + 1, **changes)


def _entry(kind: str, incident: Incident, at: datetime, by: UUID | None = None, **detail: Any) -> Entry:
    return Entry(kind, at, incident.level, incident.score, by, detail)
