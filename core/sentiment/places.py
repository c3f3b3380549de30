"""Where the characters of folded text stand in the text as it was written."""

import re

from core.sentiment.tokens import READ_LIMIT, fold

# A character of ASCII never melts into what stands before it, so folding can be followed from one to the next.
_RUN = re.compile(r"[\x00-\x7f][^\x00-\x7f]*|[^\x00-\x7f]+")


def folded_places(text: str) -> tuple[str, list[int], list[int]]:
    """Folded text, and for each of its characters where what it came from starts and ends in `text`.

    Characters that folding melts together, as a letter and the marks upon it, share one place.
    """
    read = text[:READ_LIMIT]
    if read.isascii():
        return fold(read), list(range(len(read))), list(range(1, len(read) + 1))
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for run in _RUN.finditer(read):
        for start, end, folded in _pieces(run[0], run.start()):
            parts.append(folded)
            starts += [start] * len(folded)
            ends += [end] * len(folded)
    whole = fold(read)
    # What stands at the end of a word may be written in another way there, in as many characters.
    return (whole, starts, ends) if len(whole) == len(starts) else _by_share(whole, len(read))


def _pieces(run: str, start: int) -> list[tuple[int, int, str]]:
    """A run character by character where that folds to the same, as one piece where not."""
    whole = fold(run)
    each = [fold(character) for character in run]
    if sum(map(len, each)) == len(whole) and "".join(each).casefold() == whole.casefold():
        return [(start + place, start + place + 1, folded) for place, folded in enumerate(each)]
    return [(start, start + len(run), whole)]


def _by_share(folded: str, length: int) -> tuple[str, list[int], list[int]]:
    """Places told by their share of the text: never outside of it."""
    count = max(len(folded), 1)
    starts = [place * length // count for place in range(len(folded))]
    return folded, starts, [min(start + 1, length) for start in starts]
