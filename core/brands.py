"""Where a post names brands: a client's own terms, and the names of who competes with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from ahocorasick_rs import AhoCorasick, Implementation

from core.posts import Post
from core.query_language.matcher import Span
from core.sentiment.contrasts import SET_APART

Place = tuple[int, int]
Places = dict[UUID, list[Place]]

# Shorter names are found inside too much else.
SHORTEST_NAME = 3
# Polarity of a term by itself from which it is no name but what was said: a query may ask for "brand AND lemot".
_SAYS_SOMETHING = 0.5


class Competitor(NamedTuple):
    """Who competes with a client, by name."""

    id: UUID
    client_id: UUID
    name: str


class Competitors:
    """The names of an agency's competitors, and the words that set brands apart, looked for in one pass."""

    def __init__(self, competitors: Iterable[Competitor]) -> None:
        self._by_name: dict[str, list[Competitor]] = {}
        for each in competitors:
            name = " ".join(each.name.lower().split())
            if len(name) >= SHORTEST_NAME:
                self._by_name.setdefault(name, []).append(each)
        self._words = [*self._by_name, *(word for word in SET_APART if word not in self._by_name)]
        self._automaton = AhoCorasick(self._words, implementation=Implementation.ContiguousNFA)

    def named(self, text: str) -> tuple[Places, bool]:
        """Where competitors are named, by their ids, and whether a word sets one brand apart from another."""
        lowered = text.lower()
        if len(lowered) != len(text):  # its places would not be those of the text
            return {}, False
        found: Places = {}
        sets_apart = False
        for number, start, end in self._automaton.find_matches_as_indexes(lowered, overlapping=True):
            if _is_word(lowered, start, end):
                word = self._words[number]
                sets_apart = sets_apart or word not in self._by_name
                for each in self._by_name.get(word, ()):
                    found.setdefault(each.id, []).append((start, end))
        return found, sets_apart


def places_of(post: Post, spans: Iterable[Span]) -> list[Place]:
    """Spans of the fields that are read, as places of the whole text."""
    offsets = {"title": 0, "text": len(post.title) + 1 if post.title else 0}
    return sorted(
        {(offsets[span.field] + span.start, offsets[span.field] + span.end) for span in spans if span.field in offsets}
    )


def names_among(
    text: str, places: Sequence[Place], name: str, polarities: Callable[[Sequence[str]], Mapping[str, float]]
) -> list[Place]:
    """Of the terms of a client that a post holds, those that name it.

    Those that share a word with the client's `name`, if there are such; or else those that say nothing by themselves,
    the plainest one at least.
    """
    terms = {place: text[place[0] : place[1]].lower() for place in places}
    words = set(name.lower().split())
    own = [place for place, term in terms.items() if words & set(term.split())]
    if own or len(set(terms.values())) < 2:
        return own or list(places)
    says = polarities(sorted(set(terms.values())))
    least = min(abs(polarity) for polarity in says.values())
    return [place for place, term in terms.items() if abs(says[term]) <= max(least, _SAYS_SOMETHING)]


def _is_word(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalnum() if start else False) and not text[end : end + 1].isalnum()
