"""How good a reader is: accuracy, macro-F1 with its interval, confusion and calibration."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.sentiment import Reading
from training.corpora import SENTIMENTS

# Draws of the bootstrap, and the seed that makes them the same each time.
DRAWS, SEED = 1_000, 13
CALIBRATION_BINS = 10

Table = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of some texts. The interval holds 95 of 100 draws with replacement; `cells` are truths by labels."""

    count: int
    accuracy: float
    macro_f1: float
    low: float
    high: float
    calibration_error: float | None
    cells: Table


@dataclass(frozen=True, slots=True)
class Judged:
    """One text: number of its true class, of the label it was given, and the probability of that label.

    `certainty` is None where the label was resolved among fewer classes than the probabilities are of.
    """

    truth: int
    said: int
    certainty: float | None


def judged(readings: Sequence[Reading], truths: Sequence[str]) -> list[Judged]:
    """The texts of one set. Where the set has no neutral text, a neutral reading is resolved by its sign."""
    two_way = "neutral" not in truths
    found: list[Judged] = []
    for reading, truth in zip(readings, truths, strict=True):
        label = reading.label.value
        if two_way and label == "neutral":
            label = "positive" if reading.polarity > 0 else "negative"
        surest = max(reading.p_negative, reading.p_neutral, reading.p_positive)
        certainty = None if two_way else surest
        found.append(Judged(SENTIMENTS.index(truth), SENTIMENTS.index(label), certainty))
    return found


def judged_marks(certainties: Sequence[float], truths: Sequence[bool]) -> list[Judged]:
    """The texts of a set of yes or no, from the probability of yes."""
    return [Judged(int(truth), int(p >= 0.5), max(p, 1 - p)) for p, truth in zip(certainties, truths, strict=True)]


def figures(texts: Sequence[Judged]) -> Figures:
    """Figures of at least one text."""
    cells = np.zeros((len(SENTIMENTS), len(SENTIMENTS)), dtype=np.int64)
    np.add.at(cells, ([each.truth for each in texts], [each.said for each in texts]), 1)
    draws = np.random.default_rng(SEED).multinomial(len(texts), cells.ravel() / len(texts), size=DRAWS)
    scores = np.sort([macro_f1(draw.reshape(cells.shape)) for draw in draws])
    return Figures(
        count=len(texts),
        accuracy=float(np.trace(cells) / len(texts)),
        macro_f1=macro_f1(cells),
        low=float(scores[int(0.025 * DRAWS)]),
        high=float(scores[int(0.975 * DRAWS)]),
        calibration_error=calibration_error(texts),
        cells=cells,
    )


def macro_f1(cells: Table) -> float:
    """Mean F1 over the classes that the truth holds."""
    gold, said = cells.sum(axis=1), cells.sum(axis=0)
    there = gold > 0
    return float((2 * np.diag(cells)[there] / (gold + said)[there]).mean()) if there.any() else 0.0


def f1_of_marked(cells: Table) -> float:
    """F1 of yes alone, of a set of yes or no."""
    return float(2 * cells[1, 1] / max(cells[1].sum() + cells[:, 1].sum(), 1))


def calibration_error(texts: Iterable[Judged]) -> float | None:
    """Expected gap between the probability of the label and how often it is right, in ten bins."""
    sums: dict[int, float] = {}
    count = 0
    for each in texts:
        if each.certainty is None:
            continue
        cell = min(int(each.certainty * CALIBRATION_BINS), CALIBRATION_BINS - 1)
        sums[cell] = sums.get(cell, 0.0) + each.certainty - (each.truth == each.said)
        count += 1
    return sum(map(abs, sums.values())) / count if count else None
