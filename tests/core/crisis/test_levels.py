import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crisis import Level, LevelState, Policy
from core.crisis.levels import MEMORY, step

POLICY = Policy()
HELD = POLICY.hold_minutes // 5  # buckets


def after(scores, state=None, policy=POLICY):
    levels, state = [], state or LevelState.initial()
    for bucket, score in enumerate(scores):
        state = step(state, score, bucket=bucket, policy=policy)
        levels.append(state.level)
    return levels, state


def test_a_level_rises_at_once_and_skips_what_lies_between():
    assert after([0, 95])[0] == [Level.NORMAL, Level.CRISIS]


def test_a_level_falls_only_after_its_hours_of_quiet():
    levels, _ = after([95] + [0] * (HELD + 1))

    assert levels[HELD] is Level.CRISIS
    assert levels[HELD + 1] is Level.NORMAL


def test_one_loud_bucket_starts_the_wait_anew():
    levels, _ = after([95] + [0] * (HELD - 1) + [95] + [0] * HELD)

    assert set(levels) == {Level.CRISIS}


def test_a_level_falls_to_the_highest_of_the_quiet_hours():
    levels, _ = after([95] + [POLICY.watch_score] * (HELD + 1))

    assert levels[-1] is Level.WATCH


def test_a_score_just_under_the_threshold_holds_the_level():
    levels, _ = after([95] + [POLICY.crisis_score * 0.9] * 10 * HELD)

    assert set(levels) == {Level.CRISIS}


def test_a_filling_bucket_cannot_bring_a_level_down():
    _, state = after([95] + [0] * HELD)
    complete = step(state, POLICY.crisis_score, bucket=HELD + 1, policy=POLICY)
    still_filling = step(state, 0, bucket=HELD + 1, policy=POLICY)

    assert complete.level is Level.CRISIS
    # The quiet that brings it down lies wholly before the bucket at hand.
    assert state.below == HELD
    assert still_filling.level is Level.NORMAL


@pytest.mark.parametrize(("says", "buckets"), [(1.0, HELD), (0.25, 4 * HELD)])
def test_a_bucket_that_says_less_of_an_end_counts_for_less(says, buckets):
    state = LevelState(level=Level.CRISIS, since=0, onset=0, peak=95.0)
    for bucket in range(buckets):
        state = step(state, 0, bucket=bucket, policy=POLICY, says=says)
    still, fallen = state, step(state, 0, bucket=buckets, policy=POLICY, says=says)

    assert (still.level, fallen.level) == (Level.CRISIS, Level.NORMAL)
    assert step(still, 0, bucket=buckets, policy=POLICY, says=0.0) == still
    assert step(still, 95, bucket=buckets, policy=POLICY, says=0.0).below == 0


def test_the_onset_is_where_the_level_left_normal():
    _, state = after([0, 0, 40, 60, 95])

    assert (state.onset, state.since, state.peak) == (2, 4, 95)


def test_a_level_lately_left_is_reached_again_only_with_a_quarter_more():
    _, quiet = after([95] + [0] * (HELD + 1))
    little, more = POLICY.crisis_score + 1, POLICY.crisis_score * 1.25

    assert after([little], quiet)[0] == [Level.WARNING]
    assert after([more], quiet)[0] == [Level.CRISIS]
    assert step(quiet, little, bucket=HELD + 2 + MEMORY, policy=POLICY).level is Level.CRISIS


def test_a_level_not_yet_reached_is_reached_at_once_after_a_lower_one():
    _, quiet = after([POLICY.watch_score] + [0] * (HELD + 1))

    assert quiet.level is Level.NORMAL
    assert after([POLICY.watch_score], quiet)[0] == [Level.NORMAL]
    assert after([POLICY.warning_score], quiet)[0] == [Level.WARNING]


@given(st.lists(st.floats(0, 100), max_size=300))
def test_a_level_never_flaps(scores):
    levels, _ = after(scores)
    falls = [n for n in range(1, len(levels)) if levels[n] < levels[n - 1]]
    moves = [n for n in range(1, len(levels)) if levels[n] is not levels[n - 1]]

    assert all(not any(fall - HELD < move < fall for move in moves) for fall in falls)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=100))
def test_a_state_survives_json(scores):
    _, state = after(scores)

    assert LevelState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


def test_levels_are_ordered_by_how_bad_they_are():
    assert sorted([Level.CRISIS, Level.NORMAL, Level.WARNING, Level.WATCH]) == list(Level)
    assert max(Level.WATCH, Level.WARNING) is Level.WARNING
    assert Level.CRISIS >= Level.CRISIS > Level.WARNING >= Level.WATCH
    assert Level.NORMAL <= Level.WATCH < Level.CRISIS


@pytest.mark.parametrize(
    "wrong",
    [
        {"watch_score": 60.0},
        {"crisis_score": 101.0},
        {"watch_score": 0.0},
        {"watch_voices": 9},
        {"hold_minutes": -5},
        {"fall_share": 0.0},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"thresholds|voices|held"):
        Policy(**wrong)
