"""The weights of every stretch of text seen lately, so that a known one costs a single look-up."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import hinted
from core.sentiment.features import is_spelled, piece_keys
from core.sentiment.keys import POWERS, Index, Keys, Places, code_points, keys_of
from core.sentiment.tokens import BETWEEN, LINK, MASKS, USER, Stretch, cuts, placed_words, role, words_of
from core.sentiment.weights import Column, Table, Weights

# Stretches that are remembered beside the model's own words; past it the memory starts anew.
MEMORY_SIZE = 100_000
# Letters that one look-up may hold. "a, b, " has the most stretches, two for three letters: what a look-up can teach.
MOST_LETTERS = 100_000

# A post has at most READ_LIMIT letters, which bounds every sum far below the end of int32.
Sums = NDArray[np.int32]

# What a row of the memory holds after the weights: numbers of its outer words, and flags.
FIRST, LAST, FLAGS = len(Column), len(Column) + 1, len(Column) + 2
_WIDTH = len(Column) + 3

# Stretches that are masked are not remembered: there is no end of users and links.
_PASSING = frozenset({USER, LINK})


class Flag:
    """What is known of a stretch beside its weights, a bit each."""

    NEGATES = 1
    STOPS_BEFORE = 2
    STOPS_AFTER = 4
    RUMOUR = 8
    THREAT = 16
    SILENT = 32  # masks, and what it knows nothing of: a post of nothing else is not read


# What a word alone does to its neighbours, by its role.
ALONE = (0, Flag.NEGATES, Flag.STOPS_BEFORE, Flag.STOPS_AFTER)


def effect(words: list[str]) -> int:
    """The flags that say what a stretch of these words does to its neighbours."""
    if len(words) == 1 and words[0]:
        return ALONE[role(words[0])]
    stretch = Stretch.of(words)
    return (
        stretch.negates * Flag.NEGATES
        | stretch.stops_before * Flag.STOPS_BEFORE
        | stretch.stops_after * Flag.STOPS_AFTER
    )


class Memory:
    """Rows of summed weights per stretch, with its outer words and what it does to its neighbours.

    Units: `rows` begin with a column per head in the weights' int16 steps; `turned` is added in a negation scope. The
    outer words are numbered from 1; 0 forms no pair.
    """

    def __init__(self, weights: Weights) -> None:
        self._spellings, self._names = weights.spellings, frozenset(weights.names)
        # Row 0 is the space between posts; the model's words follow, then the break within a post.
        self._known = [BETWEEN, *weights.words, ""]
        self._words = {word: row for row, word in enumerate(self._known)}
        self._pieces = Index(len(weights.pieces))
        self._pieces.add(keys_of(weights.pieces), np.arange(len(weights.pieces)))
        self._piece_weights = weights.piece_weights
        nothing = np.zeros((1, len(Column)), dtype=np.int32)
        self._plain: Sums = np.vstack([nothing, weights.plain, nothing], dtype=np.int32)
        self._negated: Sums = np.vstack([nothing, weights.negated, nothing], dtype=np.int32)
        self._speaks = self._plain[:, Column.NORM] > 0
        self._speaks[[row for row, word in enumerate(self._known) if word in MASKS]] = False
        self._base = np.uint64(len(self._known))
        self._pairs = Index(len(weights.pairs))
        self._pairs.add(self._pair_keys(*(weights.pairs.T + 1)), np.arange(len(weights.pairs)))
        self._pair_weights = weights.pair_weights
        self._start_anew()

    def look_up(self, text: str) -> Places:
        """The row of each stretch of folded posts, unknown ones learned. Rows hold until the next call.

        The text has at most `MOST_LETTERS` beside the spaces between its posts.
        """
        if self._taken > MEMORY_SIZE:
            self._start_anew()
        letters = code_points(text)
        starts, stops = cuts(letters)
        keys = POWERS.keyed(letters, starts, stops)
        rows = self._index.find(keys)
        unknown = np.flatnonzero(rows < 0)
        if len(unknown):
            new, firsts, places = np.unique(keys[unknown], return_index=True, return_inverse=True)
            firsts = unknown[firsts]
            found = [text[a:b] for a, b in zip(starts[firsts].tolist(), stops[firsts].tolist(), strict=True)]
            rows[unknown] = self._learn(found, new)[places]
        return rows

    def words_of(self, stretch: str) -> list[tuple[int, int, list[str]]]:
        """The words of a stretch of folded text by the token they come from, with its place in the stretch."""
        return placed_words(stretch, self._spellings, self._names)

    def weights_of(self, words: Sequence[str]) -> tuple[Sums, Sums, Sums]:
        """Of each word its number, what it weighs, and what it weighs more in a negation scope. Nothing is learned."""
        numbers: Sums = np.array([self._words.get(word, 0) if word else 0 for word in words], dtype=np.int32)
        plain: Sums = self._plain[numbers]
        spelled = [place for place, word in enumerate(words) if not numbers[place] and is_spelled(word)]
        if spelled:
            keys, owners = piece_keys([words[place] for place in spelled])
            found = self._pieces.find(keys)
            hits = np.flatnonzero(found >= 0)
            np.add.at(plain, np.array(spelled)[owners[hits]], self._piece_weights[found[hits]])
        return numbers, plain, self._negated[numbers]

    def pairs(self, left: Sums, right: Sums) -> tuple[Places, Table]:
        """Which of these neighbouring words are pairs that the model knows, and the pairs' weights."""
        found = self._pairs.find(self._pair_keys(left, right))
        hits = np.flatnonzero(found >= 0)
        return hits, self._pair_weights[found[hits]]

    def _pair_keys(self, left: Sums, right: Sums) -> Keys:
        return left.astype(np.uint64) * self._base + right.astype(np.uint64)

    def _learn(self, stretches: list[str], keys: Keys) -> Places:
        """The rows of unknown stretches: that of the one known word they stand for, or a new one."""
        spellings, names, known, hints = self._spellings, self._names, self._words, self._hints
        rumours, threats = hinted(stretches)
        flags = dict.fromkeys(rumours, Flag.RUMOUR)
        flags |= {place: flags.get(place, 0) | Flag.THREAT for place in threats}
        new = _New()
        rows: list[int] = []
        passing: list[int] = []
        for place, stretch in enumerate(stretches):
            words = words_of(stretch, spellings, names)
            number = known.get(words[0], 0)
            if len(words) == 1 and number and flags.get(place, 0) == hints.get(number, 0):
                rows.append(number)
                if words[0] in _PASSING:
                    passing.append(place)
                continue
            rows.append(self._size + len(new.facts))
            if len(words) == 1 and not number:
                new.add_unknown(words[0], flags.get(place, 0))
            else:
                new.add(words, [known.get(word, 0) for word in words], flags.get(place, 0))
        found = np.array(rows, dtype=np.int64)
        lasting = np.delete(np.arange(len(found)), passing) if passing else slice(None)
        self._index.add(keys[lasting], found[lasting])
        self._taken += len(found)
        if new.facts:
            self._sum(new)
        return found

    def _sum(self, new: "_New") -> None:
        """Sum the weights of new stretches into their rows."""
        start, stop = self._size, self._size + len(new.facts)
        sums = np.zeros((len(new.facts), len(Column)))
        speaks = np.zeros(len(new.facts), dtype=np.bool_)
        if new.spelled:
            keys, places = piece_keys(new.spelled)
            found = self._pieces.find(keys)
            hits = np.flatnonzero(found >= 0)
            weights = self._piece_weights.take(found[hits], axis=0).T.astype(np.float64)
            places = np.array(new.spelled_places)[places[hits]]
            speaks[places] = True
            for column in Column:
                sums[:, column] = np.bincount(places, weights=weights[column], minlength=len(sums))
        if new.joined:
            rows = np.array(new.joined)
            sums[rows] += np.add.reduceat(self._plain[new.words], new.starts)
            speaks[rows] |= np.logical_or.reduceat(self._speaks[new.words], new.starts)
            self.turned[start + rows] = np.add.reduceat(self._negated[new.words], new.starts)
            left, right = np.array(new.words[:-1]), np.array(new.words[1:])
            left[np.array(new.starts[1:], dtype=np.int64) - 1] = 0
            hits, weights = self.pairs(left, right)
            np.add.at(sums, rows[np.searchsorted(new.starts, hits, side="right") - 1], weights)
        self.rows[start:stop, : len(Column)] = sums
        self.rows[start:stop, FIRST:] = new.facts
        self.rows[start:stop, FLAGS] |= Flag.SILENT * ~speaks
        self._size = stop

    def _start_anew(self) -> None:
        """With the model's own words in their rows, found by their spelling and by its variants."""
        self._size = len(self._known)
        own = np.arange(self._size)
        rumours, threats = hinted(self._known)
        self._hints = dict.fromkeys(rumours, Flag.RUMOUR)
        self._hints |= {row: self._hints.get(row, 0) | Flag.THREAT for row in threats}
        # Memory that is not written to yet costs nothing.
        capacity = self._size + len(self._spellings) + MEMORY_SIZE + MOST_LETTERS * 2 // 3
        self.rows: Sums = np.zeros((capacity, _WIDTH), dtype=np.int32)
        self.turned: Sums = np.zeros((capacity, len(Column)), dtype=np.int32)
        self.rows[own, : len(Column)] = self._plain
        self.turned[own] = self._negated
        self.rows[own, FIRST] = self.rows[own, LAST] = own
        words = ["", *self._known[1:]]
        self.rows[own, FLAGS] = [effect([word]) | self._hints.get(row, 0) for row, word in enumerate(words)]
        self.rows[own, FLAGS] |= Flag.SILENT * ~self._speaks
        self._index = Index(capacity)
        self._taken = 0
        itself = [row for row, word in enumerate(self._known) if self._is_itself(word)]
        self._index.add(keys_of([self._known[row] for row in itself]), np.array(itself))
        written = [slang for slang in self._spellings if slang.isalpha() and slang not in self._words]
        self._learn(written, keys_of(written))
        self._taken = 0

    def _is_itself(self, word: str) -> bool:
        """Whether this spelling stands for nothing but this word."""
        if not word.isalpha():
            return word == BETWEEN
        return words_of(word, self._spellings, self._names) == [word]


class _New:
    """What the rows of new stretches are summed from."""

    def __init__(self) -> None:
        self.facts: list[tuple[int, int, int]] = []
        self.spelled: list[str] = []
        self.spelled_places: list[int] = []
        # Stretches with known words: their places, all their words in a row, and where each begins.
        self.joined: list[int] = []
        self.words: list[int] = []
        self.starts: list[int] = []

    def add_unknown(self, word: str, flags: int) -> None:
        """Take a stretch that is one unknown word."""
        self._spell(word)
        self.facts.append((0, 0, ALONE[role(word)] | flags))

    def add(self, words: list[str], numbers: list[int], flags: int) -> None:
        """Take a stretch of several words, or of a known one."""
        for word, number in zip(words, numbers, strict=True):
            if not number:
                self._spell(word)
        self.joined.append(len(self.facts))
        self.starts.append(len(self.words))
        self.words += numbers
        self.facts.append((numbers[0], numbers[-1], effect(words) | flags))

    def _spell(self, word: str) -> None:
        if is_spelled(word):
            self.spelled.append(word)
            self.spelled_places.append(len(self.facts))
