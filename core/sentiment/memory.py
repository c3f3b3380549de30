"""The weights of every stretch of text seen lately, so that a known one costs a single look-up."""

from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import may_be_rumour, may_threaten
from core.sentiment.features import is_spelled, piece_keys
from core.sentiment.tokens import BETWEEN, Role, parse, role
from core.sentiment.weights import Column, Weights

# Stretches that are remembered; past it the memory starts anew.
MEMORY_SIZE = 200_000
# Rows reserved at first.
FIRST_SIZE = 4_096

Rows = NDArray[np.int64]
# A post has at most READ_LIMIT letters, which bounds every sum far below the end of int32.
Sums = NDArray[np.int32]


class Fact(IntEnum):
    """What is known of a stretch beside its weights."""

    FIRST = 0
    LAST = 1
    NEGATES = 2
    STOPS_BEFORE = 3
    STOPS_AFTER = 4
    RUMOUR = 5
    THREAT = 6


class _Numbers(dict[str, int]):
    """Row of each stretch; an unknown one is learned on the way."""

    def __init__(self, memory: "Memory") -> None:
        super().__init__()
        self._memory = memory

    def __missing__(self, stretch: str) -> int:
        return self._memory.learn(stretch)


class Memory:
    """Rows of summed weights per stretch, with its outer words and what it does to its neighbours.

    Units: `plain` and `turned` are in the weights' int16 steps, a column per head; `turned` is added in a negation
    scope. `first` and `last` number the outer words from 1; 0 forms no pair.
    """

    def __init__(self, weights: Weights) -> None:
        self._spellings, self._names = weights.spellings, frozenset(weights.names)
        self._words = {word: number for number, word in enumerate(weights.words, start=1)}
        keys, _ = piece_keys(weights.pieces, marked=True)
        lengths = np.array([len(piece) for piece in weights.pieces])
        by_length = np.argsort(lengths, kind="stable")  # the order in which the keys come
        by_key = np.argsort(keys)
        self._piece_keys, self._piece_weights = keys[by_key], weights.piece_weights[by_length[by_key]].astype(np.int64)
        nothing = np.zeros((1, len(Column)), dtype=np.int16)
        # One table of all that a stretch may consist of: nothing, words, pairs of words.
        self._parts = np.vstack([nothing, weights.plain, weights.pair_weights])
        self._negated = np.vstack([nothing, weights.negated])
        self.base = len(self._words) + 1
        self.pair_keys: Rows = (weights.pairs[:, 0].astype(np.int64) + 1) * self.base + weights.pairs[:, 1] + 1
        self.pair_weights: Sums = weights.pair_weights.astype(np.int32)
        self._pairs = dict(zip(self.pair_keys.tolist(), range(self.base, len(self._parts)), strict=True))
        self._start_anew()

    def look_up(self, stretches: list[str]) -> Rows:
        """Row of each stretch, unknown ones learned. Rows hold until the next call."""
        if self._size > MEMORY_SIZE:
            self._start_anew()
        numbers = self._numbers
        rows = np.fromiter(map(numbers.__getitem__, stretches), dtype=np.int64, count=len(stretches))
        if self._facts:
            self._settle()
        return rows

    def learn(self, stretch: str) -> int:
        """The row an unknown stretch gets; its weights are summed when the look-up ends."""
        if self._link and stretch.startswith(("https:/", "http:/")):
            return self._link
        if self._user and stretch[0] == "@" and stretch[1:].isidentifier():
            return self._user
        row = self._size + len(self._facts)
        self._numbers[stretch] = row
        parsed = parse(stretch, self._spellings, self._names)
        numbers = [self._words.get(word, 0) for word in parsed.words]
        self._part_starts.append(len(self._new_parts))
        self._word_starts.append(len(self._new_words))
        self._new_parts += [0, *numbers, *self._paired(numbers)]
        self._new_words += [0, *numbers]
        for word, number in zip(parsed.words, numbers, strict=True):
            if not number and is_spelled(word):
                self._unknown.append(word)
                self._unknown_rows.append(row)
        flags = parsed.negates, parsed.stops_before, parsed.stops_after, may_be_rumour(stretch), may_threaten(stretch)
        self._facts.append((numbers[0], numbers[-1], *flags))
        return row

    def _paired(self, numbers: list[int]) -> list[int]:
        keys = (left * self.base + right for left, right in pairwise(numbers) if left and right)
        return [self._pairs[key] for key in keys if key in self._pairs]

    def _start_anew(self) -> None:
        self._numbers = _Numbers(self)
        self._size = 0
        self.plain: Sums = np.zeros((FIRST_SIZE, len(Column)), dtype=np.int32)
        self.turned: Sums = np.zeros((FIRST_SIZE, len(Column)), dtype=np.int32)
        self.facts: Sums = np.zeros((FIRST_SIZE, len(Fact)), dtype=np.int32)
        self._forget_new()
        self._user = self._link = 0
        # The space between posts has row 0; all users share a row, and so do all links.
        _, self._user, self._link = self.look_up([BETWEEN, "@user", "https://link"]).tolist()
        self._know_words()

    def _know_words(self) -> None:
        """Start with the model's own words, whose rows need no summing."""
        words, start = list(self._words), self._size
        end = start + len(words)
        parts = [role(word) for word in words]
        self.plain, self.turned, self.facts = (
            np.concatenate([table[:start], np.zeros((end, width), dtype=np.int32)])
            for table, width in ((self.plain, len(Column)), (self.turned, len(Column)), (self.facts, len(Fact)))
        )
        self.plain[start:end] = self._parts[1 : len(words) + 1]
        self.turned[start:end] = self._negated[1:]
        self.facts[start:end] = [
            (
                *(number, number),
                *(part is Role.NEGATES, part is Role.RELEASES, part is Role.BREAKS),
                *(may_be_rumour(word), may_threaten(word)),
            )
            for number, (word, part) in enumerate(zip(words, parts, strict=True), start=1)
        ]
        rows = zip(words, range(start, end), strict=True)
        self._numbers.update((word, row) for word, row in rows if self._is_itself(word))
        self._size = end

    def _is_itself(self, word: str) -> bool:
        """Whether this spelling stands for nothing but this word."""
        return word.isalpha() and parse(word, self._spellings, self._names).words == (word,)

    def _forget_new(self) -> None:
        self._part_starts: list[int] = []
        self._word_starts: list[int] = []
        self._new_parts: list[int] = []
        self._new_words: list[int] = []
        self._unknown: list[str] = []
        self._unknown_rows: list[int] = []
        self._facts: list[tuple[int, ...]] = []

    def _settle(self) -> None:
        """Sum the weights of the stretches learned since, and grow the tables where they are full."""
        end = self._size + len(self._facts)
        while end > len(self.plain):
            self.plain, self.turned, self.facts = (
                np.concatenate([table, np.zeros_like(table)]) for table in (self.plain, self.turned, self.facts)
            )
        new = slice(self._size, end)
        self.plain[new] = np.add.reduceat(self._parts[self._new_parts], self._part_starts, dtype=np.int32)
        self.turned[new] = np.add.reduceat(self._negated[self._new_words], self._word_starts, dtype=np.int32)
        self.facts[new] = self._facts
        if self._unknown:
            self._spell()
        self._size = end
        self._forget_new()

    def _spell(self) -> None:
        """Add the pieces of unknown words to their rows; a known word's weights hold its pieces."""
        keys, places = piece_keys(self._unknown)
        found = np.searchsorted(self._piece_keys[:-1], keys)
        hits = self._piece_keys[found] == keys
        weights, rows = self._piece_weights[found[hits]], np.array(self._unknown_rows)[places[hits]] - self._size
        for column in Column:
            sums = np.bincount(rows, weights=weights[:, column], minlength=len(self._facts))
            self.plain[self._size : self._size + len(self._facts), column] += sums.astype(np.int32)
