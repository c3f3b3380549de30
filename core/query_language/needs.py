"""What a post must hold for a query to be worth evaluating: a few rare things, any one of which is enough to look."""

from collections.abc import Iterable
from typing import NamedTuple

from core.query_language.common_words import COMMON_WORDS
from core.query_language.document import JOINT, key
from core.query_language.syntax import And, Element, Filter, Literal, Near, Node, Or, Phrase, SameSentence, Stem, Within
from core.text import Passage

IMPOSSIBLE = 1e9
"""The cost of a query that nothing announces: every post would have to be tried."""

_POST_TEXT = (None, "title", "text")


class Needs(NamedTuple):
    """Without one of `keys` a post cannot match; `cost` is how often, roughly, they come up.

    A key is a kind and a value: `text` is a string of the post's haystack, the others are names of filters.
    """

    keys: frozenset[tuple[str, str]]
    cost: float


_NONE = Needs(frozenset(), IMPOSSIBLE)


def needs(node: Node, scope: str | None = None) -> Needs:
    """The cheapest things of which a match must have one."""
    if isinstance(node, And):
        return _rarest(needs(child, scope) for child in node.children)
    if isinstance(node, Or):
        return _together(needs(child, scope) for child in node.children)
    if isinstance(node, (Near, SameSentence)):
        return _rarest((needs(node.left, scope), needs(node.right, scope)))
    if isinstance(node, Within):
        return needs(node.child, node.field_name)
    return _leaf_needs(node) if scope in _POST_TEXT or isinstance(node, Filter) else _NONE


def _leaf_needs(node: Node) -> Needs:
    if isinstance(node, Phrase):
        return _phrase_needs(node)
    if isinstance(node, Literal):
        return _literal_needs(node)
    if isinstance(node, Stem):
        return _stem_needs(node)
    return _filter_needs(node) if isinstance(node, Filter) else _NONE


def _rarest(found: Iterable[Needs]) -> Needs:
    return min(found, key=lambda need: need.cost)


def _together(found: Iterable[Needs]) -> Needs:
    keys: set[tuple[str, str]] = set()
    cost = 0.0
    for need in found:
        keys |= need.keys
        cost += need.cost
    return Needs(frozenset(keys), cost) if cost < IMPOSSIBLE else _NONE


def _filter_needs(node: Filter) -> Needs:
    if node.name == "url":
        return Needs(frozenset({("url", node.value.split("/", 1)[0])}), 5)
    costs = {"author": 1, "site": 20, "links": 5}
    if node.name in costs:
        return Needs(frozenset({(node.name, node.value)}), costs[node.name])
    return _NONE


def _text(key: str, cost: float) -> Needs:
    return Needs(frozenset({("text", key)}), cost)


def _phrase_needs(node: Phrase) -> Needs:
    elements = node.elements
    if len(elements) == 1:
        return _element_needs(elements[0])
    if node.slop is not None or any(element.is_wildcard for element in elements):
        return _rarest(map(_element_needs, elements))
    words = [element.text for element in elements]
    return _text(key(elements), min(map(_word_cost, words)) / (10 * len(words)))


def _element_needs(element: Element) -> Needs:
    if element.is_wildcard:
        return _text(f" {'#' * element.is_hashtag}{element.fixed}", 200 / len(element.fixed))
    cost = 1 if element.is_hashtag or element.text[0] == "@" else _word_cost(element.text)
    return _text(key((element,)), cost)


def _word_cost(word: str) -> float:
    """Rare words 4, common ones the more the higher they rank, very short ones as if common."""
    rank = COMMON_WORDS.get(word)
    if rank is not None:
        return 10 + 20_000 / (rank + 20)
    return 40 if len(word) < 3 else 4


def _literal_needs(node: Literal) -> Needs:
    """The rarest whole word of the literal, where it is sure to be a word of the post as well."""
    if not node.text.isascii() or any(sign in node.text for sign in ("#", "@", "//", "www.", "WWW.")):
        return _NONE
    word = min(Passage(node.text).tokens, key=_word_cost, default="")
    if not word:
        return _NONE
    # It may also be one piece of a word with an apostrophe.
    return Needs(frozenset({("text", f" {word} "), ("text", f"{JOINT}{word}{JOINT}")}), _word_cost(word))


def _stem_needs(node: Stem) -> Needs:
    """The root itself, or what a nasal prefix leaves of it."""
    root = node.root
    keys = {root}
    swallowed = {"k": "ng", "p": "m", "s": "ny", "t": "n"}.get(root[0])
    if swallowed:
        keys.add(swallowed + root[1:])
    return Needs(frozenset(("text", key) for key in keys), 300 / len(root))
