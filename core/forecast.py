"""How many mentions are to come in 1, 6 and 24 hours: an interval, and how wrong such forecasts have been.

The usual profile of the day times the present level, plus what is above or below it now, which decays. How fast is
chosen by the brand's own past; the interval is the spread of past errors at moments most like this one. Everything
is counted from hours that end at the same minute as now.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HORIZONS = (1, 6, 24)
"""Hours."""

DAY = 24
PROFILE_DAYS = 14
JUDGED_DAYS = 28
LEAST_DAYS = 4
"""Days of history without which nothing is foretold."""

MOST_DAYS = PROFILE_DAYS + JUDGED_DAYS
DECAYS = (0.0, 0.5, 0.7, 0.85, 0.95)
"""Share of an excess that is left after an hour; the one that erred least is used."""

ALIKE = 150
"""Past moments that are most like now, whose errors make the interval."""

EVERY = 6
"""Every so many past moments the interval is held against what came."""

LOW, HIGH = 0.1, 0.9
_SHIFT = 0.375
_TRIMMED = 0.9
_MEMORY = (0.6, 0.3, 0.1)
"""Weights of the last hours in the present excess, the last one first."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Mentions expected within so many hours from now, with an interval that holds the truth four times of five.

    Units: mentions. `past_error` is the mean absolute error of such forecasts over `judged` past moments, `naive_error`
    that of expecting the last hours again, and `coverage` how many of those moments the interval held.
    """

    hours: int
    expected: float
    low: float
    high: float
    past_error: float
    naive_error: float
    coverage: float
    judged: int


def forecast(hourly: Sequence[float]) -> list[Forecast]:
    """Forecasts for each horizon, from counts of whole hours that end now, the last one last; none from too little.

    At most the last 42 days are looked at, so cost and result do not depend on older history.
    """
    counts = np.asarray(hourly[-MOST_DAYS * DAY :], dtype=np.float64)
    if len(counts) < LEAST_DAYS * DAY:
        return []
    return [_of_horizon(counts, hours) for hours in HORIZONS]


def _of_horizon(counts: Floats, hours: int) -> Forecast:
    origins = np.arange(max(2 * DAY, len(counts) - JUDGED_DAYS * DAY), len(counts) + 1)
    usual, excess = _usual(counts, origins, hours)
    known = origins[:-1] + hours <= len(counts)
    truth = _following(counts, origins[:-1][known], hours)
    past = len(truth)
    decay = min(DECAYS, key=lambda d: _error(truth, _expected(usual[:past], excess[:past], d, hours)))
    means = _expected(usual, excess, decay, hours)
    errors = np.sqrt(truth + _SHIFT) - np.sqrt(means[:past] + _SHIFT)
    states = excess / np.sqrt(usual / hours + 1)
    low, high = _interval(errors, states[:past], float(states[-1]), float(means[-1]))
    held = [_holds(errors, states, means, truth, place) for place in range(0, past, EVERY)]
    again = np.array([counts[max(0, at - hours) : at].sum() for at in origins[:past]])
    return Forecast(
        hours=hours,
        expected=round(float(means[-1]), 1),
        low=round(low, 1),
        high=round(high, 1),
        past_error=round(float(np.mean(np.abs(truth - means[:past]))), 2),
        naive_error=round(float(np.mean(np.abs(truth - again))), 2),
        coverage=round(float(np.mean(held)), 3),
        judged=past,
    )


def _usual(counts: Floats, origins: NDArray[np.int64], hours: int) -> tuple[Floats, Floats]:
    """For each origin what is usual in the hours after it, and by how much the last hours were above it an hour."""
    usual, excess = np.zeros(len(origins)), np.zeros(len(origins))
    profile, level, made_at = np.zeros(DAY), 1.0, -DAY
    for place, origin in enumerate(origins.tolist()):
        if origin - made_at >= DAY:
            profile, made_at = _profile(counts, origin), origin
        recent = counts[max(0, origin - DAY) : origin]
        level = _level(recent, profile, origin)
        coming = profile[(origin + np.arange(hours)) % DAY] * level
        usual[place] = coming.sum()
        last = counts[origin - len(_MEMORY) : origin][::-1]
        before = profile[(origin - 1 - np.arange(len(_MEMORY))) % DAY] * level
        excess[place] = float(np.dot(last - before, _MEMORY))
    return usual, excess


def _profile(counts: Floats, origin: int) -> Floats:
    """Mean count of each hour of the day over two weeks, the highest tenth cut, smoothed with its neighbours."""
    days = min(origin // DAY, PROFILE_DAYS)
    window = counts[origin - days * DAY : origin].reshape(days, DAY)
    cut = np.minimum(window, np.quantile(window, _TRIMMED, axis=0))
    means = np.roll(cut.mean(axis=0), origin % DAY)
    return (np.roll(means, 1) + 2 * means + np.roll(means, -1)) / 4


def _level(recent: Floats, profile: Floats, origin: int) -> float:
    """The last day's level against the profile, its bursts cut; between a half and twice."""
    usual = profile[(origin - len(recent) + np.arange(len(recent))) % DAY]
    cut = np.minimum(recent, 2 * usual + 1)
    return float(np.clip((cut.sum() + 3) / (usual.sum() + 3), 0.5, 2.0))


def _following(counts: Floats, origins: NDArray[np.int64], hours: int) -> Floats:
    sums = np.concatenate([[0.0], np.cumsum(counts)])
    return sums[origins + hours] - sums[origins]


def _expected(usual: Floats, excess: Floats, decay: float, hours: int) -> Floats:
    left = sum(decay**hour for hour in range(1, hours + 1)) if decay else 0.0
    return np.maximum(usual + excess * left, 0.0)


def _error(truth: Floats, means: Floats) -> float:
    return float(np.mean(np.abs(np.sqrt(truth + _SHIFT) - np.sqrt(means + _SHIFT)))) if len(truth) else 0.0


def _interval(errors: Floats, states: Floats, state: float, mean: float) -> tuple[float, float]:
    nearest = errors[np.argsort(np.abs(states - state), kind="stable")[:ALIKE]]
    low, high = np.quantile(nearest, [LOW, HIGH]) if len(nearest) else (-1.0, 1.0)
    centre = np.sqrt(mean + _SHIFT)
    return (
        float(min(max(max(centre + low, 0.0) ** 2 - _SHIFT, 0.0), mean)),
        float(max((centre + high) ** 2 - _SHIFT, mean)),
    )


def _holds(errors: Floats, states: Floats, means: Floats, truth: Floats, place: int) -> bool:
    low, high = _interval(errors, states[: len(errors)], float(states[place]), float(means[place]))
    return low <= truth[place] <= high
