"""The weights of every stretch of text seen lately, so that a known one costs a single look-up."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import hinted
from core.sentiment.features import is_spelled, keys_of_pieces, piece_keys
from core.sentiment.keys import Bytes, FixedIndex, Index, Keys, Places, code_points, keyed, keys_of, mixed
from core.sentiment.plain import are_plain, marked, with_stems
from core.sentiment.sums import Packed, nothing, packed, unpacked
from core.sentiment.tokens import (
    BETWEEN,
    LINK,
    MASKS,
    TURNING,
    USER,
    Stretch,
    cuts,
    placed_words,
    role,
    words_of,
)
from core.sentiment.weights import Column, Weights

# Stretches that are remembered beside the model's own words; past it the memory starts anew.
MEMORY_SIZE = 100_000
# Letters that one look-up may hold. "a, b, " has the most stretches, two for three letters: what a look-up can teach.
MOST_LETTERS = 100_000

# What is known of a stretch beside its weights, in one number: flags, then the numbers of its outer words, which are 0
# where they form no pair with a neighbour.
FLAG_BITS = 8
_FIRST, _LAST = FLAG_BITS, 32
_LEFT, _RIGHT = np.int64(-1 << _LAST), np.int64((1 << _LAST) - (1 << _FIRST))

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


def _facts(first: int, last: int, flags: int) -> int:
    """What is known of a stretch: what stops before it keeps its first word from pairing, and so for the last."""
    if flags & Flag.STOPS_BEFORE:
        first = 0
    if flags & Flag.STOPS_AFTER:
        last = 0
    return last << _LAST | first << _FIRST | flags


class Memory:
    """Packed sums of weights per stretch, with what else is known of it.

    Units: `sums` are in the weights' int16 steps; `turned` is added in a negation scope; `facts` begin with the flags.
    Words are numbered from 1; 0 is none that the model knows.
    """

    def __init__(self, weights: Weights) -> None:
        self._spellings, self._names = weights.spellings, frozenset(weights.names)
        # Row 0 is the space between posts; the model's words follow, then the break within a post.
        self._known = [BETWEEN, *weights.words, ""]
        self._words = {word: row for row, word in enumerate(self._known)}
        none = np.zeros((1, len(Column)), dtype=np.int16)
        self._pieces = FixedIndex(keys_of_pieces(weights.pieces))
        self._piece_sums = packed(np.vstack([none, weights.piece_weights]))
        self._plain = packed(np.vstack([none, weights.plain, none]))
        self._negated = packed(np.vstack([none, weights.negated, none]))
        self._speaks = np.concatenate(([False], weights.plain[:, Column.NORM] > 0, [False]))
        self._speaks[[row for row, word in enumerate(self._known) if word in MASKS]] = False
        left, right = weights.pairs.T.astype(np.int64) + 1
        self._pairs = FixedIndex(mixed(_pair(left, right)))
        self._pair_sums = packed(np.vstack([none, weights.pair_weights]))
        self._start_anew()

    def look_up(self, raw: bytes) -> Places:
        """The row of each stretch of encoded folded posts, unknown ones learned. Rows hold until the next call.

        The text has at most `MOST_LETTERS` beside the spaces between its posts.
        """
        if self._taken > MEMORY_SIZE:
            self._start_anew()
        letters: Bytes = np.frombuffer(raw, dtype=np.uint8)
        starts, stops = cuts(letters)
        keys = keyed(raw, starts, stops)
        rows = self._index.find(keys)
        unknown = np.flatnonzero(rows < 0)
        if len(unknown):
            new, firsts, places = np.unique(keys[unknown], return_index=True, return_inverse=True)
            firsts = unknown[firsts]
            rows[unknown] = self._learn(raw, letters, starts[firsts], stops[firsts], new)[places]
        return rows

    def words_of(self, stretch: str) -> list[tuple[int, int, list[str]]]:
        """The words of a stretch of folded text by the token they come from, with its place in the stretch."""
        return placed_words(stretch, self._spellings, self._names)

    def weights_of(self, words: Sequence[str]) -> tuple[Places, Packed, Packed]:
        """Of each word its number, what it weighs, and what it weighs more in a negation scope. Nothing is learned.

        Of weights each column is a row.
        """
        numbers = np.array([self._words.get(word, 0) if word else 0 for word in words], dtype=np.int64)
        sums = self._plain[:, numbers]
        spelled = [place for place, word in enumerate(words) if not numbers[place] and is_spelled(word)]
        if spelled:
            sums[:, spelled] += self._spelled([words[place] for place in spelled])[0]
        return numbers, unpacked(sums), unpacked(self._negated[:, numbers])

    def pairs(self, left: Places, right: Places) -> tuple[Places, Packed]:
        """Which of these neighbouring words are pairs that the model knows, and the pairs' packed weights."""
        return self._paired(_pair(left, right))

    def pairs_among(self, facts: Places) -> tuple[Places, Packed]:
        """Which stretches of posts pair with the one before them, and the pairs' packed weights."""
        left, right = facts[:-1] & _LEFT, facts[1:] & _RIGHT
        places = np.flatnonzero((left != 0) & (right != 0))
        hits, sums = self._paired((left[places] | right[places]).view(np.uint64))
        return places[hits] + 1, sums

    def _paired(self, pairs: Keys) -> tuple[Places, Packed]:
        found = self._pairs.find(mixed(pairs))
        hits = np.flatnonzero(found)
        return hits, self._pair_sums[:, found[hits]]

    def _learn(self, raw: bytes, letters: Bytes, starts: Places, stops: Places, keys: Keys) -> Places:
        """The rows of unknown stretches: that of the one known word they stand for, or a new one."""
        rows = np.empty(len(keys), dtype=np.int64)
        lasting = np.ones(len(keys), dtype=np.bool_)
        plain = are_plain(letters, starts, stops)
        places = np.flatnonzero(plain)
        if len(places):
            rows[places] = self._learn_words(letters, starts[places], stops[places])
        places = np.flatnonzero(~plain)
        if len(places):
            bounds = zip(starts[places].tolist(), stops[places].tolist(), strict=True)
            stretches = [raw[a:b].decode("utf-8", "surrogatepass") for a, b in bounds]
            rows[places], passing = self._learn_stretches(stretches)
            lasting[places[passing]] = False
        self._index.add(keys[lasting], rows[lasting])
        self._taken += len(keys)
        return rows

    def _learn_words(self, letters: Bytes, starts: Places, stops: Places) -> Places:
        """New rows for plain words that the model does not know: the sums of their pieces."""
        words, begins = marked(letters, starts, stops)
        sums, speaks = self._sums_of_pieces(words, begins)
        facts = np.where(speaks, 0, Flag.SILENT)
        hinting = with_stems(words, begins)
        bounds = zip(starts[hinting].tolist(), stops[hinting].tolist(), strict=True)
        rumours, threats = hinted([letters[a:b].tobytes().decode() for a, b in bounds])
        for place in rumours:
            facts[hinting[place]] |= Flag.RUMOUR
        for place in threats:
            facts[hinting[place]] |= Flag.THREAT
        return self._append(sums, facts)

    def _learn_stretches(self, stretches: list[str]) -> tuple[list[int], list[int]]:
        """The rows of any stretches, and the places of those that are not worth remembering."""
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
        if new.facts:
            self._sum(new)
        return rows, passing

    def _sum(self, new: "_New") -> None:
        """Sum the weights of new stretches into their rows."""
        sums = nothing(len(new.facts))
        speaks = np.zeros(len(new.facts), dtype=np.bool_)
        if new.spelled:
            found, hits = self._spelled(new.spelled)
            places = np.array(new.spelled_places)
            _add(sums, places, found)
            speaks[places[hits]] = True
        turned = None
        if new.joined:
            rows = np.array(new.joined)
            sums[:, rows] += np.add.reduceat(self._plain[:, new.words], new.starts, axis=1)
            speaks[rows] |= np.logical_or.reduceat(self._speaks[new.words], new.starts)
            turned = nothing(len(new.facts))
            turned[:, rows] = np.add.reduceat(self._negated[:, new.words], new.starts, axis=1)
            left, right = np.array(new.words[:-1], dtype=np.int64), np.array(new.words[1:], dtype=np.int64)
            left[np.array(new.starts[1:], dtype=np.int64) - 1] = 0
            hits, weights = self.pairs(left, right)
            _add(sums, rows[np.searchsorted(new.starts, hits, side="right") - 1], weights)
        silent = np.where(speaks, 0, Flag.SILENT)
        self._append(sums, np.array(new.facts, dtype=np.int64) | silent, turned)

    def _append(self, sums: Packed, facts: Places, turned: Packed | None = None) -> Places:
        start, stop = self._size, self._size + len(facts)
        self.sums[:, start:stop] = sums
        self.facts[start:stop] = facts
        if turned is not None:
            self.turned[:, start:stop] = turned
        self._size = stop
        return np.arange(start, stop)

    def _spelled(self, words: Sequence[str]) -> tuple[Packed, NDArray[np.bool_]]:
        """What the pieces of each word weigh, and whether one of them is known."""
        lengths = np.array([len(word) + 2 for word in words], dtype=np.int64)
        return self._sums_of_pieces(code_points("".join(f"<{word}>" for word in words)), np.cumsum(lengths) - lengths)

    def _sums_of_pieces(
        self, words: NDArray[np.unsignedinteger[Any]], begins: Places
    ) -> tuple[Packed, NDArray[np.bool_]]:
        """What the pieces of each marked word weigh, and whether one of them is known."""
        sums, known = nothing(len(words)), np.zeros(len(words), dtype=np.int64)
        for keys in piece_keys(words):
            found = self._pieces.find(keys)
            sums += self._piece_sums[:, found]
            known |= found
        return np.add.reduceat(sums, begins, axis=1), np.logical_or.reduceat(known, begins)

    def _start_anew(self) -> None:
        """With the model's own words in their rows, found by their spelling and by its variants."""
        self._size = len(self._known)
        own = slice(self._size)
        rumours, threats = hinted(self._known)
        self._hints = dict.fromkeys(rumours, Flag.RUMOUR)
        self._hints |= {row: self._hints.get(row, 0) | Flag.THREAT for row in threats}
        capacity = self._size + len(self._spellings) + len(self._names) + MEMORY_SIZE + MOST_LETTERS * 2 // 3
        self.sums, self.turned = nothing(capacity), nothing(capacity)
        self.facts: Places = np.zeros(capacity, dtype=np.int64)
        self.sums[:, own], self.turned[:, own] = self._plain, self._negated
        words = ["", *self._known[1:]]
        flags = [effect([word]) | self._hints.get(row, 0) for row, word in enumerate(words)]
        self.facts[own] = [_facts(row, row, flag) for row, flag in enumerate(flags)]
        self.facts[own] |= np.where(self._speaks, 0, Flag.SILENT)
        self._index = Index(capacity)
        itself = {word for word in self._known if self._is_itself(word)}
        rows = [row for row, word in enumerate(self._known) if word in itself]
        self._index.add(keys_of([self._known[row] for row in rows]), np.array(rows))
        # Whatever looks like a plain word and is more is known from the start.
        words = {*self._known, *self._spellings, *self._names, *TURNING} - itself
        others = sorted(word for word in words if word.isalpha())
        self._index.add(keys_of(others), np.array(self._learn_stretches(others)[0]))
        self._taken = 0

    def _is_itself(self, word: str) -> bool:
        """Whether this spelling stands for nothing but this word."""
        if not word.isalpha():
            return word == BETWEEN
        return words_of(word, self._spellings, self._names) == [word]


