"""Made-up brands: months of counts drawn by chance, with incidents and other bursts at known times laid over them.

Recorded timelines with a known truth are few, and a formula is soon fitted to them. These brands differ in volume,
rhythm, restlessness and negativity, and no constant of the formula is theirs. The same seed gives the same brands
on any machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.clients import UTC_OFFSET_MINUTES
from core.crisis import BUCKETS_A_DAY, History, Level, LevelState, Policy, assess, bucket_of, starts_at
from siaga.crisis.incidents import Incident, Span, Truth

BEGINS = datetime(2026, 1, 4, 17, tzinfo=UTC)  # midnight in Jakarta, a Monday
HOUR = 12  # buckets
KNOWN_DAYS = 28
JUDGED_DAYS = 14
YOUNG_DAYS = 10
OUTCRY = 0.35, 0.9  # how far towards all negative an incident goes from the brand's own share
SIZES = {Level.WATCH: (1.5, 4.0), Level.WARNING: (3.0, 8.0), Level.CRISIS: (7.0, 20.0)}
"""Negative voices an hour at the height of an incident: so many times the usual, and so many more."""

Floats = NDArray[np.float64]
Draw = np.random.Generator


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A brand drawn by chance, what happened to it, and the bucket from which it is judged.

    `shapes` name how each incident begins, where that is known.
    """

    name: str
    is_young: bool
    history: History
    truth: Truth
    judged_from: int
    shapes: tuple[str, ...] = ()


@dataclass(slots=True)
class Script:
    """What is laid over a brand's ordinary days: voices and negative voices expected in each bucket."""

    voices: Floats
    negative: Floats
    windows: list[Incident] = field(default_factory=list[Incident])
    bursts: list[Span] = field(default_factory=list[Span])
    gaps: list[Span] = field(default_factory=list[Span])


def brands(number: int, *, seed: int = 1) -> Iterator[MadeUp]:
    """So many brands of six weeks, judged in the last two; every fourth is a young one, judged from its second day."""
    for place in range(number):
        draw = np.random.default_rng([seed, place])
        is_young = place % 4 == 3
        days = YOUNG_DAYS if is_young else KNOWN_DAYS + JUDGED_DAYS
        hourly = 10 ** draw.uniform(-0.3, 2.6)
        share = draw.uniform(0.25, 0.75)
        rate = hourly / HOUR * restlessness(draw, days)
        script = Script(np.zeros(len(rate)), np.zeros(len(rate)))
        if not is_young:
            _lay_over(draw, script, hourly, share)
        history = counted(draw, rate, share, script)
        truth = Truth(windows=script.windows, non_crisis=script.bursts, gaps=script.gaps)
        name = f"{place + 1}: {hourly:.1f} voices an hour, {share:.0%} negative"
        judged_from = history.first + (1 if is_young else KNOWN_DAYS) * BUCKETS_A_DAY
        yield MadeUp(name, is_young, history, truth, judged_from)


def changes(brand: MadeUp, *, policy: Policy) -> list[tuple[datetime, Level]]:
    """Every change of a brand's level, from a day before it is judged."""
    assessments = assess(
        brand.history,
        start=brand.judged_from - BUCKETS_A_DAY,
        stop=brand.history.stop,
        state=LevelState.initial(),
        policy=policy,
        utc_offset_minutes=UTC_OFFSET_MINUTES["Asia/Jakarta"],
    )
    levels = [Level.NORMAL, *(each.level for each in assessments)]
    return [
        (starts_at(after.bucket + 1), after.level)
        for before, after in zip(levels, assessments, strict=False)
        if after.level is not before
    ]


def restlessness(draw: Draw, days: int) -> Floats:
    """How much is said in each bucket beside the brand's mean: hours, weekdays, good and bad days, conversations."""
    clock = np.arange(days * BUCKETS_A_DAY) / BUCKETS_A_DAY
    peak, depth, point = draw.uniform(0.4, 0.9), draw.uniform(0.3, 0.95), draw.uniform(0.7, 2.0)
    wave = ((1 + np.cos(2 * np.pi * (clock - peak))) / 2) ** point
    shape = 1 - depth + depth * wave / wave.mean()
    weekend = np.where(clock.astype(int) % 7 >= 5, draw.uniform(0.5, 1.1), 1.0)
    day = np.repeat(np.exp(draw.normal(0, draw.uniform(0.05, 0.25), days)), BUCKETS_A_DAY)
    wander = np.exp(draw.uniform(0.15, 0.5) * _wandering(draw, len(clock), hours=1.5))
    talk = np.ones(len(clock))
    for _ in range(int(draw.poisson(0.3 * days))):
        begins, lasts = int(draw.integers(len(clock))), int(draw.integers(4, 12))
        talk[begins : begins + lasts] *= draw.uniform(1.5, 4)
    return shape * weekend * day * wander * talk


