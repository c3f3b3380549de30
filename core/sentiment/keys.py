"""Stretches of text as 64-bit keys, many at once, and tables that find what a key stands for."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Keys = NDArray[np.uint64]
Places = NDArray[np.int64]

# Odd, so that no two numbers are mixed into one.
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_FOLD = np.uint64(29)
_WORD = 8
# The lowest bytes of a word of eight, by how many are wanted.
_LOW = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], dtype=np.uint64)
# Bytes of a stretch that are keyed eight at a time; the few longer ones by a digest each.
_LONGEST = 64
# Bits of an entry that hold the row.
_ROW_BITS, _ROW_MASK = np.uint64(24), np.uint64((1 << 24) - 1)


def encoded(text: str) -> bytes:
    """A text in UTF-8, with spaces after it as `keyed` needs them; halves of surrogate pairs are kept."""
    raw = text.encode("utf-8", "surrogatepass")
    return raw + b" " * (2 * _WORD - len(raw) % _WORD)


def keyed(raw: bytes, starts: Places, stops: Places) -> Keys:
    """The key of each stretch of an `encoded` text: the same wherever it stands."""
    words: Keys = np.frombuffer(raw, dtype="<u8")
    lengths = stops - starts
    keys = mixed(_eight(words, starts, lengths))
    done = _WORD
    longer = (lengths > done).nonzero()[0]
    while len(longer) and done < _LONGEST:
        keys[longer] = mixed(keys[longer] ^ _eight(words, starts[longer] + done, lengths[longer] - done))
        done += _WORD
        longer = longer[lengths[longer] > done]
    for place in longer.tolist():
        digest = hashlib.blake2b(raw[starts[place] : stops[place]], digest_size=_WORD).digest()
        keys[place] = int.from_bytes(digest, "little")
    return keys


def keys_of(stretches: Sequence[str]) -> Keys:
    """The key of each of a list of texts."""
    lengths = np.array([len(stretch.encode("utf-8", "surrogatepass")) for stretch in stretches], dtype=np.int64)
    stops = np.cumsum(lengths)
    return keyed(encoded("".join(stretches)), stops - lengths, stops)


def _eight(words: Keys, starts: Places, lengths: Places) -> Keys:
    """The bytes from each start on, up to eight, as a number."""
    at, shift = starts >> 3, (starts & 7).view(np.uint64) << np.uint64(3)
    found = words.take(at) >> shift
    # Shifted by all its bits a word is 0: what starts with a word takes nothing of the next one.
    found |= words.take(at + 1) << (np.uint64(64) - shift)
    return found & _LOW.take(np.minimum(lengths, _WORD))


def mixed(numbers: Keys) -> Keys:
    """Numbers as keys: each another one, with every bit spread over the upper and the lower half."""
    keys = numbers * _FIRST
    keys ^= keys >> _FOLD
    keys *= _SECOND
    return keys


def code_points(text: str) -> NDArray[np.uint32]:
    """The letters of a text as numbers, one for each character of the string."""
    if text.isascii():
        return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.uint32)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


class Index:
    """Rows by key, found for many keys in a few passes over one array.

    An entry holds the lower 40 bits of a key above the row, counted from 1; the key's upper bits say where it lies.
    Two texts that are taken for the same are not to be expected: a chance in 2**50 for each pair of them.
    """

    def __init__(self, capacity: int) -> None:
        bits = max((2 * capacity - 1).bit_length(), 4)
        self._shift = np.uint64(64 - bits)
        self._mask = (1 << bits) - 1
        self._entries: Keys = np.zeros(1 << bits, dtype=np.uint64)

    def find(self, keys: Keys) -> Places:
        """The row of each key, -1 for an unknown one."""
        slots, tags = self._slots(keys), keys << _ROW_BITS
        there = self._entries.take(slots)
        rest = there ^ tags
        rows = rest.view(np.int64) - 1
        missed = (rest > _ROW_MASK).nonzero()[0]
        if len(missed):
            rows[missed] = -1
            # What lies in another's place is looked for in the next ones, as far as they are taken.
            open_ = missed[there[missed] != 0]
            while len(open_):
                slots[open_] = (slots[open_] + 1) & self._mask
                there = self._entries[slots[open_]]
                rest = there ^ tags[open_]
                hits = rest <= _ROW_MASK
                rows[open_[hits]] = rest[hits].view(np.int64) - 1
                open_ = open_[~hits & (there != 0)]
        # The row of an empty place whose key has no tag counts from 1 too, and so is -1 as it must be.
        return rows

    def add(self, keys: Keys, rows: Places) -> None:
        """Put keys that differ, and are not there yet, into the table."""
        slots, entries = self._slots(keys), (keys << _ROW_BITS) | (rows + 1).view(np.uint64)
        while len(entries):
            free = (self._entries[slots] == 0).nonzero()[0]
            # Of those that want the same free place the last one gets it.
            self._entries[slots[free]] = entries[free]
            left = (self._entries[slots] != entries).nonzero()[0]
            entries, slots = entries[left], (slots[left] + 1) & self._mask

    def _slots(self, keys: Keys) -> Places:
        return (keys >> self._shift).view(np.int64)


class FixedIndex:
    """Rows by key, for keys that are all known from the start: whatever is asked for is looked up once.

    Keys fall into groups, and each group has a factor that sends its keys to places of their own (hash and displace).
    `find` numbers the rows from 1, and is 0 for an unknown key: no chain of places is followed for those either.
    """

    def __init__(self, keys: Keys) -> None:
        distinct, rows = np.unique(keys, return_index=True)
        bits = max((2 * len(distinct)).bit_length(), 4)
        while not self._placed(distinct, rows, bits):
            bits += 1

    def find(self, keys: Keys) -> Places:
        """The row of each key, counted from 1; 0 for an unknown one."""
        places = (keys * self._factors.take(self._groups(keys))) >> self._shift
        rest = self._entries.take(places.view(np.int64)) ^ (keys << _ROW_BITS)
        rest[rest > _ROW_MASK] = 0
        return rest.view(np.int64)

    def _groups(self, keys: Keys) -> Places:
        return ((keys >> _ROW_BITS) & self._group_mask).view(np.int64)

    def _placed(self, keys: Keys, rows: Places, bits: int) -> bool:
        """Whether every group finds a factor, the largest first, in a table of so many bits."""
        self._shift, self._group_mask = np.uint64(64 - bits), np.uint64((1 << bits - 3) - 1)
        self._factors: Bytes = np.ones(1 << bits - 3, dtype=np.uint8)
        self._entries: Keys = np.zeros(1 << bits, dtype=np.uint64)
        groups = self._groups(keys)
        sizes = np.bincount(groups, minlength=len(self._factors))
        order = np.lexsort((groups, -sizes[groups]))
        keys, groups = keys[order], groups[order]
        entries = (keys << _ROW_BITS) | (rows[order] + 1).view(np.uint64)
        size_of = sizes[groups]
        for size in np.unique(size_of)[::-1].tolist():
            here = np.flatnonzero(size_of == size).reshape(-1, size)
            for factor in range(1, 256, 2):
                here = here[~self._take(keys[here], groups[here[:, 0]], entries[here], factor)]
                if not len(here):
                    break
            else:
                return False
        return True

    def _take(self, keys: Keys, groups: Places, entries: Keys, factor: int) -> NDArray[np.bool_]:
        """Give this factor to those groups whose keys, a row each, it sends to free places of their own."""
        places = ((keys * np.uint64(factor)) >> self._shift).view(np.int64)
        wanting = np.full(len(self._entries), -1, dtype=np.int32)
        number = np.arange(places.size).reshape(places.shape)
        wanting[places] = number
        fits = ((wanting[places] == number) & (self._entries[places] == 0)).all(axis=1)
        self._entries[places[fits]] = entries[fits]
        self._factors[groups[fits]] = factor
        return fits
