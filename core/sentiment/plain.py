"""Words of plain letters, told and spelled out many at once: most of what a reader has never seen is such a word."""

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import STEMS
from core.sentiment.features import LONGEST_WORD
from core.sentiment.keys import Bytes, Places

_FIRST, _LETTERS = ord("a"), 26
_OPEN, _CLOSE = b"<>"
_N, _Y, _A = b"nya"
# From this length on a word loses its clitic, as `tokens.words_of` has it.
_WITH_CLITIC = 7
# The lower bits of a letter, its number in the alphabet; the marks around words have numbers past it.
_BITS = 5
_NUMBER = (1 << _BITS) - 1
_IS_STEM = np.zeros(1 << 3 * _BITS, dtype=np.bool_)
_IS_STEM[
    [((ord(a) & _NUMBER) << 2 * _BITS) | ((ord(b) & _NUMBER) << _BITS) | (ord(c) & _NUMBER) for a, b, c, *_ in STEMS]
] = True


def are_plain(letters: Bytes, starts: Places, stops: Places) -> NDArray[np.bool_]:
    """Which stretches are one word as it is written: letters from a to z, none three times in a row, and no clitic."""
    odd = letters - np.uint8(_FIRST) >= _LETTERS
    same = letters[1:] == letters[:-1]
    odd[2:] |= same[1:] & same[:-1]
    bounds = np.column_stack((starts, stops)).ravel()
    lengths = stops - starts
    clitic = (letters[stops - 1] == _A) & (letters[stops - 2] == _Y) & (letters[stops - 3] == _N)
    plain = ~np.logical_or.reduceat(odd, bounds)[::2]
    return plain & (lengths <= LONGEST_WORD) & ~(clitic & (lengths >= _WITH_CLITIC))


def marked(letters: Bytes, starts: Places, stops: Places) -> tuple[Bytes, Places]:
    """Stretches with a mark before and after each, one behind the other, and where each begins."""
    lengths = stops - starts + 2
    ends = np.cumsum(lengths)
    begins = ends - lengths
    found = letters[np.arange(ends[-1]) + np.repeat(starts - 1 - begins, lengths)]
    found[begins], found[ends - 1] = _OPEN, _CLOSE
    return found, begins


def with_stems(words: Bytes, begins: Places) -> list[int]:
    """Which marked words could hold a stem of a cue: three of their letters begin one."""
    numbers = (words & np.uint8(_NUMBER)).astype(np.int32)
    threes = (numbers[:-2] << 2 * _BITS) | (numbers[1:-1] << _BITS) | numbers[2:]
    places = np.flatnonzero(_IS_STEM[threes])
    return np.unique(np.searchsorted(begins, places, side="right") - 1).tolist()
