"""Chat spellings to formal words, from openly licensed lists and a parallel corpus."""

import csv
import gzip
from collections import Counter, defaultdict
from pathlib import Path

from training.lexicon import SPELLINGS

# A spelling is learned from the parallel corpus when it stood for the same word so often, and in this share of cases.
LEAST_TIMES, LEAST_SHARE = 3, 0.6


def spellings(data: Path) -> dict[str, str]:
    """Slang to formal. Source: combined_slang (MIT), aligned stif_parallel (MIT), then our own list, which wins."""
    table = _listed(data / "slang" / "combined_slang.tsv.gz")
    table |= _aligned(data / "slang" / "stif_parallel.tsv.gz")
    table |= SPELLINGS
    return {slang: formal for slang, formal in table.items() if slang != formal and formal not in SPELLINGS}


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def _listed(path: Path) -> dict[str, str]:
    return {
        slang.lower(): formal.lower()
        for slang, formal in _rows(path)
        if slang.isalpha() and formal.replace(" ", "").isalpha() and len(formal.split()) <= 3
    }


def _aligned(path: Path) -> dict[str, str]:
    """Words that stand at the same place of sentences of the same length."""
    stands_for: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for informal, formal in _rows(path):
        left, right = informal.lower().split(), formal.lower().split()
        if len(left) == len(right):
            for slang, word in zip(left, right, strict=True):
                if slang.isalpha() and word.isalpha():
                    stands_for[slang][word] += 1
    return {
        slang: word
        for slang, words in sorted(stands_for.items())
        for word, times in words.most_common(1)
        if times >= LEAST_TIMES and times / words.total() >= LEAST_SHARE
    }
