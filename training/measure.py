"""What a reader reaches on texts it was not trained on, and the calibration of its sentiment."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.sentiment import Reader
from training import corpora
from training.corpora import Row
from training.fit import Floats

CLASSES = ("negative", "neutral", "positive")
HARMS = frozenset({"abusive", "offensive", "hs", "pencemaran_nama_baik", "pornografi", "radikalisme", "sara"})

# Probability from which a post counts as harmful, or as a complaint.
HALF = 0.5


def macro_f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Mean F1 over the classes present in gold, from pairs of gold and predicted label."""
    cells = Counter(pairs)
    gold, said, right = Counter[str](), Counter[str](), Counter[str]()
    for (truth, guess), times in cells.items():
        gold[truth] += times
        said[guess] += times
        right[truth] += times * (truth == guess)
    return sum(2 * right[k] / (gold[k] + said[k]) for k in gold) / len(gold)


def judge(reader: Reader, rows: list[Row]) -> float:
    """Macro-F1 of one set; without neutral gold, a neutral reading is resolved by the sign of its polarity."""
    two_way = all(row.labels != ("neutral",) for row in rows)
    pairs: list[tuple[str, str]] = []
    for row, reading in zip(rows, reader.read_many([row.text for row in rows]), strict=True):
        label = str(reading.label)
        if two_way and label == "neutral":
            label = "positive" if reading.polarity > 0 else "negative"
        pairs.append((row.labels[0], label))
    return macro_f1(pairs)


def three_way_logits(reader: Reader, rows: list[Row]) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Logits, classes and importance of the rows whose set knows neutral; sets count by the root of their size."""
    known = {row.corpus for row in rows if row.labels == ("neutral",)}
    picked = [row for row in rows if row.corpus in known]
    sizes = Counter(row.corpus for row in picked)
    readings = reader.read_many([row.text for row in picked])
    logits = np.log(np.maximum([[r.p_negative, r.p_neutral, r.p_positive] for r in readings], 1e-12))
    classes = np.array([CLASSES.index(row.labels[0]) for row in picked])
    return logits, classes, np.array([sizes[row.corpus] ** -0.5 for row in picked])


def stretch(logits: Floats, classes: NDArray[np.int64], importance: Floats) -> float:
    """The factor of the logits with the best likelihood."""

    def loss(factor: float) -> float:
        moved = factor * logits
        moved -= np.log(np.exp(moved).sum(axis=1, keepdims=True))
        return float(-(importance * moved[np.arange(len(classes)), classes]).sum())

    return min(np.geomspace(0.3, 3.0, 81).tolist(), key=loss)


def report(data: Path, reader: Reader) -> dict[str, float]:
    """Figures of the held-out tenth of every set under `data`, printed and returned."""
    figures: dict[str, float] = {}
    for corpus in corpora.OPEN_SENTIMENT + corpora.CLOSED_SENTIMENT:
        rows = [row for row in corpora.read(data, "sentiment", [corpus]) if row.is_held_out]
        figures[corpus] = judge(reader, rows)
        print(f"{corpus:32} n={len(rows):5}  macro-F1 {figures[corpus]:.3f}")
    for task, names, marks in (
        ("toxicity", corpora.OPEN_TOXICITY + corpora.CLOSED_TOXICITY, HARMS),
        ("complaint", corpora.OPEN_COMPLAINT + corpora.CLOSED_COMPLAINT, {"complaint"}),
    ):
        for corpus in names:
            rows = [row for row in corpora.read(data, task, [corpus]) if row.is_held_out]
            said = [getattr(reading, task) >= HALF for reading in reader.read_many([row.text for row in rows])]
            gold = [not marks.isdisjoint(row.labels) for row in rows]
            figures[corpus] = macro_f1(zip(map(str, gold), map(str, said), strict=True))
            both = sum(truth and guess for truth, guess in zip(gold, said, strict=True))
            marked = 2 * both / max(sum(gold) + sum(said), 1)
            print(f"{corpus:32} n={len(rows):5}  macro-F1 {figures[corpus]:.3f}  F1 of the marked {marked:.3f}")
    for corpus in corpora.OPEN_SENTIMENT + corpora.CLOSED_SENTIMENT:
        rows = [row for row in corpora.read(data, "sentiment", [corpus]) if row.is_held_out]
        if any(row.labels == ("neutral",) for row in rows):
            figures[f"calibration {corpus}"] = error = calibration_error(reader, rows)
            print(f"{corpus:32} calibration error {error:.3f}")
    return figures


def calibration_error(reader: Reader, rows: list[Row], bins: int = 10) -> float:
    """Expected gap between the probability of the label and how often it is right."""
    told: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for row, reading in zip(rows, reader.read_many([row.text for row in rows]), strict=True):
        surest = max(reading.p_negative, reading.p_neutral, reading.p_positive)
        told[min(int(surest * bins), bins - 1)].append((surest, row.labels[0] == reading.label))
    return sum(abs(sum(p - right for p, right in cell)) for cell in told.values()) / len(rows)
