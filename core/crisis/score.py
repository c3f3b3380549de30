"""The crisis score of one client, bucket by bucket: named contributions that sum to it, and a level."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.crisis.baseline import DAYS, Buckets, Floats
from core.crisis.buckets import BUCKET_S, BUCKETS_A_DAY, History
from core.crisis.levels import LevelState, step
from core.crisis.policy import Level, Policy
from core.crisis.signals import COLD_HOURS, Ledger, Measured

FORMULA = "2"
LEVELS = tuple(Level)
REACH = (DAYS + 1) * BUCKETS_A_DAY  # nothing older bears on a score, so nothing older is looked at
VIRAL_STRENGTH = 1.0  # volume as high as the brand's own noise once in forty days
NO_OUTCRY = 0.2  # below this a rise is taken for talk of all kinds
COMPLETE = 0.9  # of the last three hours; below this the score says that data are missing


@dataclass(frozen=True, slots=True)
class Weight:
    """Points of one signal: none up to strength `low`, all from strength `high` on, in proportion between."""

    points: float
    low: float
    high: float

    def tenths(self, strength: Floats, worth: Floats | float = 1.0) -> list[int]:
        """Tenths of points, whole numbers so that contributions sum to the score exactly."""
        share = np.clip((strength - self.low) / (self.high - self.low), 0, 1) * worth
        return np.rint(share * self.points * 10).astype(np.int64).tolist()


WEIGHTS = {
    "negative": Weight(60, 0.25, 1.5),
    "volume": Weight(20, 0.25, 1.5),
    "share": Weight(10, 1.0, 5.0),
    "spread": Weight(3, 0.5, 2.5),
    "reach": Weight(3, 0.3, 1.5),
    "toxicity": Weight(2, 2.0, 6.0),
    "threat": Weight(1, 2.0, 6.0),
    "hoax": Weight(1, 2.0, 6.0),
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one signal adds to the score.

    Units: `observed` and `expected` are counts within `window_minutes` (readers for reach, platforms for spread);
    `ratio` is their quotient, both held off zero by half a count; `points` have one decimal.
    """

    name: str
    observed: float
    expected: float
    ratio: float
    points: float
    window_minutes: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """The score of one bucket, why it is so, and the state to go on from.

    Range: `score` in [0, 100], the sum of the contributions' points; `completeness` in [0, 1], the share of the
    last three hours that was observed. `guards` name the rules that held the score or the level down.
    """

    bucket: int
    score: float
    level: Level
    contributions: tuple[Contribution, ...]
    guards: tuple[str, ...]
    completeness: float
    state: LevelState
    formula: str = FORMULA


def assess(
    history: History,
    *,
    start: int,
    stop: int,
    state: LevelState,
    policy: Policy,
    utc_offset_minutes: int,
) -> list[Assessment]:
    """Assessments of the buckets [start, stop), each from the buckets up to itself and nothing later.

    The last bucket may be live: its counts so far can raise the level and never lower it. `state` is the state
    after bucket `start` - 1, `LevelState.initial()` where there is none. Only the 28 days before each day count,
    so a history that reaches 29 days back gives the same scores as a longer one.
    """
    if not history.first <= start <= stop <= history.stop:
        raise ValueError(f"buckets {start} to {stop} are not within the history {history.first} to {history.stop}")
    ledger = Ledger(history.since(start - REACH))
    assessments: list[Assessment] = []
    for day_begins, ends in _days(start, stop, utc_offset_minutes):
        if state.calibrated_on != day_begins:
            state = replace(state, calibrated_on=day_begins, scale=ledger.scale(day_begins))
        for assessment in _judged(ends, ledger.measure(ends, state.scale), state, policy):
            assessments.append(assessment)
            state = assessment.state
    return assessments


def _days(start: int, stop: int, utc_offset_minutes: int) -> Iterator[tuple[int, Buckets]]:
    shift = utc_offset_minutes * 60 // BUCKET_S
    while start < stop:
        begins = (start + shift) // BUCKETS_A_DAY * BUCKETS_A_DAY - shift
        end = min(begins + BUCKETS_A_DAY, stop)
        yield begins, np.arange(start, end, dtype=np.int64)
        start = end


def _judged(ends: Buckets, measured: Measured, state: LevelState, policy: Policy) -> Iterator[Assessment]:
    tenths = {
        # Volume confirms an outcry: by itself it is no bad sign.
        name: weight.tenths(measured.signals[name].strength, measured.outcry if name == "volume" else 1.0)
        for name, weight in WEIGHTS.items()
    }
    for place, bucket in enumerate(ends.tolist()):
        earned = {name: values[place] for name, values in tenths.items()}
        guards, ceiling = _guards(measured, place, sum(earned.values()), policy)
        held = _held(earned, ceiling, policy)
        score = sum(held.values()) / 10
        state = step(state, score, bucket=bucket, policy=policy, is_blind=bool(measured.is_blind[place]))
        yield Assessment(
            bucket=bucket,
            score=score,
            level=state.level,
            contributions=tuple(_contribution(name, measured, place, held[name]) for name in WEIGHTS),
            guards=guards,
            completeness=round(float(measured.completeness[place]), 3),
            state=state,
        )


def _guards(measured: Measured, place: int, earned: int, policy: Policy) -> tuple[tuple[str, ...], Level]:
    """The rules that apply, and the highest level that they leave."""
    ceiling = Level.CRISIS
    guards: list[str] = []
    reached = policy.level_of(earned / 10)
    carried = policy.level_of_voices(int(measured.negative_voices[place]))
    if carried < reached:
        guards.append("too_few_negative")
        ceiling = carried
    if measured.outcry[place] < NO_OUTCRY and measured.signals["volume"].strength[place] > VIRAL_STRENGTH:
        guards.append("volume_without_negativity")
        ceiling = min(ceiling, Level.WARNING)
    if measured.hours_known[place] < COLD_HOURS:
        guards.append("insufficient_baseline")
        is_plain = measured.is_majority[place] and carried is Level.CRISIS
        ceiling = min(ceiling, Level.WATCH if is_plain else Level.NORMAL)
    if measured.completeness[place] < COMPLETE:
        guards.append("collection_gap")
    return tuple(guards), ceiling


def _held(earned: dict[str, int], ceiling: Level, policy: Policy) -> dict[str, int]:
    """Points in tenths, cut in proportion where they would pass the highest level allowed."""
    total = sum(earned.values())
    if policy.level_of(total / 10) <= ceiling:
        return earned
    most = math.ceil(policy.threshold(LEVELS[ceiling.rank + 1]) * 10) - 1
    return {name: tenths * most // total for name, tenths in earned.items()}


def _contribution(name: str, measured: Measured, place: int, tenths: int) -> Contribution:
    signal = measured.signals[name]
    observed, expected = float(signal.observed[place]), float(signal.expected[place])
    return Contribution(
        name=name,
        observed=observed,
        expected=round(expected, 2),
        ratio=round((observed + 0.5) / (expected + 0.5), 2),
        points=tenths / 10,
        window_minutes=int(signal.width[place]) * BUCKET_S // 60,
    )
