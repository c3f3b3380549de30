"""How sure a reader may be of sources that it never saw: each is left out of a fit, and read by what is left.

On its own sources a reader is surer, and rightly. Which of the two a post is like nobody knows, so the stretch of the
log-odds lies between both.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from training.corpora import Row
from training.fit import Floats, Task
from training.measure import stretch

# Folds that sources are dealt to; translations of the same texts are one source.
FOLDS = 3


def folds(rows: Sequence[Row]) -> list[set[str]]:
    """The sources that know neutral, by the fold they are left out in."""
    known = {row.corpus for row in rows if row.labels == ("neutral",) and _family(row.corpus) != "own"}
    families = sorted({_family(corpus) for corpus in known})
    dealt = [set(families[fold::FOLDS]) for fold in range(FOLDS)]
    return [{corpus for corpus in known if _family(corpus) in fold} for fold in dealt if fold]


def without(task: Task, rows: Sequence[Row], left_out: set[str]) -> Task:
    """The task on all rows but those of the sources that are left out, and of their kin."""
    families = {_family(corpus) for corpus in left_out}
    kept = np.array([number for number, row in enumerate(rows) if _family(row.corpus) not in families])
    return Task(task.rows[kept], task.classes[kept], task.allowed[kept], task.importance[kept])


def stretch_of(
    posts: csr_matrix,
    words: csr_matrix,
    task: Task,
    rows: Sequence[Row],
    fits: Sequence[tuple[set[str], tuple[Floats, Floats]]],
    neutral: tuple[float, float],
) -> float:
    """The stretch with the best likelihood over all left-out rows; `neutral` is added in English, and elsewhere.

    Where nothing could be left out nothing is known, and nothing is stretched.
    """
    if not fits:
        return 1.0
    logits: list[Floats] = []
    numbers: list[int] = []
    for left_out, (weights, bias) in fits:
        own = [number for number, row in enumerate(rows) if row.corpus in left_out]
        logits.append(posts[task.rows[own]] @ (words @ weights) + bias)
        numbers += own
    found = np.vstack(logits)
    found[:, 1] += [neutral[rows[number].lang != "en"] for number in numbers]
    sizes = Counter(rows[number].corpus for number in numbers)
    importance = np.array([sizes[rows[number].corpus] ** -0.5 for number in numbers])
    return stretch(found, task.classes[numbers], importance)


def _family(corpus: str) -> str:
    return corpus.partition("_")[0]
