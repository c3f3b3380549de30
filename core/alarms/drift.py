"""The slow burn: a perception that worsens over weeks without any day that would raise an alarm.

The negative share of the last 28 days against that of the 28 before, by a test of two shares whose variance allows for
days that differ more than chance, and for days that resemble the one before. Days with a spike count for neither.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

DAYS = 28
LEAST_KNOWN = 20
"""Days with talk that each of the two spans must have."""

LEAST_VOICES = 3
SIGNIFICANT_Z = 3.29
"""One in two thousand, one-sided."""

LEAST_RISE = 0.05
LEAST_RATIO = 1.15
SPIKE = 3.0
"""A day with this many times the usual negative voices is an event of its own."""

LEAST_SPIKE = 10
STICKIEST = 0.6


@dataclass(frozen=True, slots=True)
class Day:
    """One day of talk: how many voices, and how many of them against."""

    voices: int
    negative: int


@dataclass(frozen=True, slots=True)
class Drift:
    """A perception that has worsened. Range: shares in [0, 1]; `z` is the rise over its standard error."""

    share_before: float
    share_now: float
    z: float


def drifting(days: Sequence[Day]) -> Drift | None:
    """How the last 28 days stand to the 28 before them, where they are worse by more than chance; else None.

    `days` are in order, the last one whole and the latest; only the last 56 count.
    """
    if len(days) < 2 * DAYS:
        return None
    before, now = _calm(days[-2 * DAYS : -DAYS]), _calm(days[-DAYS:])
    if min(len(before), len(now)) < LEAST_KNOWN:
        return None
    was, became = _share(before), _share(now)
    if became - was < LEAST_RISE or became < LEAST_RATIO * was or _share(now[-7:]) <= was:
        return None
    z = (became - was) / math.sqrt(_variance(before, was) + _variance(now, became))
    return Drift(round(was, 4), round(became, 4), round(z, 2)) if z >= SIGNIFICANT_Z else None


def _calm(days: Sequence[Day]) -> list[Day]:
    known = [day for day in days if day.voices >= LEAST_VOICES]
    usual = median(day.negative for day in known) if known else 0
    return [day for day in known if day.negative < max(SPIKE * usual, LEAST_SPIKE)]


def _share(days: Sequence[Day]) -> float:
    voices = sum(day.voices for day in days)
    return sum(day.negative for day in days) / voices if voices else 0.0


def _variance(days: Sequence[Day], share: float) -> float:
    """That of a share over these days: as by chance, times how much more they differ and resemble their neighbours."""
    spread = max(share * (1 - share), 0.01)
    voices = sum(day.voices for day in days)
    residuals = [(day.negative - day.voices * share) / math.sqrt(day.voices * spread) for day in days]
    over = max(1.0, sum(each * each for each in residuals) / max(len(days) - 1, 1))
    power = sum(each * each for each in residuals)
    lagged = sum(first * second for first, second in pairwise(residuals))
    sticky = min(max(lagged / power if power else 0.0, 0.0), STICKIEST)
    return spread / voices * over * (1 + sticky) / (1 - sticky)
