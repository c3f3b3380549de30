"""States of an incident; when to open, raise, ease and close one, and when to alert.

A client has one incident at a time. It opens when the level reaches the policy's, eases when the level falls
under it, closes when it has stayed there, and whatever comes after that is a new incident. A person may declare one
without the score: it stands at least at the level that was declared, and ends when a person says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from core.alerting import Circumstances, Hold, holds
from core.crisis import Assessment, Level, starts_at
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


@dataclass(frozen=True, slots=True)
class _Seen:
    """An assessment with all that it is judged by: the level counted, which a declaration may lift, and the hold."""

    score: float
    level: Level
    onset: int | None
    at: datetime
    now: datetime
    policy: Policy
    hold: Hold | None
    campaign: str | None


def decide(
    current: Incident | None,
    assessment: Assessment,
    *,
    client_id: ClientId,
    new_id: IncidentId,
    at: datetime,
    now: datetime,
    policy: Policy,
    circumstances: Circumstances | None = None,
) -> Decision:
    """What an assessment of the instant `at` means for the client's incident that is not closed yet, if any.

    `new_id` names the incident if one opens. What lies further back than `policy.historical_after` is recorded
    and alerts nobody, and so is what the circumstances hold back; such an incident is announced once it still stands
    when nothing holds it any longer.
    """
    seen = _seen(current, assessment, at, now, policy, circumstances or Circumstances())
    if current is None or current.status is Status.CLOSED:
        if seen.level < policy.open_level:
            return Decision("none", None)
        return _opened(seen, client_id, new_id)
    if current.status is Status.RESOLVED:
        return _after_resolution(current, seen)
    if seen.level < policy.open_level:
        return _below(current, seen)
    return _above(current, seen)


def declare(
    current: Incident | None,
    declaration: Declaration,
    *,
    client_id: ClientId,
    new_id: IncidentId,
    by: UUID,
    now: datetime,
) -> Decision:
    """A person says that there is an incident, whatever the score says.

    It takes the place of the client's incident that the score opened, and keeps since when and how bad that one was.
    Raises: IncidentStateError where the client has a declared incident that nobody has resolved.
    """
    alive = current if current is not None and current.status in LIVED_THROUGH else None
    if alive is not None and alive.declared_at is not None:
        raise IncidentStateError("The client has a declared incident already. Work with that one, or resolve it first.")
    level = max(declaration.level, alive.level) if alive else declaration.level
    incident = Incident(
        id=new_id,
        client_id=client_id,
        status=Status.OPEN,
        level=level,
        peak_level=max(level, alive.peak_level) if alive else level,
        score=alive.score if alive else 0.0,
        peak_score=alive.peak_score if alive else 0.0,
        first_seen_at=min(alive.first_seen_at, now) if alive else now,
        opened_at=now,
        detected_at=alive.detected_at if alive else now,
        last_alert_level=max(level, (alive and alive.last_alert_level) or level),
        last_alert_score=alive.last_alert_score if alive else 0.0,
        title=declaration.title,
        declared_level=declaration.level,
        declared_at=now,
        declared_by=by,
        alerted_at=(alive and alive.alerted_at) or now,
        last_alert_at=now,
    )
    entry = _entry("declared", incident, now, by, title=declaration.title, note=declaration.note)
    absorbed = _absorbed(current, new_id, by, now) if current is not None and current.status != Status.CLOSED else None
    return Decision("declare", incident, entry, EventType.INCIDENT_DECLARED, alert=True, absorbed=absorbed)


def acknowledge(current: Incident, *, by: UUID, now: datetime) -> Decision:
    """Somebody takes charge. Repeating it changes nothing.

    Raises: IncidentStateError once the incident is contained, resolved or closed.
    """
    if current.status is Status.ACKNOWLEDGED:
        return Decision("none", current)
    if current.status is not Status.OPEN:
        raise IncidentStateError(f"A {current.status} incident cannot be acknowledged. Only an open one can.")
    incident = _next(current, status=Status.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by=by)
    return Decision("acknowledge", incident, _entry("acknowledged", incident, now, by), EventType.INCIDENT_ACKNOWLEDGED)


def contain(current: Incident, *, by: UUID, now: datetime, note: str | None = None) -> Decision:
    """Somebody says that it no longer spreads. Repeating it changes nothing; a new rise takes it back.

    Raises: IncidentStateError once the incident is resolved or closed.
    """
    if current.status is Status.CONTAINED:
        return Decision("none", current)
    if current.status not in LIVED_THROUGH:
        raise IncidentStateError(f"A {current.status} incident cannot be contained. Only one that goes on can.")
    incident = _next(current, status=Status.CONTAINED, contained_at=now, contained_by=by)
    entry = _entry("contained", incident, now, by, note=note)
    return Decision("contain", incident, entry, EventType.INCIDENT_CONTAINED)


def resolve(current: Incident, *, by: UUID, now: datetime, note: str | None) -> Decision:
    """Somebody says that it is over. Repeating it changes nothing.

    Raises: IncidentStateError once the incident is closed.
    """
    if current.status is Status.RESOLVED:
        return Decision("none", current)
    if current.status is Status.CLOSED:
        raise IncidentStateError("A closed incident cannot be resolved. It ended by itself.")
    ended = {"resolved_at": now, "resolved_by": by, "resolution": note, "outcome": Outcome.RESOLVED}
    incident = _next(current, status=Status.RESOLVED, **ended)
    entry = _entry("resolved", incident, now, by, note=note)
    return Decision("resolve", incident, entry, EventType.INCIDENT_RESOLVED)


def dismiss(current: Incident, *, by: UUID, now: datetime, reason: str) -> Decision:
    """Somebody says that it was a false alarm, and why; also after its end. Repeating it changes nothing.

    Raises: IncidentStateError where a declared incident has taken its place.
    """
    if current.outcome is Outcome.FALSE_ALARM:
        return Decision("none", current)
    if current.outcome is Outcome.ABSORBED:
        raise IncidentStateError("A declared incident has taken the place of this one. Dismiss that one.")
    status = Status.CLOSED if current.status is Status.CLOSED else Status.RESOLVED
    ended = {"resolved_at": now, "resolved_by": by, "resolution": reason, "outcome": Outcome.FALSE_ALARM}
    incident = _next(current, status=status, **ended)
    entry = _entry("dismissed", incident, now, by, reason=reason)
    return Decision("dismiss", incident, entry, EventType.INCIDENT_DISMISSED)


def _seen(
    current: Incident | None,
    assessment: Assessment,
    at: datetime,
    now: datetime,
    policy: Policy,
    circumstances: Circumstances,
) -> _Seen:
    level = assessment.level
    if current is not None and current.declared_level is not None and current.status in LIVED_THROUGH:
        level = max(level, current.declared_level)
    hold = Hold.HISTORY if now - at > policy.historical_after else None
    hold = hold or holds(assessment, level=level, at=at, now=now, circumstances=circumstances)
    running = circumstances.running(at)
    name = None if running is None else running.name
    return _Seen(assessment.score, level, assessment.state.onset, at, now, policy, hold, name)


def _opened(seen: _Seen, client_id: ClientId, new_id: IncidentId) -> Decision:
    incident = Incident(
        id=new_id,
        client_id=client_id,
        status=Status.OPEN,
        level=seen.level,
        peak_level=seen.level,
        score=seen.score,
        peak_score=seen.score,
        first_seen_at=seen.at if seen.onset is None else min(starts_at(seen.onset), seen.at),
        opened_at=seen.at,
        detected_at=seen.now,
        campaign=seen.campaign,
    )
    if seen.hold is not None:
        incident = replace(incident, is_silent=True, held_by=seen.hold)
        return Decision("open", incident, _entry("opened", incident, seen.at, silent=True, held_by=seen.hold))
    incident = _alerted(incident, seen)
    entry = _entry("opened", incident, seen.at, silent=False)
    return Decision("open", replace(incident, version=1), entry, EventType.INCIDENT_OPENED, alert=True)


def _after_resolution(current: Incident, seen: _Seen) -> Decision:
    rises_anew = seen.level >= seen.policy.open_level and seen.level > current.level
    if seen.level < seen.policy.open_level or rises_anew:
        reason = "superseded" if rises_anew else "quiet"
        return replace(_closed(current, seen, reason), decide_again=rises_anew)
    return _updated(current, seen)


def _below(current: Incident, seen: _Seen) -> Decision:
    ends = current.declared_level is None and current.eased_at is not None
    if ends and current.eased_at is not None and seen.at - current.eased_at >= seen.policy.close_after:
        return _closed(current, seen, "quiet")
    if seen.level < current.level:
        return _eased(current, seen, current.eased_at or seen.at)
    return _updated(current, seen)


def _above(current: Incident, seen: _Seen) -> Decision:
    if current.is_silent and seen.hold is None:
        return _woken(current, seen)
    if seen.level < current.level:
        return _eased(current, seen, None)
    deserves = not current.is_silent and _deserves_alert(current, seen)
    if deserves and seen.hold is None:
        incident = _alerted(current, seen)
        entry = _entry("raised", incident, seen.at, level_before=current.level)
        return Decision("raise", incident, entry, EventType.INCIDENT_RAISED, alert=True)
    held = seen.hold if deserves or current.is_silent else None
    if seen.level > current.level:
        incident = replace(_moved(current, seen, eased_at=None), held_by=held)
        return Decision(
            "raise", incident, _entry("raised", incident, seen.at, level_before=current.level, held_by=held)
        )
    return _updated(replace(current, held_by=held), seen, was=current)


def _deserves_alert(current: Incident, seen: _Seen) -> bool:
    told = current.last_alert_level or Level.NORMAL
    return seen.level > told or seen.score >= seen.policy.alert_growth * current.last_alert_score > 0


def _woken(current: Incident, seen: _Seen) -> Decision:
    """An incident that people were not told of, and that still goes on when nothing holds it: now they are."""
    incident = replace(_alerted(current, seen), is_silent=False)
    entry = _entry("raised", incident, seen.at, level_before=current.level, was_held_by=current.held_by)
    return Decision("raise", incident, entry, EventType.INCIDENT_OPENED, alert=True)


def _eased(current: Incident, seen: _Seen, eased_at: datetime | None) -> Decision:
    incident = _moved(current, seen, eased_at=eased_at)
    event = None if current.is_silent else EventType.INCIDENT_EASED
    return Decision("ease", incident, _entry("eased", incident, seen.at, level_before=current.level), event)


def _closed(current: Incident, seen: _Seen, reason: str) -> Decision:
    incident = replace(_moved(current, seen, eased_at=current.eased_at), status=Status.CLOSED, closed_at=seen.at)
    incident = replace(incident, version=current.version + 1, outcome=current.outcome or Outcome.QUIET)
    event = None if current.is_silent else EventType.INCIDENT_CLOSED
    return Decision("close", incident, _entry("closed", incident, seen.at, reason=reason), event)


def _absorbed(current: Incident, into: IncidentId, by: UUID, now: datetime) -> Decision:
    """The incident that a declared one takes the place of: closed, without another word where nobody knew of it."""
    outcome = current.outcome or Outcome.ABSORBED
    incident = _next(current, status=Status.CLOSED, closed_at=now, outcome=outcome)
    event = None if current.is_silent else EventType.INCIDENT_CLOSED
    entry = _entry("closed", incident, now, by, reason="absorbed", into=str(into))
    return Decision("close", incident, entry, event)


def _updated(current: Incident, seen: _Seen, *, was: Incident | None = None) -> Decision:
    moved = _moved(current, seen, eased_at=current.eased_at)
    return Decision("none" if moved == (was or current) else "update", moved)


def _alerted(current: Incident, seen: _Seen) -> Incident:
    """The incident once people were told of it; one that was contained is so no longer."""
    moved = _moved(current, seen, eased_at=None)
    if current.status is Status.CONTAINED:
        back = Status.OPEN if current.acknowledged_at is None else Status.ACKNOWLEDGED
        moved = replace(moved, status=back, version=current.version + 1)
    return replace(
        moved,
        last_alert_level=max(seen.level, current.last_alert_level or Level.NORMAL),
        last_alert_score=max(seen.score, current.last_alert_score),
        alerted_at=current.alerted_at or seen.now,
        last_alert_at=seen.now,
        held_by=None,
    )


def _moved(current: Incident, seen: _Seen, *, eased_at: datetime | None) -> Incident:
    changed = seen.level is not current.level or eased_at != current.eased_at
    return replace(
        current,
        version=current.version + changed,
        level=seen.level,
        peak_level=max(current.peak_level, seen.level),
        score=seen.score,
        peak_score=max(current.peak_score, seen.score),
        eased_at=eased_at,
        campaign=seen.campaign or current.campaign,
    )


def _next(current: Incident, **changes: Any) -> Incident:
    return replace(current, version=current.version + 1, **changes)


def _entry(kind: str, incident: Incident, at: datetime, by: UUID | None = None, **detail: Any) -> Entry:
    told = {name: value for name, value in detail.items() if value is not None}
    return Entry(kind, at, incident.level, incident.score, by, told)
