"""The crisis score of one client, bucket by bucket: named contributions that sum to it, and a level."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.crisis.baseline import DAYS, Buckets
from core.crisis.buckets import BUCKET_S, BUCKETS_A_DAY, History
from core.crisis.evidence import added
from core.crisis.levels import LevelState, step
from core.crisis.policy import Level, Policy
from core.crisis.signals import COLD_HOURS, SCALES, SIGNALS, THREE_HOURS, Ledger, Measured

FORMULA = "3"
LEVELS = tuple(Level)
REACH = (DAYS + 1) * BUCKETS_A_DAY  # nothing older bears on a score, so nothing older is looked at
VIRAL_STRENGTH = 1.0  # volume as high as the brand's own noise once in forty days
NO_OUTCRY = 0.2  # below this a rise is taken for talk of all kinds
PLAIN = 1.0  # evidence that makes a watch of half its points
THIN = 0.75  # below this the points of a watch are none yet
KNOWN_HOURS = 96  # of a younger brand it is not known what adds up on ordinary days
COMPLETE = 0.9  # of the last three hours; below this the score says that data are missing


@dataclass(frozen=True, slots=True)
class Weight:
    """Points of one signal: none up to strength `low`, all from strength `high` on, in proportion between."""

    points: float
    low: float
    high: float


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
_POINTS, _LOW, _HIGH = np.array([(w.points, w.low, w.high) for w in map(WEIGHTS.__getitem__, SIGNALS)]).T[..., None]
_VOLUME = SIGNALS.index("volume")


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
    last three hours that was observed whole. `guards` name the rules that held the score or the level down.
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
    ledger = Ledger(history.since(start - REACH), start)
    assessments: list[Assessment] = []
    for day_begins, ends in _days(start, stop, utc_offset_minutes):
        if state.calibrated_on != day_begins or len(state.scale) != SCALES:
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
    tenths = _tenths(measured).T.tolist()
    told, onset, gains = _told(measured), measured.onset.T.tolist(), measured.gains.tolist()
    for place, bucket in enumerate(ends.tolist()):
        state = replace(state, evidence=added(state.evidence, gains[place], state.scale[-3:]))
        evidence = state.evidence / state.scale[-3]
        earned: list[int] = tenths[place]
        guards, ceiling = _guards(measured, place, sum(earned), policy, evidence)
        held = _held(earned, ceiling, policy)
        begun = _begun(measured, place, sum(held), policy, evidence)
        score = (sum(held) + begun) / 10
        is_blind, says = bool(measured.is_blind[place]), float(measured.says[place])
        if 0 < says < 1 and state.level is not Level.NORMAL:
            guards = (*guards, "capped_calm")
        state = step(state, score, bucket=bucket, policy=policy, is_blind=is_blind, says=says)
        yield Assessment(
            bucket=bucket,
            score=score,
            level=state.level,
            contributions=(*map(_contribution, SIGNALS, *told[place], held), _onset(onset[place], begun)),
            guards=guards,
            completeness=round(float(measured.completeness[place]), 3),
            state=state,
        )


def _begun(measured: Measured, place: int, earned: int, policy: Policy, evidence: float) -> int:
    """Tenths of points that make a watch of what is half one, where enough has added up for an outcry."""
    lacks = math.ceil(policy.watch_score * 10) - earned
    is_known = measured.hours_known[place] >= KNOWN_HOURS
    carried = policy.level_of_voices(int(measured.negative_voices[place]))
    is_plain = evidence >= PLAIN and 2 * earned >= policy.watch_score * 10 and carried > Level.NORMAL
    return max(lacks, 0) if is_known and is_plain else 0


def _tenths(measured: Measured) -> NDArray[np.int64]:
    """Tenths of points, whole numbers so that contributions sum to the score exactly: a row for each signal."""
    share = np.minimum(np.maximum((measured.signals.strength - _LOW) / (_HIGH - _LOW), 0), 1)
    # Volume confirms an outcry: by itself it is no bad sign.
    share[_VOLUME] *= measured.outcry
    return np.rint(share * _POINTS * 10).astype(np.int64)


def _told(measured: Measured) -> list[list[list[float]]]:
    """For each bucket: what each signal saw, what is usual, and its window."""
    signals = measured.signals
    return np.array([signals.observed, signals.expected, signals.width]).transpose(2, 0, 1).tolist()


def _guards(
    measured: Measured, place: int, earned: int, policy: Policy, evidence: float
) -> tuple[tuple[str, ...], Level]:
    """The rules that apply, and the highest level that they leave."""
    ceiling = Level.CRISIS
    guards: list[str] = []
    reached = policy.level_of(earned / 10)
    carried = policy.level_of_voices(int(measured.negative_voices[place]))
    if carried < reached:
        guards.append("too_few_negative")
        ceiling = carried
    if measured.outcry[place] < NO_OUTCRY and measured.signals.strength[_VOLUME, place] > VIRAL_STRENGTH:
        guards.append("volume_without_negativity")
        ceiling = min(ceiling, Level.WARNING)
    if measured.hours_known[place] < COLD_HOURS:
        guards.append("insufficient_baseline")
        is_plain = measured.is_majority[place] and carried is Level.CRISIS
        ceiling = min(ceiling, Level.WATCH if is_plain else Level.NORMAL)
    elif reached is Level.WATCH and evidence < THIN:
        guards.append("thin_evidence")
        ceiling = Level.NORMAL
    if measured.watched[place] < COMPLETE:
        guards.append("collection_gap")
    if measured.completeness[place] < measured.watched[place]:
        guards.append("capped_crawl")
    return tuple(guards), ceiling


def _held(earned: list[int], ceiling: Level, policy: Policy) -> list[int]:
    """Points in tenths, cut in proportion where they would pass the highest level allowed."""
    total = sum(earned)
    if policy.level_of(total / 10) <= ceiling:
        return earned
    most = math.ceil(policy.threshold(LEVELS[ceiling.rank + 1]) * 10) - 1
    return [tenths * most // total for tenths in earned]


def _onset(counted: list[float], tenths: int) -> Contribution:
    seen, usual = counted
    return _contribution("onset", seen, usual, THREE_HOURS, tenths)


def _contribution(name: str, observed: float, expected: float, width: float, tenths: int) -> Contribution:
    return Contribution(
        name=name,
        observed=observed,
        expected=round(expected, 2),
        ratio=round((observed + 0.5) / (expected + 0.5), 2),
        points=tenths / 10,
        window_minutes=int(width) * BUCKET_S // 60,
    )
