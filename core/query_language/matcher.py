"""Tree and text to the spans that matched."""

from collections.abc import Callable
from typing import NamedTuple

from core.posts import Post
from core.query_language.conditions import filter_condition, range_condition
from core.query_language.document import Document
from core.query_language.proximity import literal_spans, places
from core.query_language.syntax import And, Element, Filter, Literal, Node, Not, Or, Phrase, Query, Range, Within

Test = Callable[[Document], bool]


class Span(NamedTuple):
    """A stretch of one field of a post, in characters of the original text."""

    field: str
    start: int
    end: int


def matches(query: Query, post: Post) -> tuple[Span, ...] | None:
    """What in a post the query speaks of, or `None` when it does not match.

    A query that matches by author, site or link alone has no span. Fields are title, text, bio and author_name.
    """
    return located(query.tree, Document(post))


def located(tree: Node, document: Document) -> tuple[Span, ...] | None:
    """The spans of a tree in a post that is already read, in order, or `None`."""
    found = _spans(tree, document, None)
    return None if found is None else tuple(sorted(set(found), key=_in_order))


def _in_order(span: Span) -> tuple[bool, str, int, int]:
    return span.field != "title", span.field, span.start, span.end


def _spans(node: Node, document: Document, scope: str | None) -> list[Span] | None:
    if isinstance(node, And):
        return _all_spans(node, document, scope)
    if isinstance(node, Or):
        found = [spans for child in node.children if (spans := _spans(child, document, scope)) is not None]
        return [span for spans in found for span in spans] if found else None
    if isinstance(node, Not):
        return [] if _spans(node.child, document, scope) is None else None
    if isinstance(node, Within):
        return _spans(node.child, document, node.field_name)
    if isinstance(node, Filter):
        return [] if filter_condition(node)(document) else None
    if isinstance(node, Range):
        return [] if range_condition(node)(document) else None
    return _text_spans(node, document, scope) or None


def _all_spans(node: And, document: Document, scope: str | None) -> list[Span] | None:
    found: list[Span] = []
    for child in node.children:
        spans = _spans(child, document, scope)
        if spans is None:
            return None
        found += spans
    return found


def _text_spans(node: Node, document: Document, scope: str | None) -> list[Span]:
    found: list[Span] = []
    for name, passage in document.passages(scope):
        if isinstance(node, Literal):
            found += (Span(name, *span) for span in literal_spans(node, passage))
            continue
        for first, last in places(node, passage):
            spans = passage.spans
            found.append(Span(name, spans[first][0], spans[last - 1][1]))
    return found


# The same rules as tests without spans, for the many queries that a post touches and does not match.


def test_of(node: Node, scope: str | None = None) -> Test:
    """A function that tells whether a tree matches a post."""
    if isinstance(node, And):
        return _all_of([test_of(child, scope) for child in node.children])
    if isinstance(node, Or):
        return _or_test(node, scope)
    if isinstance(node, Not):
        return _not(test_of(node.child, scope))
    if isinstance(node, Within):
        return test_of(node.child, node.field_name)
    if isinstance(node, Filter):
        return filter_condition(node)
    if isinstance(node, Range):
        return range_condition(node)
    if isinstance(node, Phrase) and scope is None and len(node.elements) == 1 and not node.elements[0].is_wildcard:
        return _word_test(node.elements[0])
    return _somewhere(node, scope)


def _all_of(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda document: first(document) and second(document)

    def holds(document: Document) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests it runs
            if not test(document):
                return False
        return True

    return holds


def _any_of(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def holds(document: Document) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests it runs
            if test(document):
                return True
        return False

    return holds


def _or_test(node: Or, scope: str | None) -> Test:
    words: set[str] = set()
    tests: list[Test] = []
    for child in node.children:
        word = _plain_word(child) if scope is None else None
        if word is None:
            tests.append(test_of(child, scope))
        else:
            words.add(word)
    if words:
        tests.insert(0, _one_of(frozenset(words)))
    return _any_of(tests)


def _plain_word(node: Node) -> str | None:
    if not isinstance(node, Phrase) or len(node.elements) != 1:
        return None
    element = node.elements[0]
    return None if element.is_wildcard or element.is_hashtag else element.text


def _one_of(words: frozenset[str]) -> Test:
    return lambda document: not words.isdisjoint(document.words)


def _word_test(element: Element) -> Test:
    word = element.text
    if element.is_hashtag:
        return lambda document: word in document.hashtags
    return lambda document: word in document.words


def _not(test: Test) -> Test:
    return lambda document: not test(document)


def _somewhere(node: Node, scope: str | None) -> Test:
    if isinstance(node, Literal):
        return lambda document: any(literal_spans(node, passage) for _, passage in document.passages(scope))
    return lambda document: any(places(node, passage) for _, passage in document.passages(scope))
