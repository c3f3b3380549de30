"""Whether a statement made it worse: the share of negative voices after it against that before.

Fisher's exact test, one-sided. A statement is looked at every quarter of an hour for three hours, so the limit is a
thousandth: twelve looks then raise a false alarm for about one statement in a hundred at most.
"""

import math
from dataclasses import dataclass
from datetime import timedelta

WINDOW = timedelta(hours=3)
SIGNIFICANT_P = 0.001
LEAST_RISE = 0.15
LEAST_AFTER = 20
LEAST_BEFORE = 10


@dataclass(frozen=True, slots=True)
class Voices:
    """How many spoke, and how many of them against."""

    all: int
    negative: int

    @property
    def share(self) -> float:
        """The negative share; 0 where nobody spoke."""
        return self.negative / self.all if self.all else 0.0


@dataclass(frozen=True, slots=True)
class Backlash:
    """A statement after which the talk turned. Range: shares and `p` in [0, 1]."""

    share_before: float
    share_after: float
    p: float


def backlash(before: Voices, after: Voices) -> Backlash | None:
    """What followed a statement, where it is worse by more than chance and by 15 points at least; else None."""
    if before.all < LEAST_BEFORE or after.all < LEAST_AFTER or after.share - before.share < LEAST_RISE:
        return None
    p = chance_of_as_many(before, after)
    return Backlash(before.share, after.share, p) if p < SIGNIFICANT_P else None


def chance_of_as_many(before: Voices, after: Voices) -> float:
    """The chance that so many of the negative voices, or more, fall after the statement if it changed nothing."""
    negative, everybody = before.negative + after.negative, before.all + after.all
    whole = _ways(everybody, negative)
    most = min(negative, after.all)
    ways = (_ways(after.all, k) + _ways(before.all, negative - k) - whole for k in range(after.negative, most + 1))
    return min(1.0, math.fsum(math.exp(each) for each in ways if each > -math.inf))


def _ways(of: int, chosen: int) -> float:
    if not 0 <= chosen <= of:
        return -math.inf
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)
