"""A bare series of counts: what alerts, what does not, and that nothing later changes what was said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crisis import Level, Policy
from core.crisis.series import Series, judge

MONDAY = 1_772_409_600
DAY = 288


def series(counts, *, step_s=300, begins=MONDAY):
    counts = np.asarray(counts, dtype=np.float64)
    return Series(begins + step_s * np.arange(len(counts), dtype=np.int64), counts, step_s)


def rows(counts, **how):
    return list(judge(series(counts, **how), policy=Policy()))


def quiet(days, level=20.0, seed=3):
    """Poisson counts that rise and fall with the hours of the day."""
    at = np.arange(days * DAY)
    return np.random.default_rng(seed).poisson(level * (1 + 0.6 * np.sin(2 * np.pi * at / DAY))).astype(float)


def alerts(judged):
    return [place for place, row in enumerate(judged) if row.is_alert]


def test_a_burst_after_quiet_weeks_alerts_within_its_first_rows():
    counts = quiet(21)
    counts[18 * DAY : 18 * DAY + 12] *= 6
    assert [place - 18 * DAY for place in alerts(rows(counts))] == [pytest.approx(1, abs=2)]


def test_quiet_weeks_alert_nobody():
    assert not any(row.is_alert for row in rows(quiet(28)))


def test_who_was_told_is_told_again_when_it_is_twice_as_strong_an_hour_later_or_the_next_day():
    begins = 18 * DAY
    steady, worse, long = quiet(24), quiet(24), quiet(24)
    steady[begins : begins + 36] += 120
    worse[begins : begins + 36] += 120
    worse[begins + 18 : begins + 36] += 3_000
    long[begins : begins + 2 * DAY] += 120
    assert len(alerts(rows(steady))) == 1
    first, second = alerts(rows(worse))
    assert first < begins + 18 <= second < begins + 24
    following = alerts(rows(long))
    assert following[-1] - following[0] > DAY
    assert len(following) <= 4


def test_the_first_day_judges_nothing():
    counts = quiet(1)
    counts[200:] *= 50
    judged = rows(counts)
    assert {row.score for row in judged} == {0.0}
    assert not any(row.is_alert for row in judged)


@pytest.mark.parametrize("counts", [np.zeros(3000), np.eye(1, 3000, 1500)[0], np.full(3000, 7.0)])
def test_nothing_said_one_post_a_week_and_always_the_same_are_normal(counts):
    assert {row.level for row in rows(counts)} == {Level.NORMAL}


def test_a_gap_is_missing_and_not_a_fall_or_a_rise():
    whole = quiet(21)
    kept = np.ones(len(whole), dtype=bool)
    kept[15 * DAY : 17 * DAY] = False
    at = MONDAY + 300 * np.arange(len(whole), dtype=np.int64)
    without_rows = list(judge(Series(at[kept], whole[kept], 300), policy=Policy()))
    whole[~kept] = np.nan
    without_counts = list(judge(Series(at, whole, 300), policy=Policy()))
    assert not any(row.is_alert for row in without_rows + without_counts)
    assert without_rows == [row for row, known in zip(without_counts, kept, strict=True) if known]


@pytest.mark.parametrize("step_s", [60, 300, 420, 900, 3600])
def test_a_burst_is_seen_in_any_step(step_s):
    count = 21 * 86_400 // step_s
    counts = np.random.default_rng(5).poisson(4.0 * step_s / 60, count).astype(float)
    burst = 18 * 86_400 // step_s
    counts[burst : burst + max(7200 // step_s, 1)] += 80 * step_s / 60
    first = alerts(rows(counts, step_s=step_s))[0]
    assert 0 <= (first - burst) * step_s <= 900


def test_days_run_by_the_brands_own_clock():
    counts = quiet(10)
    for offset in (-300, 0, 420):
        found = list(judge(series(counts), policy=Policy(), utc_offset_minutes=offset))
        assert len(found) == len(counts)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 6 * DAY), step_s=st.sampled_from([300, 420, 900]))
def test_what_was_said_does_not_depend_on_what_comes_later(seed, cut, step_s):
    chance = np.random.default_rng(seed)
    counts = chance.poisson(chance.gamma(1.0, 10.0, 6 * DAY)).astype(float)
    counts[chance.random(len(counts)) < 0.02] = np.nan
    assert rows(counts, step_s=step_s)[:cut] == rows(counts[:cut], step_s=step_s)


def test_what_is_no_series_is_refused():
    at = np.array([0, 300, 300], dtype=np.int64)
    for times, counts, step_s in [
        (at, np.ones(3), 300),
        (at[:2], np.ones(3), 300),
        (at[:2], np.array([1, -1.0]), 300),
        (at[:2], np.array([1, np.inf]), 300),
        (at[:2], np.ones(2), 0),
    ]:
        with pytest.raises(ValueError, match=r"series|count|times"):
            Series(times, counts, step_s)
    assert list(judge(series([]), policy=Policy())) == []
