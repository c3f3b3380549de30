"""Sentiment learned for Indonesian by itself: many English texts otherwise crowd out small Indonesian sources.

Three fits are averaged for it. A softmax hears of neutral only from sources that mark it, and counts sources and
classes alike; margins take a source without neutral for one that has none, and let large sources count for more. The
third is of all languages, which knows what Indonesian posts hold of English, and reads English best. They err on
different posts, and the mean of linear fits is one linear fit.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from training.corpora import Row
from training.fit import Fit, Floats, Task

# L2 weight of the softmax and of the margins, and the most steps of the softmax of Indonesian, of all, and the margins.
PENALTY, MARGIN_PENALTY = 1e-5, 6e-5
STEPS, STEPS_OF_ALL, MARGIN_STEPS = 100, 150, 70


def fits_of(task: Task, rows: Sequence[Row], trusted: Floats) -> list[Fit]:
    """Both fits of all but English, then the one of all languages; `rows` are those of the task."""
    kept = np.array([row.lang != "en" for row in rows])
    own = Task(task.rows[kept], task.classes[kept], task.allowed[kept], task.importance[kept])
    common = np.bincount(own.classes)[own.classes]
    evened = Task(own.rows, own.classes, own.allowed, np.sqrt(own.importance / common))
    return [
        Fit(own, PENALTY, STEPS),
        Fit(evened, MARGIN_PENALTY, MARGIN_STEPS, margin=True),
        Fit(task, PENALTY, STEPS_OF_ALL, trusted),
    ]


def joined(
    posts: csr_matrix, words: csr_matrix, fits: Sequence[Fit], fitted: Sequence[tuple[Floats, Floats]]
) -> list[tuple[Floats, Floats]]:
    """Of Indonesian the mean of all fits, the margins brought to the scale of the softmax; of English that of all."""
    rows = posts[fits[0].task.rows]
    soft, margins, of_all = ((_centred(weights), _centred(bias)) for weights, bias in fitted)
    spreads = [float((rows @ (words @ weights) + bias).std()) for weights, bias in (soft, margins)]
    share = spreads[0] / spreads[1]
    weights, bias = ((one + share * other + third) / 3 for one, other, third in zip(soft, margins, of_all, strict=True))
    return [(weights, bias), of_all]


def _centred(values: Floats) -> Floats:
    """Without what is the same for all classes, which decides nothing."""
    return values - values.mean(axis=-1, keepdims=True)
