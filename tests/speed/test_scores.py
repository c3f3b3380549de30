"""The work of a score does not grow with the client's history: calls are counted, which no machine makes faster."""

import sys

import numpy as np

from core.crisis import BUCKETS_A_DAY, History, LevelState, Policy, assess


def calls(days: int) -> int:
    """Calls, of Python and of numpy, that one live bucket takes at the end of so many days."""
    draw = np.random.default_rng(1)
    history = History.empty(5_600_160, days * BUCKETS_A_DAY)
    history.voices[:] = draw.poisson(2.0, len(history.voices))
    history.negative_voices[:] = draw.binomial(history.voices, 0.4)
    state, made = LevelState.initial(), 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    for bucket in (history.stop - 2, history.stop - 1):
        made = 0
        sys.setprofile(note)
        try:
            (assessment,) = assess(
                history, start=bucket, stop=bucket + 1, state=state, policy=Policy(), utc_offset_minutes=0
            )
        finally:
            sys.setprofile(None)
        state = assessment.state
    return made


def test_a_year_of_history_takes_no_more_calls_than_a_month():
    assert calls(40) == calls(365) < 800
