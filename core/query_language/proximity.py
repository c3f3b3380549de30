"""Where text conditions hold inside one passage: half-open intervals of token positions."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache

from core.query_language.syntax import Element, Literal, Near, Node, Or, Phrase, SameSentence, Stem
from core.stemming import is_from
from core.text import Passage

Interval = tuple[int, int]

MOST_IN_SENTENCE = 1_024
"""Pairs of one sentence that are looked at; an honest sentence has a handful."""

MOST_INTERVALS = 4_096
"""About so many places of one condition in one passage are looked at; only a text made to be costly has more."""


def places(node: Node, passage: Passage) -> list[Interval]:
    """Where a text condition holds in a passage, in order, each place once."""
    if isinstance(node, Phrase):
        return _phrase_places(node, passage)
    if isinstance(node, Literal):
        return [_covered(passage, span) for span in literal_spans(node, passage)]
    if isinstance(node, Stem):
        return _token_places(passage, lambda token: is_from(token, node.root))
    if isinstance(node, Or):
        return sorted({place for child in node.children for place in places(child, passage)})
    if isinstance(node, Near):
        return _near_places(node, passage)
    if isinstance(node, SameSentence):
        return _sentence_places(node, passage)
    raise TypeError(f"{type(node).__name__} has no place in a text")


@lru_cache(maxsize=4_096)
def wildcard(text: str) -> re.Pattern[str]:
    """The pattern of one wildcard word; a handle's sign or an emoji can not begin it."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _token_places(passage: Passage, wanted: Callable[[str], object]) -> list[Interval]:
    found = [position for token, positions in passage.places.items() if wanted(token) for position in positions]
    return [(position, position + 1) for position in sorted(found)]


def element_positions(element: Element, passage: Passage) -> list[int]:
    """The positions of the tokens that one element of a phrase stands for, in order."""
    if element.is_wildcard:
        fits, fixed = wildcard(element.text).fullmatch, element.fixed
        found = [
            position
            for token, positions in passage.places.items()
            if token.startswith(fixed) and fits(token)
            for position in positions
        ]
        found.sort()
    else:
        found = passage.positions(element.text)
    if element.is_hashtag:
        tags = set(passage.hashtags)
        return [position for position in found if position in tags]
    return found


def _phrase_places(node: Phrase, passage: Passage) -> list[Interval]:
    elements = node.elements
    if len(elements) == 1:
        return [(position, position + 1) for position in element_positions(elements[0], passage)]
    if node.slop is not None:
        return list(_loose_places(elements, passage, len(elements) + node.slop))
    if any(element.is_hashtag or element.is_wildcard for element in elements):
        return _mixed_places(elements, passage)
    words, size = [element.text for element in elements], len(elements)
    starts = passage.positions(words[0])
    return [(start, start + size) for start in starts if passage.tokens[start : start + size] == words]


def _mixed_places(elements: tuple[Element, ...], passage: Passage) -> list[Interval]:
    """Where a phrase with wildcards or hashtags in it stands."""
    found = {element: set(element_positions(element, passage)) for element in set(elements)}
    return [
        (start, start + len(elements))
        for start in sorted(found[elements[0]])
        if all(start + step in found[element] for step, element in enumerate(elements))
    ]


def _loose_places(elements: tuple[Element, ...], passage: Passage, width: int) -> Iterator[Interval]:
    """Windows that hold a token of its own for every word."""
    wanted = [(element_positions(element, passage), count) for element, count in Counter(elements).items()]
    if not all(found for found, _ in wanted):
        return
    for start in sorted({position for found, _ in wanted for position in found}):
        inside = [
            (found[bisect_left(found, start) : bisect_left(found, start + width)], count) for found, count in wanted
        ]
        if all(len(found) >= count for found, count in inside):
            taken = _shared_out(inside)
            if taken and min(taken) == start:
                yield start, max(taken) + 1


def _shared_out(choices: list[tuple[list[int], int]]) -> set[int]:
    """Tokens for all the words, or none at all. What fewer tokens can stand for chooses first.

    That is best as long as of two words one can stand for all that the other can, or for none of it, as is so with
    words, their hashtags and their beginnings.
    """
    taken: set[int] = set()
    for found, count in sorted(choices, key=lambda choice: len(choice[0])):
        free = [position for position in found if position not in taken][:count]
        if len(free) < count:
            return set()
        taken.update(free)
    return taken


