"""Histories with little to say: a brand's ordinary weeks, and bursts laid over them."""

import numpy as np
import pytest

from core.crisis import BUCKETS_A_DAY, Assessment, History, LevelState, Policy, assess

FIRST = 5_600_160  # the bucket in which a day begins, UTC


@pytest.fixture
def ordinary():
    """A brand's quiet days: a daily rhythm, independent voices, a steady negative share."""

    def build(*, days: float = 28, hourly: float = 12, negative_share: float = 0.3, seed: int = 1) -> History:
        length = int(days * BUCKETS_A_DAY)
        draw = np.random.default_rng(seed)
        clock = (FIRST + np.arange(length)) % BUCKETS_A_DAY / BUCKETS_A_DAY
        rate = hourly / 12 * (1 + 0.7 * np.sin(2 * np.pi * (clock - 0.3)))
        history = History.empty(FIRST, length)
        history.voices[:] = draw.poisson(rate)
        history.mentions[:] = history.voices
        history.negative_voices[:] = draw.binomial(history.voices, negative_share)
        history.negative[:] = history.negative_voices
        history.platforms[:] = history.negative > 0
        return history

    return build


@pytest.fixture
def add_burst():
    """Voices added to every bucket of a stretch that begins so many buckets before the end."""

    def add(history: History, *, ends_ago: int, lasts: int, voices: int, negative: int) -> None:
        stop = len(history.mentions) - ends_ago
        for figure, more in (("mentions", voices), ("voices", voices), ("negative", negative)):
            getattr(history, figure)[stop - lasts : stop] += more
        history.negative_voices[stop - lasts : stop] += negative

    return add


@pytest.fixture
def judge():
    """Assess a whole history, or the buckets from an offset on."""

    def run(history: History, *, since: int = 0, state: LevelState | None = None) -> list[Assessment]:
        return assess(
            history,
            start=history.first + since,
            stop=history.stop,
            state=state or LevelState.initial(),
            policy=Policy(),
            utc_offset_minutes=420,
        )

    return run
