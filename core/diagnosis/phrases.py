"""What people say now and did not say before: phrases and hashtags that set a span apart from the week before it.

Log-odds with an informative Dirichlet prior (Monroe, Colaresi, Quinn 2008, "Fightin' Words", section 3.4), over voices:
one author and one copied text count once.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.diagnosis.common_words import IDLE
from core.diagnosis.remarks import Remark, words_of

LONGEST = 3
PRIOR_STRENGTH = 500.0
"""How many voices the common wording of both spans weighs against either."""

LEAST_VOICES = 3
SIGNIFICANT_Z = 2.58
SHOWN = 15
HASHTAGS_SHOWN = 5
COVERED = 0.7
"""A word that stands this often within a phrase that is shown already adds nothing."""

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words, or a hashtag, that are heard more than before.

    Units: `posts` holds it; `voices` are distinct authors, a copied text once; `expected` are the voices that would
    be usual in a span of this many; `z` is the log-odds over its standard error.
    """

    text: str
    is_hashtag: bool
    posts: int
    voices: int
    expected: float
    z: float


@dataclass(slots=True)
class _Heard:
    posts: int
    authors: set[int]
    texts: set[int]

    @property
    def voices(self) -> int:
        return min(len(self.authors), len(self.texts))


def telling(
    now: Sequence[Remark], copy_of: Sequence[int], before: Sequence[Remark], *, names: Iterable[str] = ()
) -> list[Phrase]:
    """The phrases that tell the posts of `now` from those of `before`, the most telling first.

    `copy_of` gives each post of `now` the first of the same text. `names` are the client's own words, told as nothing.
    """
    passed = frozenset(names)
    heard = _heard(now, copy_of, passed)
    usual = _heard(before, range(len(before)), passed)
    totals = sum(each.voices for each in heard.values()), sum(each.voices for each in usual.values())
    if not totals[0]:
        return []
    scale = PRIOR_STRENGTH / sum(totals)
    found: list[tuple[float, Key, _Heard, int]] = []
    for key, each in heard.items():
        if each.voices >= LEAST_VOICES:
            known = usual[key].voices if key in usual else 0
            z = _z(each.voices, known, totals, (each.voices + known) * scale)
            if z >= SIGNIFICANT_Z:
                found.append((z, key, each, known))
    found.sort(key=lambda one: (-one[0] * math.sqrt(len(one[1])), one[1]))
    ratio = totals[0] / totals[1] if totals[1] else 0.0
    tags = [one for one in found if one[1][0].startswith("#")][:HASHTAGS_SHOWN]
    words = _without_echoes([one for one in found if not one[1][0].startswith("#")])[:SHOWN]
    shown = sorted([*words, *tags], key=lambda one: (-one[0], one[1]))
    return [_phrase(z, key, each, known * ratio) for z, key, each, known in shown]


def _phrase(z: float, key: Key, heard: _Heard, expected: float) -> Phrase:
    is_hashtag = key[0].startswith("#")
    return Phrase(" ".join(key), is_hashtag, heard.posts, heard.voices, round(expected, 1), round(z, 1))


def _z(now: int, before: int, totals: tuple[int, int], prior: float) -> float:
    total_now, total_before = totals
    whole = PRIOR_STRENGTH
    odds_now = math.log((now + prior) / (total_now + whole - now - prior))
    odds_before = math.log((before + prior) / max(total_before + whole - before - prior, 1e-9))
    return (odds_now - odds_before) / math.sqrt(1 / (now + prior) + 1 / (before + prior))


def _heard(remarks: Sequence[Remark], texts: Sequence[int], passed: frozenset[str]) -> dict[Key, _Heard]:
    heard: dict[Key, _Heard] = defaultdict(lambda: _Heard(0, set(), set()))
    for remark, text in zip(remarks, texts, strict=True):
        for key in _keys(remark.text, passed):
            each = heard[key]
            each.posts += 1
            each.authors.add(remark.voice)
            each.texts.add(text)
    return heard


def _keys(text: str, passed: frozenset[str]) -> set[Key]:
    words = words_of(text)
    keys: set[Key] = {(f"#{tag}",) for tag in words.hashtags if tag not in passed}
    for run in words.runs:
        telling = [place for place, word in enumerate(run) if not _is_idle(word, passed)]
        for number, start in enumerate(telling):
            keys.update(run[start : last + 1] for last in telling[number : number + LONGEST] if last - start < LONGEST)
    return keys


def _is_idle(word: str, passed: frozenset[str]) -> bool:
    return len(word) < 2 or word in IDLE or word in passed or word.isdigit() or not word[0].isalnum()


def _without_echoes(found: list[tuple[float, Key, _Heard, int]]) -> list[tuple[float, Key, _Heard, int]]:
    """Leave out what mostly stands within a phrase that is already there, or is a longer form said no more often."""
    kept: list[tuple[float, Key, _Heard, int]] = []
    for one in found:
        _, key, heard, _ = one
        if not any(_echoes(key, heard, other[1], other[2]) for other in kept):
            kept.append(one)
    return kept


def _echoes(key: Key, heard: _Heard, other: Key, held: _Heard) -> bool:
    shorter, longer = (key, other) if len(key) <= len(other) else (other, key)
    is_within = any(longer[at : at + len(shorter)] == shorter for at in range(len(longer) - len(shorter) + 1))
    few, many = sorted((len(heard.authors), len(held.authors)))
    shared = len(heard.authors & held.authors)
    overlaps = bool(set(key) & set(other)) and shared >= COVERED * many
    return (is_within and few >= COVERED * many) or (is_within and len(key) > len(other)) or overlaps
