"""Words of plain letters, told and spelled out many at once: most of what a reader has never seen is such a word."""

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import STEMS
from core.sentiment.features import LONGEST_WORD
from core.sentiment.keys import Bytes, Places

_FIRST, _LETTERS = ord("a"), 26
_OPEN, _CLOSE = b"<>"
_N, _Y, _A = b"nya"
# A word loses its clitic from this length on, as `tokens.words_of` has it.
CLITIC, _SHORTEST_WITH = 3, 7
# The lower bits of a letter, its number in the alphabet; the marks around words have numbers past it.
_BITS = 5
_NUMBER = (1 << _BITS) - 1
# Letters from the commonest on, in Indonesian and English: what tells a stem from other words is its rarest part.
_COMMON = "aneitrsukmdlogpbhycwjfvxzq"


def _rarest(stem: str) -> str:
    """The three letters of a stem that the fewest words share."""
    threes = [stem[start : start + 3] for start in range(len(stem) - 2)]
    return max(threes, key=lambda three: sum(map(_COMMON.index, three)))


def _number(three: bytes) -> int:
    first, second, third = (letter & _NUMBER for letter in three)
    return first << 2 * _BITS | second << _BITS | third


_IS_STEM = np.zeros(1 << 3 * _BITS, dtype=np.bool_)
_IS_STEM[[_number(_rarest(stem).encode()) for stem in STEMS]] = True


def are_plain(letters: Bytes, starts: Places, stops: Places) -> NDArray[np.bool_]:
    """Which stretches are one word as it is written: letters from a to z, none of them three times in a row."""
    odd = letters - np.uint8(_FIRST) >= _LETTERS
    same = letters[1:] == letters[:-1]
    odd[2:] |= same[1:] & same[:-1]
    bounds = np.empty(2 * len(starts), dtype=np.int64)
    bounds[::2], bounds[1::2] = starts, stops
    return ~np.logical_or.reduceat(odd, bounds)[::2] & (stops - starts <= LONGEST_WORD)


def with_clitic(letters: Bytes, starts: Places, stops: Places) -> Places:
    """Which plain words end in the clitic that says whose."""
    ends = (letters[stops - 1] == _A) & (letters[stops - 2] == _Y) & (letters[stops - 3] == _N)
    return (ends & (stops - starts >= _SHORTEST_WITH)).nonzero()[0]


def marked(letters: Bytes, starts: Places, stops: Places) -> tuple[Bytes, Places]:
    """Stretches with a mark before and after each, one behind the other, and where each begins."""
    lengths = stops - starts + 2
    ends = np.cumsum(lengths)
    begins = ends - lengths
    found = letters[np.arange(lengths.sum()) + np.repeat(starts - 1 - begins, lengths)]
    found[begins], found[ends - 1] = _OPEN, _CLOSE
    return found, begins


def with_stems(words: Bytes, begins: Places) -> list[int]:
    """Which marked words could hold a stem of a cue, in order: three of their letters are its rarest."""
    numbers = (words & np.uint8(_NUMBER)).astype(np.int32)
    threes = (numbers[:-2] << 2 * _BITS) | (numbers[1:-1] << _BITS) | numbers[2:]
    places = _IS_STEM[threes].nonzero()[0]
    return sorted(set((np.searchsorted(begins, places, side="right") - 1).tolist()))
