"""Written words to tokens: wildcards, words with punctuation, hashtags, handles, emoji."""

from core.query_language.problems import Problem, problem
from core.query_language.syntax import Element, Phrase
from core.text import Passage

# Two letters of the Yi script stand in for the wildcards while a term is read, so that they stay inside their word.
_STAR, _ANY = "ꀕ", "ꀖ"
_IN = str.maketrans("*?", _STAR + _ANY)
_OUT = str.maketrans(_STAR + _ANY, "*?")

SHORTEST_PREFIX = 3
"""Fixed characters that must stand before a wildcard."""


def phrase(
    text: str, offset: int, length: int, *, at: int, is_quoted: bool, slop: int | None = None
) -> Phrase | Problem:
    """The tokens of a bare term or a quotation; `at` is where `text` begins in the query."""
    passage = Passage(text.translate(_IN))
    elements = tuple(_elements(passage))
    if not elements:
        return problem("empty_term", offset, length, what=text or '""', suggestion=f'raw:"{text}"' if text else "")
    last = len(elements) - 1
    for number, (element, (start, end)) in enumerate(zip(elements, passage.spans, strict=True)):
        if found := _misplaced(element, is_final=is_quoted or number == last):
            code, sign, suggestion = found
            place = text.find(sign, start, end)
            return problem(code, at + max(place, start), 1, suggestion=suggestion)
    return Phrase(elements, slop, offset=offset, length=length)


def _elements(passage: Passage) -> list[Element]:
    tags = set(passage.hashtags)
    return [Element(token.translate(_OUT), position in tags) for position, token in enumerate(passage.tokens)]


def _misplaced(element: Element, *, is_final: bool) -> tuple[str, str, str] | None:
    """Code, sign and suggestion when a wildcard stands where it may not."""
    name = element.text
    if not element.is_wildcard:
        return None
    bare = name.replace("*", "").replace("?", "")
    sign = "#" if element.is_hashtag else ""
    if name[0] == "@":
        return "wildcard_position", "*" if "*" in name else "?", bare
    if "*" in name and (name.index("*") < len(name) - 1 or not is_final):
        return "wildcard_position", "*", _star_suggestion(sign, bare)
    if "?" in name[:SHORTEST_PREFIX]:
        return "wildcard_position", "?", sign + bare
    if name[-1] == "*" and len(bare) < SHORTEST_PREFIX:
        return "wildcard_prefix", "*", sign + bare
    return None


def _star_suggestion(sign: str, bare: str) -> str:
    return sign + bare + ("*" if len(bare) >= SHORTEST_PREFIX else "")
