"""Sentiment towards each brand of a post that names several, or sets one against another.

Wording alone decides which part of a post speaks of which brand, never the brands' names: they are blanked first. What
a part says is then read by the reader.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar

from msgspec import structs

from core.sentiment.contrasts import (
    BLANK,
    CUTS,
    STOP,
    Role,
    begins_contrast,
    begins_elsewhere,
    compared,
    is_together,
    predicate,
    role_of,
    roles_of_two,
)
from core.sentiment.reading import Label, Reading

Place = tuple[int, int]
K = TypeVar("K", bound=Hashable)

# Share of the other probabilities that a preference moves to its side.
LEANING = 0.75
# Longer texts are articles, and posts with more names are lists: their clauses are not told apart.
LONGEST, MOST_NAMED = 2_000, 16
# Polarity up to which a part of a post says nothing of its own.
PLAIN = 0.25


class TextReader(Protocol):
    """Whoever reads many texts."""

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each text, in order."""
        ...


@dataclass(slots=True)
class _Mention:
    """One brand where it stands: its number among the blanks, and what is said of it."""

    brand: int
    at: int
    role: Role = Role.NAMED
    parts: list[Place] = field(default_factory=list[Place])


class _Clause(NamedTuple):
    start: int
    end: int
    mentions: list[_Mention]


@dataclass(frozen=True, slots=True)
class Part:
    """What a post says of one brand: its reading, and the text that it was read from, brands blanked.

    `pieces` say where that text stands in the post: a place in `text`, and start and end in the post. `is_contrast`:
    the wording between brands has decided, beside what the words of the part weigh.
    """

    reading: Reading
    text: str
    pieces: tuple[tuple[int, int, int], ...]
    is_contrast: bool

    def original(self, start: int, end: int) -> Place:
        """Where a span of the part stands in the post."""
        return self._original(start), self._original(end - 1) + 1

    def _original(self, place: int) -> int:
        at, first, last = next(piece for piece in reversed(self.pieces) if piece[0] <= place)
        return min(first + place - at, last)


def read_towards(
    reader: TextReader, text: str, brands: Mapping[K, Sequence[Place]], whole: Reading
) -> dict[K, Reading]:
    """How a post reads towards each brand that it names; `whole` is its reading, and the answer to all else.

    `brands` says where each is named, in characters of the text. Brands beside the client's own make it better; without
    them a contrast is told by its wording alone.
    """
    parts = parts_towards(reader, text, brands)
    return {name: _with_sentiment_of(parts[name].reading, whole) if name in parts else whole for name in brands}


def parts_towards(reader: TextReader, text: str, brands: Mapping[K, Sequence[Place]]) -> dict[K, Part]:
    """What a post says of each brand that has a part of its own; of the others it speaks as a whole."""
    names = [name for name, places in brands.items() if places]
    answers: dict[K, Part] = {}
    if not names or len(text) > LONGEST:
        return answers
    blanked, mentions, named = _blanked(text, [brands[name] for name in names])
    if not 0 < len(mentions) <= MOST_NAMED:
        return answers
    clauses = _clauses(blanked, mentions)
    _give_roles(blanked, mentions)
    _give_parts(blanked, clauses)
    if len({mention.brand for mention in mentions}) == 1 and not _is_set_apart(blanked, mentions, clauses):
        return answers
    plain = reader.read_many([_text_of(blanked, mention) for mention in mentions])
    readings = _settled(reader, blanked, mentions, clauses, plain)
    for number, name in enumerate(names):
        own = [place for place, mention in enumerate(mentions) if mention.brand == number]
        if own:
            told = max(own, key=lambda place: abs(readings[place].polarity))
            said, pieces = _text_of(blanked, mentions[told]), tuple(_unblanked(mentions[told].parts, named))
            answers[name] = Part(readings[told], said, pieces, is_contrast=readings[told] is not plain[told])
    return answers


