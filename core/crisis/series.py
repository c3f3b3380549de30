"""A bare series of counts: how unusual each row is for this very brand, and on which rows to alert.

Nothing is known of such counts but themselves, neither voices nor sentiment. They are judged by their own usual level
as mentions are (`core.crisis.baseline`), and measured against the brand's own ordinary peaks. Decision 0021.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.crisis.baseline import TINY, WATCHED, Floats, Sums, expected, flat_level, surprise
from core.crisis.buckets import BUCKET_S
from core.crisis.calibration import peak_scale
from core.crisis.levels import LevelState, step
from core.crisis.policy import Level, Policy
from core.crisis.signals import COLD_HOURS, WINDOWS

ALERT_SCORE = Policy().warning_score
"""Points of a strength of 1: a row as high as the brand's ordinary peaks times 1.75."""

AGAIN_AFTER_S = 86_400
WORSE_FACTOR = 2.0
SETTLING_S = 3_600
FULL = 100.0

Seconds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Series:
    """Rows in the order of their times: each counts what happened in `step_s` seconds from its time on.

    Units: `times` are Unix seconds and rise strictly. A count that is not known is NaN: missing, which is not zero.
    """

    times: Seconds
    counts: Floats
    step_s: int

    def __post_init__(self) -> None:
        if len(self.times) != len(self.counts) or self.step_s < 1:
            raise ValueError("a series has a count for each time, and a step of at least a second")
        if np.any(np.diff(self.times) <= 0):
            raise ValueError("the times of a series rise strictly")
        if np.any(self.counts < 0) or np.any(np.isinf(self.counts)):
            raise ValueError("a count is a number from zero on, or not known")


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says: its score in [0, 100], the level reached, and whether people are to be told now."""

    score: float
    level: Level
    is_alert: bool


def judge(series: Series, *, policy: Policy, utc_offset_minutes: int = 0) -> Iterator[Row]:
    """One row for each row of the series, each from the rows up to itself and nothing later."""
    state, told = LevelState.initial(), Told()
    for places, strengths in strengths_by_day(series, utc_offset_minutes=utc_offset_minutes):
        for place, strength in zip(places, strengths.tolist(), strict=True):
            at = int(series.times[place]) + series.step_s
            is_known = not math.isnan(series.counts[place])
            score = round(min(FULL, max(0.0, strength * ALERT_SCORE)), 1)
            state = step(state, score, bucket=(at - 1) // BUCKET_S, policy=policy, is_blind=not is_known)
            yield Row(score, state.level, is_known and told.hears(at, strength))


@dataclass(slots=True)
class Told:
    """When people were last told of a series, and how strong it became in the hour after.

    An alert is a strength of `least` that nobody was told of in the last 24 hours, or twice the one they know of: a
    rise passes many doublings in its first minutes, and its first hour is one piece of news.
    """

    least: float = 1.0
    at: int | None = None
    known: float = 0.0

    def hears(self, at: int, strength: float) -> bool:
        """Whether this is an alert; it is then remembered as told. Units: Unix seconds."""
        if self.at is not None and at - self.at < SETTLING_S:
            self.known = max(self.known, strength)
            return False
        is_new = self.at is None or at - self.at > AGAIN_AFTER_S or strength >= WORSE_FACTOR * self.known
        if strength < self.least or not is_new:
            return False
        self.at, self.known = at, strength
        return True


def strengths_by_day(series: Series, *, utc_offset_minutes: int = 0) -> Iterator[tuple[list[int], Floats]]:
    """The places of the rows of each local day and their strengths: 1 is 1.75 times the brand's ordinary peaks.

    A day is calibrated by the days before it. In the first 24 hours nothing is known, and every strength is 0.
    """
    if len(series.times) == 0:
        return
    grid = _Grid.of(series)
    ends = series.times + series.step_s
    local_day = (ends - 1 + utc_offset_minutes * 60) // 86_400
    for day in np.unique(local_day).tolist():
        places = np.flatnonzero(local_day == day)
        begins = max(grid.bucket(day * 86_400 - utc_offset_minutes * 60), 0)
        yield places.tolist(), grid.strengths(ends[places], begins)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The series on buckets of five minutes that begin with its first row, so that each row ends with a bucket.

    `edges` and `sums` say how much was counted before a time; a row is spread evenly over the time it counts.
    """

    origin: int
    edges: Floats
    sums: Floats
    seen: Floats
    buckets: Sums

    @classmethod
    def of(cls, series: Series) -> "_Grid":
        stops = (series.times + series.step_s).astype(np.float64)
        # A row that comes early counts from where the one before it ends: no row is changed by a later one.
        begins = np.maximum(series.times, np.append(-np.inf, stops[:-1]))
        is_known = ~np.isnan(series.counts)
        edges = np.column_stack([begins, stops]).ravel()
        counted = np.column_stack([np.zeros(len(begins)), np.where(is_known, series.counts, 0)]).ravel().cumsum()
        watched = np.column_stack([np.zeros(len(begins)), np.where(is_known, stops - begins, 0)]).ravel().cumsum()
        origin = int(series.times[0])
        borders = np.arange(origin, int(stops[-1]) + BUCKET_S, BUCKET_S, dtype=np.float64)
        counts = np.diff(np.rint(np.interp(borders, edges, counted))).astype(np.int64)
        observed = np.diff(np.interp(borders, edges, watched)) >= WATCHED * BUCKET_S
        return cls(origin, edges, counted, watched, Sums.of(counts, observed, 0))

    def bucket(self, at: int) -> int:
        return (at - self.origin) // BUCKET_S

    def strengths(self, ends: Seconds, day_begins: int) -> Floats:
        """The strongest window of each row, as a multiple of the brand's ordinary peaks."""
        last = np.array([(int(end) - 1 - self.origin) // BUCKET_S for end in ends], dtype=np.int64)
        flat, hours = flat_level(self.buckets, last)
        observed, share = self._windows(ends)
        usual = expected(self.buckets, last, WINDOWS, flat)
        level_before = float(flat_level(self.buckets, np.array([day_begins - 1]))[0][0])
        scale = np.array([peak_scale(self.buckets, day_begins, int(width), level_before) for width in WINDOWS])
        strengths = surprise(observed, usual.level * share, usual.doubt) / scale[:, None]
        return np.where(hours >= COLD_HOURS, np.where(share >= WATCHED, strengths, 0.0).max(axis=0), 0.0)

    def _windows(self, ends: Seconds) -> tuple[Floats, Floats]:
        """What was counted in each window that ends with a row, and the share of it that was watched."""
        stop = ends.astype(np.float64)[None, :]
        start = stop - (WINDOWS * BUCKET_S)[:, None]
        counted = np.interp(stop, self.edges, self.sums) - np.interp(start, self.edges, self.sums)
        watched = np.interp(stop, self.edges, self.seen) - np.interp(start, self.edges, self.seen)
        return counted, np.minimum(watched / (WINDOWS * BUCKET_S)[:, None] + TINY, 1.0)
