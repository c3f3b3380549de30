"""The features of a post, by name: what training counts and what the reader's tables are keyed by."""

from collections.abc import Iterator, Mapping

from core.sentiment.tokens import NEGATION_REACH, Role, fold, normalise, role, split

# Lengths of the letter sequences taken from a word between its boundary marks.
SHORTEST_PIECE, LONGEST_PIECE = 3, 5


def pieces(word: str) -> list[str]:
    """Letter sequences of a word, each once, boundary marks included; none for masks, punctuation and emoji."""
    if not word[0].isalpha() or len(word) > 40:
        return []
    marked = f"<{word}>"
    return list(
        {
            marked[start : start + length]: None
            for length in range(SHORTEST_PIECE, LONGEST_PIECE + 1)
            for start in range(len(marked) - length + 1)
        }
    )


def walk(text: str, spellings: Mapping[str, str], names: frozenset[str]) -> Iterator[tuple[str, bool, str]]:
    """Each word with whether it stands in a negation scope, and the word before it (empty after a break)."""
    reach, previous = 0, ""
    for token in split(fold(text)):
        for word in normalise(token, spellings, names):
            part = role(word)
            if part in (Role.RELEASES, Role.BREAKS):
                reach = 0
            yield word, reach > 0, previous
            reach = NEGATION_REACH if part is Role.NEGATES else max(reach - 1, 0)
            previous = "" if part is Role.BREAKS else word
