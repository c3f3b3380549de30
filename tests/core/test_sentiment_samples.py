"""The reader judged by people's labels: known figures, and an interval that holds the truth as often as it says."""

import numpy as np
import pytest

from core.sentiment_samples import FEWEST, LABELS, judge

# How often a person says one label (rows) and the reader another, if one could ask of all posts.
TRUTH = np.array([[0.25, 0.04, 0.01], [0.05, 0.40, 0.05], [0.01, 0.04, 0.15]])


def pairs(counts) -> list[tuple[str, str]]:
    return [(LABELS[a], LABELS[b]) for a in range(3) for b in range(3) for _ in range(counts[a][b])]


def test_figures_are_those_of_the_confusion():
    found = judge(pairs([[20, 5, 0], [5, 40, 5], [0, 5, 20]]), seed=1)
    assert found
    assert (found.size, found.accuracy.value, found.macro_f1.value) == (100, 0.8, 0.8)
    assert [figure.value for figure in found.f1 if figure] == [0.8, 0.8, 0.8]
    assert found.confusion == ((20, 5, 0), (5, 40, 5), (0, 5, 20))
    assert found.macro_f1.low < 0.8 < found.macro_f1.high
    assert found == judge(pairs([[20, 5, 0], [5, 40, 5], [0, 5, 20]]), seed=1)


def test_a_label_that_neither_gave_is_left_out():
    found = judge(pairs([[50, 0, 0], [0, 50, 0], [0, 0, 0]]), seed=1)
    assert found
    assert (found.f1[2], found.macro_f1.value, found.macro_f1.high) == (None, 1.0, 1.0)
    assert found.macro_f1.low < 1.0, "a hundred right ones do not prove that none is wrong"


def test_too_few_tell_nothing():
    assert judge([("neutral", "neutral")] * (FEWEST - 1), seed=1) is None
    assert judge([("neutral", "negative")] * FEWEST, seed=1)


@pytest.mark.parametrize("size", [50, 200])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(size: int):
    hits, both = np.diagonal(TRUTH), TRUTH.sum(axis=0) + TRUTH.sum(axis=1)
    truth = float((2 * hits / both).mean())
    lots = np.random.default_rng(7).multinomial(size, TRUTH.ravel(), 200).reshape(-1, 3, 3)
    found = [judge(pairs(counts), seed=number) for number, counts in enumerate(lots.tolist())]
    held = sum(each.macro_f1.low <= truth <= each.macro_f1.high for each in found if each)
    assert 0.89 <= held / len(lots) <= 0.99
