"""How good alerts on a series are: by the scoring of the Numenta Anomaly Benchmark, and by what operators feel.

Source: Lavin and Ahmad 2015, arXiv:1510.03336 (windows, scoring curve, profiles); `design/crisis.md` (strict recall).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.crisis.series import Series
from siaga.crisis.counts import read
from siaga.refusals import Refusal

FALSE_WEIGHT = 0.11  # the standard profile; a hit and a miss weigh 1
PROBATION_SHARE = 0.15
MOST_PROBATION = 750
STRICT_BEFORE_S, STRICT_AFTER_S = 3600, 7200
EPISODE_GAP_S = 3600
WEEK_S = 7 * 86_400
LABELS = "labels.json"

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series and what happened in it: windows as first and last row, and the rows of the labelled instants."""

    name: str
    series: Series
    windows: Sequence[tuple[int, int]]
    instants: Sequence[int]

    @property
    def warm_up(self) -> int:
        """Rows at the beginning that nobody is judged by."""
        return min(int(PROBATION_SHARE * len(self.series.times)), MOST_PROBATION)

    @property
    def judged(self) -> list[tuple[int, int]]:
        """The windows that do not lie within the warm-up."""
        return [window for window in self.windows if window[1] >= self.warm_up]


@dataclass(frozen=True, slots=True)
class Figures:
    """What alerts came to. `points` of `windows` possible ones; episodes are alerts less than an hour apart."""

    points: float
    windows: int
    hits: int
    strict_hits: int
    instants: int
    false_episodes: int
    quiet_weeks: float

    @property
    def score(self) -> float:
        """0 for no alert at all, 100 for one on the first row of each window and none elsewhere."""
        return 100 * (self.points + self.windows) / (2 * self.windows) if self.windows else float("nan")

    @property
    def strict_recall(self) -> float:
        """Share of the instants with an alert from an hour before to two after."""
        return self.strict_hits / self.instants if self.instants else float("nan")

    @property
    def false_a_week(self) -> float:
        """Episodes outside of all windows in a brand-week."""
        return self.false_episodes / self.quiet_weeks if self.quiet_weeks else float("nan")


def load(folder: Path) -> list[Labelled]:
    """The labelled series of a folder in the benchmark's form: `labels.json` beside the CSV files it names.

    Raises: Refusal.
    """
    try:
        told = json.loads((folder / LABELS).read_bytes())
        names = sorted(told["windows"])
        return [_labelled(folder / name, told["windows"][name], told.get("labels", {}).get(name, [])) for name in names]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise Refusal(f"{folder / LABELS} does not tell windows of series beside it: {problem}.") from None


def _labelled(path: Path, windows: Sequence[Sequence[str]], labels: Sequence[str]) -> Labelled:
    series = read(path).series
    rows = [(_row(series, begin), _row(series, end)) for begin, end in windows]
    return Labelled(path.name, series, rows, [_row(series, label) for label in labels])


def _row(series: Series, told: str) -> int:
    at = int(datetime.fromisoformat(told).replace(tzinfo=UTC).timestamp())
    return int(np.searchsorted(series.times, at))


def figures(labelled: Labelled, alerts: Flags) -> Figures:
    """What these alerts, one flag a row, come to."""
    alerts = alerts & (np.arange(len(alerts)) >= labelled.warm_up)
    inside = np.zeros(len(alerts), dtype=np.bool_)
    for begin, end in labelled.windows:
        inside[begin : end + 1] = True
    points, hits = 0.0, 0
    for begin, end in labelled.judged:
        found = np.flatnonzero(alerts[begin : end + 1])
        hits += len(found) > 0
        points += -1.0 if len(found) == 0 else _gain(int(found[0]), end - begin + 1)
    points += FALSE_WEIGHT * sum(_cost(labelled.windows, int(row)) for row in np.flatnonzero(alerts & ~inside))
    quiet = int((~inside[labelled.warm_up :]).sum())
    strict = [_is_strict(labelled, alerts, instant) for instant in labelled.instants if instant >= labelled.warm_up]
    return Figures(
        points=points,
        windows=len(labelled.judged),
        hits=hits,
        strict_hits=sum(strict),
        instants=len(strict),
        false_episodes=_episodes(labelled.series.times, alerts, inside),
        quiet_weeks=quiet * labelled.series.step_s / WEEK_S,
    )


def total(parts: Iterable[Figures]) -> Figures:
    """The same for several series together."""
    listed = list(parts)
    return Figures(
        points=sum(each.points for each in listed),
        windows=sum(each.windows for each in listed),
        hits=sum(each.hits for each in listed),
        strict_hits=sum(each.strict_hits for each in listed),
        instants=sum(each.instants for each in listed),
        false_episodes=sum(each.false_episodes for each in listed),
        quiet_weeks=sum(each.quiet_weeks for each in listed),
    )


def _curve(place: float) -> float:
    """1 at the window's left edge, 0 at its right one (place 0), -1 from three widths after it."""
    return -1.0 if place > 3 else 2 / (1 + float(np.exp(5 * place))) - 1


def _gain(row: int, width: int) -> float:
    return _curve(-(width - row) / width) / _curve(-1.0)


def _cost(windows: Sequence[tuple[int, int]], row: int) -> float:
    before = [window for window in windows if window[1] < row]
    if not before:
        return -1.0
    begin, end = max(before, key=lambda window: window[1])
    return _curve((row - end) / max(end - begin, 1))


def _is_strict(labelled: Labelled, alerts: Flags, instant: int) -> bool:
    own = next((window for window in labelled.windows if window[0] <= instant <= window[1]), None)
    if own is None:
        return False
    rows = np.flatnonzero(alerts[own[0] : own[1] + 1]) + own[0]
    distance = labelled.series.times[rows] - labelled.series.times[instant]
    return bool(np.any((distance >= -STRICT_BEFORE_S) & (distance <= STRICT_AFTER_S)))


def _episodes(times: NDArray[np.int64], alerts: Flags, inside: Flags) -> int:
    rows = np.flatnonzero(alerts)
    if len(rows) == 0:
        return 0
    starts = np.flatnonzero(np.append(True, np.diff(times[rows]) > EPISODE_GAP_S))
    return sum(not inside[part].any() for part in np.split(rows, starts[1:]))
