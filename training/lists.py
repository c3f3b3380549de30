"""The word lists that are features of the reader: our own, VADER's English words, and regional words of listed ones."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from training.english import TROUBLE_EN
from training.harms import CALLS, GROUPS, SWEARING
from training.lexicon import ABUSIVE, NEGATIVE, POSITIVE, TROUBLE
from training.moods import GLAD, UPSET, laughs, marks

Lists = list[dict[str, float]]

# VADER's valences go from -4 to 4; half of one is as strong as a word of our lists.
_VADER_UNIT = 2.0
# What a regional word counts beside the Indonesian one it translates.
_REGIONAL = 0.7
# Shorter regional words are too often words of another language.
_SHORTEST_REGIONAL = 4


def listed(data: Path) -> set[str]:
    """Words to be known though no text to train on may hold them."""
    own = POSITIVE | NEGATIVE | TROUBLE | ABUSIVE | GLAD | UPSET | TROUBLE_EN | SWEARING | CALLS
    return {word for word in own | set(_vader(data)) if word.replace("'", "").isalpha()}


def lists(data: Path, words: Iterable[str], english: Collection[str]) -> Lists:
    """How far each word belongs to each list. Source: NusaX lexicon (CC BY-SA 4.0), VADER (MIT), our own.

    `english` are words of English texts, which are no regional words.
    """
    words = list(words)
    good = {word: max(marks(word, POSITIVE), marks(word, GLAD)) for word in words}
    bad = {word: max(marks(word, NEGATIVE), marks(word, UPSET)) for word in words}
    for word, meant in _regional(data).items():
        if word in good and not good[word] and not bad[word] and word not in english:
            is_good = max(marks(name, POSITIVE | GLAD) for name in meant)
            is_bad = max(marks(name, NEGATIVE | UPSET) for name in meant)
            good[word] = _REGIONAL * is_good * (not is_bad)
            bad[word] = _REGIONAL * is_bad * (not is_good)
    vader = _vader(data)
    return [
        good,
        bad,
        dict.fromkeys(TROUBLE | TROUBLE_EN, 1.0),
        dict.fromkeys(ABUSIVE | SWEARING, 1.0),
        dict.fromkeys(GROUPS, 0.5),
        dict.fromkeys(CALLS, 0.5),
        {word: valence / _VADER_UNIT for word, valence in vader.items() if valence > 0},
        {word: -valence / _VADER_UNIT for word, valence in vader.items() if valence < 0},
        {word: 0.5 for word in words if laughs(word)},
    ]


def _vader(data: Path) -> dict[str, float]:
    return {term: float(valence) for term, valence in _rows(data / "lexicons" / "vader_en.tsv.gz")}


def _regional(data: Path) -> dict[str, set[str]]:
    """Regional words with the Indonesian words they stand for."""
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for _, indonesian, *regional in _rows(data / "lexicons" / "nusax_lexicon.tsv.gz"):
        for word in regional:
            if len(word) >= _SHORTEST_REGIONAL and word != indonesian:
                meant[word.lower()].add(indonesian.lower())
    return meant


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
