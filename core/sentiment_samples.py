"""How good the reader is for one client: its labels against those of people who did not see them.

Source: Goutte & Gaussier (2005), "A Probabilistic Interpretation of Precision, Recall and F-Score": the interval is
that of the F1 under the Dirichlet posterior of the confusion matrix, with Perks' prior of one post in all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.sentiment import Label

LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
UNCLEAR = "unclear"
"""What a person says where nobody could tell; it judges nothing."""
FEWEST = 30
"""Judged posts under which no figure is told: its interval would be as wide as no knowledge."""
# Draws of the interval: its ends then stand to about a tenth of a point.
_DRAWS = 4_000
_CONFIDENCE = 0.95

_Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with the interval it lies in, in 95 of 100 samples. Range: [0, 1]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a blind sample says of the reader.

    `confusion` counts posts by the person's label (rows) and the reader's (columns), both in the order of `LABELS`.
    `macro_f1` is the mean over the labels that occur; that of a label which neither gave is None.
    """

    size: int
    macro_f1: Figure
    accuracy: Figure
    f1: tuple[Figure | None, ...]
    confusion: tuple[tuple[int, ...], ...]


def judge(pairs: Iterable[tuple[str, str]], *, seed: int) -> Judgement | None:
    """The figures of pairs of a person's and the reader's label; None where there are fewer than `FEWEST`.

    The same pairs and seed give the same figures.
    """
    counts = np.zeros((3, 3), dtype=np.int64)
    for person, reader in pairs:
        counts[LABELS.index(Label(person)), LABELS.index(Label(reader))] += 1
    size = int(counts.sum())
    if size < FEWEST:
        return None
    draws = np.random.default_rng(seed).dirichlet(counts.ravel() + 1 / 9, _DRAWS).reshape(-1, 3, 3)
    occurs = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
    value, drawn = _f1(counts[None].astype(np.float64))[0], _f1(draws)
    right = np.trace(draws, axis1=1, axis2=2)
    return Judgement(
        size=size,
        macro_f1=_figure(float(value[occurs].mean()), drawn[:, occurs].mean(axis=1)),
        accuracy=_figure(float(np.trace(counts)) / size, right),
        f1=tuple(_figure(float(value[k]), drawn[:, k]) if occurs[k] else None for k in range(3)),
        confusion=tuple(tuple(row) for row in counts.tolist()),
    )


def _f1(counts: _Counts) -> _Counts:
    """F1 of each label, for each confusion matrix; 0 where a label occurs nowhere."""
    both = counts.sum(axis=1) + counts.sum(axis=2)
    hits = np.diagonal(counts, axis1=1, axis2=2)
    return np.divide(2 * hits, both, out=np.zeros_like(both), where=both > 0)


def _figure(value: float, drawn: _Counts) -> Figure:
    rest = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(drawn, [rest, 1 - rest]).tolist()
    # The middle of the draws lies a little below a value near 1; the interval holds what was seen.
    return Figure(round(value, 4), round(min(low, value), 4), round(max(high, value), 4))
