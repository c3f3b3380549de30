"""Made-up brands whose incidents begin slowly: hours of rise in several shapes, from a first trickle.

What rises within minutes is seen by anything. These tell what a formula does with the rest.
"""

from collections.abc import Iterator

import numpy as np

from core.crisis import BUCKETS_A_DAY, Level
from siaga.crisis.chance import (
    HOUR,
    JUDGED_DAYS,
    KNOWN_DAYS,
    OUTCRY,
    SIZES,
    Draw,
    Floats,
    MadeUp,
    Script,
    counted,
    restlessness,
    span,
)
from siaga.crisis.incidents import Incident, Truth

SLOTS = 0.0, 3.4, 6.8, 10.2  # days
WAVE = 2 * HOUR


def brands(number: int, *, seed: int = 1) -> Iterator[MadeUp]:
    """So many brands of six weeks; in each of the last two, incidents of every shape in any order."""
    for place in range(number):
        draw = np.random.default_rng([seed, place, len(SLOTS)])
        hourly, share = 10 ** draw.uniform(-0.3, 2.6), draw.uniform(0.25, 0.75)
        rate = hourly / HOUR * restlessness(draw, KNOWN_DAYS + JUDGED_DAYS)
        script = Script(np.zeros(len(rate)), np.zeros(len(rate)))
        courses = _courses(draw)
        order = [str(name) for name in draw.permutation(sorted(courses))]
        for slot, name in zip(SLOTS, order, strict=True):
            begins = int((KNOWN_DAYS + slot + draw.uniform(0.2, 1.4)) * BUCKETS_A_DAY)
            _lay(draw, script, begins, courses[name], hourly, share)
        history = counted(draw, rate, share, script)
        told = f"{place + 1}: {hourly:.1f} voices an hour, {share:.0%} negative"
        truth = Truth(windows=script.windows)
        yield MadeUp(told, False, history, truth, history.first + KNOWN_DAYS * BUCKETS_A_DAY, tuple(order))


def _courses(draw: Draw) -> dict[str, Floats]:
    """What share of its height an incident has in each bucket, by the shape of its rise."""
    rise, stays = int(draw.integers(4 * HOUR, 12 * HOUR)), np.ones(int(draw.integers(2 * HOUR, 6 * HOUR)))
    fade = np.exp(-np.linspace(0, 3, int(draw.integers(2 * HOUR, 4 * HOUR))))
    ramp = np.arange(1, rise + 1) / rise
    doublings, low = draw.uniform(3, 5), draw.uniform(0.35, 0.6)
    swell = (2 ** (doublings * ramp) - 1) / (2**doublings - 1)
    waves = ramp * np.where(np.arange(rise) % WAVE < WAVE / 4, 1.6, 0.25)
    return {
        "ramp": np.concatenate([ramp, stays, fade]),
        "swell": np.concatenate([swell, stays, fade]),
        "plateau": np.concatenate([np.full(rise + len(stays), low), low * fade]),
        "waves": np.concatenate([waves, stays, fade]),
    }


def _lay(draw: Draw, script: Script, begins: int, course: Floats, hourly: float, share: float) -> None:
    level = (Level.WARNING, Level.CRISIS)[int(draw.integers(2))]
    times, more = SIZES[level]
    height = (times * hourly * share + more) / HOUR * draw.uniform(0.8, 1.25)
    places = slice(begins, begins + len(course))
    script.negative[places] += height * course
    script.voices[places] += height * course / (share + (1 - share) * draw.uniform(*OUTCRY))
    lasts = span(begins, begins + len(course))
    script.windows.append(Incident(onset=lasts.start, end=lasts.end, level=level.value))
