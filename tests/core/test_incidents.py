from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crisis import Assessment, Level, LevelState, bucket_of
from core.errors import Conflict
from core.events import EventType
from core.ids import ClientId, IncidentId
from core.incidents import IncidentStateError, Policy, Status, acknowledge, decide, resolve

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLIENT = ClientId(UUID(int=1))
ANA, BUDI = UUID(int=7), UUID(int=8)
POLICY = Policy()
LEVELS = dict(zip("nwsc", Level, strict=True))


def assessment(level, score, at=NOON):
    onset = None if level is Level.NORMAL else bucket_of(at) - 3
    return Assessment(
        bucket=bucket_of(at),
        score=score,
        level=level,
        contributions=(),
        guards=(),
        completeness=1.0,
        state=replace(LevelState.initial(), level=level, onset=onset),
    )


def judge(current, level, score, *, minutes=0.0, noticed=1.0, number=2):
    at = NOON + timedelta(minutes=minutes)
    return decide(
        current,
        assessment(level, score, at),
        client_id=CLIENT,
        new_id=IncidentId(UUID(int=number)),
        at=at,
        now=at + timedelta(minutes=noticed),
        policy=POLICY,
    )


@pytest.fixture
def opened():
    return judge(None, Level.WARNING, 50).incident


@pytest.fixture
def silent():
    return judge(None, Level.WARNING, 50, noticed=7 * 60).incident


@pytest.mark.parametrize("level", [Level.NORMAL, Level.WATCH])
def test_nothing_opens_below_warning(level):
    decision = judge(None, level, 31)

    assert (decision.action, decision.incident, decision.alert) == ("none", None, False)


def test_an_incident_opens_at_warning_and_alerts():
    decision = judge(None, Level.WARNING, 50)

    assert (decision.action, decision.event, decision.alert) == ("open", EventType.INCIDENT_OPENED, True)
    incident = decision.incident
    assert (incident.id, incident.client_id, incident.status) == (UUID(int=2), CLIENT, Status.OPEN)
    assert incident.first_seen_at == NOON - timedelta(minutes=15)
    assert incident.opened_at == NOON
    assert incident.detected_at == NOON + timedelta(minutes=1)
    assert (decision.timeline.kind, decision.timeline.level, decision.timeline.score) == ("opened", Level.WARNING, 50)


def test_a_policy_may_open_incidents_at_watch():
    decision = decide(
        None,
        assessment(Level.WATCH, 31),
        client_id=CLIENT,
        new_id=IncidentId(UUID(int=2)),
        at=NOON,
        now=NOON,
        policy=Policy(open_level=Level.WATCH),
    )

    assert decision.action == "open"


def test_an_unchanged_assessment_changes_nothing(opened):
    decision = judge(opened, Level.WARNING, 50, minutes=5)

    assert (decision.action, decision.incident) == ("none", opened)


def test_a_moving_score_is_kept_without_a_new_version_or_alert(opened):
    decision = judge(opened, Level.WARNING, 58, minutes=5)

    assert (decision.action, decision.alert, decision.timeline) == ("update", False, None)
    assert (decision.incident.score, decision.incident.peak_score) == (58, 58)
    assert decision.incident.version == opened.version


def test_a_higher_level_alerts_again(opened):
    decision = judge(opened, Level.CRISIS, 80, minutes=5)

    assert (decision.action, decision.event, decision.alert) == ("raise", EventType.INCIDENT_RAISED, True)
    assert decision.incident.peak_level is Level.CRISIS
    assert decision.incident.version == opened.version + 1


def test_twice_the_score_alerts_again_at_the_same_level(opened):
    assert judge(opened, Level.WARNING, 99, minutes=5).alert is False
    assert judge(opened, Level.WARNING, 100, minutes=5).alert is True


