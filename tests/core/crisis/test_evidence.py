"""Evidence that adds up: what begins with a trickle is seen, and a blip that has not added up is not."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crisis import Level, LevelState, Policy, assess
from core.crisis.evidence import MOST, added

WATCH = Policy().watch_score
CALIBRATION = (7.0, 1.2, 1.5)


def trickle(history, *, hours, voices, negative, hourly):
    """So many more voices an hour, one at a time, up to the end."""
    draw = np.random.default_rng(7)
    places = len(history.mentions) - 1 - draw.choice(hours * 12, hours * hourly, replace=False)
    for figure, more in (
        ("mentions", voices),
        ("voices", voices),
        ("negative", negative),
        ("negative_voices", negative),
    ):
        getattr(history, figure)[places] += more


@pytest.fixture
def after(ordinary, add_burst):
    """The last bucket of a quiet month, with so many negative voices more, after so much evidence."""

    def judged(evidence: float, *, hourly: float, voices: int):
        history = ordinary(hourly=hourly)
        add_burst(history, ends_ago=0, lasts=1, voices=voices, negative=voices)
        state = LevelState(evidence=evidence)
        span = {"start": history.stop - 1, "stop": history.stop}
        (found,) = assess(history, **span, state=state, policy=Policy(), utc_offset_minutes=420)
        return found

    return judged


def test_what_has_added_up_makes_a_watch_of_half_a_one(after):
    before, found = after(0.0, hourly=12, voices=4), after(20.0, hourly=12, voices=4)
    onset = found.contributions[-1]

    assert WATCH / 2 <= before.score < WATCH
    assert (before.level, before.contributions[-1].points) == (Level.NORMAL, 0)
    assert (found.level, found.score) == (Level.WATCH, WATCH)
    assert (onset.name, onset.points, onset.window_minutes) == ("onset", round(WATCH - before.score, 1), 180)
    assert sum(round(10 * part.points) for part in found.contributions) == round(10 * found.score)


def test_what_has_added_up_makes_nothing_of_little(after):
    found = after(20.0, hourly=60, voices=4)

    assert found.state.evidence / found.state.scale[-3] > 1
    assert found.score < WATCH / 2
    assert (found.level, found.contributions[-1].points) == (Level.NORMAL, 0)


def test_a_rise_of_which_little_has_added_up_is_no_watch_yet(after):
    held, plain = after(0.0, hourly=3, voices=4), after(3.0, hourly=3, voices=4)

    assert (held.level, held.guards) == (Level.NORMAL, ("thin_evidence",))
    assert held.score < WATCH
    assert (plain.level, plain.guards) == (Level.WATCH, ())
    assert after(0.0, hourly=3, voices=6).level is Level.WARNING


def test_what_adds_up_goes_on_where_an_assessment_left_it(ordinary, judge):
    history = ordinary(hourly=12)
    trickle(history, hours=5, voices=1, negative=1, hourly=4)
    since = len(history.mentions) - 100
    whole = judge(history, since=since)
    kept = json.loads(json.dumps(whole[49].state.to_dict()))
    rest = judge(history, since=since + 50, state=LevelState.from_dict(kept))

    assert rest == whole[50:]
    assert any(each.state.evidence for each in rest)


def test_a_state_of_the_release_before_is_calibrated_anew(ordinary, judge):
    history = ordinary(hourly=12)
    since = len(history.mentions) - 50
    (now,) = judge(history, since=len(history.mentions) - 1)
    older = now.state.to_dict() | {"scale": list(now.state.scale[:8])}
    del older["evidence"]
    after = assess(
        history,
        start=history.first + since,
        stop=history.stop,
        state=LevelState.from_dict(older),
        policy=Policy(),
        utc_offset_minutes=420,
    )

    assert after[-1].state.scale == now.state.scale
    assert LevelState.from_dict(older).evidence == 0


def test_what_was_not_observed_adds_nothing(ordinary, judge):
    history = ordinary(hourly=60)
    trickle(history, hours=5, voices=4, negative=4, hourly=9)
    history.observed[-12:] = False
    evidence = [each.state.evidence for each in judge(history, since=len(history.mentions) - 60)]

    assert evidence[-13] > 0
    assert np.diff(evidence[-13:]).max() <= 0


@given(st.floats(0, 14), st.floats(-50, 50))
def test_a_sum_never_falls_below_nothing_nor_outgrows_its_memory(evidence, gain):
    assert 0 <= added(evidence, gain, CALIBRATION) <= MOST * CALIBRATION[0]
