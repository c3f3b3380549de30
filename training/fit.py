"""Linear heads over the features of posts, fitted by L-BFGS."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Task:
    """What one head learns: for each row of the corpus its class, the classes it may have, and how much it counts.

    `allowed` is False for a class a row's source never marks: a set without neutral texts says nothing about
    neutrality, only about the sign.
    """

    rows: NDArray[np.int64]
    classes: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    importance: Floats


def fit(posts: csr_matrix, words: csr_matrix, task: Task, *, penalty: float, steps: int) -> tuple[Floats, Floats]:
    """Weights per feature and class, and biases, of the softmax over `posts[rows] @ words`.

    Units: `penalty` is the L2 weight against the mean loss of one row times the number of rows' importance.
    """
    own = posts[task.rows].tocsr()
    turned, words_turned = own.T.tocsr(), words.T.tocsr()
    size, classes = words.shape[1], task.allowed.shape[1]
    picked = np.arange(len(task.rows)), task.classes
    whole = task.importance.sum()
    closed = np.where(task.allowed, 0.0, -np.inf)

    def loss(flat: Floats) -> tuple[float, Floats]:
        matrix = flat.reshape(size + 1, classes)
        logits = own @ (words @ matrix[:size]) + matrix[size] + closed
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        sums = shares.sum(axis=1, keepdims=True)
        value = float((task.importance * (np.log(sums[:, 0]) - logits[picked])).sum() / whole)
        shares /= sums
        shares[picked] -= 1.0
        shares *= (task.importance / whole)[:, None]
        slope = np.empty_like(matrix)
        slope[:size] = words_turned @ (turned @ shares) + penalty * matrix[:size]
        slope[size] = shares.sum(axis=0)
        value += 0.5 * penalty * float((matrix[:size] ** 2).sum())
        return value, slope.ravel()

    start = np.zeros((size + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 8})
    matrix = found.x.reshape(size + 1, classes)
    return matrix[:size], matrix[size]
