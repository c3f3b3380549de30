"""What words mean to one client: a brand called "Murka" is not anger.

A term is read as something else wherever it stands: as a name, which never decides, or as a plain word for good or
bad. The reader is left as it is, so negation, weights and heads work on what stands there instead.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import msgspec

from core.sentiment import Explanation, Label, Reading
from core.sentiment.backend import PostReader
from core.sentiment.targets import TextReader

MOST_TERMS = 100
# What is read in place of a term: a user's name, and the plainest words for bad and good.
_READ_AS = {Label.NEUTRAL: "@nama", Label.NEGATIVE: "buruk", Label.POSITIVE: "bagus"}
# Clitics that say whose, as the reader takes them off.
_WHOSE = "(?:-?(?:nya|ku|mu))?"


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase, and how it is to be read."""

    text: str
    polarity: Label


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text with its terms replaced, and where each stands: start and end in the new text, then in the old."""

    text: str
    places: tuple[tuple[int, int, int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where a span of the new text stands in the old one; a term is never cut."""
        for new_start, new_end, old_start, old_end in reversed(self.places):
            if start >= new_end:
                start += old_end - new_end
                break
            if start >= new_start:
                start = old_start
                break
        for new_start, new_end, _, old_end in reversed(self.places):
            if end > new_start:
                end = old_end if end <= new_end else end + old_end - new_end
                break
        return start, end


class Lexicon:
    """The terms of one client, in one version: a later version has a higher number."""

    def __init__(self, terms: Iterable[Term], version: int) -> None:
        self.version = version
        self._polarities = {_key(term.text): term.polarity for term in terms}
        longest_first = sorted(self._polarities, key=lambda text: (-len(text), text))
        phrases = "|".join(r"\s+".join(map(re.escape, text.split())) for text in longest_first)
        self._pattern = re.compile(rf"(?<!\w)[#@]?({phrases}){_WHOSE}(?!\w)", re.IGNORECASE)

    def rewrite(self, text: str) -> Rewritten | None:
        """The text as the reader is to have it; None where no term stands in it."""
        found = list(self._pattern.finditer(text)) if self._polarities else []
        if not found:
            return None
        pieces: list[str] = []
        places: list[tuple[int, int, int, int]] = []
        length = end = 0
        for term in found:
            pieces += [text[end : term.start()], _READ_AS[self._polarities[_key(term[1])]]]
            start, length = list(accumulate(map(len, pieces[-2:]), initial=length))[1:]
            end = term.end()
            places.append((start, length, term.start(), end))
        return Rewritten("".join([*pieces, text[end:]]), tuple(places))

    def named(self, reader_version: str) -> str:
        """What a reading by this reader with this lexicon is told to be of."""
        return f"{reader_version}/{self.version}" if self._polarities else reader_version


def _key(text: str) -> str:
    return " ".join(text.lower().split())


def repeated(terms: Sequence[Term]) -> list[int]:
    """Places of terms that say of a word what an earlier one says already, or something else."""
    keys = [_key(term.text) for term in terms]
    return [place for place, key in enumerate(keys) if key in keys[:place]]


def read_many(reader: TextReader, lexicon: Lexicon, texts: Sequence[str], readings: Sequence[Reading]) -> list[Reading]:
    """The readings of texts as this client has them; `readings` are those without its lexicon.

    The language is that of the text as it was written.
    """
    rewritten = {place: new for place, text in enumerate(texts) if (new := lexicon.rewrite(text))}
    anew = reader.read_many([new.text for new in rewritten.values()])
    found = list(readings)
    for place, reading in zip(rewritten, anew, strict=True):
        found[place] = msgspec.structs.replace(reading, language=readings[place].language)
    return found


def explain(reader: PostReader, lexicon: Lexicon | None, text: str) -> Explanation:
    """A text as this client has it read, and why; spans lie in the text as it was written."""
    new = lexicon.rewrite(text) if lexicon else None
    if new is None:
        return reader.explain(text)
    told = reader.explain(new.text)
    spans = [
        msgspec.structs.replace(span, start=start, end=end, text=text[start:end])
        for span in told.spans
        for start, end in [new.original(span.start, span.end)]
    ]
    reading = msgspec.structs.replace(told.reading, language=reader.read(text).language)
    return msgspec.structs.replace(told, reading=reading, spans=tuple(spans))
