"""Sums of all columns of the weights at once: two in each number of 64 bits, so that half as many are added."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# A row for each place: all columns, two in a number, then one more number beside them. Sums fit in 32 bits, since a
# post has at most READ_LIMIT letters. Rows of six columns are of a size that processors fetch at once.
Rows = NDArray[np.int64]
BESIDE = -1

_HALF = 32


def nothing(places: int, columns: int) -> Rows:
    """Rows of nothing, as many as there are places. Memory that is not written to yet costs nothing."""
    return np.zeros((places, columns // 2 + 1), dtype=np.int64)


def packed(table: NDArray[np.signedinteger[Any]]) -> Rows:
    """The rows of a table with a column for each head; nothing stands beside them."""
    rows = nothing(*table.shape)
    rows[:, :BESIDE] = table[:, 1::2]
    rows <<= _HALF
    rows[:, :BESIDE] += table[:, ::2]
    return rows


def unpacked(rows: Rows) -> NDArray[np.int64]:
    """The columns of rows, each in one piece."""
    sums = rows[:, :BESIDE].T
    lower = sums.astype(np.int32)
    columns = np.empty((2 * len(sums), len(rows)), dtype=np.int64)
    columns[::2] = lower
    columns[1::2] = (sums - lower) >> _HALF
    return columns


def add(rows: Rows, places: NDArray[np.int64], more: Rows) -> None:
    """Add to rows at these places, each named once. What stands beside the columns stays."""
    for number in range(rows.shape[1] + BESIDE):
        rows[:, number][places] += more[:, number]
