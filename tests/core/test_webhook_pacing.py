"""An endpoint's own rate, its circuit, and the notices before it is switched off."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import webhook_pacing as pacing
from core.webhook_pacing import Pace

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@given(rate=st.integers(1, 300), gaps_ms=st.lists(st.integers(0, 3000), min_size=1, max_size=400))
def test_no_minute_wherever_it_begins_sees_more_tries_than_the_rate(rate, gaps_ms):
    now, pace, made = NOW, Pace(), []
    for gap in gaps_ms:
        now += timedelta(milliseconds=gap)
        turn = pacing.next_turn(pace, rate, has_waited=True, now=now)
        pace = turn.pace
        if turn.at is None:
            made.append(now)
    for start in made:
        assert sum(start <= at < start + MINUTE for at in made) <= rate


@pytest.mark.parametrize("rate", [1, 7, 60, 600])
def test_who_waits_gets_turns_one_after_another_at_nine_tenths_of_the_rate_or_more(rate):
    waiting, pace, made = rate * 2, Pace(), []
    turns = []
    for _ in range(waiting):
        turn = pacing.next_turn(pace, rate, has_waited=False, now=NOW)
        pace = turn.pace
        (made if turn.at is None else turns).append(turn.at or NOW)
    assert turns == sorted(set(turns))
    for at in turns:
        turn = pacing.next_turn(pace, rate, has_waited=True, now=at)
        pace = turn.pace
        assert turn.at is None, "a turn that was given is good"
        made.append(at)
    assert len(made) == waiting
    assert made[-1] - NOW <= MINUTE * 2 / 0.9


def test_who_comes_new_goes_behind_those_who_wait():
    pace = Pace()
    for _ in range(3):
        pace = pacing.next_turn(pace, 2, has_waited=False, now=NOW).pace
    last = pace.queued_until
    later = NOW + timedelta(seconds=31)
    newcomer = pacing.next_turn(pace, 2, has_waited=False, now=later)
    assert newcomer.at is not None
    assert newcomer.at > last
    assert pacing.next_turn(pace, 2, has_waited=True, now=later).at is None


def test_after_a_pause_of_ours_those_who_are_late_do_not_come_all_at_once():
    pace, late = Pace(), NOW + timedelta(hours=1)
    for _ in range(100):
        pace = pacing.next_turn(pace, 60, has_waited=False, now=NOW).pace
    made = 0
    for _ in range(100):
        turn = pacing.next_turn(pace, 60, has_waited=True, now=late)
        pace = turn.pace
        made += turn.at is None
    assert made == 7


@pytest.mark.parametrize(("outcome", "broken"), [(None, True), (500, True), (503, True), (404, False), (429, False)])
def test_no_whole_answer_and_5xx_say_that_a_receiver_is_down(outcome, broken):
    assert pacing.is_broken(outcome) is broken


def test_a_rest_begins_after_five_failures_and_doubles_to_ten_minutes():
    rests = [pacing.rest_after(count) for count in range(4, 11)]
    seconds = [rest.total_seconds() if rest else None for rest in rests]
    assert seconds == [None, 30, 60, 120, 240, 480, 600]
    assert pacing.rest_after(10_000) == timedelta(minutes=10)


def test_notices_are_due_after_one_day_and_after_four():
    def due(**age):
        return pacing.notices_due(NOW - timedelta(**age), now=NOW)

    assert pacing.notices_due(None, now=NOW) == 0
    assert [due(hours=23, minutes=59), due(days=1), due(days=3, hours=23), due(days=4), due(days=5)] == [0, 1, 1, 2, 2]
    assert pacing.disables_at(NOW) == NOW + timedelta(days=5)
