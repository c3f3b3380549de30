"""Linear heads over the features of posts, fitted by L-BFGS."""

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags

Floats = NDArray[np.float64]

# Fits at a time. More would need more memory than two cores are sold with.
WORKERS = 2
# A sum that is dealt to several threads is rounded otherwise for each number of them, and the fit's steps with it. One
# thread gives the same bytes on any number of cores; the libraries read these when they are loaded.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


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


@dataclass(frozen=True, slots=True)
class Fit:
    """A task, and how it is fitted. `trust` divides what each feature's weight is penalised by; None is 1 for all.

    With `margin`, each class is told from all others by a margin that is paid for as the square of what lacks, and
    `allowed` says nothing: what a source never marks it does not hold.
    """

    task: Task
    penalty: float
    steps: int
    trust: Floats | None = None
    margin: bool = False


def fit_all(posts: csr_matrix, words: csr_matrix, fits: Sequence[Fit]) -> Iterator[tuple[Floats, Floats]]:
    """Weights and biases of each, in order, as they come: in processes of their own, each on one thread."""
    with (
        _on_one_thread(),
        ProcessPoolExecutor(WORKERS, get_context("spawn"), initializer=_hold, initargs=(posts, words)) as pool,
    ):
        yield from pool.map(_fit_held, fits)


@contextmanager
def _on_one_thread() -> Generator[None]:
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_held: list[csr_matrix] = []


def _hold(posts: csr_matrix, words: csr_matrix) -> None:
    _held[:] = posts, words


def _fit_held(asked: Fit) -> tuple[Floats, Floats]:
    posts, words = _held
    if asked.trust is None:
        return fit(posts, words, asked.task, penalty=asked.penalty, steps=asked.steps, margin=asked.margin)
    trusted = (words @ diags(asked.trust)).tocsr()
    weights, bias = fit(posts, trusted, asked.task, penalty=asked.penalty, steps=asked.steps)
    return weights * asked.trust[:, None], bias


def fit(
    posts: csr_matrix, words: csr_matrix, task: Task, *, penalty: float, steps: int, margin: bool = False
) -> tuple[Floats, Floats]:
    """Weights per feature and class, and biases, of the softmax over `posts[rows] @ words`, or of the margins.

    Units: `penalty` is the L2 weight against the mean loss of one row times the number of rows' importance.
    Features that stand for nothing weigh nothing, and are left out of the sums.
    """
    live = np.flatnonzero(np.diff(words.tocsc().indptr))
    words_live = words.tocsc()[:, live].tocsr()
    weights = np.zeros((words.shape[1], task.allowed.shape[1]))
    costs = _margins(task) if margin else _softmax(task)
    weights[live], bias = _fit_live(posts, words_live, task, costs, penalty, steps)
    return weights, bias


# What logits cost, and how that changes with each of them.
_Costs = Callable[[Floats], tuple[float, Floats]]


def _softmax(task: Task) -> _Costs:
    picked = np.arange(len(task.rows)), task.classes
    whole = task.importance.sum()
    closed = np.where(task.allowed, 0.0, -np.inf)

    def cost(logits: Floats) -> tuple[float, Floats]:
        logits += closed
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        sums = shares.sum(axis=1, keepdims=True)
        value = float((task.importance * (np.log(sums[:, 0]) - logits[picked])).sum() / whole)
        shares /= sums
        shares[picked] -= 1.0
        shares *= (task.importance / whole)[:, None]
        return value, shares

    return cost


def _margins(task: Task) -> _Costs:
    sides = -np.ones(task.allowed.shape)
    sides[np.arange(len(task.rows)), task.classes] = 1.0
    importance = (task.importance / task.importance.sum())[:, None]

    def cost(logits: Floats) -> tuple[float, Floats]:
        lacking = np.maximum(1.0 - sides * logits, 0.0)
        return float((importance * lacking**2).sum()), -2.0 * importance * sides * lacking

    return cost


def _fit_live(
    posts: csr_matrix, words: csr_matrix, task: Task, costs: _Costs, penalty: float, steps: int
) -> tuple[Floats, Floats]:
    own = posts[task.rows].tocsr()
    turned, words_turned = own.T.tocsr(), words.T.tocsr()
    size, classes = words.shape[1], task.allowed.shape[1]

    def loss(flat: Floats) -> tuple[float, Floats]:
        matrix = flat.reshape(size + 1, classes)
        value, slopes = costs(own @ (words @ matrix[:size]) + matrix[size])
        slope = np.empty_like(matrix)
        slope[:size] = words_turned @ (turned @ slopes) + penalty * matrix[:size]
        slope[size] = slopes.sum(axis=0)
        value += 0.5 * penalty * float((matrix[:size] ** 2).sum())
        return value, slope.ravel()

    start = np.zeros((size + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 8})
    matrix = found.x.reshape(size + 1, classes)
    return matrix[:size], matrix[size]
