"""Where text conditions hold inside one passage: half-open intervals of token positions."""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache

from core.query_language.syntax import Element, Literal, Near, Node, Or, Phrase, SameSentence, Stem
from core.stemming import is_from
from core.text import Passage

Interval = tuple[int, int]

MOST_INTERVALS = 4_096
"""So many places of one condition in one passage are looked at; only a text made to be costly has more."""


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
    positions: list[list[int]] = []
    for element in node.elements:
        found = element_positions(element, passage)
        if not found:
            return []
        positions.append(found)
    size = len(positions)
    if size == 1:
        return [(position, position + 1) for position in positions[0]]
    if node.slop is not None:
        return list(_loose_places(positions, size + node.slop))
    first, *rest = positions
    following = [set(found) for found in rest]
    return [
        (start, start + size)
        for start in first
        if all(start + step in found for step, found in enumerate(following, start=1))
    ]


def _loose_places(positions: list[list[int]], width: int) -> Iterator[Interval]:
    """The narrowest windows that hold one token for every word, each word its own."""
    starts = sorted({position for found in positions for position in found})
    for start in starts:
        inside = [[at for at in found if start <= at < start + width] for found in positions]
        ends = sorted({at + 1 for found in inside for at in found})
        for end in ends:
            if end - start >= len(positions) and _can_share([[at for at in found if at < end] for found in inside]):
                yield start, end
                break


def _can_share(choices: list[list[int]]) -> bool:
    """Can every word have a token of its own? (Augmenting paths.)"""
    holder: dict[int, int] = {}

    def place(word: int, tried: set[int]) -> bool:
        for at in choices[word]:
            if at not in tried:
                tried.add(at)
                if at not in holder or place(holder[at], tried):
                    holder[at] = word
                    return True
        return False

    return all(place(word, set()) for word in range(len(choices)))


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
    closed = passage.closed_regions()
    return [
        (start, end)
        for start, end in found
        if all(end <= left or right <= start or (start <= left and right <= end) for left, right in closed)
    ]


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
        for next_start, next_end in second[bisect_left(second, (end, 0)) :]:
            if next_start > end + distance or count >= MOST_INTERVALS:
                break
            yield start, next_end
            count += 1


def _sentence_places(node: SameSentence, passage: Passage) -> list[Interval]:
    left, right = places(node.left, passage), places(node.right, passage)
    if not left or not right:
        return []
    sentences = passage.sentences
    last = len(sentences) - 1
    if last < 0:
        return []
    by_sentence: dict[int, list[Interval]] = {}
    for start, end in right:
        number = sentences[min(start, last)]
        if number == sentences[max(min(end - 1, last), 0)]:
            by_sentence.setdefault(number, []).append((start, end))
    found: set[Interval] = set()
    for start, end in left:
        number = sentences[min(start, last)]
        if number != sentences[max(min(end - 1, last), 0)]:
            continue
        for other_start, other_end in by_sentence.get(number, ()):
            if not node.ordered or end <= other_start:
                found.add((min(start, other_start), max(end, other_end)))
        if len(found) >= MOST_INTERVALS:
            break
    return sorted(found)
