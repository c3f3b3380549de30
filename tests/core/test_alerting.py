"""When people are told: mute, quiet hours, campaigns, cooldown, and what a person's word does to an incident."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.alerting import Alerted, Campaign, Circumstances, Hold, QuietHours
from core.crisis import Assessment, Contribution, Level, LevelState, bucket_of
from core.events import EventType
from core.ids import ClientId, IncidentId
from core.incidents import (
    Declaration,
    IncidentStateError,
    Outcome,
    Policy,
    Status,
    acknowledge,
    contain,
    decide,
    declare,
    dismiss,
    resolve,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 16, tzinfo=UTC)  # 23:00 in Jakarta
MORNING = NIGHT + timedelta(hours=7, minutes=5)
CLIENT = ClientId(UUID(int=1))
ANA = UUID(int=7)
QUIET = QuietHours(time(22), time(6), "Asia/Jakarta")
LEVELS = dict(zip("nwsc", Level, strict=True))


def judge(current, level, score, at, *, share=0.0, guards=(), number=2, **beside):
    assessment = Assessment(
        bucket=bucket_of(at),
        score=score,
        level=level,
        contributions=(Contribution("share", 0, 0, 1, share, 180),),
        guards=guards,
        completeness=1.0,
        state=replace(LevelState.initial(), level=level, onset=bucket_of(at)),
    )
    return decide(
        current,
        assessment,
        client_id=CLIENT,
        new_id=IncidentId(UUID(int=number)),
        at=at,
        now=at + timedelta(minutes=1),
        policy=Policy(),
        circumstances=Circumstances(**beside),
    )


def declared(current=None, level=Level.WARNING, at=NOON, number=9):
    what = Declaration("Produk ditarik", level)
    return declare(current, what, client_id=CLIENT, new_id=IncidentId(UUID(int=number)), by=ANA, now=at)


def test_a_warning_at_night_waits_for_the_morning_and_is_told_if_it_still_stands():
    held = judge(None, Level.WARNING, 50, NIGHT, quiet_hours=QUIET)
    later = judge(held.incident, Level.WARNING, 50, NIGHT + timedelta(hours=3), quiet_hours=QUIET)
    told = judge(later.incident, Level.WARNING, 50, MORNING, quiet_hours=QUIET)

    assert (held.action, held.event, held.incident.held_by) == ("open", None, Hold.QUIET_HOURS)
    assert held.incident.alerted_at is None
    assert later.alert is False
    assert (told.event, told.alert, told.incident.held_by) == (EventType.INCIDENT_OPENED, True, None)
    assert told.incident.alerted_at == MORNING + timedelta(minutes=1)


def test_a_warning_that_is_over_by_the_morning_is_told_to_nobody():
    held = judge(None, Level.WARNING, 50, NIGHT, quiet_hours=QUIET).incident
    eased = judge(held, Level.NORMAL, 0, NIGHT + timedelta(hours=3), quiet_hours=QUIET)
    closed = judge(eased.incident, Level.NORMAL, 0, MORNING, quiet_hours=QUIET)

    assert (eased.event, closed.action, closed.event) == (None, "close", None)
    assert closed.incident.outcome is Outcome.QUIET


def test_a_crisis_is_told_at_any_hour():
    held = judge(None, Level.WARNING, 50, NIGHT, quiet_hours=QUIET).incident
    assert judge(held, Level.CRISIS, 80, NIGHT + timedelta(minutes=5), quiet_hours=QUIET).alert is True
    assert judge(None, Level.CRISIS, 80, NIGHT, quiet_hours=QUIET).alert is True


@pytest.mark.parametrize(
    ("clock", "covered"), [("14:59", False), ("15:00", True), ("17:30", True), ("22:59", True), ("23:00", False)]
)
def test_quiet_hours_go_by_the_clients_own_clock(clock, covered):
    assert QUIET.cover(datetime.fromisoformat(f"2026-03-02T{clock}:00+00:00")) is covered


def test_quiet_hours_that_hold_back_a_crisis_are_refused():
    with pytest.raises(ValueError, match="never a crisis"):
        QuietHours(time(22), time(6), "Asia/Jakarta", Level.CRISIS)


def test_a_mute_holds_back_everything_until_its_instant():
    until = NOON + timedelta(hours=1)
    held = judge(None, Level.CRISIS, 80, NOON, muted_until=until)
    told = judge(held.incident, Level.CRISIS, 80, until, muted_until=until)

    assert (held.alert, held.incident.held_by) == (False, Hold.MUTE)
    assert told.alert is True


def test_a_rise_that_is_held_back_is_told_when_nothing_holds_it():
    opened = judge(None, Level.WARNING, 50, NOON).incident
    until = NOON + timedelta(hours=1)
    held = judge(opened, Level.CRISIS, 80, NOON + timedelta(minutes=5), muted_until=until)
    told = judge(held.incident, Level.CRISIS, 80, until, muted_until=until)

    assert (held.action, held.event, held.incident.held_by) == ("raise", None, Hold.MUTE)
    assert (told.event, told.incident.held_by) == (EventType.INCIDENT_RAISED, None)


SALE = Campaign("Ulang tahun", NOON - timedelta(hours=1), NOON + timedelta(hours=5))


@pytest.mark.parametrize(
    ("level", "seen", "told"),
    [
        (Level.WARNING, {}, False),
        (Level.WARNING, {"share": 2.0}, True),
        (Level.CRISIS, {}, True),
        (Level.CRISIS, {"guards": ("volume_without_negativity",), "share": 2.0}, False),
    ],
)
def test_a_campaign_explains_talk_and_no_negativity(level, seen, told):
    decision = judge(None, level, 70, NOON, campaigns=(SALE,), **seen)

    assert decision.alert is told
    assert decision.incident.campaign == "Ulang tahun"
    assert decision.incident.held_by is (None if told else Hold.CAMPAIGN)
    assert judge(None, level, 70, NOON + timedelta(hours=5), campaigns=(SALE,), **seen).alert is True


def test_within_the_cooldown_only_a_higher_level_is_told():
    beside = {"cooldown": timedelta(hours=1), "last_alert": Alerted(NOON, Level.WARNING)}
    assert judge(None, Level.WARNING, 50, NOON + timedelta(minutes=30), **beside).incident.held_by is Hold.COOLDOWN
    assert judge(None, Level.CRISIS, 80, NOON + timedelta(minutes=30), **beside).alert is True
    assert judge(None, Level.WARNING, 50, NOON + timedelta(minutes=60), **beside).alert is True


def test_a_declared_incident_takes_the_place_of_the_scores_own():
    scored = judge(None, Level.CRISIS, 80, NOON).incident
    decision = declared(scored, at=NOON + timedelta(minutes=30))

    assert (decision.event, decision.alert) == (EventType.INCIDENT_DECLARED, True)
    assert (decision.incident.level, decision.incident.first_seen_at) == (Level.CRISIS, scored.first_seen_at)
    assert decision.incident.alerted_at == scored.alerted_at
    assert (decision.absorbed.incident.id, decision.absorbed.incident.outcome) == (scored.id, Outcome.ABSORBED)
    assert decision.absorbed.incident.status is Status.CLOSED
    # The score goes on with the declared one: no second incident, and no second alert for what people know.
    following = judge(decision.incident, Level.CRISIS, 80, NOON + timedelta(minutes=35))
    assert (following.incident.id, following.alert) == (UUID(int=9), False)


def test_a_declared_incident_never_falls_under_its_level_nor_closes_by_itself():
    current = declared(level=Level.WATCH).incident
    for hour in range(1, 30):
        current = judge(current, Level.NORMAL, 0, NOON + timedelta(hours=hour)).incident
    assert (current.status, current.level) == (Status.OPEN, Level.WATCH)
    resolved = resolve(current, by=ANA, now=NOON + timedelta(hours=30), note=None).incident
    assert judge(resolved, Level.NORMAL, 0, NOON + timedelta(hours=31)).incident.status is Status.CLOSED


def test_a_second_declaration_is_refused_until_the_first_is_resolved():
    current = declared().incident
    with pytest.raises(IncidentStateError, match="declared incident already"):
        declared(current)
    resolved = resolve(current, by=ANA, now=NOON, note=None).incident
    assert declared(resolved, number=10).absorbed.incident.outcome is Outcome.RESOLVED


def test_what_is_contained_goes_on_when_it_rises_again():
    opened = judge(None, Level.WARNING, 50, NOON).incident
    taken = acknowledge(opened, by=ANA, now=NOON).incident
    contained = contain(taken, by=ANA, now=NOON, note="siaran pers")

    assert (contained.event, contained.incident.status) == (EventType.INCIDENT_CONTAINED, Status.CONTAINED)
    assert contain(contained.incident, by=ANA, now=NOON).action == "none"
    risen = judge(contained.incident, Level.CRISIS, 80, NOON + timedelta(minutes=5)).incident
    assert (risen.status, risen.version) == (Status.ACKNOWLEDGED, contained.incident.version + 1)
    fresh = contain(opened, by=ANA, now=NOON).incident
    assert judge(fresh, Level.CRISIS, 80, NOON + timedelta(minutes=5)).incident.status is Status.OPEN


def test_what_is_over_cannot_be_contained():
    resolved = resolve(judge(None, Level.WARNING, 50, NOON).incident, by=ANA, now=NOON, note=None).incident
    with pytest.raises(IncidentStateError, match="cannot be contained"):
        contain(resolved, by=ANA, now=NOON)


def test_a_false_alarm_is_told_with_its_reason_also_after_the_end_and_does_not_open_again():
    opened = judge(None, Level.WARNING, 50, NOON).incident
    dismissed = dismiss(opened, by=ANA, now=NOON, reason="akun tiruan")

    assert (dismissed.event, dismissed.incident.outcome) == (EventType.INCIDENT_DISMISSED, Outcome.FALSE_ALARM)
    assert (dismissed.incident.status, dismissed.incident.resolution) == (Status.RESOLVED, "akun tiruan")
    assert dismiss(dismissed.incident, by=ANA, now=NOON, reason="lagi").action == "none"
    still = judge(dismissed.incident, Level.WARNING, 50, NOON + timedelta(hours=1))
    assert (still.alert, still.incident.id) == (False, opened.id)
    over = judge(still.incident, Level.NORMAL, 0, NOON + timedelta(hours=2)).incident
    assert (over.status, over.outcome) == (Status.CLOSED, Outcome.FALSE_ALARM)
    late = dismiss(replace(over, outcome=Outcome.QUIET), by=ANA, now=NOON, reason="terlambat").incident
    assert (late.status, late.outcome) == (Status.CLOSED, Outcome.FALSE_ALARM)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("nwscakrd"), st.integers(0, 100)), max_size=60), st.integers(0, 23))
def test_nobody_is_told_while_something_holds_and_never_twice_within_the_cooldown(steps, first_hour):
    """Any course of levels and of people's words, in steps of half an hour through nights and a mute."""
    beside = Circumstances(
        muted_until=NOON + timedelta(hours=first_hour, minutes=90), quiet_hours=QUIET, cooldown=timedelta(hours=1)
    )
    current, alerts = None, []
    for number, (what, score) in enumerate(steps):
        at = NOON + timedelta(hours=first_hour, minutes=30 * number)
        word = {"a": acknowledge, "k": contain}.get(what)
        try:
            if word is not None and current is not None:
                current = word(current, by=ANA, now=at).incident
            elif what == "r" and current is not None:
                current = resolve(current, by=ANA, now=at, note=None).incident
            elif what == "d":
                current = declared(current, at=at, number=1000 + number).incident
        except IncidentStateError:
            pass
        if what not in LEVELS:
            continue
        level = LEVELS[what]
        inputs = {name: getattr(beside, name) for name in ("muted_until", "quiet_hours", "cooldown", "last_alert")}
        decision = judge(current, level, score, at, number=number + 2, **inputs)
        now = at + timedelta(minutes=1)
        if decision.alert:
            told = decision.incident.level
            assert now >= beside.muted_until
            assert told is Level.CRISIS or not QUIET.cover(now)
            assert all(told > before or now - then >= timedelta(hours=1) for then, before in alerts)
            alerts.append((now, told))
            beside = beside.told(told, now)
            assert decision.incident.status is not Status.CONTAINED
        if decision.event is not None and decision.incident.id == UUID(int=number + 2):
            assert decision.incident.alerted_at == now
        assert (decision.event is EventType.INCIDENT_OPENED) <= decision.alert
        current = None if decision.action == "close" else decision.incident
        if current is not None and current.declared_level and current.status is not Status.RESOLVED:
            assert current.level >= current.declared_level
