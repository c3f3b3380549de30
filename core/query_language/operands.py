"""The operands of a query: words, quotations and fields with their values, read from the symbols."""

import re
from collections.abc import Callable
from dataclasses import replace

from core.query_language import fields, review
from core.query_language.operators import is_proximity
from core.query_language.problems import Problem, problem
from core.query_language.symbols import DASHES, Symbol
from core.query_language.syntax import LARGEST_DISTANCE, Literal, Node, Or, Phrase, Stem, Within, hull
from core.query_language.terms import phrase

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9_]*):", re.ASCII)
_SEARCHED_IN = {**fields.SCOPES, **fields.PHRASES}


class Operands:
    """A place in the symbols of a query, and what was found wrong up to there."""

    def __init__(self, symbols: list[Symbol], source: str, *, late_filters: bool) -> None:
        self.symbols, self.source, self.late_filters = symbols, source, late_filters
        self.at = 0
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []

    # Where we are.

    def symbol(self, ahead: int = 0) -> Symbol | None:
        place = self.at + ahead
        return self.symbols[place] if 0 <= place < len(self.symbols) else None

    def is_at(self, *operators: str) -> bool:
        symbol = self.symbol()
        return symbol is not None and symbol.is_word(*operators)

    def is_at_negation(self) -> bool:
        symbol = self.symbol()
        return symbol is not None and symbol.is_negation

    def is_at_operand(self) -> bool:
        """Does an operand begin here, or its negation?"""
        symbol = self.symbol()
        return not (symbol is None or symbol.kind == ")" or symbol.is_word("AND", "OR") or is_proximity(symbol))

    def settled(self, found: Node | Problem, symbol: Symbol) -> Node:
        """The node, or in its stead an empty one when there is a problem to note."""
        if isinstance(found, Node):
            return found
        self.problems.append(found)
        return Phrase((), offset=symbol.offset, length=symbol.length)

    def missing(self) -> Node:
        """Note that an operand is missing here; an operator in its place is passed over, so it is told once."""
        symbol, previous = self.symbol(), self.symbol(-1)
        offset = symbol.offset if symbol else len(self.source.rstrip())
        around = " ".join(part.text for part in (previous, symbol) if part)
        if symbol and symbol.kind == "run":
            self.at += 1
        self.problems.append(problem("missing_operand", offset, symbol.length if symbol else 0, what=around))
        return Phrase((), offset=offset)

    # Words and quotations.

    def quotation(self, symbol: Symbol) -> Node:
        """A phrase, or with + or ++ before it a literal."""
        if symbol.prefix and symbol.text.strip():
            return Literal(symbol.text, symbol.prefix == "+", offset=symbol.offset, length=symbol.length)
        slop: int | None = None
        if symbol.tail:
            digits = symbol.tail[1:]
            slop = int(digits) if re.fullmatch(r"\d{1,9}", digits, re.ASCII) else None
            if slop is None or slop > LARGEST_DISTANCE:
                return self.settled(_wrong_slop(symbol, slop), symbol)
        at = symbol.offset + len(symbol.prefix) + 1
        found = phrase(symbol.text, symbol.offset, symbol.length, at=at, is_quoted=True, slop=slop)
        return self.settled(found, symbol)

    def words(self, symbol: Symbol) -> Node:
        """A bare term; with punctuation it is a phrase."""
        found = phrase(symbol.text, symbol.offset, symbol.length, at=symbol.offset, is_quoted=False)
        return self.settled(found, symbol)

    def run(self, symbol: Symbol, inner: Callable[[], Node]) -> Node:
        """A bare term or a field; `inner` reads what stands in brackets after title: and content:."""
        named = _FIELD.match(symbol.text)
        if not named:
            if remark := review.small_operator(symbol):
                self.remarks.append(remark)
            return self.words(symbol)
        name, value = named[1].lower(), symbol.text[named.end() :]
        following = self.symbol()
        touching = following if following and following.offset == symbol.end and not value else None
        if name not in fields.NAMES:
            return self._unknown(named[1], value, symbol, touching)
        if name in fields.LATE and not self.late_filters:
            self.problems.append(problem("late_filter", symbol.offset, symbol.length, what=f"{name}:"))
        if touching and touching.kind == "(":
            self.at += 1
            return self._group(name, symbol, touching, inner)
        if touching and touching.kind == "quote":
            self.at += 1
            return self._condition(name, touching, symbol.offset)
        rest = Symbol("run", symbol.offset + named.end(), len(value), value)
        return self._condition(name, rest, symbol.offset)

    # Fields.

    def _unknown(self, name: str, value: str, symbol: Symbol, touching: Symbol | None) -> Node:
        if touching and touching.kind == "quote":
            self.at += 1
            value = f'"{touching.text}"'
        return self.settled(fields.unknown(name, value, symbol.offset), symbol)

    def _condition(self, name: str, symbol: Symbol, start: int) -> Node:
        """The condition of one field and one value; `start` is where the field's name or the value begins."""
        if name in _SEARCHED_IN:
            return self._scoped(name, self._searched(name, symbol), start)
        if symbol.prefix or symbol.tail:
            # Only text is searched literally or loosely.
            symbol = replace(symbol, text="")
        return self.settled(fields.condition(name, symbol, start), symbol)

    def _scoped(self, name: str, inner: Node, start: int) -> Node:
        return Within(_SEARCHED_IN[name], inner, offset=start, length=inner.offset + inner.length - start)

    def _searched(self, name: str, symbol: Symbol) -> Node:
        if symbol.kind == "quote":
            return self.quotation(symbol)
        if not symbol.text or symbol.text[0] in DASHES:
            return self.settled(_no_words(name, symbol), symbol)
        if name in fields.PHRASES:
            return self.words(symbol)
        node = self.run(symbol, self.missing)
        if not isinstance(node, (Phrase, Literal, Stem)):
            self.problems.append(_no_words(name, symbol))
        return node

    def _group(self, name: str, symbol: Symbol, opening: Symbol, inner: Callable[[], Node]) -> Node:
        if name in fields.SCOPES:
            return self._scoped(name, self.bracket(opening, inner), symbol.offset)
        return self.bracket(replace(opening, offset=symbol.offset), lambda: self._values(name))

    def bracket(self, opening: Symbol, inner: Callable[[], Node]) -> Node:
        """What stands between an opening bracket, already passed, and its partner."""
        node = inner()
        while (symbol := self.symbol()) and symbol.kind != ")":
            self.missing()
            node = inner() if self.is_at_operand() else node
        closing = self.symbol()
        self.at += 1
        end = closing.end if closing else opening.end
        return replace(node, offset=opening.offset, length=end - opening.offset)

    def _values(self, name: str) -> Node:
        """The values of one field in brackets, with OR between them."""
        found: list[Node] = []
        expects_value = True
        while expects_value and (symbol := self.symbol()) and _is_value(symbol):
            self.at += 1
            found.append(self._condition(name, symbol, symbol.offset))
            expects_value = self.is_at("OR")
            self.at += expects_value
        symbol = self.symbol()
        if expects_value or (symbol and symbol.kind != ")"):
            self._refuse_group(name)
        return found[0] if len(found) == 1 else Or(tuple(found), **hull(found))

    def _refuse_group(self, name: str) -> None:
        first = self.symbol()
        depth = 0
        while (symbol := self.symbol()) and (depth or symbol.kind != ")"):
            depth += (symbol.kind == "(") - (symbol.kind == ")")
            self.at += 1
        offset, length = (first.offset, first.length) if first else (len(self.source), 0)
        self.problems.append(
            problem(
                "bad_value",
                offset,
                length,
                what=f"{name}:(…)",
                expected_id="nilai yang dipisahkan OR",
                expected_en="values separated by OR",
                suggestion=f"{name}:(… OR …)",
            )
        )


def _is_value(symbol: Symbol) -> bool:
    return symbol.kind in ("run", "quote") and not symbol.is_word("AND", "OR", "NOT")


def _wrong_slop(symbol: Symbol, slop: int | None) -> Problem:
    start = symbol.end - len(symbol.tail)
    suggestion = "~1" if slop is None else f"~{LARGEST_DISTANCE}"
    return problem("near_distance", start, len(symbol.tail), limit=LARGEST_DISTANCE, suggestion=suggestion)


def _no_words(name: str, symbol: Symbol) -> Problem:
    return problem(
        "bad_value",
        symbol.offset,
        symbol.length,
        what=f"{name}:",
        expected_id="kata atau frasa",
        expected_en="a word or a phrase",
        suggestion=f"-{name}:{symbol.text[1:]}" if symbol.text[:1] in (*DASHES,) else f'{name}:"…"',
    )
