"""Counts of a corpus, and which features are kept with which value."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack, vstack

from core.sentiment.features import pieces, walk
from core.sentiment.tokens import Stretch, fold, parse, stretches

# A feature must occur in so many texts to be kept.
LEAST_WORD, LEAST_PIECE, LEAST_PAIR = 2, 4, 3
# How much each kind of feature counts. Words count less than their lists and letters, which carry over to new sources.
WORD_VALUE, PIECE_VALUE, PAIR_VALUE, NEGATED_VALUE, LIST_VALUE = 0.8, 0.35, 1.1, 0.8, 4.0


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words of a corpus, the kept pieces and pairs, and the features each of them stands for.

    `spread` has a row per column of the counts (words, words under negation, pairs) and a column per feature; its
    entries are the features' values.
    """

    words: list[str]
    seen: NDArray[np.int64]  # texts in which each word stands
    pieces: list[str]
    pairs: list[tuple[int, int]]
    spread: csr_matrix
    own_features: int  # features that belong to words, before those of the pieces


class Counts:
    """Words, negated words and pairs of texts, counted against a fixed or a growing list."""

    def __init__(self, spellings: dict[str, str], names: frozenset[str]) -> None:
        self.spellings, self.names = spellings, names
        self.words: dict[str, int] = {}
        self.pairs: dict[tuple[int, int], int] = {}
        self._parsed: dict[str, Stretch] = {}

    def know(self, words: Iterable[str]) -> None:
        """Take words that no text may hold."""
        for word in words:
            self._number(self.words, word, grow=True)

    def count(self, texts: Sequence[str], *, grow: bool) -> tuple[csr_matrix, csr_matrix, csr_matrix]:
        """Matrices of counts: words, words in a negation scope, pairs; a row per text."""
        words, negated, pairs = ([], []), ([], []), ([], [])
        for row, text in enumerate(texts):
            for word, turned, previous in walk(self._stretches(text)):
                number = self._number(self.words, word, grow)
                if number is None:
                    continue
                _put(words, row, number)
                if turned:
                    _put(negated, row, number)
                left = self.words.get(previous)
                if left is not None:
                    pair = self._number(self.pairs, (left, number), grow)
                    if pair is not None:
                        _put(pairs, row, pair)
        shapes = len(self.words), len(self.words), len(self.pairs)
        return tuple(_matrix(c, len(texts), s) for c, s in zip((words, negated, pairs), shapes, strict=True))

    def _stretches(self, text: str) -> Iterator[Stretch]:
        for stretch in stretches(fold(text)):
            if stretch not in self._parsed:
                self._parsed[stretch] = parse(stretch, self.spellings, self.names)
            yield self._parsed[stretch]

    @staticmethod
    def _number(known: dict, key: object, grow: bool) -> int | None:
        if grow:
            return known.setdefault(key, len(known))
        return known.get(key)


def _put(cells: tuple[list[int], list[int]], row: int, column: int) -> None:
    cells[0].append(row)
    cells[1].append(column)


def _matrix(cells: tuple[list[int], list[int]], rows: int, columns: int) -> csr_matrix:
    ones = np.ones(len(cells[0]), dtype=np.float64)
    return csr_matrix((ones, cells), shape=(rows, columns))


def rarity(matrix: csr_matrix, texts: int) -> NDArray[np.float64]:
    """Inverse document frequency of each column."""
    seen = np.asarray((matrix > 0).sum(axis=0)).ravel()
    return np.log((1 + texts) / (1 + seen)) + 1


def build(
    counts: Counts, matrices: tuple[csr_matrix, csr_matrix, csr_matrix], lists: Sequence[Mapping[str, float]]
) -> Vocabulary:
    """The kept features of a counted corpus. `lists` say how far words belong to a list, which is one feature."""
    plain, negated, pairs = matrices
    texts = plain.shape[0]
    words = list(counts.words)
    seen = np.asarray((plain > 0).sum(axis=0)).ravel()
    own = _diagonal(WORD_VALUE * rarity(plain, texts) * (seen >= LEAST_WORD))
    seen_negated = np.asarray((negated > 0).sum(axis=0)).ravel()
    turned = _diagonal(NEGATED_VALUE * rarity(negated, texts) * (seen_negated >= LEAST_WORD))
    listed = csr_matrix(np.array([[LIST_VALUE * listed.get(word, 0.0) for listed in lists] for word in words]))
    letters, spelled = _spell(words, seen, texts)
    seen_pairs = np.asarray((pairs > 0).sum(axis=0)).ravel()
    paired = _diagonal(PAIR_VALUE * rarity(pairs, texts) * (seen_pairs >= LEAST_PAIR))
    empty = _empty
    v, k, c, b = len(words), len(lists), len(letters), pairs.shape[1]
    spread = vstack(
        [
            hstack([own, listed, empty(v, v), empty(v, k), spelled, empty(v, b)]),
            hstack([empty(v, v), empty(v, k), turned, listed, empty(v, c), empty(v, b)]),
            hstack([empty(b, v), empty(b, k), empty(b, v), empty(b, k), empty(b, c), paired]),
        ]
    ).tocsr()
    spread.eliminate_zeros()
    return Vocabulary(words, seen, letters, list(counts.pairs), spread, 2 * (v + k))


def normed(matrices: tuple[csr_matrix, csr_matrix, csr_matrix], spread: csr_matrix) -> csr_matrix:
    """Counts of posts, each row divided by the length of the post's features."""
    rows = hstack(matrices).tocsr()
    squares = np.asarray(spread.multiply(spread).sum(axis=1)).ravel()
    lengths = np.sqrt(rows @ squares)
    return (diags(1.0 / np.where(lengths > 0, lengths, 1.0)) @ rows).tocsr()


def _spell(words: list[str], seen: NDArray[np.int64], texts: int) -> tuple[list[str], csr_matrix]:
    """The kept letter sequences and, per word, their values."""
    found: Counter[str] = Counter()
    for word, times in zip(words, seen.tolist(), strict=True):
        for piece in set(pieces(word)):
            found[piece] += times
    kept = sorted(piece for piece, times in found.items() if times >= LEAST_PIECE)
    number = {piece: column for column, piece in enumerate(kept)}
    cells: tuple[list[int], list[int]] = ([], [])
    for row, word in enumerate(words):
        for piece in pieces(word):
            if piece in number:
                _put(cells, row, number[piece])
    values = np.array([PIECE_VALUE * (np.log((1 + texts) / (1 + min(found[p], texts))) + 1) for p in kept])
    return kept, (_matrix(cells, len(words), len(kept)) @ _diagonal(values)).tocsr()


def _diagonal(values: NDArray[np.float64]) -> csr_matrix:
    return diags(values).tocsr()


def _empty(rows: int, columns: int) -> csr_matrix:
    return csr_matrix((rows, columns))
