"""What would be usual now: the same clock time on past days, leaning on the level of the last week."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.crisis.buckets import BUCKETS_A_DAY, Counts, Flags

Floats = NDArray[np.float64]
Buckets = NDArray[np.int64]

DAYS = 28  # how far the baseline looks back
FLAT_HOURS = 168  # the level that thin history leans on: the hours of the last week
FEW_HOURS = 24  # fewer known hours than these say nothing of a level
RHYTHM = 0.36  # relative variance of the hours of a day about the week's level
DAY_TO_DAY = 0.05  # relative variance of one clock time from day to day
LEAST_COUNT = 0.3  # below this a usual sum says nothing about how far to trust it
SHIFTS = np.array([-12, -6, 0, 6, 12])  # buckets; the clock time is taken within an hour, for people are not punctual
LAG = 36  # buckets just before the window that the week's level leaves out, so that a rise cannot hide itself
# A window of which less than this share was observed says nothing: the hours that are missing may be the quiet ones,
# and what is left would look like a rise.
WATCHED = 0.8
TINY = 1e-9


def running(counts: Counts | Flags) -> Counts:
    """Sum of everything before each place, along the last axis."""
    sums = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1), dtype=np.int64)
    np.cumsum(counts, axis=-1, out=sums[..., 1:])
    return sums


@dataclass(frozen=True, slots=True)
class Sums:
    """Figures (rows, or a single one), summed over any window in constant time; unobserved buckets add nothing."""

    first: int
    total: Counts
    seen: Counts

    @classmethod
    def of(cls, counts: Counts, observed: Flags, first: int) -> "Sums":
        """Running sums of figures over the buckets from `first` on."""
        if observed.all():
            return cls(first, running(counts), np.arange(len(observed) + 1))
        return cls(first, running(counts * observed), running(observed))

    def window(self, ends: Buckets, width: int | Buckets) -> tuple[Floats, Floats]:
        """Sum over the `width` buckets up to and including each end, and the share of them observed.

        Several widths give several sums where they broadcast against the ends; several figures give a row of them each.
        """
        last = self.total.shape[-1] - 1
        stop = ends + (1 - self.first)
        # Two calls for what `np.clip` does in one: it takes longer than both, and this is done for each bucket.
        high = np.minimum(np.maximum(stop, 0), last)
        low = np.minimum(np.maximum(stop - width, 0), last)
        high = high.reshape((1,) * (low.ndim - high.ndim) + high.shape)
        total = self.total.take(high, axis=-1) - self.total.take(low, axis=-1)
        return total.astype(np.float64), (self.seen[high] - self.seen[low]) / width

    def rates(self, ends: Buckets, width: int | Buckets) -> Floats:
        """Sum as it would be with the whole window observed; NaN where less than `WATCHED` of it was."""
        total, share = self.window(ends, width)
        return np.where(share >= WATCHED, total / np.maximum(share, TINY), np.nan)


def winsorised(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Past values with the unusual ones cut back, their sum and their number, along the last axis.

    A value is cut at the median plus three standard deviations of a count with that median (and a little more for
    small ones): one day of crisis among many then weighs no more than a busy day.
    """
    known = ~np.isnan(values)
    number = known.sum(axis=-1)
    length = values.shape[-1]
    ordered = np.sort(values, axis=-1).ravel()  # NaN sorts last
    begins = np.arange(0, ordered.size, length).reshape(number.shape)
    low = ordered[begins + np.maximum(number - 1, 0) // 2]
    high = ordered[begins + np.minimum(number // 2, length - 1)]
    median = np.where(number > 0, (low + high) / 2, 0.0)
    most = median + 3 * np.sqrt(median + 1)
    cut = np.where(known, np.minimum(values, most[..., None]), 0.0)
    return cut, cut.sum(axis=-1), number.astype(np.float64)


def flat_level(sums: Sums, ends: Buckets) -> tuple[Floats, Floats]:
    """Usual count of one bucket by the hours of the last week, and the number of hours known.

    Where that week was hardly observed, those of the last four weeks are taken: a gap does not make a brand unknown.
    """
    level, number = _flat_level(sums, ends, FLAT_HOURS)
    # What was observed is the same for all figures.
    is_thin = number.reshape(-1, len(ends))[0] < FEW_HOURS
    if np.any(is_thin & (ends - LAG - 12 * FLAT_HOURS > sums.first)):
        level[..., is_thin], number[..., is_thin] = _flat_level(sums, ends[is_thin], (DAYS - 1) * 24)
    return level, number


def _flat_level(sums: Sums, ends: Buckets, hours: int) -> tuple[Floats, Floats]:
    stops = ends[:, None] - LAG - 12 * np.arange(hours)
    _, total, number = winsorised(sums.rates(stops, 12))
    return total / np.maximum(number, 1) / 12, number


def by_clock(sums: Sums, ends: Buckets, width: int | Buckets, *, before: int | None = None) -> Floats:
    """Sums about each end, averaged over `SHIFTS`; nothing from bucket `before` on is looked at."""
    shifted = ends[..., None] + SHIFTS
    rates = sums.rates(shifted, width)
    if before is not None:
        rates = np.where(shifted < before, rates, np.nan)
    is_known = ~np.isnan(rates)
    known = is_known.sum(axis=-1)
    return np.where(known > 0, np.where(is_known, rates, 0.0).sum(axis=-1) / np.maximum(known, 1), np.nan)


@dataclass(frozen=True, slots=True)
class Usual:
    """A usual sum and the relative variance of our knowledge of it."""

    level: Floats
    doubt: Floats


def usual(total: Floats, days: Floats, flat: Floats) -> Usual:
    """Usual sum from the sum of so many past days and the flat level of the week.

    The flat level counts like as many days as make its error (the rhythm of the day, which it does not know) equal
    to that of a mean of days: many where counts are small and noisy, a fraction of one where they are large.
    Source: the mean of a normal prior and normal data, weighed by their precision.
    """
    flat_days = (1 / np.maximum(flat, LEAST_COUNT) + DAY_TO_DAY) / RHYTHM
    return Usual((total + flat_days * flat) / (days + flat_days), RHYTHM * flat_days / (days + flat_days))


def expected(sums: Sums, ends: Buckets, widths: Buckets, flat: Floats) -> Usual:
    """Usual sums over whole windows that end at each bucket: one row for each width, of each figure."""
    past = ends[:, None] - BUCKETS_A_DAY * np.arange(1, DAYS + 1)
    _, total, days = winsorised(by_clock(sums, past, widths[:, None, None, None]))
    return usual(total, days, flat[..., None, :] * widths[:, None])


def surprise(observed: Floats, level: Floats, doubt: Floats | float = 0.0) -> Floats:
    """How far a count lies above the usual level, in standard deviations of a Poisson count about a doubtful level.

    Source: Anscombe's variance-stabilising square root (1948).
    """
    return 2 * (np.sqrt(observed + 0.375) - np.sqrt(level + 0.375)) / np.sqrt(1 + level * doubt)
