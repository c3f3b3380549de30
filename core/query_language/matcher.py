"""Tree and text to the spans that matched."""

from functools import singledispatch
from typing import NamedTuple

from core.posts import Post
from core.query_language.conditions import Condition, post_condition
from core.query_language.document import Document
from core.query_language.proximity import literal_spans, places
from core.query_language.syntax import And, Filter, Literal, Node, Not, Or, Phrase, Query, Range, Within


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


@singledispatch
def _spans(node: Node, document: Document, scope: str | None) -> list[Span] | None:
    found = [
        Span(name, *passage.stretch(first, last))
        for name, passage in document.passages(scope)
        for first, last in places(node, passage)
    ]
    return found or None


@_spans.register
def _(node: Literal, document: Document, scope: str | None) -> list[Span] | None:
    found = [Span(name, *span) for name, passage in document.passages(scope) for span in literal_spans(node, passage)]
    return found or None


@_spans.register
def _(node: And, document: Document, scope: str | None) -> list[Span] | None:
    found: list[Span] = []
    for child in node.children:
        spans = _spans(child, document, scope)
        if spans is None:
            return None
        found += spans
    return found


@_spans.register
def _(node: Or, document: Document, scope: str | None) -> list[Span] | None:
    found = [spans for child in node.children if (spans := _spans(child, document, scope)) is not None]
    return [span for spans in found for span in spans] if found else None


@_spans.register
def _(node: Not, document: Document, scope: str | None) -> list[Span] | None:
    return [] if _spans(node.child, document, scope) is None else None


@_spans.register
def _(node: Within, document: Document, scope: str | None) -> list[Span] | None:  # noqa: ARG001 - the inner field counts
    return _spans(node.child, document, node.field_name)


@_spans.register(Filter)
@_spans.register(Range)
def _(node: Filter | Range, document: Document, scope: str | None) -> list[Span] | None:  # noqa: ARG001 - no text here
    return [] if post_condition(node)(document) else None


# The same rules as tests without spans, for the many queries that a post touches and does not match.


@singledispatch
def prepared(node: Node, scope: str | None = None) -> Condition:
    """A function that tells whether a tree matches a post."""
    return lambda document: any(places(node, passage) for _, passage in document.passages(scope))


@prepared.register
def _(node: Phrase, scope: str | None = None) -> Condition:
    element = node.elements[0]
    if scope is None and len(node.elements) == 1 and not element.is_wildcard:
        word = element.text
        if element.is_hashtag:
            return lambda document: word in document.hashtags
        return lambda document: word in document.words
    return lambda document: any(places(node, passage) for _, passage in document.passages(scope))


@prepared.register
def _(node: Literal, scope: str | None = None) -> Condition:
    return lambda document: any(literal_spans(node, passage) for _, passage in document.passages(scope))


@prepared.register
def _(node: And, scope: str | None = None) -> Condition:
    return _all_of([prepared(child, scope) for child in node.children])


@prepared.register
def _(node: Or, scope: str | None = None) -> Condition:
    words = frozenset(word for child in node.children if scope is None and (word := _plain_word(child)))
    tests = [prepared(child, scope) for child in node.children if _plain_word(child) not in words]
    return _any_of([_one_of(words), *tests] if words else tests)


@prepared.register
def _(node: Not, scope: str | None = None) -> Condition:
    test = prepared(node.child, scope)
    return lambda document: not test(document)


@prepared.register
def _(node: Within, scope: str | None = None) -> Condition:  # noqa: ARG001 - the inner field counts
    return prepared(node.child, node.field_name)


@prepared.register(Filter)
@prepared.register(Range)
def _(node: Filter | Range, scope: str | None = None) -> Condition:  # noqa: ARG001 - no text here
    return post_condition(node)


def _all_of(tests: list[Condition]) -> Condition:
    if len(tests) == 2:
        first, second = tests
        return lambda document: first(document) and second(document)

    def holds(document: Document) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests it runs
            if not test(document):
                return False
        return True

    return holds


def _any_of(tests: list[Condition]) -> Condition:
    if len(tests) == 1:
        return tests[0]

    def holds(document: Document) -> bool:
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests it runs
            if test(document):
                return True
        return False

    return holds


def _plain_word(node: Node) -> str | None:
    if not isinstance(node, Phrase) or len(node.elements) != 1:
        return None
    element = node.elements[0]
    return None if element.is_wildcard or element.is_hashtag else element.text


def _one_of(words: frozenset[str]) -> Condition:
    return lambda document: not words.isdisjoint(document.words)
