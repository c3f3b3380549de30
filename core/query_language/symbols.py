"""A query cut into symbols: brackets, quotations, dashes and runs of everything else."""

from dataclasses import dataclass

from core.query_language.problems import Problem, problem

QUOTES = '"“”„'
DASHES = "-–—−"
_BREAKS = "()" + QUOTES


@dataclass(frozen=True, slots=True)
class Symbol:
    """`kind` is one of ( ) - quote run; `prefix` is the + or ++ before a quotation, `tail` what follows it, like ~2."""

    kind: str
    offset: int
    length: int
    text: str
    prefix: str = ""
    tail: str = ""

    def is_word(self, *words: str) -> bool:
        """Is it one of these operators, written out?"""
        return self.kind == "run" and self.text in words

    @property
    def is_negation(self) -> bool:
        return self.kind == "-" or self.is_word("NOT")

    @property
    def end(self) -> int:
        return self.offset + self.length


def cut(source: str) -> tuple[list[Symbol], list[Problem]]:
    """The symbols of a query in order; a quotation that is never closed ends them."""
    symbols: list[Symbol] = []
    at = 0
    while at < len(source):
        char = source[at]
        if char.isspace():
            at += 1
            continue
        symbol = _bracket_or_dash(source, at) or _quotation(source, at) or _run(source, at)
        if symbol is None:
            quote = next(place for place in range(at, len(source)) if source[place] in QUOTES)
            closed = source.rstrip() + '"'
            return symbols, [problem("unbalanced_quote", quote, 1, suggestion=closed)]
        symbols.append(symbol)
        at = symbol.end
    return symbols, []


def _bracket_or_dash(source: str, at: int) -> Symbol | None:
    char = source[at]
    if char in "()":
        return Symbol(char, at, 1, char)
    if char in DASHES and at + 1 < len(source) and not source[at + 1].isspace() and source[at + 1] != ")":
        return Symbol("-", at, 1, char)
    return None


def _opening(source: str, at: int) -> int | None:
    """Where the quotation mark stands that opens a quotation at `at`, after + or ++."""
    for prefix in ("++", "+", ""):
        place = at + len(prefix)
        if source.startswith(prefix, at) and place < len(source) and source[place] in QUOTES:
            return place
    return None


def _quotation(source: str, at: int) -> Symbol | None:
    opening = _opening(source, at)
    if opening is None:
        return None
    closing = next((place for place in range(opening + 1, len(source)) if source[place] in QUOTES), None)
    if closing is None:
        return None
    end = closing + 1
    if source.startswith("~", end):
        while end < len(source) and not source[end].isspace() and source[end] not in _BREAKS:
            end += 1
    text = source[opening + 1 : closing]
    return Symbol("quote", at, end - at, text, prefix=source[at:opening], tail=source[closing + 1 : end])


def _run(source: str, at: int) -> Symbol | None:
    if _opening(source, at) is not None:
        return None
    end = at
    while end < len(source) and not source[end].isspace() and source[end] not in _BREAKS:
        end += 1
    return Symbol("run", at, end - at, source[at:end])