def _blanked(text: str, brands: Sequence[Sequence[Place]]) -> tuple[str, list[_Mention], list[Place]]:
    """The text with a blank for each brand, where the blanks are, and where each brand stood.

    Of places that overlap the first and longest counts.
    """
    places = sorted(
        (
            (start, -end, brand)
            for brand, own in enumerate(brands)
            for start, end in own
            if 0 <= start < end <= len(text)
        )
    )
    parts: list[str] = []
    mentions: list[_Mention] = []
    named: list[Place] = []
    reached = length = 0
    for start, minus_end, brand in places:
        if start < reached:
            continue
        before = text[reached:start].replace(BLANK, " ")
        length += len(before)
        mentions.append(_Mention(brand, length))
        named.append((start, -minus_end))
        parts += [before, BLANK]
        length += 1
        reached = -minus_end
    return "".join([*parts, text[reached:].replace(BLANK, " ")]), mentions, named


def _unblanked(parts: Sequence[Place], named: Sequence[Place]) -> Iterator[tuple[int, int, int]]:
    """Where parts of the blanked text stand once they are joined, and in the text itself; a brand is its blank."""
    at = 0
    for start, end in parts:
        shift, reached = 0, start
        for brand_start, brand_end in named:
            blank = brand_start - shift
            if blank >= end:
                break
            if blank >= reached:
                if blank > reached:
                    yield at, reached + shift, brand_start
                yield at + blank - reached, brand_start, brand_end
                at += blank + 1 - reached
                reached = blank + 1
            shift += brand_end - brand_start - 1
        if reached < end:
            yield at, reached + shift, end + shift
            at += end - reached


def _text_of(text: str, mention: _Mention) -> str:
    return "".join(text[start:end] for start, end in mention.parts)


def _clauses(text: str, mentions: list[_Mention]) -> list[_Clause]:
    """The parts between punctuation and words of contrast, each with the brands that it names."""
    cuts = [0, *(cut.end() for cut in CUTS.finditer(text)), len(text)]
    return [
        _Clause(start, end, [mention for mention in mentions if start <= mention.at < end])
        for start, end in pairwise(cuts)
        if text[start:end].strip()
    ]


def _give_roles(text: str, mentions: list[_Mention]) -> None:
    beside_another = len({mention.brand for mention in mentions}) > 1
    for mention in mentions:
        mention.role = role_of(text, mention.at, beside_another=beside_another)
    for first, second in pairwise(mentions):
        between = text[first.at + 1 : second.at]
        if first.brand != second.brand and not STOP.search(between):
            first.role, second.role = roles_of_two(between, first.role, second.role)


def _give_parts(text: str, clauses: list[_Clause]) -> None:
    """To each brand the text that speaks of it: its clause, and those without a brand that go on about it."""
    last: list[_Mention] = []
    early: list[Place] = []
    for clause in clauses:
        if not clause.mentions:
            place = (clause.start, clause.end)
            if not last:
                early.append(place)
            elif not begins_elsewhere(text[clause.start : clause.end]):
                for mention in last:
                    mention.parts.append(place)
            continue
        groups = _groups(text, clause)
        for number, group in enumerate(groups):
            start = clause.start if number == 0 else group[0].at
            end = clause.end if number == len(groups) - 1 else groups[number + 1][0].at
            for mention in group:
                mention.parts.append((start, end))
        if not last and not begins_contrast(text[clause.start : clause.end]):
            for mention in groups[0]:
                mention.parts[:0] = early
        last = groups[-1]


def _groups(text: str, clause: _Clause) -> list[list[_Mention]]:
    """The brands of a clause, those together that are named in one breath."""
    groups = [[clause.mentions[0]]]
    for before, mention in pairwise(clause.mentions):
        if is_together(text[before.at + 1 : mention.at]):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _is_set_apart(text: str, mentions: list[_Mention], clauses: list[_Clause]) -> bool:
    """Whether a post that names one brand sets it against another that nobody named to us."""
    if any(mention.role is not Role.NAMED or compared(text, mention.at) for mention in mentions):
        return True
    named = next(number for number, clause in enumerate(clauses) if clause.mentions)
    begins = [begins_elsewhere(text[clause.start : clause.end]) is not None for clause in clauses]
    after = any(begin and not clause.mentions for begin, clause in zip(begins[named:], clauses[named:], strict=True))
    return after or (named > 0 and begins[named])


