"""The features of a post, by name: what training counts and what the reader's tables are keyed by."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from core.sentiment.keys import POWERS, Keys, Places, code_points
from core.sentiment.tokens import NEGATION_REACH, Stretch

# Lengths of the letter sequences taken from a word between its boundary marks.
SHORTEST_PIECE, LONGEST_PIECE = 3, 5
# Longer words are not spelled out.
LONGEST_WORD = 40


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


def piece_keys(words: Sequence[str]) -> tuple[Keys, Places]:
    """The keys of the pieces of many words at once, and for each key the place of its word."""
    letters = code_points(" ".join(f"<{word}>" for word in words))
    gaps = np.flatnonzero(letters == ord(" "))
    owners = np.repeat(np.arange(len(words)), np.diff(gaps, prepend=-1, append=len(letters) - 1))
    # A piece that would reach into the next word has another owner at its last letter, or ends on the gap.
    owners[gaps] = -1
    keys: list[Keys] = []
    places: list[Places] = []
    for length in range(SHORTEST_PIECE, LONGEST_PIECE + 1):
        starts = np.flatnonzero((owners[: 1 - length] == owners[length - 1 :]) & (owners[: 1 - length] >= 0))
        keys.append(POWERS.keyed(letters, starts, starts + length))
        places.append(owners[starts])
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
