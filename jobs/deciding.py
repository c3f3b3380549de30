"""Decide incidents from what was assessed: what opens, rises, eases or closes, who is told, and what waiting costs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core import delay
from core import incidents as rules
from core.crisis import Assessment, History, bucket_of, reasons, starts_at
from core.ids import ClientId, IncidentId
from core.incident_course import follow
from jobs import siblings
from storage import alarms, alerting, events, incidents
from storage.table import new_id

TOPIC_BACK = timedelta(hours=3)
"""So far back the voices are counted that say what an incident is about."""

_TOPIC_ON = timedelta(minutes=5)
_SAME_EVENT = timedelta(hours=3)
"""So long after an incident opened, other brands that rise may have been hit by the same event."""

_CAMPAIGN = {
    "id": "Kampanye {name} sedang berjalan.",
    "en": "The campaign {name} is running.",
}
# Neither which nor how many: an incident's reasons are read by the client too, and the others are none of its business.
_SHARED = {
    "id": "Merek lain naik pada jam yang sama: mungkin satu kejadian yang mengenai semuanya, bukan ulah merek ini.",
    "en": "Other brands have risen in the same hours: it may be one event that hits them alike, not this brand's own.",
}


async def decide(
    session: AsyncSession, client_id: ClientId, assessments: Sequence[Assessment], history: History, now: datetime
) -> None:
    """Bring the client's incident up to these assessments, one after the other, and say what waiting costs now."""
    current = await incidents.find_alive(session, client_id)
    policy = rules.Policy()
    if current is None and all(each.level < policy.open_level for each in assessments):
        return
    since = starts_at(assessments[0].bucket) if assessments else now
    beside = await alerting.circumstances(session, client_id, since=since, now=now)
    course = follow(
        current,
        assessments,
        client_id=client_id,
        new_id=lambda: IncidentId(new_id()),
        now_at=lambda _: now,
        policy=policy,
        circumstances=beside,
    )
    for decision, assessment in course:
        await _record(session, decision, assessment, now)
        current = None if decision.action == "close" else decision.incident
    if current is not None and current.status in rules.LIVED_THROUGH:
        await _look_beside(session, current, now)
        await _say_what_waiting_costs(session, current.id, history, now)


async def _record(session: AsyncSession, decision: rules.Decision, assessment: Assessment, now: datetime) -> None:
    told: dict[str, Any] | None = None
    incident, is_shared = decision.incident, False
    is_peak = incident is not None and incident.peak_score == assessment.score
    is_higher = decision.action in {"open", "raise"}
    if incident is not None and (is_higher or is_peak):
        is_shared = await _is_shared(session, incident, assessment, now, is_higher=is_higher)
        told = {language: _reasons(assessment, incident, language, is_shared=is_shared) for language in ("id", "en")}
    row = await incidents.apply(session, decision, reasons=told, now=now)
    if row is None:
        return
    if is_shared:
        row.is_shared = True
        await session.flush()
    if decision.action == "open":
        at = starts_at(assessment.bucket)
        await incidents.name_topic(session, row, at - TOPIC_BACK, at + _TOPIC_ON)
        blamed = await alarms.blamed(session, row.client_id, since=at - TOPIC_BACK)
        if blamed is not None and incident is not None:
            await incidents.apply(session, rules.traced(incident, blamed, at=now), reasons=None, now=now)
    if decision.event is not None:
        await events.publish_incident(session, decision.event, row, now=now)


async def _is_shared(
    session: AsyncSession, incident: rules.Incident, assessment: Assessment, now: datetime, *, is_higher: bool
) -> bool:
    """Whether the agency's other clients have risen with this one. Once said it stays said; of the past nobody says.

    Those that wait are looked at only where people may be told; between, it is enough what is known.
    """
    if await incidents.is_shared(session, incident.id):
        return True
    is_present = now - starts_at(assessment.bucket) <= siblings.RECENT
    return is_present and is_higher and await siblings.rise_too(session, incident.client_id, now=now)


async def _look_beside(session: AsyncSession, incident: rules.Incident, now: datetime) -> None:
    """Say of an incident that the others have risen too, when they did so after it."""
    if now - incident.opened_at > _SAME_EVENT or await incidents.is_shared(session, incident.id):
        return
    if await siblings.are_known_to_rise(session, incident.client_id, now=now):
        await incidents.note_shared(session, incident.id, _SHARED)


def _reasons(assessment: Assessment, incident: rules.Incident, language: Any, *, is_shared: bool) -> list[str]:
    sentences = list(reasons(assessment, language))
    if incident.campaign is not None:
        sentences.append(_CAMPAIGN[language].format(name=incident.campaign))
    if is_shared:
        sentences.append(_SHARED[language])
    return sentences


async def _say_what_waiting_costs(
    session: AsyncSession, incident_id: IncidentId, history: History, now: datetime
) -> None:
    """From the counts of the last three hours; of an incident that lies in the past nothing is said."""
    whole = min(bucket_of(now), history.stop) - history.first
    if bucket_of(now) - history.stop > delay.BUCKETS_AN_HOUR:
        return
    cost = delay.estimate(history.negative[:whole].tolist()[-36:], history.observed[:whole].tolist()[-36:])
    as_of = starts_at(history.first + whole)
    await incidents.note_cost(session, incident_id, {"as_of": as_of.isoformat(), **msgspec.to_builtins(cost)})
