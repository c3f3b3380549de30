"""The features of a post, by name: what training counts and what the reader's tables are keyed by."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.sentiment.tokens import NEGATION_REACH, Stretch

# Lengths of the letter sequences taken from a word between its boundary marks.
SHORTEST_PIECE, LONGEST_PIECE = 3, 5
# Longer words are not spelled out.
LONGEST_WORD = 40

_KEY_BASE = np.uint64(0x9E3779B97F4A7C15)


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


def piece_keys(words: Sequence[str], *, marked: bool = False) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The keys of the pieces of many words at once, and for each key the place of its word.

    A key is a 64-bit polynomial of the letters: two pieces that share one are not to be expected. Words that are
    `marked` are pieces already, and only keyed.
    """
    text = " ".join(words if marked else (f"<{word}>" for word in words))
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    gaps = letters == ord(" ")
    owners = np.cumsum(gaps)
    keys: list[NDArray[np.uint64]] = []
    places: list[NDArray[np.int64]] = []
    for length in range(SHORTEST_PIECE, LONGEST_PIECE + 1):
        count = max(len(letters) - length + 1, 0)
        last = np.arange(count) + length - 1
        inside = (owners[:count] == owners[last]) & ~gaps[:count]
        if marked:
            inside &= np.append(gaps, True)[last + 1] & np.append(True, gaps)[:count]
        key = np.full(count, length, dtype=np.uint64)
        for offset in range(length):
            key = key * _KEY_BASE + letters[offset : count + offset]
        keys.append(key[inside])
        places.append(owners[:count][inside])
    return np.concatenate(keys), np.concatenate(places)


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
