"""What waiting costs: from the last hours' counts, with an interval that holds as often as it says."""

import numpy as np
import pytest

from core.delay import COVERAGE, estimate

HOURS = 36


def test_the_last_hours_rate_goes_on():
    cost = estimate([1] * 24 + [4] * 12, [True] * HOURS)

    assert (cost.velocity, cost.velocity_before) == (48, 12)
    assert [(each.minutes, each.expected) for each in cost.further] == [(30, 24.0), (60, 48.0)]
    assert all(each.low < each.expected < each.high for each in cost.further)


@pytest.mark.parametrize(
    ("negative", "observed"),
    [([0] * 35 + [4], [True] * HOURS), ([2] * HOURS, [True] * 35 + [False]), ([2] * 5, [True] * 5), ([], [])],
)
def test_too_little_tells_nothing(negative, observed):
    assert estimate(negative, observed).further == ()


def test_counts_that_come_in_bursts_are_less_certain():
    even, bursts = estimate([3] * HOURS, [True] * HOURS), estimate([0, 0, 9] * 12, [True] * HOURS)

    assert even.further[1].expected == bursts.further[1].expected
    assert bursts.further[1].high > even.further[1].high


@pytest.mark.parametrize("dispersion", [1.0, 4.0])
@pytest.mark.parametrize("rate", [1.0, 6.0])
def test_the_interval_holds_about_as_often_as_it_says(rate, dispersion):
    """Counts drawn at a steady rate, by chance alone and four times as unruly."""
    chance = np.random.default_rng(7)
    shape = rate / (dispersion - 1) if dispersion > 1 else None
    held = tried = 0
    for _ in range(400):
        rates = rate if shape is None else chance.gamma(shape, rate / shape, HOURS + 12)
        counts = chance.poisson(rates, HOURS + 12).tolist()
        cost = estimate(counts[:HOURS], [True] * HOURS)
        for each in cost.further:
            tried += 1
            held += each.low <= sum(counts[HOURS : HOURS + each.minutes // 5]) <= each.high
    assert COVERAGE - 0.05 <= held / tried <= COVERAGE + 0.12
