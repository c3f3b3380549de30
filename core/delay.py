"""What waiting costs: how many more negative mentions are to be expected while nobody responds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.crisis import BUCKET_S

BUCKETS_AN_HOUR = 3600 // BUCKET_S
HOURS_SEEN = 3
HORIZONS_MINUTES = (30, 60)
FEWEST = 5
"""Negative mentions in the last hour, below which nothing is said of the next."""

Z = 1.2816  # 80 % of a normal distribution lie within
COVERAGE = 0.8


@dataclass(frozen=True, slots=True)
class Further:
    """Negative mentions to be expected within so many more minutes, with an interval that holds four times of five."""

    minutes: int
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CostOfDelay:
    """What goes on at the present velocity.

    Units: negative mentions an hour. `velocity` is that of the last hour, `velocity_before` of the hour before it.
    `further` is empty where too little was said, or seen, to tell.
    """

    velocity: float
    velocity_before: float
    further: tuple[Further, ...]


def estimate(negative: Sequence[int], observed: Sequence[bool]) -> CostOfDelay:
    """The cost of delay from the negative mentions of the last three hours, bucket by bucket, the latest one last.

    The last hour's rate goes on: no growth and no fading is read into three hours. The interval allows for the chance
    of counts that come in bursts, as widely as the last three hours did, and for the rate being known from one hour.
    Units: `negative` counts of five minutes each; `observed` is false where nothing was collected.
    Source: predictive interval of a Poisson rate on the scale of square roots, with overdispersion.
    """
    if len(negative) != len(observed):
        raise ValueError("every count is observed or not")
    counts = list(negative)[-HOURS_SEEN * BUCKETS_AN_HOUR :]
    seen = list(observed)[-HOURS_SEEN * BUCKETS_AN_HOUR :]
    last, before = sum(counts[-BUCKETS_AN_HOUR:]), sum(counts[-2 * BUCKETS_AN_HOUR : -BUCKETS_AN_HOUR])
    is_whole = len(seen) >= BUCKETS_AN_HOUR and all(seen[-BUCKETS_AN_HOUR:])
    if last < FEWEST or not is_whole:
        return CostOfDelay(float(last), float(before), ())
    spread = _overdispersion([count for count, known in zip(counts, seen, strict=True) if known])
    further = tuple(_further(last, minutes, spread) for minutes in HORIZONS_MINUTES)
    return CostOfDelay(float(last), float(before), further)


def _overdispersion(counts: Sequence[int]) -> float:
    """How much more counts differ from one bucket to the next than chance alone would have it; at least 1.

    Differences of neighbours, so that a slow rise is not taken for bursts.
    """
    mean = sum(counts) / len(counts)
    steps = [(after - count) ** 2 for count, after in pairwise(counts)]
    return max(1.0, sum(steps) / len(steps) / 2 / mean) if steps and mean else 1.0


def _further(last: int, minutes: int, spread: float) -> Further:
    share = minutes / 60
    expected = last * share
    # On the scale of roots a count varies by a quarter of its overdispersion, whatever its size.
    reach = Z * math.sqrt(spread * (1 + share)) / 2
    root = math.sqrt(expected)
    low, high = max(root - reach, 0.0) ** 2, (root + reach) ** 2
    return Further(minutes, round(expected, 1), math.floor(low), math.ceil(high))
