"""The expression tree of a keyword query.

Every node knows where it was written: `offset` and `length` count characters of the query. Trees are compared by
meaning; the place does not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.query_language.problems import Problem

DEFAULT_DISTANCE = 15
"""Tokens that may stand between the operands of NEAR when no number is given."""

LARGEST_DISTANCE = 50

TEXT_FIELDS = ("title", "text")
"""The fields that a bare term searches; proximity and phrases never cross from one to the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One symbol or one combination of symbols."""

    offset: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


def hull(nodes: Sequence[Node]) -> dict[str, int]:
    """The place from the first to the last of some nodes."""
    start = min((node.offset for node in nodes), default=0)
    return {"offset": start, "length": max((node.offset + node.length for node in nodes), default=0) - start}


@dataclass(frozen=True, slots=True)
class Element:
    """One token of a phrase, folded: a word, an emoji, a hashtag without its sign, a handle with it."""

    text: str
    is_hashtag: bool = False

    @property
    def is_wildcard(self) -> bool:
        return "*" in self.text or "?" in self.text

    @property
    def fixed(self) -> str:
        """What stands before the first wildcard."""
        return self.text.split("*", 1)[0].split("?", 1)[0]


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Adjacent tokens in order, often a single one; with `slop`, all in any order in a slightly wider window."""

    elements: tuple[Element, ...]
    slop: int | None = None


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """The very characters: `raw:`, and without regard to case `exact:`."""

    text: str
    ignores_case: bool = False


@dataclass(frozen=True, slots=True)
class Stem(Node):
    """Every word that Indonesian affixes make of one root."""

    root: str


@dataclass(frozen=True, slots=True)
class Near(Node):
    """Both operands with at most `distance` tokens between them."""

    left: Node
    right: Node
    distance: int = DEFAULT_DISTANCE
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class SameSentence(Node):
    """Both operands in one sentence."""

    left: Node
    right: Node
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class And(Node):
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    child: Node


@dataclass(frozen=True, slots=True)
class Within(Node):
    """A text condition restricted to one field of the post: title, text, bio, author_name."""

    field_name: str
    child: Node


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """A condition on what a post is or where it comes from; `value` is already in the form that is compared."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Range(Node):
    """A number between two bounds, both included; a missing bound is open."""

    name: str
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A query that may be used: its tree, as it was written, and what its author should know."""

    tree: Node
    source: str
    warnings: tuple[Problem, ...] = ()
