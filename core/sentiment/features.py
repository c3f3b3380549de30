"""The features of a post, by name: what training counts and what the reader's tables are keyed by."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.sentiment.keys import Keys, code_points, mixed
from core.sentiment.tokens import NEGATION_REACH, Stretch

# Lengths of the letter sequences taken from a word between its boundary marks.
SHORTEST_PIECE, LONGEST_PIECE = 3, 5
# Longer words are not spelled out.
LONGEST_WORD = 40
# What each letter of a piece is multiplied by: odd powers of one number, modulo 2**64.
_POWERS = tuple(np.uint64(pow(0x9E3779B97F4A7C15, place + 1, 1 << 64)) for place in range(LONGEST_PIECE))


def is_spelled(word: str) -> bool:
    """Whether a word has pieces; masks, punctuation and emoji have none."""
    return word[:1].isalpha() and len(word) <= LONGEST_WORD


def pieces(word: str) -> list[str]:
    """Letter sequences of a word, boundary marks included."""
    if not is_spelled(word):
        return []
    marked = f"<{word}>"
    return [
        marked[start : start + length]
        for length in range(SHORTEST_PIECE, LONGEST_PIECE + 1)
        for start in range(len(marked) - length + 1)
    ]


def piece_keys(letters: NDArray[np.unsignedinteger[Any]]) -> Iterator[Keys]:
    """The keys of all letter sequences of many words, `<word><word>...`, by length; at each letter what begins there.

    No piece of a word has a mark within, so what reaches into the next word is like no piece.
    """
    # After the last word another mark, since a zero would end a shorter piece.
    marked = np.full(len(letters) + LONGEST_PIECE, ord("<"), dtype=np.uint64)
    marked[: len(letters)] = letters
    sums = np.zeros(len(letters), dtype=np.uint64)
    for place, power in enumerate(_POWERS):
        sums += marked[place : place + len(letters)] * power
        if place + 1 >= SHORTEST_PIECE:
            yield mixed(sums)


def keys_of_pieces(names: Sequence[str]) -> Keys:
    """The key of each of a list of pieces."""
    lengths = np.array([len(piece) for piece in names], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    keys = np.zeros(len(names), dtype=np.uint64)
    if names:
        for length, found in enumerate(piece_keys(code_points("".join(names))), start=SHORTEST_PIECE):
            own = lengths == length
            keys[own] = found[starts[own]]
    return keys


def walk(stretches: Iterable[Stretch]) -> Iterator[tuple[str, bool, str]]:
    """Each word with whether it stands in a negation scope, and the word before it (empty after a break)."""
    reach, previous = 0, ""
    for stretch in stretches:
        if stretch.stops_before:
            reach, previous = 0, ""
        for word in stretch.words:
            if word:
                yield word, reach > 0, previous
            previous = word
        reach = NEGATION_REACH if stretch.negates else max(reach - 1, 0)
        if stretch.stops_after:
            reach, previous = 0, ""
