"""Sums of all columns of the weights at once: two in each number of 64 bits, so that half as many are added."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.sentiment.weights import Column

# Columns by place, two of them in each number. Sums fit in 32 bits: a post has at most READ_LIMIT letters.
Packed = NDArray[np.int64]

_HALF = 32


def nothing(places: int) -> Packed:
    """Sums of nothing, as many as there are places. Memory that is not written to yet costs nothing."""
    return np.zeros((len(Column) // 2, places), dtype=np.int64)


def packed(rows: NDArray[np.signedinteger[Any]]) -> Packed:
    """A row for each place as packed columns."""
    whole = rows.astype(np.int64)
    return np.ascontiguousarray((whole[:, ::2] + (whole[:, 1::2] << _HALF)).T)


def unpacked(sums: Packed) -> Packed:
    """Packed columns as rows of their own."""
    lower = sums.astype(np.int32)
    columns = np.empty((2 * len(sums), sums.shape[1]), dtype=np.int64)
    columns[::2] = lower
    columns[1::2] = (sums - lower) >> _HALF
    return columns