def test_a_level_reached_before_does_not_alert_twice(opened):
    crisis = judge(opened, Level.CRISIS, 80, minutes=5).incident
    eased = judge(crisis, Level.WARNING, 50, minutes=200)
    again = judge(eased.incident, Level.CRISIS, 85, minutes=300)

    assert (eased.action, eased.event, eased.alert) == ("ease", EventType.INCIDENT_EASED, False)
    assert (again.action, again.event, again.alert) == ("raise", None, False)


def test_an_incident_closes_after_its_hours_under_the_level(opened):
    eased = judge(opened, Level.WATCH, 20, minutes=180).incident
    waiting = judge(eased, Level.NORMAL, 3, minutes=359)
    closed = judge(waiting.incident, Level.NORMAL, 2, minutes=360)

    assert eased.eased_at == NOON + timedelta(minutes=180)
    assert waiting.incident.status is Status.OPEN
    assert (closed.action, closed.event) == ("close", EventType.INCIDENT_CLOSED)
    assert closed.incident.closed_at == NOON + timedelta(minutes=360)


def test_a_rise_before_closing_goes_on_with_the_same_incident(opened):
    eased = judge(opened, Level.WATCH, 20, minutes=180).incident
    risen = judge(eased, Level.WARNING, 52, minutes=300)

    assert (risen.action, risen.incident.id, risen.incident.eased_at) == ("raise", opened.id, None)
    assert risen.alert is False


def test_after_closing_comes_a_new_incident(opened):
    closed = replace(opened, status=Status.CLOSED, closed_at=NOON)
    decision = judge(closed, Level.WARNING, 50, minutes=600, number=3)

    assert (decision.action, decision.incident.id, decision.alert) == ("open", UUID(int=3), True)


def test_what_lies_more_than_six_hours_back_is_recorded_and_pages_nobody():
    decision = judge(None, Level.CRISIS, 90, noticed=6 * 60 + 1)

    assert (decision.action, decision.event, decision.alert) == ("open", None, False)
    assert decision.incident.is_silent
    assert decision.timeline.kind == "opened"
    assert judge(None, Level.CRISIS, 90, noticed=6 * 60).alert is True


def test_a_silent_incident_that_reaches_the_present_is_announced_once(silent):
    woken = judge(silent, Level.WARNING, 50, minutes=5)
    after = judge(woken.incident, Level.WARNING, 50, minutes=10)

    assert (woken.event, woken.alert, woken.incident.is_silent) == (EventType.INCIDENT_OPENED, True, False)
    assert after.alert is False


def test_a_silent_incident_eases_and_closes_in_silence(silent):
    eased = judge(silent, Level.NORMAL, 0, minutes=180, noticed=7 * 60)
    closed = judge(eased.incident, Level.NORMAL, 0, minutes=360, noticed=7 * 60)

    assert (eased.action, eased.event) == ("ease", None)
    assert (closed.action, closed.event) == ("close", None)


def test_the_end_of_an_announced_incident_is_announced_however_late(opened):
    eased = judge(opened, Level.NORMAL, 0, minutes=180, noticed=10 * 60)

    assert eased.event is EventType.INCIDENT_EASED


def test_a_rise_noticed_too_late_is_recorded_without_an_alert(opened):
    decision = judge(opened, Level.CRISIS, 90, minutes=5, noticed=7 * 60)

    assert (decision.action, decision.alert, decision.incident.peak_level) == ("raise", False, Level.CRISIS)
    assert judge(decision.incident, Level.CRISIS, 90, minutes=10).alert is True


def test_somebody_takes_charge_and_repeating_it_changes_nothing(opened):
    first = acknowledge(opened, by=ANA, now=NOON)
    second = acknowledge(first.incident, by=BUDI, now=NOON + timedelta(minutes=1))

    assert (first.action, first.event) == ("acknowledge", EventType.INCIDENT_ACKNOWLEDGED)
    assert (first.incident.status, first.incident.acknowledged_by) == (Status.ACKNOWLEDGED, ANA)
    assert (first.timeline.kind, first.timeline.actor_id) == ("acknowledged", ANA)
    assert (second.action, second.incident, second.event) == ("none", first.incident, None)