def _settled(
    reader: TextReader, text: str, mentions: list[_Mention], clauses: list[_Clause], readings: Sequence[Reading]
) -> list[Reading]:
    answers = list(readings)
    for number, mention in enumerate(mentions):
        match mention.role:
            case Role.CHOSEN:
                answers[number] = leant(readings[number], 1)
            case Role.LEFT:
                answers[number] = leant(readings[number], -1)
            case Role.UNMATCHED | Role.STANDARD | Role.OPPOSED:
                _set_against(reader, text, mentions, number, answers)
            case Role.NAMED:
                comparison = compared(text, mention.at)
                if comparison:
                    answers[number] = leant(readings[number], _way(reader, comparison))
    _oppose(text, mentions, clauses, answers)
    return answers


def _set_against(reader: TextReader, text: str, mentions: list[_Mention], number: int, answers: list[Reading]) -> None:
    """Settle a brand that another is measured by, and the other where it is named too."""
    mention = mentions[number]
    start = max(text.rfind(stop, 0, mention.at) for stop in ".!?\n") + 1
    before = text[start : mention.at]
    other = next((n for n in range(number - 1, -1, -1) if mentions[n].at >= start), None)
    if mention.role is Role.OPPOSED and (other is None or not before.strip()):
        other = number + 1 if number + 1 < len(mentions) else None
    if mention.role is Role.UNMATCHED:
        way = -1
    elif mention.role is Role.OPPOSED:
        said = answers[other] if other is not None else reader.read_many([text[mention.at :]])[0]
        way = -1 if said.polarity < -PLAIN else 1
    else:
        way = _way(reader, before)
    answers[number] = leant(answers[number], -way)
    if other is not None and mentions[other].role is Role.NAMED and mention.role is not Role.OPPOSED:
        answers[other] = leant(answers[other], way)


def _way(reader: TextReader, comparison: str) -> int:
    """Which way a comparison goes: 1 where the first is the better, else -1."""
    return -1 if reader.read_many([predicate(comparison)])[0].polarity < -PLAIN else 1


def _oppose(text: str, mentions: list[_Mention], clauses: list[_Clause], answers: list[Reading]) -> None:
    """Where a word of contrast parts two brands and one of them is plain, it is the opposite of the other."""
    place = {id(mention): number for number, mention in enumerate(mentions)}
    for before, after in pairwise(clauses):
        if not before.mentions or not after.mentions:
            continue
        first, second = place[id(before.mentions[-1])], place[id(after.mentions[0])]
        if mentions[first].brand == mentions[second].brand:
            continue
        if not begins_contrast(text[after.start : after.end]):
            continue
        for plain, told in ((first, second), (second, first)):
            if abs(answers[plain].polarity) <= PLAIN < abs(answers[told].polarity):
                answers[plain] = leant(answers[plain], -answers[told].polarity)


def leant(reading: Reading, way: float) -> Reading:
    """The reading of a brand that is preferred (way above 0) or turned down: wording outweighs what its clause says."""
    side, other = reading.p_positive, reading.p_negative
    if way < 0:
        side, other = other, side
    side, other = 1.0 - (1.0 - side) * (1.0 - LEANING), other * (1.0 - LEANING)
    positive, negative = (side, other) if way > 0 else (other, side)
    return structs.replace(
        reading,
        label=Label.POSITIVE if way > 0 else Label.NEGATIVE,
        polarity=positive - negative,
        p_negative=negative,
        p_neutral=1.0 - positive - negative,
        p_positive=positive,
    )


def _with_sentiment_of(part: Reading, whole: Reading) -> Reading:
    """What else a post is, it is towards everybody."""
    return structs.replace(
        whole,
        label=part.label,
        polarity=part.polarity,
        p_negative=part.p_negative,
        p_neutral=part.p_neutral,
        p_positive=part.p_positive,
    )
