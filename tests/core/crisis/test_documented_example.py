import re
from pathlib import Path

import numpy as np
import pytest

from core.crisis import BUCKETS_A_DAY, FORMULA, History, LevelState, Policy, assess
from core.crisis.score import WEIGHTS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "scoring.md").read_text()


@pytest.fixture(scope="module")
def example():
    """The client of the page: a voice in every bucket, every fourth negative, then six negative ones more."""
    history = History.empty(5_600_160, 28 * BUCKETS_A_DAY + 1)
    fourth = np.arange(28 * BUCKETS_A_DAY + 1) % 4 == 0
    history.mentions[:] = history.voices[:] = 1
    history.negative[:] = history.negative_voices[:] = history.platforms[:] = fourth
    for figure in ("mentions", "voices", "negative", "negative_voices"):
        getattr(history, figure)[-6:] += 1
    (assessment,) = assess(
        history,
        start=history.stop - 1,
        stop=history.stop,
        state=LevelState.initial(),
        policy=Policy(),
        utc_offset_minutes=0,
    )
    return assessment


def test_the_worked_example_comes_out_as_the_page_says(example):
    rows = re.findall(r"^\| (\w+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    told = {(name, int(window), *map(float, figures)) for name, window, *figures in rows}
    computed = {
        (each.name, each.window_minutes, each.observed, each.expected, each.points)
        for each in example.contributions
        if each.points
    }

    assert computed == told
    assert f"| **{example.score}** |" in PAGE
    assert example.level == "warning"
    assert f"scale = 0.2233 + 0.4685 · 3.6889 = {example.state.scale[1]:.3f}" in PAGE
    assert f"of which a bucket has 1: {example.state.scale[5]:.3f}" in PAGE


@pytest.mark.parametrize("name", ["negative", "volume", "share", "spread", "reach", "toxicity"])
def test_the_page_lists_the_weights_in_force(name):
    weight = WEIGHTS[name]

    assert re.search(
        rf"^\| {name} \|.*\| {weight.low:g} \| {weight.high:g} \| {weight.points:g} \|$", PAGE, re.MULTILINE
    )


def test_the_page_lists_the_thresholds_and_the_version_in_force():
    policy = Policy()

    assert f"| watch | Waspada | {policy.watch_score:g} | {policy.watch_voices} |" in PAGE
    assert f"| warning | Siaga | {policy.warning_score:g} | {policy.warning_voices} |" in PAGE
    assert f"| crisis | Awas | {policy.crisis_score:g} | {policy.crisis_voices} |" in PAGE
    assert f"this page describes version {FORMULA}." in PAGE


def test_no_more_than_a_hundred_points_can_be_earned():
    assert sum(weight.points for weight in WEIGHTS.values()) == 100
