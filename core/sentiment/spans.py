"""What each word of a post weighed, from the weights that read it."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.sentiment.explanation import Span, Unread
from core.sentiment.heads import Heads
from core.sentiment.keys import code_points
from core.sentiment.memory import Flag, Memory, flags_of
from core.sentiment.places import folded_places
from core.sentiment.sums import unpacked
from core.sentiment.tokens import BETWEEN, MASKS, NEGATION_REACH, cuts
from core.sentiment.weights import Column

# Spans that are told.
MOST_SPANS = 10
# Log-odds under which a word decided nothing.
_LEAST_WEIGHT = 0.01

_HALVES = re.compile(r"[\ud800-\udfff]")

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(slots=True)
class Words:
    """The words of one post in order: a row of weights each, and where each stands in the original text.

    Units: `weights` are the steps of the weights' file, a column per head, to be scaled. `turned` is the part of them
    that a word has for standing in a negation scope, `negators` the place of the word that opened it, -1 for none.
    """

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    weights: _Floats
    turned: _Floats
    negators: list[int]

    def spans(self, heads: Heads) -> tuple[list[Span], float, float]:
        """The words that decided, the largest weight first, what all others weighed together, and what no word did."""
        sums = self.weights.sum(axis=0)
        if self.undetermined():
            return [], 0.0, heads.leaning(np.zeros_like(sums))[1]
        steps, bias = heads.leaning(sums)
        # Not as a product of matrices, which may round one word that stands twice in two ways.
        leaning = (self.weights * steps).sum(axis=1)
        groups = _grouped(self.negators, np.abs((self.turned * steps).sum(axis=1)))
        found: list[Span] = []
        for first, last in groups:
            weight = float(leaning[first : last + 1].sum())
            if abs(weight) >= _LEAST_WEIGHT:
                start, end = min(self.starts[first : last + 1]), max(self.ends[first : last + 1])
                found.append(Span(start, end, _HALVES.sub("\ufffd", self.text[start:end]), weight))
        found.sort(key=lambda span: (-abs(span.weight), span.start))
        told = found[:MOST_SPANS]
        return told, float(leaning.sum()) - sum(span.weight for span in told), bias

    def undetermined(self) -> Unread | None:
        """Why there is nothing to read; None where a word or sign beside the masks is known."""
        known = self.weights[:, Column.NORM] > 0
        spoken = [place for place, word in enumerate(self.words) if word and word not in MASKS]
        if any(known[place] for place in spoken):
            return None
        if not self.text.strip():
            return Unread.EMPTY
        if all(_shows_nothing(character) for character in self.text):
            return Unread.INVISIBLE
        if not spoken and any(self.words):
            return Unread.MASKED
        spelled = any(self.words[place][0].isalnum() for place in spoken)
        return Unread.UNKNOWN_WORDS if spelled else Unread.UNKNOWN_SIGNS


def words_of(text: str, memory: Memory) -> Words:
    """The words of a post with what each weighs, as the reader sums them."""
    folded, starts, ends = folded_places(text)
    folded = folded.replace(BETWEEN, " ")
    firsts, afters = cuts(code_points(folded))
    words: list[str] = []
    places: list[tuple[int, int]] = []
    owners: list[int] = []
    flags: list[int] = []
    for number, (first, after) in enumerate(zip(firsts.tolist(), afters.tolist(), strict=True)):
        own: list[str] = []
        for begin, stop, meant in memory.words_of(folded[first:after]):
            own += meant
            places += [(starts[first + begin], ends[first + stop - 1])] * len(meant)
        words += own
        owners += [number] * len(own)
        flags.append(flags_of(own))
    return _weighed(text, words, places, owners, flags, memory)


def _weighed(
    text: str, words: list[str], places: list[tuple[int, int]], owners: list[int], flags: list[int], memory: Memory
) -> Words:
    numbers, plain, turned = memory.weights_of(words)
    weights = unpacked(plain).T.astype(np.float64)
    reached = _reached(flags)
    last_of = {owner: place for place, owner in enumerate(owners)}
    negators = [last_of.get(reached[owner], -1) for owner in owners]
    turned = np.where(np.array(negators, dtype=np.int64)[:, None] >= 0, unpacked(turned).T, 0).astype(np.float64)
    weights += turned
    # A pair is known where two words stand together, in a stretch or across two that nothing parts.
    parted = [_parted(flags, stretch) for stretch in range(len(flags))]
    beside = [
        place
        for place in range(len(words) - 1)
        if numbers[place]
        and numbers[place + 1]
        and not (owners[place] != owners[place + 1] and parted[owners[place + 1]])
    ]
    if beside:
        left = np.array(beside)
        hits, pairs = memory.pairs(numbers[left], numbers[left + 1])
        halves = unpacked(pairs).T / 2.0
        np.add.at(weights, left[hits], halves)
        np.add.at(weights, left[hits] + 1, halves)
    return Words(text, words, [a for a, _ in places], [b for _, b in places], weights, turned, negators)


def _parted(flags: list[int], stretch: int) -> bool:
    """Whether something parts a stretch from the one before it."""
    return bool(flags[stretch] & Flag.STOPS_BEFORE or (stretch and flags[stretch - 1] & Flag.STOPS_AFTER))


def _reached(flags: list[int]) -> list[int]:
    """For each stretch the nearest one before it whose negator reaches it, -1 for none."""
    reached = [-1] * len(flags)
    for place, flag in enumerate(flags):
        if flag & Flag.NEGATES:
            for there in range(place + 1, min(place + 1 + NEGATION_REACH, len(flags))):
                if _parted(flags, there):
                    break
                reached[there] = place
    return reached


def _grouped(negators: list[int], turning: _Floats) -> list[tuple[int, int]]:
    """First and last word of each span: a negator goes with the word that it turns most, and all between."""
    last_of: dict[int, int] = {}
    for place, negator in enumerate(negators):
        if (
            negator >= 0
            and turning[place] > 0
            and (negator not in last_of or turning[place] > turning[last_of[negator]])
        ):
            last_of[negator] = place
    groups: list[tuple[int, int]] = []
    place = 0
    while place < len(negators):
        last = place
        inner = place
        while inner <= last:
            last = max(last, last_of.get(inner, inner))
            inner += 1
        groups.append((place, last))
        place = last + 1
    return groups


def _shows_nothing(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"}
