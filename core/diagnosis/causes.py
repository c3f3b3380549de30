"""What kind of crisis it is: the causes of the taxonomy, ranked by the voices whose words speak for each.

A suggestion, never a finding: cues are wording, a person confirms (`core.diagnosis.response`).
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from core.diagnosis.cues import ASPECTS, ROOTS, TURNS
from core.diagnosis.needs import needs
from core.diagnosis.remarks import Remark, plain
from core.stemming import origins

EXAMPLES = 5
FIRST_SHARE = 0.25
"""The first quarter of the voices tells what it began as."""

LEAST_FIRST = 5
SPEAKS = 0.5
"""Weight from which one post is shown as speaking for a cause."""

RUMOUR_CUE = 0.5
UNSAID = 0.5
"""What a negative voice without any cue counts for towards "unclear", of what one with a cue counts for its cause."""


class Cause(StrEnum):
    """Why a crisis came about. Source: S9 to S35 of the requirements."""

    CONTROVERSY = "controversy"
    LEGAL = "legal"
    BAD_HANDLING = "bad_handling"
    MISCOMMUNICATION = "miscommunication"
    SLOW_RESPONSE = "slow_response"
    INAPPROPRIATE_CONTENT = "inappropriate_content"
    SARA = "sara"
    PRODUCT_QUALITY = "product_quality"
    SCANDAL = "scandal"
    FINANCIAL = "financial"
    DISCRIMINATION = "discrimination"
    UNLAWFUL = "unlawful"
    STAFF_MISCONDUCT = "staff_misconduct"
    COMPETITOR_ATTACK = "competitor_attack"
    CONSUMER_ATTACK = "consumer_attack"
    NEGATIVE_NEWS = "negative_news"
    THREAT = "threat"
    HOAX = "hoax"
    ACCOUNT_TAKEOVER = "account_takeover"
    MALWARE = "malware"
    ACCIDENT = "accident"
    DISASTER = "disaster"
    PERCEPTION = "perception"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A cause with its share of the voices.

    Range: `weight` in [0, 1]; the weights of all suggestions and of `unclear` add up to 1. Units: `voices` authors
    whose words speak for it; `expected` those of the week before, brought to this span's size.
    """

    cause: Cause
    weight: float
    voices: int
    expected: float
    first_at: datetime
    posts: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The causes a span speaks for, the heaviest first; what it began as; and what of a product is meant."""

    suggestions: tuple[Suggestion, ...]
    unclear: float
    began_as: Cause | None
    aspects: tuple[tuple[str, int], ...]


def _roots() -> dict[str, list[tuple[Cause, float]]]:
    found: dict[str, list[tuple[Cause, float]]] = defaultdict(list)
    for cause, cues in ROOTS.items():
        for weight, roots in cues:
            for root in roots.split():
                found[root].append((Cause(cause), weight))
    return dict(found)


_BY_ROOT = _roots()
_TURNS = [
    (Cause(cause), weight, re.compile(rf"\b(?:{pattern})\b"))
    for cause, cues in TURNS.items()
    for weight, pattern in cues
]
_GRAM = 4
"""Letters by which a turn announces itself; a text without them is not searched for it."""


def _announced() -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    patterns = [pattern for cues in TURNS.values() for _, pattern in cues]
    for number, pattern in enumerate(patterns):
        for text in needs(pattern):
            found[text[:_GRAM]].append(number)
    return dict(found)


_BY_GRAM = _announced()
_GRAMS = frozenset(_BY_GRAM)
_ASPECTS = {name: re.compile(pattern) for name, pattern in ASPECTS.items()}


@lru_cache(maxsize=16_384)
def cues_of(text: str) -> Mapping[Cause, float]:
    """How far the words of one text speak for each cause, in [0, 1]; causes without a cue are left out."""
    written = plain(text)
    found: dict[Cause, float] = {}
    for word in set(written.split()):
        for cause, weight in _of_word(word):
            found[cause] = max(weight, found.get(cause, 0.0))
    grams = {written[place : place + _GRAM] for place in range(len(written) - _GRAM + 1)} & _GRAMS
    for number in {number for gram in grams for number in _BY_GRAM[gram]}:
        cause, weight, pattern = _TURNS[number]
        if weight > found.get(cause, 0.0) and pattern.search(written):
            found[cause] = weight
    return found


@lru_cache(maxsize=16_384)
def _of_word(word: str) -> tuple[tuple[Cause, float], ...]:
    return tuple(each for root in sorted(origins(word)) if root in _BY_ROOT for each in _BY_ROOT[root])


def rank(now: Sequence[Remark], before: Sequence[Remark], *, share: float = 0.0) -> Ranking:
    """The causes that the posts of a span speak for, beyond what was said in the week before.

    `share` is the span's length over that of the week before: what was usual is expected again. Each author counts
    once, divided among the causes that the author's words speak for; praise and the client's own posts do not count.
    """
    spoken = _voices(now)
    usual = _totals(_voices(before))
    totals = _totals(spoken)
    excess = {cause: max(0.0, total - usual.get(cause, 0.0) * share) for cause, total in totals.items()}
    silent = UNSAID * sum(1 for voice in spoken if not voice.weights and voice.is_negative)
    whole = sum(excess.values()) + silent
    if whole <= 0:
        return Ranking((), 1.0, None, ())
    suggestions = [
        _suggestion(cause, amount / whole, spoken, usual.get(cause, 0.0) * share)
        for cause, amount in excess.items()
        if amount > 0
    ]
    suggestions.sort(key=lambda one: (-one.weight, one.cause))
    unclear = round(max(0.0, 1 - sum(one.weight for one in suggestions)), 3)
    return Ranking(tuple(suggestions), unclear, _began_as(spoken), _aspects(now))


@dataclass(slots=True)
class _Voice:
    first_at: datetime
    is_negative: bool
    weights: dict[Cause, float]
    posts: list[tuple[float, Cause, Remark]]

    def shares(self) -> dict[Cause, float]:
        """Its one voice, divided by how strongly its words speak for each cause."""
        total = sum(self.weights.values())
        return {cause: weight / max(total, 1.0) for cause, weight in self.weights.items()}


def _voices(remarks: Sequence[Remark]) -> list[_Voice]:
    voices: dict[int, _Voice] = {}
    for remark in sorted(remarks, key=lambda each: (each.at, each.id)):
        if remark.is_own or remark.sentiment == "positive":
            continue
        voice = voices.setdefault(remark.voice, _Voice(remark.at, is_negative=False, weights={}, posts=[]))
        voice.is_negative = voice.is_negative or remark.is_negative
        for cause, weight in _weights(remark).items():
            voice.weights[cause] = max(weight, voice.weights.get(cause, 0.0))
            voice.posts.append((weight, cause, remark))
    return list(voices.values())


def _weights(remark: Remark) -> dict[Cause, float]:
    found = dict(cues_of(remark.text))
    if remark.hoax_cue >= RUMOUR_CUE:
        found[Cause.HOAX] = max(remark.hoax_cue, found.get(Cause.HOAX, 0.0))
    return found


def _totals(voices: Sequence[_Voice]) -> dict[Cause, float]:
    totals: dict[Cause, float] = defaultdict(float)
    for voice in voices:
        for cause, share in voice.shares().items():
            totals[cause] += share
    return totals


def _suggestion(cause: Cause, weight: float, voices: Sequence[_Voice], expected: float) -> Suggestion:
    speaking = [voice for voice in voices if cause in voice.weights]
    posts = [
        (strength, remark)
        for voice in speaking
        for strength, meant, remark in voice.posts
        if meant is cause and strength >= SPEAKS
    ]
    posts.sort(key=lambda one: (-one[0], -one[1].engagement, one[1].at, one[1].id))
    distinct: dict[str, UUID] = {}
    for _, remark in posts:
        distinct.setdefault(plain(remark.text), remark.id)
    return Suggestion(
        cause=cause,
        weight=round(weight, 3),
        voices=len(speaking),
        expected=round(expected, 1),
        first_at=min(voice.first_at for voice in speaking),
        posts=tuple(distinct.values())[:EXAMPLES],
    )


def _began_as(voices: Sequence[_Voice]) -> Cause | None:
    speaking = [voice for voice in voices if voice.weights and voice.is_negative]
    first = speaking[: max(LEAST_FIRST, round(FIRST_SHARE * len(speaking)))]
    totals = _totals(first)
    return max(totals, key=lambda cause: (totals[cause], cause), default=None)


def _aspects(remarks: Sequence[Remark]) -> tuple[tuple[str, int], ...]:
    authors: dict[str, set[int]] = defaultdict(set)
    for remark in remarks:
        if remark.is_own or Cause.PRODUCT_QUALITY not in cues_of(remark.text):
            continue
        written = plain(remark.text)
        for name, pattern in _ASPECTS.items():
            if pattern.search(written):
                authors[name].add(remark.voice)
    return tuple(sorted(((name, len(voices)) for name, voices in authors.items()), key=lambda one: (-one[1], one[0])))
