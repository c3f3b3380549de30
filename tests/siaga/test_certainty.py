"""Intervals beside the figures of the benchmark: published values, and what any interval must hold to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.crisis import onsets
from siaga.crisis.certainty import of_rate, of_share, resampled


@pytest.mark.parametrize(
    ("found", "of", "low", "high"), [(9, 10, 0.5958, 0.9821), (0, 20, 0.0, 0.1611), (81, 263, 0.2553, 0.3662)]
)
def test_the_interval_of_a_share_is_the_published_one(found: int, of: int, low: float, high: float):
    assert of_share(found, of) == pytest.approx((low, high), abs=0.0001)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.69), (1, 0.03, 5.57), (5, 1.62, 11.67), (50, 37.11, 65.92)]
)
def test_the_interval_of_a_rate_is_close_to_the_exact_one(count: int, low: float, high: float):
    assert of_rate(count, 1.0) == pytest.approx((low, high), abs=0.03)
    assert of_rate(count, 10.0) == pytest.approx((low / 10, high / 10), abs=0.003)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12))
def test_brands_drawn_again_give_figures_between_the_least_and_the_most(values: list[float]):
    low, high = resampled(values, max)
    assert min(values) <= low <= high <= max(values)
    assert (low, high) == resampled(values, max)


def test_brands_that_are_all_alike_leave_no_doubt():
    assert resampled([3.0] * 8, lambda drawn: sum(drawn) / len(drawn)) == (3.0, 3.0)


def test_slow_incidents_come_in_every_shape_and_the_same_each_time():
    first, again = (next(onsets.brands(1, seed=3)) for _ in range(2))
    assert sorted(first.shapes) == ["plateau", "ramp", "swell", "waves"]
    assert first.history.voices.tolist() == again.history.voices.tolist()
    assert [each.onset for each in first.truth.windows] == sorted(each.onset for each in first.truth.windows)
    assert all(
        earlier.end < later.onset for earlier, later in zip(first.truth.windows, first.truth.windows[1:], strict=False)
    )
