"""What people say of an incident: that there is one, who sees to it, that it spreads no more, that it is over."""

from datetime import datetime
from uuid import UUID

from core.events import EventType
from core.ids import ClientId, IncidentId
from core.incidents.states import (
    LIVED_THROUGH,
    Decision,
    Declaration,
    Incident,
    IncidentStateError,
    Outcome,
    Status,
    entry,
    moved_on,
)


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
    line = entry("declared", incident, now, by, title=declaration.title, note=declaration.note)
    absorbed = _absorbed(current, new_id, by, now) if current is not None and current.status != Status.CLOSED else None
    return Decision("declare", incident, line, EventType.INCIDENT_DECLARED, alert=True, absorbed=absorbed)


def acknowledge(current: Incident, *, by: UUID, now: datetime) -> Decision:
    """Somebody takes charge. Repeating it changes nothing.

    Raises: IncidentStateError once the incident is contained, resolved or closed.
    """
    if current.status is Status.ACKNOWLEDGED:
        return Decision("none", current)
    if current.status is not Status.OPEN:
        raise IncidentStateError(f"A {current.status} incident cannot be acknowledged. Only an open one can.")
    incident = moved_on(current, status=Status.ACKNOWLEDGED, acknowledged_at=now, acknowledged_by=by)
    return Decision("acknowledge", incident, entry("acknowledged", incident, now, by), EventType.INCIDENT_ACKNOWLEDGED)


def contain(current: Incident, *, by: UUID, now: datetime, note: str | None = None) -> Decision:
    """Somebody says that it no longer spreads. Repeating it changes nothing; a new rise takes it back.

    Raises: IncidentStateError once the incident is resolved or closed.
    """
    if current.status is Status.CONTAINED:
        return Decision("none", current)
    if current.status not in LIVED_THROUGH:
        raise IncidentStateError(f"A {current.status} incident cannot be contained. Only one that goes on can.")
    incident = moved_on(current, status=Status.CONTAINED, contained_at=now, contained_by=by)
    line = entry("contained", incident, now, by, note=note)
    return Decision("contain", incident, line, EventType.INCIDENT_CONTAINED)


def resolve(current: Incident, *, by: UUID, now: datetime, note: str | None) -> Decision:
    """Somebody says that it is over. Repeating it changes nothing.

    Raises: IncidentStateError once the incident is closed.
    """
    if current.status is Status.RESOLVED:
        return Decision("none", current)
    if current.status is Status.CLOSED:
        raise IncidentStateError("A closed incident cannot be resolved. It ended by itself.")
    ended = {"resolved_at": now, "resolved_by": by, "resolution": note, "outcome": Outcome.RESOLVED}
    incident = moved_on(current, status=Status.RESOLVED, **ended)
    line = entry("resolved", incident, now, by, note=note)
    return Decision("resolve", incident, line, EventType.INCIDENT_RESOLVED)


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
    incident = moved_on(current, status=status, **ended)
    line = entry("dismissed", incident, now, by, reason=reason)
    return Decision("dismiss", incident, line, EventType.INCIDENT_DISMISSED)


def _absorbed(current: Incident, into: IncidentId, by: UUID, now: datetime) -> Decision:
    """The incident that a declared one takes the place of: closed, without another word where nobody knew of it."""
    outcome = current.outcome or Outcome.ABSORBED
    incident = moved_on(current, status=Status.CLOSED, closed_at=now, outcome=outcome)
    event = None if current.is_silent else EventType.INCIDENT_CLOSED
    line = entry("closed", incident, now, by, reason="absorbed", into=str(into))
    return Decision("close", incident, line, event)
