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
    for row in rows:
        reading = reader.read(row.text)
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


def calibrate(logits: Floats, classes: NDArray[np.int64], importance: Floats) -> tuple[float, float]:
    """The move of neutral with the best macro-F1, then the stretch with the best likelihood."""

    def f1(neutral: float) -> float:
        moved = logits + np.array([0.0, neutral, 0.0])
        guesses = moved.argmax(axis=1)
        scores = []
        for c in range(3):
            both = importance[(classes == c) & (guesses == c)].sum()
            scores.append(2 * both / (importance[classes == c].sum() + importance[guesses == c].sum()))
        return float(np.mean(scores))

    def loss(stretch: float) -> float:
        moved = stretch * (logits + np.array([0.0, neutral, 0.0]))
        moved -= np.log(np.exp(moved).sum(axis=1, keepdims=True))
        return float(-(importance * moved[np.arange(len(classes)), classes]).sum())

    neutral = max(np.linspace(-1.5, 1.5, 61).tolist(), key=f1)
    stretch = min(np.geomspace(0.3, 3.0, 81).tolist(), key=loss)
    return stretch, neutral * stretch


def report(data: Path, reader: Reader) -> dict[str, float]:
    """Figures of the held-out tenth of every set under `data`, printed and returned."""
    figures: dict[str, float] = {}
    for corpus in corpora.OPEN_SENTIMENT + corpora.CLOSED_SENTIMENT:
        rows = [row for row in corpora.read(data, "sentiment", [corpus]) if row.is_held_out]
        figures[corpus] = judge(reader, rows)
        print(f"{corpus:32} n={len(rows):5}  macro-F1 {figures[corpus]:.3f}")
    for corpus in corpora.OPEN_TOXICITY + corpora.CLOSED_TOXICITY:
        rows = [row for row in corpora.read(data, "toxicity", [corpus]) if row.is_held_out]
        gold = [str(any(label in HARMS for label in row.labels)) for row in rows]
        figures[corpus] = macro_f1(zip(gold, [str(reader.read(row.text).toxicity >= 0.5) for row in rows], strict=True))
        print(f"{corpus:32} n={len(rows):5}  macro-F1 {figures[corpus]:.3f}")
    for corpus in corpora.OPEN_COMPLAINT + corpora.CLOSED_COMPLAINT:
        rows = [row for row in corpora.read(data, "complaint", [corpus]) if row.is_held_out]
        gold = [str("complaint" in row.labels) for row in rows]
        figures[corpus] = macro_f1(
            zip(gold, [str(reader.read(row.text).complaint >= 0.5) for row in rows], strict=True)
        )
        print(f"{corpus:32} n={len(rows):5}  macro-F1 {figures[corpus]:.3f}")
    figures["calibration"] = calibration_error(reader, data)
    print(f"{'calibration error (smsa)':32} {figures['calibration']:.3f}")
    return figures


def calibration_error(reader: Reader, data: Path, bins: int = 10) -> float:
    """Expected gap between the probability of the label and how often it is right, on held-out SmSA."""
    rows = [row for row in corpora.read(data, "sentiment", ["smsa"]) if row.is_held_out]
    told: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for row in rows:
        reading = reader.read(row.text)
        surest = max(reading.p_negative, reading.p_neutral, reading.p_positive)
        told[min(int(surest * bins), bins - 1)].append((surest, row.labels[0] == reading.label))
    return sum(abs(sum(p - right for p, right in cell)) for cell in told.values()) / len(rows)