class _New:
    """What the rows of new stretches are summed from."""

    def __init__(self) -> None:
        self.facts: list[int] = []
        self.spelled: list[str] = []
        self.spelled_places: list[int] = []
        # Stretches with known words: their places, all their words in a row, and where each begins.
        self.joined: list[int] = []
        self.words: list[int] = []
        self.starts: list[int] = []

    def add_unknown(self, word: str, flags: int) -> None:
        """Take a stretch that is one unknown word."""
        self._spell(word)
        self.facts.append(ALONE[role(word)] | flags)

    def add(self, words: list[str], numbers: list[int], flags: int) -> None:
        """Take a stretch of several words, or of a known one."""
        for word, number in zip(words, numbers, strict=True):
            if not number:
                self._spell(word)
        self.joined.append(len(self.facts))
        self.starts.append(len(self.words))
        self.words += numbers
        self.facts.append(_facts(numbers[0], numbers[-1], effect(words) | flags))

    def _spell(self, word: str) -> None:
        if is_spelled(word):
            self.spelled.append(word)
            self.spelled_places.append(len(self.facts))


def _pair(left: Places, right: Places) -> Keys:
    return (left << _LAST | right << _FIRST).view(np.uint64)


def _add(sums: Packed, places: Places, more: Packed) -> None:
    """Add to places in order, to some of them more than once."""
    if len(places):
        firsts = np.flatnonzero(np.diff(places, prepend=-1))
        sums[:, places[firsts]] += np.add.reduceat(more, firsts, axis=1)
