"""How sure a figure of the benchmark is: 95 % intervals, so that nobody takes chance for progress."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

Interval = tuple[float, float]
Drawn = TypeVar("Drawn")

NORMAL = 1.959964
RESAMPLED = 400


def of_share(found: int, of: int) -> Interval:
    """Where the true share lies, given so many of so many. Source: Wilson 1927."""
    if of == 0:
        return 0.0, 1.0
    share, weight = found / of, NORMAL**2 / of
    middle = (share + weight / 2) / (1 + weight)
    half = NORMAL * math.sqrt(share * (1 - share) / of + weight / (4 * of)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def of_rate(count: int, weeks: float) -> Interval:
    """Where the true rate lies, given so many events in so many weeks, if they come independently.

    Source: Byar's approximation of the exact Poisson interval (Breslow and Day 1987).
    """
    if weeks <= 0:
        return 0.0, math.inf
    low = count * (1 - 1 / (9 * count) - NORMAL / (3 * math.sqrt(count))) ** 3 if count else 0.0
    more = count + 1
    high = more * (1 - 1 / (9 * more) + NORMAL / (3 * math.sqrt(more))) ** 3
    return max(0.0, low) / weeks, high / weeks


def resampled(brands: Sequence[Drawn], figure: Callable[[Sequence[Drawn]], float]) -> Interval:
    """Where a figure of many brands lies when other brands like these are drawn.

    Brands and not incidents are drawn again, for what happens within one brand is alike. The draws are the same each
    time. Source: Efron 1979, percentile interval.
    """
    if not brands:
        return math.nan, math.nan
    draw = np.random.default_rng(len(brands))
    figures = sorted(
        figure([brands[place] for place in draw.integers(0, len(brands), len(brands))]) for _ in range(RESAMPLED)
    )
    return figures[int(0.025 * RESAMPLED)], figures[int(0.975 * RESAMPLED)]