@lru_cache(maxsize=4_096)
def _literal_pattern(text: str, *, ignores_case: bool) -> re.Pattern[str]:
    forms = dict.fromkeys((text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)))
    return re.compile("|".join(map(re.escape, forms)), re.IGNORECASE if ignores_case else 0)


def literal_spans(node: Literal, passage: Passage) -> list[Interval]:
    """Where the very characters stand in the original text, unglued and outside links, handles and hashtags."""
    text = passage.source
    found = [
        match.span()
        for match in _overlapping(_literal_pattern(node.text, ignores_case=node.ignores_case), text)
        if not (_is_glued(text, match.start(), -1) or _is_glued(text, match.end(), 1))
    ]
    if not found:
        return found
    closed = sorted(passage.closed_regions())
    return [span for span in found if not _is_inside(span, closed)]


def _is_inside(span: Interval, closed: list[Interval]) -> bool:
    """Does it touch a closed region without holding all of it? Regions are in order and do not overlap."""
    start, end = span
    place = bisect_right(closed, start, key=lambda region: region[1])
    touched = closed[place : bisect_left(closed, end, key=lambda region: region[0])]
    return any(left < start or end < right for left, right in touched)


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    at = 0
    while match := pattern.search(text, at):
        yield match
        at = match.start() + 1


def _is_glued(text: str, edge: int, side: int) -> bool:
    """Does a letter or digit at the edge of a literal go on outside it?"""
    inner, outer = (edge, edge - 1) if side < 0 else (edge - 1, edge)
    if not 0 <= outer < len(text):
        return False
    if side > 0 and unicodedata.category(text[outer])[0] == "M" and text[outer] not in "\ufe0e\ufe0f\u20e3":
        return True
    return _is_letter(text[inner], -side) and _is_letter(text[outer], side)


def _is_letter(char: str, side: int) -> bool:
    if char.isascii():
        return char.isalnum()
    spread = unicodedata.normalize("NFKC", char)
    return char not in "™℠" and (spread[0 if side > 0 else -1].isalnum() or unicodedata.category(char)[0] == "M")


def _covered(passage: Passage, span: Interval) -> Interval:
    """The tokens that a stretch of the original text touches; none between two tokens."""
    spans = passage.spans
    first = bisect_right(spans, span[0], key=lambda token: token[1])
    last = bisect_left(spans, span[1], key=lambda token: token[0])
    return first, max(first, last)


def _near_places(node: Near, passage: Passage) -> list[Interval]:
    left, right = places(node.left, passage), places(node.right, passage)
    found: set[Interval] = set(_followed(left, right, node.distance))
    if not node.ordered:
        found.update(_followed(right, left, node.distance))
    return sorted(found)[:MOST_INTERVALS]


def _followed(first: list[Interval], second: list[Interval], distance: int) -> Iterator[Interval]:
    """Hulls of what begins at most `distance` tokens after the end of something before it."""
    count = 0
    for start, end in first:
        lowest, highest = bisect_left(second, (end, 0)), bisect_left(second, (end + distance + 1, 0))
        for place in range(lowest, highest):
            yield start, second[place][1]
        count += highest - lowest
        if count >= MOST_INTERVALS:
            return


def _sentence_places(node: SameSentence, passage: Passage) -> list[Interval]:
    left, right = places(node.left, passage), places(node.right, passage)
    if not left or not right:
        return []
    sentences = passage.sentences
    if not sentences:
        return []
    by_sentence: dict[int, list[Interval]] = {}
    for place in right:
        if (number := _sentence(place, sentences)) is not None:
            by_sentence.setdefault(number, []).append(place)
    found: set[Interval] = set()
    pairs: Counter[int | None] = Counter()
    for start, end in left:
        number = _sentence((start, end), sentences)
        others = by_sentence.get(number, []) if number is not None and pairs[number] < MOST_IN_SENTENCE else []
        first = bisect_left(others, (end, 0)) if node.ordered else 0
        pairs[number] += len(others) - first
        for other_start, other_end in others[first : first + MOST_IN_SENTENCE]:
            found.add((min(start, other_start), max(end, other_end)))
    return sorted(found)


def _sentence(place: Interval, sentences: list[int]) -> int | None:
    """The one sentence in which all of a place lies."""
    last = len(sentences) - 1
    number = sentences[min(place[0], last)]
    return number if number == sentences[max(min(place[1] - 1, last), 0)] else None
