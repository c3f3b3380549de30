"""Whether a whole query may be used, and what its author should know: rules on the finished tree."""

import re
from collections.abc import Iterator

from core.query_language.common_words import COMMON_WORDS
from core.query_language.problems import Problem, problem
from core.query_language.symbols import Symbol
from core.query_language.syntax import And, Element, Filter, Near, Node, Not, Or, Phrase, Range, SameSentence, Within

MOST_OPERANDS = 500
MOST_WILDCARDS = 50
DEEPEST = 12
"""Levels of brackets, and proximity operators in one chain."""
BROAD_PREFIX = 3
"""A wildcard after so few fixed characters is always called broad."""
BROAD_EXPANSION = 25
"""So many common words behind one wildcard make it broad."""

_SMALL_OPERATOR = re.compile(r"(?:and|or|not|dan|atau|o?near(?:/\d+f?)?)$", re.IGNORECASE)
_CAPITALS = {"dan": "AND", "atau": "OR"}
_SEARCHED = frozenset({"author", "site", "url", "links"})


def problems(tree: Node, source: str, *, late_filters: bool) -> list[Problem]:
    """Limits first; then branches that look for nothing, or only filter."""
    over = _over_limits(tree)
    if over:
        return over
    if bare := _first_bare(tree, needs_text=False):
        return [problem("negation_only", bare.offset, bare.length, suggestion=f"(…) AND {_written(bare, source)}")]
    if not late_filters and (bare := _first_bare(tree, needs_text=True)):
        return [problem("filter_only", bare.offset, bare.length, suggestion=f"(…) AND {_written(bare, source)}")]
    return []


def warnings(tree: Node, remarks: list[Problem]) -> tuple[Problem, ...]:
    """What the parser noticed and what the words themselves tell, in the order of the query, each thing once."""
    noticed = dict.fromkeys([*remarks, *_word_warnings(tree)])
    return tuple(sorted(noticed, key=lambda warning: (warning.offset, warning.code)))


def mixed(branch: Node, source: str) -> Problem:
    """A branch of OR that holds AND without brackets."""
    return problem("mixed_and_or", branch.offset, branch.length, suggestion=f"({_written(branch, source)})")


def unbracketed(negation: Node, source: str) -> Problem:
    """A NOT whose reach is easily misread."""
    child = _written(negation, source).removeprefix("NOT").lstrip("-–—− ")
    return problem("unbracketed_not", negation.offset, negation.length, suggestion=f"NOT ({child})")


def small_operator(symbol: Symbol) -> Problem | None:
    """A word that looks like an operator, but is not written in capitals."""
    if not _SMALL_OPERATOR.match(symbol.text):
        return None
    meant = _CAPITALS.get(symbol.text.lower(), symbol.text.upper().replace("F", "f"))
    return problem("lower_case_operator", symbol.offset, symbol.length, what=symbol.text, suggestion=meant)


def _written(node: Node, source: str) -> str:
    return source[node.offset : node.offset + node.length]


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, (And, Or)):
        return node.children
    if isinstance(node, (Not, Within)):
        return (node.child,)
    if isinstance(node, (Near, SameSentence)):
        return (node.left, node.right)
    return ()


def _over_limits(tree: Node) -> list[Problem]:
    """Counts without recursion: a chain of proximity operators may be as long as the query."""
    leaves: list[Node] = []
    wild: list[Node] = []
    longest = 0
    waiting = [(tree, 0)]
    while waiting:
        node, chain = waiting.pop()
        children = _children(node)
        chain += isinstance(node, (Near, SameSentence))
        longest = max(longest, chain)
        waiting += [(child, chain) for child in reversed(children)]
        if isinstance(node, Phrase) and node.slop is not None:
            # Words in any order are sought one by one.
            leaves += [node] * len(node.elements)
        elif not children:
            leaves.append(node)
        if isinstance(node, Phrase):
            wild += [node for element in node.elements if element.is_wildcard]
    counts = (
        _over("too_many_operands", leaves, MOST_OPERANDS),
        _over("too_many_wildcards", wild, MOST_WILDCARDS),
    )
    found = [over for over in counts if over]
    if longest > DEEPEST and not found:
        return [problem("too_deep", tree.offset, tree.length, limit=DEEPEST, found=longest)]
    return found


def _over(code: str, nodes: list[Node], limit: int) -> Problem | None:
    if len(nodes) <= limit:
        return None
    first = nodes[limit]
    return problem(code, first.offset, first.length, limit=limit, found=len(nodes))


def _first_bare(node: Node, *, needs_text: bool, is_negated: bool = False) -> Node | None:
    """The first part that lets a post through without asking for anything positive, or for any text."""
    if isinstance(node, Not):
        inner = _first_bare(node.child, needs_text=needs_text, is_negated=not is_negated)
        return node if inner else None
    if isinstance(node, (And, Or)):
        bare = [_first_bare(child, needs_text=needs_text, is_negated=is_negated) for child in node.children]
        if isinstance(node, And) != is_negated:
            return node if all(bare) else None
        return next((found for found in bare if found), None)
    if is_negated or (needs_text and _is_mere_filter(node)):
        return node
    return None


def _is_mere_filter(node: Node) -> bool:
    return isinstance(node, Range) or (isinstance(node, Filter) and node.name not in _SEARCHED)


def _word_warnings(node: Node) -> Iterator[Problem]:
    if isinstance(node, Phrase):
        yield from _phrase_warnings(node)
    elif not isinstance(node, Not):
        is_narrowed = isinstance(node, (Near, SameSentence)) or (isinstance(node, And) and _is_specific(node))
        for child in _children(node):
            found = _word_warnings(child)
            yield from (warning for warning in found if not (is_narrowed and warning.code == "common_word"))


def _is_specific(node: Node) -> bool:
    """Does every match ask for something rarer than a common word? Then a common word beside it only narrows."""
    if isinstance(node, Phrase):
        return not _is_common(node)
    if isinstance(node, And):
        return any(map(_is_specific, node.children))
    if isinstance(node, Or):
        return all(map(_is_specific, node.children))
    if isinstance(node, Within):
        return _is_specific(node.child)
    return not (isinstance(node, Not) or _is_mere_filter(node))


def _is_common(node: Phrase) -> bool:
    first = node.elements[0]
    return len(node.elements) == 1 and first.text in COMMON_WORDS and not first.is_hashtag


def _phrase_warnings(node: Phrase) -> Iterator[Problem]:
    first = node.elements[0]
    if len(node.elements) == 1 and _is_broad(first):
        yield problem("broad_wildcard", node.offset, node.length, what=first.text, suggestion=f"{first.fixed}…*")
    if _is_common(node):
        word = node.elements[0].text
        yield problem("common_word", node.offset, node.length, what=word, suggestion=f'"{word} …"')


def _is_broad(element: Element) -> bool:
    if element.text[-1] != "*" or element.is_hashtag:
        return False
    prefix = element.fixed
    return (
        len(prefix) <= BROAD_PREFIX
        or sum(map(str.startswith, COMMON_WORDS, [prefix] * len(COMMON_WORDS))) >= BROAD_EXPANSION
    )
