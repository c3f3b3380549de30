"""What one client costs every five minutes: its live bucket scored, and whether a long history makes that dearer.

The day's calibration is carried along, as the job carries it. Counts are made up by chance, the same ones every time.
"""

import asyncio
from functools import partial

import numpy as np

from benchmarks.measure import Meter, Result, Work, at_most, medians
from core.crisis import BUCKETS_A_DAY, History, LevelState, Policy, assess

ROUNDS = 9
TIMES = 100
SHORT_DAYS, LONG_DAYS = 29, 365
MOST_MS = 1.0
MOST_RATIO = 1.2


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    contenders = {days: _scoring(_history(days)) for days in (SHORT_DAYS, LONG_DAYS)}
    spent = await medians(Meter(), {str(days): work for days, work in contenders.items()}, rounds=ROUNDS)
    short, long = spent[str(SHORT_DAYS)], spent[str(LONG_DAYS)]
    return [
        at_most("score of a live bucket, milliseconds of CPU", short * 1000, MOST_MS),
        at_most("score with a year of history, times 29 days", long / short, MOST_RATIO),
    ]


def _history(days: int) -> History:
    draw = np.random.default_rng(1)
    history = History.empty(5_600_160, days * BUCKETS_A_DAY)
    history.voices[:] = draw.poisson(2.0, len(history.voices))
    history.negative_voices[:] = draw.binomial(history.voices, 0.4)
    history.mentions[:], history.negative[:] = history.voices, history.negative_voices
    history.platforms[:] = history.negative > 0
    return history


def _scoring(history: History) -> Work:
    score = partial(assess, history, policy=Policy(), utc_offset_minutes=420)
    (before,) = score(start=history.stop - 2, stop=history.stop - 1, state=LevelState.initial())

    async def work() -> int:
        for _ in range(TIMES):
            score(start=history.stop - 1, stop=history.stop, state=before.state)
        return TIMES

    return work