def test_an_acknowledged_incident_still_rises_and_closes(opened):
    taken = acknowledge(opened, by=ANA, now=NOON).incident

    assert judge(taken, Level.CRISIS, 80, minutes=5).alert is True
    eased = judge(taken, Level.NORMAL, 0, minutes=180).incident
    assert judge(eased, Level.NORMAL, 0, minutes=360).action == "close"


@pytest.mark.parametrize("status", [Status.RESOLVED, Status.CLOSED])
def test_what_is_over_cannot_be_acknowledged(opened, status):
    with pytest.raises(IncidentStateError, match=f"A {status} incident"):
        acknowledge(replace(opened, status=status), by=ANA, now=NOON)


@pytest.mark.parametrize("status", [Status.OPEN, Status.ACKNOWLEDGED])
def test_somebody_resolves_with_a_note_and_repeating_it_changes_nothing(opened, status):
    first = resolve(replace(opened, status=status), by=ANA, now=NOON, note="Server pulih.")
    second = resolve(first.incident, by=BUDI, now=NOON, note="again")

    assert (first.action, first.event) == ("resolve", EventType.INCIDENT_RESOLVED)
    assert (first.incident.resolved_by, first.incident.resolution) == (ANA, "Server pulih.")
    assert (second.action, second.incident) == ("none", first.incident)


def test_a_closed_incident_cannot_be_resolved(opened):
    with pytest.raises(IncidentStateError) as refusal:
        resolve(replace(opened, status=Status.CLOSED), by=ANA, now=NOON, note=None)

    assert isinstance(refusal.value, Conflict)
    assert refusal.value.code == "incident_state"


def test_a_resolved_incident_closes_when_the_level_falls(opened):
    resolved = resolve(opened, by=ANA, now=NOON, note=None).incident
    still = judge(resolved, Level.WARNING, 47, minutes=60)
    closed = judge(still.incident, Level.WATCH, 20, minutes=120)

    assert (still.action, still.incident.status) == ("update", Status.RESOLVED)
    assert (closed.action, closed.timeline.detail["reason"]) == ("close", "quiet")


def test_a_new_rise_after_resolution_is_a_new_incident(opened):
    resolved = resolve(opened, by=ANA, now=NOON, note=None).incident
    closed = judge(resolved, Level.CRISIS, 80, minutes=60)
    following = judge(None, Level.CRISIS, 80, minutes=60, number=3)

    assert (closed.action, closed.decide_again) == ("close", True)
    assert (following.action, following.alert) == ("open", True)


@pytest.mark.parametrize("wrong", [{"open_level": Level.NORMAL}, {"close_after": timedelta(-1)}, {"alert_growth": 1.0}])
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"normal|negative"):
        Policy(**wrong)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("nwscar"), st.integers(0, 100)), max_size=60))
def test_an_incident_never_alerts_twice_for_the_same_and_never_leaves_closed(steps):
    current, alerts = None, {}
    for number, (what, score) in enumerate(steps):
        at = NOON + timedelta(minutes=30 * number)
        if what in "ar":
            if current is not None and current.status in {Status.OPEN, Status.ACKNOWLEDGED}:
                decision = (
                    acknowledge(current, by=ANA, now=at) if what == "a" else resolve(current, by=ANA, now=at, note=None)
                )
                current = decision.incident
            continue
        decision = judge(current, LEVELS[what], score, minutes=30 * number, number=100 + number)
        if decision.alert:
            told = alerts.setdefault(decision.incident.id, [])
            assert all(LEVELS[what] > level or score >= 2 * before for level, before in told)
            told.append((LEVELS[what], score))
        if current is not None and decision.action == "open":
            assert current.status is Status.CLOSED
        current = decision.incident
        assert current is None or current.peak_score >= current.score
