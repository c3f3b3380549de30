"""Backtests: how often a rule or a policy would have alerted on the past, what it would have caught, and how early."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from core.crisis import Assessment, Level

LEAD = timedelta(hours=1)
"""An alert so long before an incident's first sign still is of that incident."""

MOST_DAYS = 90
MOST_ALERTS = 1000
"""So many alerts are listed; all are counted."""

WEEK = timedelta(days=7)


class Verdict(StrEnum):
    """What an alert was of: a true incident, nothing or a false alarm, or an incident that still goes on."""

    CAUGHT = "caught"
    FALSE = "false"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An incident as it is recorded; `ended_at` None while it goes on."""

    incident_id: UUID
    first_seen_at: datetime
    opened_at: datetime
    ended_at: datetime | None
    is_false_alarm: bool

    @property
    def is_true(self) -> bool:
        """Whether it has ended, and nobody called it a false alarm."""
        return self.ended_at is not None and not self.is_false_alarm

    def holds(self, at: datetime) -> bool:
        """Whether an alert at this instant is of this incident."""
        return self.first_seen_at - LEAD <= at and (self.ended_at is None or at <= self.ended_at)


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that would have been given: when, at what value, and for a policy at which level."""

    at: datetime
    observed: float
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """An alert, what became of it, and of which incident it was."""

    alert: Fired
    verdict: Verdict
    incident_id: UUID | None


@dataclass(frozen=True, slots=True)
class Caught:
    """A true incident, and how long before its opening the first alert came; negative is late, None is missed."""

    incident_id: UUID
    opened_at: datetime
    lead_minutes: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a rule or policy would have done.

    Units: `per_week` alerts in seven days. `precision` is the share of decided alerts that caught something, `recall`
    that of true incidents that were caught; None where there is nothing to tell it from.
    """

    alerts: tuple[Judged, ...]
    incidents: tuple[Caught, ...]
    per_week: float
    precision: float | None
    recall: float | None


def report(fired: Sequence[Fired], recorded: Sequence[Recorded], *, since: datetime, until: datetime) -> Report:
    """Hold alerts against the incidents that were recorded between `since` and `until`."""
    within = sorted(recorded, key=lambda each: (each.opened_at, each.incident_id))
    judged = tuple(_judged(alert, within) for alert in sorted(fired, key=lambda each: each.at))
    true = tuple(_caught(each, judged) for each in within if each.is_true and since <= each.opened_at < until)
    decided = [each for each in judged if each.verdict is not Verdict.UNDECIDED]
    good = sum(each.verdict is Verdict.CAUGHT for each in decided)
    found = sum(each.lead_minutes is not None for each in true)
    return Report(
        alerts=judged,
        incidents=true,
        per_week=round(len(judged) / ((until - since) / WEEK), 3),
        precision=round(good / len(decided), 4) if decided else None,
        recall=round(found / len(true), 4) if true else None,
    )


def rises(assessments: Sequence[Assessment], before: Level) -> dict[Level, int]:
    """How often each level was risen to, the level before the first assessment being `before`."""
    counted = {level: 0 for level in Level if level is not Level.NORMAL}
    for assessment in assessments:
        if assessment.level > before:
            counted[assessment.level] += 1
        before = assessment.level
    return counted


def _judged(alert: Fired, recorded: Sequence[Recorded]) -> Judged:
    of = [each for each in recorded if each.holds(alert.at)]
    true = next((each for each in of if each.is_true), None)
    if true is not None:
        return Judged(alert, Verdict.CAUGHT, true.incident_id)
    open_still = next((each for each in of if not each.is_false_alarm), None)
    if open_still is not None:
        return Judged(alert, Verdict.UNDECIDED, open_still.incident_id)
    return Judged(alert, Verdict.FALSE, of[0].incident_id if of else None)


def _caught(incident: Recorded, judged: Sequence[Judged]) -> Caught:
    first = next((each.alert.at for each in judged if each.incident_id == incident.incident_id), None)
    lead = None if first is None else round((incident.opened_at - first) / timedelta(minutes=1), 1)
    return Caught(incident.incident_id, incident.opened_at, lead)
