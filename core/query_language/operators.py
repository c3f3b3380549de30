"""Proximity operators: NEAR, ONEAR, SENTENCE, OSENTENCE, their distances and what may stand beside them."""

import re
from collections.abc import Callable, Iterator

from core.query_language.problems import Problem, problem
from core.query_language.symbols import Symbol
from core.query_language.syntax import (
    DEFAULT_DISTANCE,
    LARGEST_DISTANCE,
    And,
    Literal,
    Near,
    Node,
    Or,
    Phrase,
    SameSentence,
    Stem,
    hull,
)

_PROXIMITY = re.compile(r"(O?)(NEAR|SENTENCE)(?:/(.*))?$", re.DOTALL)
_DISTANCE = re.compile(r"(\d{1,9})(f?)$", re.ASCII)
_WORDS = (Phrase, Literal, Stem)

Combine = Callable[[Node, Node], Node]


def is_proximity(symbol: Symbol) -> bool:
    """Is it a proximity operator, well written or not?"""
    return symbol.kind == "run" and bool(_PROXIMITY.match(symbol.text))


def proximity(symbol: Symbol) -> tuple[Combine, Problem | None]:
    """What the operator makes of its two operands, and what is wrong with its distance."""
    match = _PROXIMITY.match(symbol.text)
    if match is None:
        raise ValueError(f"{symbol.text} is no proximity operator")
    is_ordered, amount = match[1] == "O", match[3]
    if match[2] == "SENTENCE":
        wrong = _wrong_distance(symbol, symbol.text.split("/")[0]) if amount is not None else None
        return lambda left, right: SameSentence(left, right, is_ordered, **hull([left, right])), wrong
    distance, wrong = DEFAULT_DISTANCE, None
    if amount is not None:
        found = _DISTANCE.match(amount)
        distance = int(found[1]) if found else LARGEST_DISTANCE
        if found is None or distance > LARGEST_DISTANCE or (is_ordered and found[2]):
            wrong = _wrong_distance(symbol, f"{match[1]}NEAR/{min(distance, LARGEST_DISTANCE)}")
        is_ordered = is_ordered or bool(found and found[2])
    return lambda left, right: Near(left, right, distance, is_ordered, **hull([left, right])), wrong


def _wrong_distance(symbol: Symbol, suggestion: str) -> Problem:
    start = symbol.offset + symbol.text.index("/") + 1
    return problem("near_distance", start, symbol.end - start, limit=LARGEST_DISTANCE, suggestion=suggestion)


def refused_operands(node: Node, source: str) -> Iterator[Problem]:
    """What inside an operand of proximity is neither a word nor an OR-group of words."""
    if isinstance(node, Or):
        for child in node.children:
            yield from refused_operands(child, source)
    elif not isinstance(node, (*_WORDS, Near, SameSentence)):
        yield problem("near_operand", node.offset, node.length, suggestion=_as_alternatives(node, source))


def _as_alternatives(node: Node, source: str) -> str:
    if not isinstance(node, And) or not all(isinstance(child, _WORDS) for child in node.children):
        return ""
    return "(" + " OR ".join(source[child.offset : child.offset + child.length] for child in node.children) + ")"
