"""What is to come is told with an interval that past moments have held, and from too little nothing is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.forecast import DAY, HORIZONS, MOST_DAYS, forecast


def ordinary(days: int, *, seed: int = 1, hourly: float = 20) -> np.ndarray:
    """A brand's hours: a daily rhythm, and chance."""
    hours = np.arange(days * DAY)
    rate = hourly * (1 + 0.8 * np.sin(2 * np.pi * hours / DAY))
    return np.random.default_rng(seed).poisson(rate).astype(float)


def test_the_interval_holds_about_four_of_five_and_the_forecast_beats_expecting_the_last_hours_again():
    series = ordinary(60)
    held = {hours: [] for hours in HORIZONS}
    missed = {hours: [] for hours in HORIZONS}
    for origin in range(45 * DAY, 58 * DAY, 17):
        for each in forecast(series[:origin]):
            truth = series[origin : origin + each.hours].sum()
            held[each.hours].append(each.low <= truth <= each.high)
            missed[each.hours].append(
                (abs(truth - each.expected), abs(truth - series[origin - each.hours : origin].sum()))
            )
    for hours in HORIZONS:
        assert 0.65 <= np.mean(held[hours]) <= 0.95, hours
    errors = {hours: np.mean(missed[hours], axis=0) for hours in HORIZONS}
    assert all(errors[hours][0] < errors[hours][1] for hours in (1, 6))


def test_a_burst_is_followed_for_a_while_and_not_for_a_day():
    quiet = ordinary(30)
    burst = quiet.copy()
    burst[-2:] += 300
    before, after = forecast(quiet), forecast(burst)
    assert after[0].high > before[0].high
    assert after[2].expected < before[2].expected + 24 * 300


def test_from_less_than_four_days_nothing_is_told_and_older_history_changes_nothing():
    series = ordinary(MOST_DAYS + 20)
    assert forecast(series[: 4 * DAY - 1]) == []
    assert len(forecast(series[: 4 * DAY])) == len(HORIZONS)
    assert forecast(series) == forecast(series[20 * DAY :])


@pytest.mark.parametrize("series", [np.zeros(800), np.eye(1, 800, 400).ravel(), np.full(800, 1e6)], ids=str)
def test_constant_zero_a_single_post_and_a_flood_are_forecast_without_fault(series: np.ndarray):
    for each in forecast(series):
        assert 0 <= each.low <= each.expected <= each.high
        assert np.isfinite([each.past_error, each.naive_error, each.coverage]).all()


@settings(max_examples=15)
@given(st.lists(st.integers(0, 50), min_size=96, max_size=140))
def test_any_counts_give_an_interval_around_the_expected(counts: list[int]):
    assert all(0 <= each.low <= each.expected + 0.1 <= each.high + 0.2 for each in forecast(counts))
