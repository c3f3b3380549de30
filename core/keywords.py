"""Keywords: whether a query reads its author's own examples as told, and at what effort."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import singledispatch

from core.errors import FieldProblem, Invalid
from core.posts import Post
from core.query_language.document import Document
from core.query_language.matcher import Span, located
from core.query_language.parser import parse
from core.query_language.problems import Problem, QuerySyntaxError
from core.query_language.proximity import MOST_INTERVALS, element_positions
from core.query_language.syntax import (
    And,
    Literal,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    SameSentence,
    Stem,
    Within,
)
from core.text import Passage

MOST_EFFORT = 400_000
"""Steps of matching that one request may cost, a third of a second. A real query takes about forty on a short post."""

MOST_PROBLEMS = 50
"""So many problems of one query are told; whoever has more begins with these."""

LONGEST_SUGGESTION = 300  # characters


@dataclass(frozen=True, slots=True)
class Miss:
    """A sample that came out otherwise than told; `pointer` names it within its keyword."""

    pointer: str
    must_match: bool


def read(text: str) -> Query:
    """The query that a keyword collects by.

    Raises: `Invalid` with the code `query_syntax`, and one problem for each place of the query that is wrong.
    """
    try:
        return parse(text)
    except QuerySyntaxError as error:
        problems = [_told(problem) for problem in error.problems[:MOST_PROBLEMS]]
        raise Invalid("The query cannot be read.", code="query_syntax", problems=problems) from None


def judge(query: Query, must_match: Iterable[Post], must_not_match: Iterable[Post]) -> tuple[Miss, ...]:
    """The samples that come out otherwise than told, in their order.

    Raises: `Invalid` with the code `query_too_costly`.
    """
    wanted, unwanted = _documents(must_match), _documents(must_not_match)
    check_effort(query, (*wanted, *unwanted))
    missed = [number for number, each in enumerate(wanted) if located(query.tree, each) is None]
    caught = [number for number, each in enumerate(unwanted) if located(query.tree, each) is not None]
    return (
        *(Miss(f"/must_match/{number}", must_match=True) for number in missed),
        *(Miss(f"/must_not_match/{number}", must_match=False) for number in caught),
    )


def attempt(query: Query, posts: Iterable[Post]) -> list[tuple[Span, ...] | None]:
    """What in each post the query speaks of; None where it does not match.

    Raises: `Invalid` with the code `query_too_costly`.
    """
    documents = _documents(posts)
    check_effort(query, documents)
    return [located(query.tree, document) for document in documents]


def check_effort(query: Query, documents: Sequence[Document]) -> None:
    """Refuse a query that would take too long on these posts, before it does.

    Raises: `Invalid` with the code `query_too_costly`.
    """
    left = MOST_EFFORT
    for document in documents:
        left -= effort(query, document)
        if left < 0:
            detail = "Matching it against these posts takes too long. Use fewer NEAR and SENTENCE, or shorter posts."
            problem = FieldProblem("query_too_costly", detail, pointer="/query")
            raise Invalid("The query is too costly for its posts.", code="query_too_costly", problems=[problem])


def effort(query: Query, document: Document) -> int:
    """How many steps matching takes at most.

    Units: steps of about a microsecond.
    """
    return sum(_cost(query.tree, passage)[1] + len(passage.source) // 8 for passage in _searched(query.tree, document))


def _told(problem: Problem) -> FieldProblem:
    """A problem of a query as a problem of the field that holds it, with its place in words."""
    detail = f"{problem.detail} At offset {problem.offset}, length {problem.length}."
    if problem.suggestion:
        detail += f" Suggestion: {shortened(problem.suggestion)}"
    return FieldProblem(problem.code, detail, pointer="/query")


def shortened(suggestion: str) -> str:
    """A suggestion short enough to be told; one that mends a long query may be as long as that."""
    return suggestion if len(suggestion) <= LONGEST_SUGGESTION else suggestion[: LONGEST_SUGGESTION - 1] + "…"


def _documents(posts: Iterable[Post]) -> tuple[Document, ...]:
    return tuple(map(Document, posts))


def _searched(tree: Node, document: Document) -> Iterable[Passage]:
    """Every passage that a part of the query may search; those of filters only cost next to nothing."""
    names = {passage for _, passage in document.passages(None)}
    if any(isinstance(node, Within) and node.field_name in {"bio", "author_name"} for node in _nodes(tree)):
        names |= {document.bio, document.author_name}
    return names


def _nodes(tree: Node) -> Iterable[Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += _children(node)


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, (And, Or)):
        return node.children
    if isinstance(node, (Not, Within)):
        return (node.child,)
    return (node.left, node.right) if isinstance(node, (Near, SameSentence)) else ()


# How many places a condition has in a passage at most, and how many steps finding them takes.


@singledispatch
def _cost(node: Node, passage: Passage) -> tuple[int, int]:
    parts = [_cost(child, passage) for child in _children(node)]
    places = sum(part[0] for part in parts)
    return places, sum(part[1] for part in parts) + 2 * places + 1


@_cost.register
def _(node: Phrase, passage: Passage) -> tuple[int, int]:
    counts = [len(element_positions(element, passage)) for element in node.elements]
    size, total = len(counts), sum(counts)
    looked_at = 1 + size + sum(len(passage.places) // 8 for element in node.elements if element.is_wildcard)
    if not counts or not all(counts):
        return 0, looked_at
    if node.slop is None or size == 1:
        return min(counts), looked_at + 2 * total
    width = size + node.slop
    starts, inside = min(total, len(passage.tokens)), sum(min(count, width) for count in counts)
    return starts, looked_at + starts * (total + min(width, inside) * (inside + size * size)) // 4


@_cost.register
def _(node: Literal, passage: Passage) -> tuple[int, int]:
    found = passage.source.casefold().count(node.text.casefold()) * len(node.text)
    return found, 4 * found + 1


@_cost.register
def _(node: Stem, passage: Passage) -> tuple[int, int]:  # noqa: ARG001 - any root may be that of any word
    return len(passage.tokens), len(passage.tokens)


@_cost.register
def _(node: Near, passage: Passage) -> tuple[int, int]:
    return _pairs(node, passage, 2 * MOST_INTERVALS)


@_cost.register
def _(node: SameSentence, passage: Passage) -> tuple[int, int]:
    return _pairs(node, passage, MOST_INTERVALS)


def _pairs(node: Near | SameSentence, passage: Passage, most: int) -> tuple[int, int]:
    """Proximity pairs the places of its operands, and keeps so many of the pairs."""
    left, left_steps = _cost(node.left, passage)
    right, right_steps = _cost(node.right, passage)
    tried, tokens = left * right, len(passage.tokens)
    return min(tried, most + right, tokens * (tokens + 1) // 2), left_steps + right_steps + 4 * tried + 1
