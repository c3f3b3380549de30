"""What counts as harm, and how far the log-odds are stretched so that probabilities can be believed."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from core.sentiment import Reader
from training.corpora import SENTIMENTS, Row

HARMS = frozenset({"abusive", "offensive", "hs", "pencemaran_nama_baik", "pornografi", "radikalisme", "sara"})

Floats = NDArray[np.float64]


def three_way_logits(reader: Reader, rows: list[Row]) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Logits, classes and importance of the rows whose set knows neutral; sets count by the root of their size."""
    known = {row.corpus for row in rows if row.labels == ("neutral",)}
    picked = [row for row in rows if row.corpus in known]
    sizes = Counter(row.corpus for row in picked)
    readings = reader.read_many([row.text for row in picked])
    logits = np.log(np.maximum([[r.p_negative, r.p_neutral, r.p_positive] for r in readings], 1e-12))
    classes = np.array([SENTIMENTS.index(row.labels[0]) for row in picked])
    return logits, classes, np.array([sizes[row.corpus] ** -0.5 for row in picked])


def stretch(logits: Floats, classes: NDArray[np.int64], importance: Floats) -> float:
    """The factor of the logits with the best likelihood."""

    def loss(factor: float) -> float:
        moved = factor * logits
        moved -= np.log(np.exp(moved).sum(axis=1, keepdims=True))
        return float(-(importance * moved[np.arange(len(classes)), classes]).sum())

    return min(np.geomspace(0.3, 3.0, 81).tolist(), key=loss)
