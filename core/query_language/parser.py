"""Text to tree; an error knows its position.

Precedence, strongest first: brackets, proximity, NOT, AND, OR. Brackets are counted before the tree is built, so that no
query, however deep, exhausts the stack.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from core.query_language import fields, review
from core.query_language.problems import Problem, QuerySyntaxError, problem
from core.query_language.symbols import Symbol, cut
from core.query_language.syntax import (
    DEFAULT_DISTANCE,
    LARGEST_DISTANCE,
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
from core.query_language.terms import phrase

LONGEST_QUERY = 8_192  # characters
DEEPEST_BRACKETS = 12

_PROXIMITY = re.compile(r"(O?)(NEAR|SENTENCE)(?:/(.*))?$", re.DOTALL)
_DISTANCE = re.compile(r"(\d{1,9})(f?)$", re.ASCII)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_]*):", re.ASCII)
_OPERATORS = ("AND", "OR", "NOT")


def parse(text: str, *, late_filters: bool = False) -> Query:
    """The query that a text means, with warnings for its author.

    `late_filters` allows `sentiment:` and `score:`, which saved views and alert rules know and collection does not; such
    a query may consist of filters only.

    Raises:
        QuerySyntaxError: with every problem found and its place.

    """
    if len(text) > LONGEST_QUERY:
        raise QuerySyntaxError(
            [problem("too_long", LONGEST_QUERY, len(text) - LONGEST_QUERY, limit=LONGEST_QUERY, found=len(text))]
        )
    if not text.strip():
        raise QuerySyntaxError([problem("empty_query", 0, len(text))])
    symbols, problems = cut(text)
    problems = problems or _bracket_problems(symbols, text)
    if problems:
        raise QuerySyntaxError(problems)
    reading = _Reading(symbols, text, late_filters=late_filters)
    tree = reading.whole()
    problems = reading.problems or review.problems(tree, late_filters=late_filters)
    if problems:
        raise QuerySyntaxError(problems)
    return Query(tree, text, review.warnings(tree, reading.remarks))


def _bracket_problems(symbols: list[Symbol], text: str) -> list[Problem]:
    open_brackets: list[Symbol] = []
    problems: list[Problem] = []
    deepest, too_deep = 0, None
    for symbol in symbols:
        if symbol.kind == "(":
            open_brackets.append(symbol)
            if len(open_brackets) > DEEPEST_BRACKETS and too_deep is None:
                too_deep = symbol
            deepest = max(deepest, len(open_brackets))
        elif symbol.kind == ")":
            if open_brackets:
                open_brackets.pop()
            else:
                without = text[: symbol.offset] + text[symbol.end :]
                problems.append(problem("unbalanced_parenthesis", symbol.offset, 1, suggestion=without.strip()))
    closed = text.rstrip() + ")" * len(open_brackets)
    problems += [problem("unbalanced_parenthesis", left.offset, 1, suggestion=closed) for left in open_brackets]
    if too_deep:
        problems.insert(0, problem("too_deep", too_deep.offset, 1, limit=DEEPEST_BRACKETS, found=deepest))
    return problems


class _Reading:
    """One pass over the symbols, from left to right."""

    def __init__(self, symbols: list[Symbol], source: str, *, late_filters: bool) -> None:
        self.symbols, self.source, self.late_filters = symbols, source, late_filters
        self.at = 0
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []

    def whole(self) -> Node:
        return self._or()

    # The level of the tree, weakest binding first.

    def _or(self) -> Node:
        branches = [self._and()]
        while self._is_operator("OR"):
            self.at += 1
            branches.append(self._and())
        if len(branches) == 1:
            return branches[0]
        for branch in branches:
            if isinstance(branch, And) and not self._is_bracketed(branch):
                self.remarks.append(review.mixed(branch, self.source))
                self.remarks += [
                    review.unbracketed(child, self.source) for child in branch.children if isinstance(child, Not)
                ]
        return Or(tuple(branches), **_hull(branches))

    def _and(self) -> Node:
        children = [self._not()]
        while True:
            is_adjacent = self._begins_operand()
            if not is_adjacent and not self._is_operator("AND"):
                break
            previous = children[-1]
            if (
                is_adjacent
                and isinstance(previous, Not)
                and not self._is_operator("NOT", "-")
                and self._is_loose(previous)
            ):
                self.remarks.append(review.unbracketed(previous, self.source))
            self.at += not is_adjacent
            children.append(self._not())
        return children[0] if len(children) == 1 else And(tuple(children), **_hull(children))

    def _not(self) -> Node:
        first = self._symbol()
        count = 0
        while self._is_operator("NOT", "-"):
            self.at += 1
            count += 1
        node = self._near()
        if count % 2 == 0 or first is None:
            return node
        return Not(node, offset=first.offset, length=node.offset + node.length - first.offset)

    def _near(self) -> Node:
        left = self._operand()
        while (symbol := self._symbol()) and (operator := self._proximity(symbol)):
            self.at += 1
            while (refused := self._symbol()) and self._is_operator("NOT", "-"):
                self.problems.append(problem("near_operand", refused.offset, refused.length))
                self.at += 1
            right = self._operand()
            for side in (left, right):
                self._check_near(side)
            left = operator(left, right)
        return left

    def _operand(self) -> Node:
        symbol = self._symbol()
        if (
            symbol is None
            or symbol.kind == ")"
            or self._is_operator("AND", "OR", "NOT", "-")
            or self._names_proximity(symbol)
        ):
            return self._missing(symbol)
        self.at += 1
        if symbol.kind == "(":
            return self._bracket(symbol, self._or)
        if symbol.kind == "quote":
            return self._quotation(symbol)
        return self._run(symbol)

    # Symbols.

    def _symbol(self, ahead: int = 0) -> Symbol | None:
        place = self.at + ahead
        return self.symbols[place] if place < len(self.symbols) else None

    def _is_operator(self, *names: str) -> bool:
        symbol = self._symbol()
        return symbol is not None and (symbol.text in names if symbol.kind == "run" else symbol.kind in names)

    def _begins_operand(self) -> bool:
        symbol = self._symbol()
        return (
            symbol is not None
            and symbol.kind != ")"
            and not self._is_operator("AND", "OR")
            and not self._names_proximity(symbol)
        )

    def _names_proximity(self, symbol: Symbol) -> bool:
        return symbol.kind == "run" and bool(_PROXIMITY.match(symbol.text))

    def _is_bracketed(self, node: Node) -> bool:
        return self.source.startswith("(", node.offset)

    def _is_loose(self, negation: Not) -> bool:
        """Is what the word NOT reaches written without brackets? A dash is known to touch one symbol only."""
        return self.source.startswith("NOT", negation.offset) and not self._is_bracketed(negation.child)

    def _missing(self, symbol: Symbol | None) -> Node:
        offset = symbol.offset if symbol else len(self.source.rstrip())
        previous = self._symbol(-1) if self.at else None
        around = " ".join(part.text for part in (previous, symbol) if part)
        if symbol and symbol.kind == "run":
            # Passed over, so that one missing word is told once.
            self.at += 1
        self.problems.append(problem("missing_operand", offset, symbol.length if symbol else 0, what=around))
        return Phrase((), offset=offset)

    # Operands.

    def _bracket(self, opening: Symbol, inner: Callable[[], Node]) -> Node:
        node = inner()
        while (symbol := self._symbol()) and symbol.kind != ")":
            # Only a misplaced proximity operator stops the reading inside balanced brackets.
            self._missing(symbol)
            node = inner() if self._begins_operand() else node
        closing = self._symbol()
        self.at += 1
        end = closing.end if closing else opening.end
        return replace(node, offset=opening.offset, length=end - opening.offset)

    def _quotation(self, symbol: Symbol) -> Node:
        place = {"offset": symbol.offset, "length": symbol.length}
        if symbol.prefix:
            name = "raw" if symbol.prefix == "++" else "exact"
            if not symbol.text.strip():
                return self._settle(problem("empty_term", symbol.offset, symbol.length, what='""'), symbol)
            return Literal(symbol.text, name == "exact", **place)
        slop: int | None = None
        if symbol.tail:
            digits = symbol.tail[1:]
            if not re.fullmatch(r"\d{1,9}", digits, re.ASCII) or int(digits) > LARGEST_DISTANCE:
                start = symbol.end - len(symbol.tail)
                near = f"~{LARGEST_DISTANCE}" if digits.isdigit() else "~1"
                found = problem("near_distance", start, len(symbol.tail), limit=LARGEST_DISTANCE, suggestion=near)
                return self._settle(found, symbol)
            slop = int(digits)
        at = symbol.offset + len(symbol.prefix) + 1
        return self._settle(phrase(symbol.text, at=at, is_quoted=True, slop=slop, **place), symbol)

    def _run(self, symbol: Symbol) -> Node:
        named = _FIELD.match(symbol.text)
        if not named:
            self._note_small_operator(symbol)
            found = phrase(symbol.text, symbol.offset, symbol.length, at=symbol.offset, is_quoted=False)
            return self._settle(found, symbol)
        name, value = named[1].lower(), symbol.text[named.end() :]
        following = self._symbol()
        touching = following if following and following.offset == symbol.end and not value else None
        if name not in fields.NAMES:
            if touching and touching.kind == "quote":
                self.at += 1
                value = f'"{touching.text}"'
            return self._settle(fields.unknown(named[1], value, symbol.offset), symbol)
        if name in fields.LATE and not self.late_filters:
            self.problems.append(problem("late_filter", symbol.offset, symbol.length, what=f"{name}:"))
        if touching and touching.kind == "(":
            self.at += 1
            return self._group(name, symbol, touching)
        if touching and touching.kind == "quote":
            self.at += 1
            return self._value(name, touching, symbol.offset)
        rest = Symbol("run", symbol.offset + named.end(), len(value), value)
        return self._value(name, rest, symbol.offset)

    def _group(self, name: str, symbol: Symbol, opening: Symbol) -> Node:
        if name in fields.SCOPES:
            inner = self._bracket(opening, self._or)
            return self._scoped(fields.SCOPES[name], inner, symbol.offset)
        return self._bracket(replace(opening, offset=symbol.offset), lambda: self._values(name))

    def _values(self, name: str) -> Node:
        """The values of one field in brackets, with OR between them."""
        found: list[Node] = []
        while (symbol := self._symbol()) and symbol.kind in ("run", "quote") and symbol.text not in _OPERATORS:
            self.at += 1
            found.append(self._value(name, symbol, symbol.offset))
            if not self._is_operator("OR"):
                break
            self.at += 1
        symbol = self._symbol()
        if not found or (symbol and symbol.kind != ")") or (self._symbol(-1) or symbol) is None or self._ends_with_or():
            self._refuse_group(name, symbol)
        return found[0] if len(found) == 1 else Or(tuple(found), **_hull(found))

    def _ends_with_or(self) -> bool:
        previous = self._symbol(-1)
        return previous is not None and previous.kind == "run" and previous.text == "OR"

    def _refuse_group(self, name: str, symbol: Symbol | None) -> None:
        depth = 0
        while (passed := self._symbol()) and (depth or passed.kind != ")"):
            depth += (passed.kind == "(") - (passed.kind == ")")
            self.at += 1
        offset, length = (symbol.offset, symbol.length) if symbol else (len(self.source), 0)
        self.problems.append(
            problem(
                "bad_value",
                offset,
                length,
                what=f"{name}:( )",
                expected_id="nilai yang dipisahkan OR",
                expected_en="values separated by OR",
                suggestion=f"{name}:(a OR b)",
            )
        )

    def _value(self, name: str, symbol: Symbol, start: int) -> Node:
        """The condition of one field and one value; `start` is where the field's name or the value begins."""
        length = symbol.end - start
        if name in fields.SCOPES or name in fields.PHRASES:
            return self._scoped({**fields.SCOPES, **fields.PHRASES}[name], self._searched(name, symbol), start)
        if symbol.kind == "quote" and (symbol.prefix or symbol.tail):
            symbol = replace(symbol, text="")
        return self._settle(fields.condition(name, symbol.text, start, length), symbol)

    def _searched(self, name: str, symbol: Symbol) -> Node:
        if symbol.kind == "quote":
            return self._quotation(symbol)
        if not symbol.text or symbol.text[0] in "-–—−":
            found = problem(
                "bad_value",
                symbol.offset,
                max(symbol.length, 1),
                what=f"{name}:",
                expected_id="kata atau frasa",
                expected_en="a word or a phrase",
                suggestion=f"-{name}:{symbol.text[1:]}" if symbol.text else f'{name}:"…"',
            )
            return self._settle(found, symbol)
        node = self._run(symbol) if name in fields.SCOPES else self._plain_run(symbol)
        if name in fields.SCOPES and not isinstance(node, (Phrase, Literal, Stem, Or)):
            self.problems.append(problem("near_operand", node.offset, node.length))
        return node

    def _plain_run(self, symbol: Symbol) -> Node:
        found = phrase(symbol.text, symbol.offset, symbol.length, at=symbol.offset, is_quoted=False)
        return self._settle(found, symbol)

    def _scoped(self, field_name: str, inner: Node, start: int) -> Node:
        return Within(field_name, inner, offset=start, length=inner.offset + inner.length - start)

    def _settle(self, found: Node | Problem, symbol: Symbol) -> Node:
        if isinstance(found, Node):
            return found
        self.problems.append(found)
        return Phrase((), offset=symbol.offset, length=symbol.length)

    # Proximity.

    def _proximity(self, symbol: Symbol) -> Callable[[Node, Node], Node] | None:
        match = _PROXIMITY.match(symbol.text) if symbol.kind == "run" else None
        if match is None:
            return None
        is_ordered, name, amount = match[1] == "O", match[2], match[3]
        if name == "SENTENCE":
            if amount is not None:
                self._refuse_distance(symbol, symbol.text.split("/")[0])
            return lambda left, right: SameSentence(left, right, ordered=is_ordered, **_hull([left, right]))
        distance = _DISTANCE.match(amount) if amount is not None else None
        if amount is not None and (
            distance is None or int(distance[1]) > LARGEST_DISTANCE or (is_ordered and distance[2])
        ):
            closest = LARGEST_DISTANCE if distance is None or int(distance[1]) > LARGEST_DISTANCE else int(distance[1])
            self._refuse_distance(symbol, f"{match[1]}NEAR/{closest}")
        tokens = min(int(distance[1]), LARGEST_DISTANCE) if distance else DEFAULT_DISTANCE
        in_order = is_ordered or bool(distance and distance[2])
        return lambda left, right: Near(left, right, tokens, in_order, **_hull([left, right]))

    def _refuse_distance(self, symbol: Symbol, suggestion: str) -> None:
        start = symbol.offset + symbol.text.index("/") + 1
        length = max(symbol.end - start, 1)
        self.problems.append(problem("near_distance", start, length, limit=LARGEST_DISTANCE, suggestion=suggestion))

    def _check_near(self, node: Node) -> None:
        if isinstance(node, Or):
            for child in node.children:
                self._check_near(child)
        elif not isinstance(node, (Phrase, Literal, Stem, Near, SameSentence)):
            suggestion = ""
            if isinstance(node, And) and all(isinstance(child, (Phrase, Literal, Stem)) for child in node.children):
                parts = [self.source[child.offset : child.offset + child.length] for child in node.children]
                suggestion = "(" + " OR ".join(parts) + ")"
            self.problems.append(problem("near_operand", node.offset, node.length, suggestion=suggestion))

    def _note_small_operator(self, symbol: Symbol) -> None:
        if remark := review.small_operator(symbol):
            self.remarks.append(remark)


def _hull(nodes: list[Node]) -> dict[str, int]:
    start = min(node.offset for node in nodes)
    return {"offset": start, "length": max(node.offset + node.length for node in nodes) - start}
