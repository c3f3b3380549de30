"""Stretches of text as 64-bit keys, cut and keyed all at once, and a table that finds what a key stands for."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Places = NDArray[np.int64]

# Odd, so that it has an inverse modulo 2**64: a key does not depend on where its letters stand.
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_SPREAD = np.uint64(0xD6E8FEB86659FD93)
# Bits of a place that hold the row.
_ROW_BITS, _ROW_MASK = np.uint64(24), np.uint64((1 << 24) - 1)
# Powers kept at hand; longer texts are given theirs when they come.
_FIRST_POWERS = 1 << 17


class Powers:
    """The powers of the base and of its inverse, as many as the longest text asked for."""

    def __init__(self) -> None:
        self._ups, self._downs = _powers(_BASE, _FIRST_POWERS), _powers(_INVERSE, _FIRST_POWERS)

    def keyed(self, letters: NDArray[np.uint32], starts: Places, stops: Places) -> Keys:
        """The key of each run of letters from a start up to its stop: a polynomial of the letters, modulo 2**64."""
        if len(letters) > len(self._ups):
            self._ups, self._downs = _powers(_BASE, len(letters)), _powers(_INVERSE, len(letters))
        sums = np.zeros(len(letters) + 1, dtype=np.uint64)
        np.cumsum(letters * self._ups[: len(letters)], out=sums[1:])
        return (sums[stops] - sums[starts]) * self._downs[starts]


def _powers(base: int, count: int) -> Keys:
    factors = np.full(count, base, dtype=np.uint64)
    factors[0] = 1
    return cast("Keys", np.multiply.accumulate(factors))


POWERS = Powers()


def keys_of(stretches: Sequence[str]) -> Keys:
    """The key of each of a list of texts."""
    lengths = np.array([len(stretch) for stretch in stretches], dtype=np.int64)
    stops = np.cumsum(lengths)
    return POWERS.keyed(code_points("".join(stretches)), stops - lengths, stops)


def code_points(text: str) -> NDArray[np.uint32]:
    """The letters of a text as numbers, one for each character of the string."""
    if text.isascii():
        return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.uint32)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


class Index:
    """Rows by key, found for many keys in a few passes over one array.

    A place holds the lower 40 bits of a key above the row, counted from 1; the upper bits of the spread key say which
    place. Two texts that are taken for the same are not to be expected: a chance in 2**50 for each pair of them.
    """

    def __init__(self, capacity: int) -> None:
        bits = max((2 * capacity - 1).bit_length(), 4)
        self._shift = np.uint64(64 - bits)
        self._mask = (1 << bits) - 1
        self._places: NDArray[np.uint64] = np.zeros(1 << bits, dtype=np.uint64)

    def find(self, keys: Keys) -> Places:
        """The row of each key, -1 for an unknown one."""
        slots, tags = self._slots(keys), keys << _ROW_BITS
        there = self._places[slots]
        rest = there ^ tags
        rows = np.where(rest <= _ROW_MASK, rest.view(np.int64) - 1, -1)
        # What lies in another's place is looked for in the next ones, as far as they are taken.
        open_ = np.flatnonzero((rest > _ROW_MASK) & (there != 0))
        while len(open_):
            slots[open_] = (slots[open_] + 1) & self._mask
            there = self._places[slots[open_]]
            rest = there ^ tags[open_]
            hits = rest <= _ROW_MASK
            rows[open_[hits]] = rest[hits].view(np.int64) - 1
            open_ = open_[~hits & (there != 0)]
        return rows

    def add(self, keys: Keys, rows: Places) -> None:
        """Put keys that differ, and are not there yet, into the table."""
        slots, entries = self._slots(keys), (keys << _ROW_BITS) | (rows + 1).astype(np.uint64)
        while len(entries):
            free = np.flatnonzero(self._places[slots] == 0)
            # Of those that want the same free place the last one gets it.
            self._places[slots[free]] = entries[free]
            left = np.flatnonzero(self._places[slots] != entries)
            entries, slots = entries[left], (slots[left] + 1) & self._mask

    def _slots(self, keys: Keys) -> Places:
        return ((keys * _SPREAD) >> self._shift).view(np.int64)
