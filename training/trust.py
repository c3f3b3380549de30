"""How far each feature is trusted: as far as the sources it stands in agree on what it says.

What says "positive" in one source alone is often its topic or its film; what says so in all of them is the word. A
trusted feature pays less for its weight. Nothing of it is left in the weights' form.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from training.corpora import SENTIMENTS, Row
from training.fit import Floats, Task

# Texts that are taken to hold a feature beside those that do, of each class, before a source says anything.
_DOUBT = 2.0
# What agreement, and each further source up to so many, add to the least trust.
_LEAST, _AGREEMENT, _A_SOURCE, _MOST_SOURCES, _MOST = 0.5, 0.6, 0.1, 5, 1.6
# Keeps a feature that says little anywhere from agreeing with itself.
_SLACK = 0.7


def trust(posts: csr_matrix, words: csr_matrix, task: Task, rows: Sequence[Row]) -> Floats:
    """A factor for each feature, 1 in the mean of squares; `rows` are those of the task, in its order."""
    held, spread = posts[task.rows].sign(), words.sign()
    sources = np.array([f"{row.corpus} {row.lang}" if row.corpus == "own" else row.corpus for row in rows])
    leaning, force, known = (np.zeros(words.shape[1]) for _ in range(3))
    for source in sorted(set(sources.tolist())):
        counts: list[Floats] = []
        sizes: list[int] = []
        for label in range(len(SENTIMENTS)):
            own = np.flatnonzero((sources == source) & (task.classes == label))
            sizes.append(max(len(own), 1))
            counts.append(spread.T @ (held[own].T @ np.ones(len(own))))
        mean = float(np.mean([size for size in sizes if size > 1] or [1]))
        negative, _, positive = (count * mean / size for count, size in zip(counts, sizes, strict=True))
        says = np.log((positive + _DOUBT) / (negative + _DOUBT))
        leaning += says
        force += np.abs(says)
        known += sum(counts) >= _DOUBT
    found = _LEAST + _AGREEMENT * np.abs(leaning) / (force + _SLACK) + _A_SOURCE * np.minimum(known, _MOST_SOURCES)
    found = np.clip(found, _LEAST, _MOST)
    return found / np.sqrt((found[force > 0] ** 2).mean())
