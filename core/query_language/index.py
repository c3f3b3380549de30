"""All agencies' queries at once: which of one agency's queries does a post match?

One automaton finds every announcing string of every query in one pass over a post; only queries of the post's agency
that were announced are evaluated.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from core.posts import Post
from core.query_language.conditions import Condition
from core.query_language.document import Document
from core.query_language.matcher import Span, located, prepared
from core.query_language.needs import needs
from core.query_language.syntax import Query


class Entry(NamedTuple):
    """One query to be matched: `key` names it within its `owner`, the agency."""

    key: Hashable
    owner: Hashable
    query: Query


class Match(NamedTuple):
    """A query that matched a post, and where."""

    key: Hashable
    spans: tuple[Span, ...]


class _Candidate:
    """A query of one owner; its test is prepared when a post first touches it."""

    __slots__ = ("key", "order", "query", "test")

    def __init__(self, order: int, entry: Entry) -> None:
        self.order, self.key, self.query = order, entry.key, entry.query
        self.test: Condition | None = None

    def prepare(self) -> Condition:
        self.test = prepared(self.query.tree)
        return self.test


@dataclass(slots=True)
class _Desk:
    """One owner's queries by what announces them."""

    by_string: dict[int, list[_Candidate]] = field(default_factory=dict[int, list[_Candidate]])
    by_author: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    by_site: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    by_links: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    by_url: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    always: list[_Candidate] = field(default_factory=list[_Candidate])


class MatchIndex:
    """Queries of all owners, ready to be matched. It never changes; build another and swap the reference."""

    __slots__ = ("_automaton", "_desks", "entry_count", "term_count")

    def __init__(self, automaton: AhoCorasick | None, desks: dict[Hashable, _Desk], terms: int, entries: int) -> None:
        self._automaton, self._desks = automaton, desks
        self.term_count, self.entry_count = terms, entries

    @classmethod
    def build(cls, entries: Iterable[Entry]) -> "MatchIndex":
        """The index of these queries. Takes seconds for a hundred thousand: run it off the event loop."""
        numbers: dict[str, int] = {}
        desks: dict[Hashable, _Desk] = {}
        count = 0
        for count, entry in enumerate(entries, start=1):
            desk = desks.setdefault(entry.owner, _Desk())
            _file(_Candidate(count, entry), desk, numbers)
        automaton = None
        if numbers:
            automaton = AhoCorasick(numbers, store_patterns=False, implementation=Implementation.ContiguousNFA)
        return cls(automaton, desks, len(numbers), count)

    def match(self, post: Post, owner: Hashable) -> list[Match]:
        """The queries of an owner that a post matches, in the order in which the index was given them."""
        document = Document(post)
        found = _holding(self._announced(document, owner), document)
        return [Match(candidate.key, located(candidate.query.tree, document) or ()) for candidate in found]

    def keys(self, post: Post, owner: Hashable) -> list[Hashable]:
        """The keys of the same queries: for who needs to count and not to show."""
        document = Document(post)
        return [candidate.key for candidate in _holding(self._announced(document, owner), document)]

    def announced(self, post: Post, owner: Hashable) -> int:
        """How many queries of an owner something in the post announces: the first stage alone, to be measured."""
        return len(self._announced(Document(post), owner))

    def _announced(self, document: Document, owner: Hashable) -> set[_Candidate]:
        """The queries that something in the post announces."""
        desk = self._desks.get(owner)
        if desk is None:
            return set()
        found = set(desk.always)
        if self._automaton is not None and desk.by_string:
            by_string = desk.by_string
            for number, _, _ in self._automaton.find_matches_as_indexes(document.haystack, overlapping=True):
                if number in by_string:
                    found.update(by_string[number])
        if desk.by_author:
            found.update(desk.by_author.get(document.author, ()))
        if desk.by_site:
            found.update(*(desk.by_site.get(host, ()) for host in document.hosts))
        if desk.by_links:
            found.update(*(desk.by_links.get(host, ()) for host in document.linked_hosts))
        if desk.by_url:
            found.update(desk.by_url.get(document.address.split("/", 1)[0], ()))
        return found


def _holding(candidates: Iterable[_Candidate], document: Document) -> list[_Candidate]:
    if not candidates:
        return []
    found = [candidate for candidate in candidates if (candidate.test or candidate.prepare())(document)]
    if len(found) > 1:
        found.sort(key=_order)
    return found


def _order(candidate: _Candidate) -> int:
    return candidate.order


def _file(candidate: _Candidate, desk: _Desk, numbers: dict[str, int]) -> None:
    needed = needs(candidate.query.tree).keys
    if not needed:
        desk.always.append(candidate)
    for kind, value in needed:
        if kind == "text":
            number = numbers.setdefault(value, len(numbers))
            desk.by_string.setdefault(number, []).append(candidate)
        else:
            shelf: dict[str, list[_Candidate]] = getattr(desk, f"by_{kind}")
            shelf.setdefault(value, []).append(candidate)
