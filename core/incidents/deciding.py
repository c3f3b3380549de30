"""What the score means for an incident: when it opens, rises, eases and closes, and when people are told."""

from dataclasses import dataclass, replace
from datetime import datetime

from core.alerting import Circumstances, Hold, holds
from core.crisis import Assessment, Level, starts_at
from core.events import EventType
from core.ids import ClientId, IncidentId
from core.incidents.states import LIVED_THROUGH, Decision, Incident, Outcome, Policy, Status, entry


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
        return Decision("open", incident, entry("opened", incident, seen.at, silent=True, held_by=seen.hold))
    incident = _alerted(incident, seen)
    line = entry("opened", incident, seen.at, silent=False)
    return Decision("open", replace(incident, version=1), line, EventType.INCIDENT_OPENED, alert=True)


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
        line = entry("raised", incident, seen.at, level_before=current.level)
        return Decision("raise", incident, line, EventType.INCIDENT_RAISED, alert=True)
    held = seen.hold if deserves or current.is_silent else None
    if seen.level > current.level:
        incident = replace(_moved(current, seen, eased_at=None), held_by=held)
        return Decision("raise", incident, entry("raised", incident, seen.at, level_before=current.level, held_by=held))
    return _updated(replace(current, held_by=held), seen, was=current)


def _deserves_alert(current: Incident, seen: _Seen) -> bool:
    told = current.last_alert_level or Level.NORMAL
    return seen.level > told or seen.score >= seen.policy.alert_growth * current.last_alert_score > 0


def _woken(current: Incident, seen: _Seen) -> Decision:
    """An incident that people were not told of, and that still goes on when nothing holds it: now they are."""
    incident = replace(_alerted(current, seen), is_silent=False)
    line = entry("raised", incident, seen.at, level_before=current.level, was_held_by=current.held_by)
    return Decision("raise", incident, line, EventType.INCIDENT_OPENED, alert=True)


def _eased(current: Incident, seen: _Seen, eased_at: datetime | None) -> Decision:
    incident = _moved(current, seen, eased_at=eased_at)
    event = None if current.is_silent else EventType.INCIDENT_EASED
    return Decision("ease", incident, entry("eased", incident, seen.at, level_before=current.level), event)


def _closed(current: Incident, seen: _Seen, reason: str) -> Decision:
    incident = replace(_moved(current, seen, eased_at=current.eased_at), status=Status.CLOSED, closed_at=seen.at)
    incident = replace(incident, version=current.version + 1, outcome=current.outcome or Outcome.QUIET)
    event = None if current.is_silent else EventType.INCIDENT_CLOSED
    return Decision("close", incident, entry("closed", incident, seen.at, reason=reason), event)


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
