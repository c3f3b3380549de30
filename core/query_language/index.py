"""All agencies' queries at once: which of one agency's queries does a post match?

One pass of an automaton over a post finds every string that announces a query; only queries of the post's agency that
were announced are evaluated. Making an automaton stops every other thread, so each holds a bounded number of strings:
agencies share one until it is full, and only a very large agency needs more than one.
"""

import gc
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

LARGEST_AUTOMATON = 10_000
"""Strings. It takes about 15 ms to make; ten times as many take a quarter of a second and more."""


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

    by_text: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    by_author: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    by_site: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    by_links: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    by_url: dict[str, list[_Candidate]] = field(default_factory=dict[str, list[_Candidate]])
    always: list[_Candidate] = field(default_factory=list[_Candidate])
    shelves: list[tuple[AhoCorasick, dict[int, list[_Candidate]]]] = field(
        default_factory=list[tuple[AhoCorasick, dict[int, list[_Candidate]]]]
    )
    """Automata, and whom their strings announce by number; filled from `by_text`."""


class MatchIndex:
    """Queries of all owners, ready to be matched. It never changes; build another and swap the reference."""

    __slots__ = ("_desks", "entry_count", "term_count")

    def __init__(self, desks: dict[Hashable, _Desk], entry_count: int) -> None:
        self._desks, self.entry_count = desks, entry_count
        self.term_count = sum(len(desk.by_text) for desk in desks.values())

    @classmethod
    def build(cls, entries: Iterable[Entry]) -> "MatchIndex":
        """The index of these queries.

        It takes seconds for a hundred thousand: run it in a thread beside the event loop. Nothing it makes refers back
        to itself, so the collector of cycles, whose passes over so many objects stop every thread, rests meanwhile; a
        worker that keeps a large index does well to `gc.freeze()` afterwards.
        """
        was_collecting = gc.isenabled()
        gc.disable()
        try:
            desks: dict[Hashable, _Desk] = {}
            count = 0
            for count, entry in enumerate(entries, start=1):
                _file(_Candidate(count, entry), desks.setdefault(entry.owner, _Desk()))
            _furnish(desks.values())
        finally:
            if was_collecting:
                gc.enable()
        return cls(desks, count)

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
        for shelf, by_number in desk.shelves:
            for number, _, _ in shelf.find_matches_as_indexes(document.haystack, overlapping=True):
                if number in by_number:
                    found.update(by_number[number])
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


def _file(candidate: _Candidate, desk: _Desk) -> None:
    needed = needs(candidate.query.tree).keys
    if not needed:
        desk.always.append(candidate)
    for kind, value in needed:
        drawer: dict[str, list[_Candidate]] = getattr(desk, f"by_{kind}")
        drawer.setdefault(value, []).append(candidate)


def _furnish(desks: Iterable[_Desk]) -> None:
    """Make the automata. A desk that fits into one automaton is never spread over two."""
    numbers: dict[str, int] = {}
    readers: list[tuple[_Desk, dict[int, list[_Candidate]]]] = []
    for desk in desks:
        if len(numbers) + len(desk.by_text) > LARGEST_AUTOMATON:
            _close(numbers, readers)
            numbers, readers = {}, []
        by_number: dict[int, list[_Candidate]] = {}
        for text, candidates in desk.by_text.items():
            if len(numbers) == LARGEST_AUTOMATON and text not in numbers:
                _close(numbers, [*readers, (desk, by_number)])
                numbers, readers, by_number = {}, [], {}
            by_number[numbers.setdefault(text, len(numbers))] = candidates
        readers.append((desk, by_number))
    _close(numbers, readers)


def _close(numbers: dict[str, int], readers: list[tuple[_Desk, dict[int, list[_Candidate]]]]) -> None:
    if not numbers:
        return
    automaton = AhoCorasick(numbers, store_patterns=False, implementation=Implementation.ContiguousNFA)
    for desk, by_number in readers:
        if by_number:
            desk.shelves.append((automaton, by_number))