def _wandering(draw: Draw, length: int, *, hours: float) -> Floats:
    """Standard normal values that forget themselves within so many hours."""
    keep = float(np.exp(-1 / (hours * HOUR)))
    pushes = draw.normal(0, np.sqrt(1 - keep**2), length).tolist()
    found, value = np.empty(length), float(draw.normal())
    for place, push in enumerate(pushes):
        value = keep * value + push
        found[place] = value
    return found


def _lay_over(draw: Draw, script: Script, hourly: float, share: float) -> None:
    order = draw.permutation(list(SIZES))
    for slot, level in zip((0, 5, 10), order, strict=True):
        begins = int((KNOWN_DAYS + slot + draw.uniform(0.2, 2.2)) * BUCKETS_A_DAY)
        _happen(draw, script, begins, Level(level), hourly, share)
    for slot in (3.5, 8.5):
        begins = int((KNOWN_DAYS + slot + draw.uniform(0, 0.7)) * BUCKETS_A_DAY)
        lasts, height = int(draw.integers(2 * HOUR, 4 * HOUR)), hourly / HOUR * draw.uniform(4, 15)
        script.voices[begins : begins + lasts] += height
        script.negative[begins : begins + lasts] += height * share * draw.uniform(0.2, 0.8)
        script.bursts.append(span(begins, begins + lasts))
    if draw.random() < 0.5:
        begins = int((KNOWN_DAYS + 13 + draw.uniform(0, 0.2)) * BUCKETS_A_DAY)
        script.gaps.append(span(begins, begins + int(draw.integers(2 * HOUR, 12 * HOUR))))


def _happen(draw: Draw, script: Script, begins: int, level: Level, hourly: float, share: float) -> None:
    times, more = SIZES[level]
    height = (times * hourly * share + more) / HOUR * draw.uniform(0.8, 1.25)
    rises = max(int(HOUR * np.exp(draw.normal(-0.7, 1.0))), 1)
    stays, fades = int(draw.integers(HOUR, 8 * HOUR)), int(draw.integers(HOUR, 4 * HOUR))
    shape = np.concatenate([np.arange(1, rises + 1) / rises, np.ones(stays), np.exp(-3 * np.arange(fades) / fades)])
    places = slice(begins, begins + len(shape))
    script.negative[places] += height * shape
    script.voices[places] += height * shape / (share + (1 - share) * draw.uniform(*OUTCRY))
    lasts = span(begins, begins + rises + stays + fades)
    script.windows.append(Incident(onset=lasts.start, end=lasts.end, level=level.value))


def counted(draw: Draw, rate: Floats, share: float, script: Script) -> History:
    """The counts of a brand that is so loud in each bucket and so negative, with what is laid over its days."""
    history = History.empty(bucket_of(BEGINS), len(rate))
    lean = np.log(share / (1 - share)) + 0.3 * _wandering(draw, len(rate), hours=8)
    # Negative binomial: a few of those who are heard draw others with them.
    history.voices[:] = draw.poisson(rate * draw.gamma(6, 1 / 6, len(rate)))
    history.negative_voices[:] = draw.binomial(history.voices, 1 / (1 + np.exp(-lean)))
    negative = draw.poisson(script.negative * draw.gamma(6, 1 / 6, len(rate)))
    history.negative_voices[:] += negative
    history.voices[:] += negative + draw.poisson(np.maximum(script.voices - script.negative, 0))
    for gap in script.gaps:
        places = slice(bucket_of(gap.start) - history.first, bucket_of(gap.end) - history.first)
        history.voices[places] = history.negative_voices[places] = 0
        history.observed[places] = False
    history.mentions[:] = history.voices
    history.negative[:] = history.negative_voices
    history.platforms[:] = history.negative > 0
    return history


def span(begins: int, ends: int) -> Span:
    """A stretch of buckets, counted from the first day's beginning, as times."""
    first = bucket_of(BEGINS)
    return Span(start=starts_at(first + begins), end=starts_at(first + ends) - timedelta(seconds=1))
