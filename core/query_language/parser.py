"""Text to tree; an error knows its position.

Precedence, strongest first: brackets, proximity, NOT, AND, OR. Brackets are counted before the tree is built, so that
no query, however deep, exhausts the stack.
"""

from core.query_language import review
from core.query_language.operands import Operands
from core.query_language.operators import is_proximity, proximity, refused_operands
from core.query_language.problems import Problem, QuerySyntaxError, problem
from core.query_language.symbols import Symbol, cut
from core.query_language.syntax import And, Node, Not, Or, Query, hull

LONGEST_QUERY = 8_192  # characters


def parse(text: str, *, late_filters: bool = False) -> Query:
    """The query that a text means, with warnings for its author.

    `late_filters` allows `sentiment:` and `score:`, which saved views and alert rules know and collection does not;
    such a query may consist of filters only.

    Raises:
        QuerySyntaxError: with every problem found and its place.

    """
    symbols, problems = _symbols(text)
    if problems:
        raise QuerySyntaxError(problems)
    reading = _Reading(symbols, text, late_filters=late_filters)
    tree = reading.any_of()
    problems = reading.problems or review.problems(tree, text, late_filters=late_filters)
    if problems:
        raise QuerySyntaxError(problems)
    return Query(tree, text, review.warnings(tree, reading.remarks))


def _symbols(text: str) -> tuple[list[Symbol], list[Problem]]:
    if len(text) > LONGEST_QUERY:
        over = len(text) - LONGEST_QUERY
        return [], [problem("too_long", LONGEST_QUERY, over, limit=LONGEST_QUERY, found=len(text))]
    if not text.strip():
        return [], [problem("empty_query", 0, len(text))]
    symbols, problems = cut(text)
    return symbols, problems or _bracket_problems(symbols, text)


def _bracket_problems(symbols: list[Symbol], text: str) -> list[Problem]:
    waiting: list[Symbol] = []
    problems: list[Problem] = []
    deepest, too_deep = 0, None
    for symbol in symbols:
        if symbol.kind == "(":
            waiting.append(symbol)
            deepest = max(deepest, len(waiting))
            too_deep = too_deep or (symbol if deepest > review.DEEPEST else None)
        elif symbol.kind == ")" and waiting:
            waiting.pop()
        elif symbol.kind == ")":
            without = text[: symbol.offset] + text[symbol.end :]
            problems.append(problem("unbalanced_parenthesis", symbol.offset, 1, suggestion=without.strip()))
    if too_deep:
        problems.append(problem("too_deep", too_deep.offset, 1, limit=review.DEEPEST, found=deepest))
    closed = text.rstrip() + ")" * len(waiting)
    return problems + [problem("unbalanced_parenthesis", left.offset, 1, suggestion=closed) for left in waiting]


class _Reading(Operands):
    """One pass over the symbols, from left to right; one method for each strength of binding."""

    def any_of(self) -> Node:
        branches = [self.all_of()]
        while self.is_at("OR"):
            self.at += 1
            branches.append(self.all_of())
        if len(branches) == 1:
            return branches[0]
        for branch in branches:
            # Brackets around a combination belong to its place.
            if isinstance(branch, And) and branch.offset == branch.children[0].offset:
                self._remark_on_mixing(branch)
        return Or(tuple(branches), **hull(branches))

    def all_of(self) -> Node:
        children = [self.negated()]
        while self.is_at("AND") or self.is_at_operand():
            if self.is_at("AND"):
                self.at += 1
            elif not self.is_at_negation() and self._is_loose(children[-1]):
                # NOT a b: it is easy to believe that both are excluded.
                self.remarks.append(review.unbracketed(children[-1], self.source))
            children.append(self.negated())
        return children[0] if len(children) == 1 else And(tuple(children), **hull(children))

    def negated(self) -> Node:
        first, count = self.symbol(), self._pass_negations()
        node = self.near()
        if count % 2 == 0 or first is None:
            return node
        return Not(node, offset=first.offset, length=node.offset + node.length - first.offset)

    def near(self) -> Node:
        left = self.operand()
        while (symbol := self.symbol()) and is_proximity(symbol):
            self.at += 1
            combine, wrong = proximity(symbol)
            self.problems += [wrong] if wrong else []
            if (refused := self.symbol()) and self._pass_negations():
                self.problems.append(problem("near_operand", refused.offset, refused.length))
            right = self.operand()
            self.problems += (*refused_operands(left, self.source), *refused_operands(right, self.source))
            left = combine(left, right)
        return left

    def operand(self) -> Node:
        symbol = self.symbol()
        if symbol is None or not self.is_at_operand() or symbol.is_negation:
            return self.missing()
        self.at += 1
        if symbol.kind == "(":
            return self.bracket(symbol, self.any_of)
        if symbol.kind == "quote":
            return self.quotation(symbol)
        return self.run(symbol, self.any_of)

    def _pass_negations(self) -> int:
        start = self.at
        while self.is_at_negation():
            self.at += 1
        return self.at - start

    def _is_loose(self, node: Node) -> bool:
        """Is it a NOT without brackets? A dash is known to touch one symbol only."""
        if not isinstance(node, Not) or not self.source.startswith("NOT", node.offset):
            return False
        return not self.source.startswith("(", node.child.offset)

    def _remark_on_mixing(self, branch: And) -> None:
        self.remarks.append(review.mixed(branch, self.source))
        self.remarks += [review.unbracketed(child, self.source) for child in branch.children if isinstance(child, Not)]
