"""Tree and text to the spans that matched."""

from collections.abc import Callable
from typing import Any, NamedTuple

from core.posts import Post
from core.query_language.conditions import Condition, post_condition
from core.query_language.document import Document, key
from core.query_language.proximity import literal_spans, places
from core.query_language.syntax import (
    And,
    Filter,
    Literal,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Range,
    SameSentence,
    Stem,
    Within,
)

_FEW = 8
"""So many words are looked for one by one before a set of the post's words is made."""


class Span(NamedTuple):
    """A stretch of one field of a post, in characters of the original text."""

    field: str
    start: int
    end: int


Spans = list[Span]


def matches(query: Query, post: Post) -> tuple[Span, ...] | None:
    """What in a post the query speaks of, or `None` when it does not match.

    A query that matches by author, site or link alone has no span. Fields are title, text, bio and author_name.
    """
    return located(query.tree, Document(post))


def located(tree: Node, document: Document) -> tuple[Span, ...] | None:
    """The spans of a tree in a post that is already read, in order, or `None`."""
    found = _spans(tree, document, None)
    return None if found is None else tuple(sorted(set(found), key=_in_order) if len(found) > 1 else found)


def _in_order(span: Span) -> tuple[bool, str, int, int]:
    return span.field != "title", span.field, span.start, span.end


def _spans(node: Node, document: Document, scope: str | None) -> Spans | None:
    return _LOCATORS[type(node)](node, document, scope)


def _text_spans(node: Node, document: Document, scope: str | None) -> Spans | None:
    return [
        Span(name, *passage.stretch(first, last))
        for name, passage in document.passages(scope)
        for first, last in places(node, passage)
    ] or None


def _literal_spans(node: Literal, document: Document, scope: str | None) -> Spans | None:
    return [
        Span(name, *span) for name, passage in document.passages(scope) for span in literal_spans(node, passage)
    ] or None


def _and_spans(node: And, document: Document, scope: str | None) -> Spans | None:
    found: Spans = []
    for child in node.children:
        spans = _spans(child, document, scope)
        if spans is None:
            return None
        found += spans
    return found


def _or_spans(node: Or, document: Document, scope: str | None) -> Spans | None:
    found: Spans | None = None
    for child in node.children:
        spans = _spans(child, document, scope)
        if spans is not None:
            found = spans if found is None else found + spans
    return found


def _not_spans(node: Not, document: Document, scope: str | None) -> Spans | None:
    return [] if _spans(node.child, document, scope) is None else None


def _within_spans(node: Within, document: Document, _: str | None) -> Spans | None:
    return _spans(node.child, document, node.field_name)


def _no_spans(node: Filter | Range, document: Document, _: str | None) -> Spans | None:
    return [] if post_condition(node)(document) else None


_LOCATORS: dict[type[Node], Callable[[Any, Document, str | None], Spans | None]] = {
    And: _and_spans,
    Or: _or_spans,
    Not: _not_spans,
    Within: _within_spans,
    Filter: _no_spans,
    Range: _no_spans,
    Literal: _literal_spans,
    Phrase: _text_spans,
    Stem: _text_spans,
    Near: _text_spans,
    SameSentence: _text_spans,
}


# The same rules as functions that only tell whether: most queries that a post touches do not match it.


def prepared(node: Node, scope: str | None = None) -> Condition:
    """A function that tells whether a tree matches a post."""
    return _PREPARERS[type(node)](node, scope)


def _phrase_test(node: Phrase, scope: str | None) -> Condition:
    straw = _straw(node) if scope is None else None
    if straw is not None:
        return lambda document: straw in document.haystack
    return _text_test(node, scope)


def _straw(node: Node) -> str | None:
    """What the haystack of a post holds exactly when the post has this phrase; not every phrase has such a string."""
    if not isinstance(node, Phrase) or node.slop is not None:
        return None
    first, *rest = node.elements
    if rest and any(element.is_hashtag or element.is_wildcard for element in node.elements):
        return None
    if not first.is_wildcard:
        return key(node.elements)
    return f" {'#' * first.is_hashtag}{first.fixed}" if first.text == first.fixed + "*" else None


def _text_test(node: Node, scope: str | None) -> Condition:
    return lambda document: any(places(node, passage) for _, passage in document.passages(scope))


def _near_test(node: Near | SameSentence, scope: str | None) -> Condition:
    left, right, near = prepared(node.left, scope), prepared(node.right, scope), _text_test(node, scope)
    return lambda document: left(document) and right(document) and near(document)


def _literal_test(node: Literal, scope: str | None) -> Condition:
    return lambda document: any(literal_spans(node, passage) for _, passage in document.passages(scope))


def _and_test(node: And, scope: str | None) -> Condition:
    straws, tests = _cheap_and_dear(node.children, scope)
    if len(straws) == len(tests) == 1:
        straw, test = straws[0], tests[0]
        return lambda document: straw in document.haystack and test(document)

    def holds(document: Document) -> bool:
        haystack = document.haystack
        for straw in straws:
            if straw not in haystack:
                return False
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests it runs
            if not test(document):
                return False
        return True

    return holds


def _or_test(node: Or, scope: str | None) -> Condition:
    straws, tests = _cheap_and_dear(node.children, scope)
    if len(straws) > _FEW:
        words = frozenset(straw[1:-1] for straw in straws if _is_word(straw))
        straws = [straw for straw in straws if not _is_word(straw)]
        tests.insert(0, lambda document: not words.isdisjoint(document.words))

    def holds(document: Document) -> bool:
        haystack = document.haystack
        for straw in straws:
            if straw in haystack:
                return True
        for test in tests:  # noqa: SIM110 - a generator costs more than the tests it runs
            if test(document):
                return True
        return False

    return holds


def _cheap_and_dear(nodes: tuple[Node, ...], scope: str | None) -> tuple[list[str], list[Condition]]:
    """Strings to look for in the haystack, and tests for the nodes that have none."""
    straws = [straw for node in nodes if scope is None and (straw := _straw(node)) is not None]
    return straws, [prepared(node, scope) for node in nodes if scope is not None or _straw(node) is None]


def _is_word(straw: str) -> bool:
    return straw[-1] == " " and straw[1] != "#" and " " not in straw[1:-1]


def _not_test(node: Not, scope: str | None) -> Condition:
    test = prepared(node.child, scope)
    return lambda document: not test(document)


def _within_test(node: Within, _: str | None) -> Condition:
    return prepared(node.child, node.field_name)


def _post_test(node: Filter | Range, _: str | None) -> Condition:
    return post_condition(node)


_PREPARERS: dict[type[Node], Callable[[Any, str | None], Condition]] = {
    And: _and_test,
    Or: _or_test,
    Not: _not_test,
    Within: _within_test,
    Filter: _post_test,
    Range: _post_test,
    Literal: _literal_test,
    Phrase: _phrase_test,
    Stem: _text_test,
    Near: _near_test,
    SameSentence: _near_test,
}
