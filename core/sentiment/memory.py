"""The weights of every stretch of text seen lately, so that a known one costs a single look-up."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import hinted
from core.sentiment.features import is_spelled, keys_of_pieces, piece_keys
from core.sentiment.keys import Bytes, FixedIndex, Index, Keys, Places, code_points, keyed, keys_of, mixed
from core.sentiment.plain import CLITIC, are_plain, marked, with_clitic, with_stems
from core.sentiment.sums import BESIDE, Rows, nothing, packed
from core.sentiment.tokens import (
    BETWEEN,
    LINK,
    MASKS,
    TURNING,
    USER,
    cuts,
    effect,
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


_HINTS = Flag.RUMOUR | Flag.THREAT
# What a word alone does to its neighbours, by its role.
ALONE = (0, Flag.NEGATES, Flag.STOPS_BEFORE, Flag.STOPS_AFTER)


def flags_of(words: list[str]) -> int:
    """The flags that say what a stretch of these words does to its neighbours."""
    if len(words) == 1 and words[0]:
        return ALONE[role(words[0])]
    negates, stops_before, stops_after = effect(words)
    return negates * Flag.NEGATES | stops_before * Flag.STOPS_BEFORE | stops_after * Flag.STOPS_AFTER


def _facts(first: int, last: int, flags: int) -> int:
    """What is known of a stretch: what stops before it keeps its first word from pairing, and so for the last."""
    if flags & Flag.STOPS_BEFORE:
        first = 0
    if flags & Flag.STOPS_AFTER:
        last = 0
    return last << _LAST | first << _FIRST | flags


class Memory:
    """A row of summed weights per stretch, and beside it what else is known of the stretch.

    Units: `rows` are in the weights' int16 steps; `turned` is added in a negation scope. Words are numbered
    from 1; 0 is none that the model knows.
    """

    def __init__(self, weights: Weights) -> None:
        self._spellings, self._names = weights.spellings, frozenset(weights.names)
        # Row 0 is the space between posts; the model's words follow, then the break within a post.
        self._known = [BETWEEN, *weights.words, ""]
        self._words = {word: row for row, word in enumerate(self._known)}
        self._columns = weights.plain.shape[1]
        none = np.zeros((1, self._columns), dtype=np.int16)
        self._pieces = FixedIndex(keys_of_pieces(weights.pieces))
        self._piece_rows = packed(np.vstack([none, weights.piece_weights]))
        self._plain = packed(np.vstack([none, weights.plain, none]))
        self._negated = packed(np.vstack([none, weights.negated, none]))
        self._speaks = np.concatenate(([False], weights.plain[:, Column.NORM] > 0, [False]))
        self._speaks[[row for row, word in enumerate(self._known) if word in MASKS]] = False
        left, right = weights.pairs.T.astype(np.int64) + 1
        self._pairs = FixedIndex(mixed(_pair(left, right)))
        self._pair_rows = packed(np.vstack([none, weights.pair_weights]))
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
        unknown = (rows < 0).nonzero()[0]
        if len(unknown):
            new, firsts, places = np.unique(keys[unknown], return_index=True, return_inverse=True)
            firsts = unknown[firsts]
            rows[unknown] = self._learn(raw, letters, starts[firsts], stops[firsts], new)[places]
        return rows

    def words_of(self, stretch: str) -> list[tuple[int, int, list[str]]]:
        """The words of a stretch of folded text by the token they come from, with its place in the stretch."""
        return placed_words(stretch, self._spellings, self._names)

    def weights_of(self, words: Sequence[str]) -> tuple[Places, Rows, Rows]:
        """Of each word its number, what it weighs, and what it weighs more in a negation scope. Nothing is learned."""
        numbers = np.array([self._words.get(word, 0) if word else 0 for word in words], dtype=np.int64)
        rows = self._plain.take(numbers, axis=0)
        spelled = [place for place, word in enumerate(words) if not numbers[place] and is_spelled(word)]
        if spelled:
            rows[spelled] += self._sums_of_pieces(*_marked([words[place] for place in spelled]))[0]
        return numbers, rows, self._negated.take(numbers, axis=0)

    def pairs(self, left: Places, right: Places) -> tuple[Places, Rows]:
        """Which of these neighbouring words are pairs that the model knows, and the pairs' weights."""
        return self._paired(_pair(left, right))

    def pairs_among(self, facts: Places) -> tuple[Places, Rows]:
        """Which stretches of posts pair with the one before them, and the pairs' weights."""
        left, right = facts[:-1] & _LEFT, facts[1:] & _RIGHT
        places = ((left != 0) & (right != 0)).nonzero()[0]
        hits, rows = self._paired((left.take(places) | right.take(places)).view(np.uint64))
        return places[hits] + 1, rows

    def _paired(self, pairs: Keys) -> tuple[Places, Rows]:
        found = self._pairs.find(mixed(pairs))
        hits = found.nonzero()[0]
        return hits, self._pair_rows.take(found[hits], axis=0)

    def _learn(self, raw: bytes, letters: Bytes, starts: Places, stops: Places, keys: Keys) -> Places:
        """The rows of unknown stretches: that of the one known word they stand for, or a new one."""
        rows, hints, ends = np.full(len(keys), -1), np.zeros(len(keys), dtype=np.int64), stops.copy()
        plain = are_plain(letters, starts, stops).nonzero()[0]
        if len(plain):
            hints[plain] = _hints_in(letters, starts[plain], stops[plain])
            rows[plain] = 0
            clitics = plain[with_clitic(letters, starts[plain], stops[plain])]
            ends[clitics] -= CLITIC
            rows[clitics] = self._stems(keyed(raw, starts[clitics], ends[clitics]), hints[clitics])
        words, others = (rows == 0).nonzero()[0], (rows < 0).nonzero()[0]
        rows[words] = np.arange(self._size, self._size + len(words))
        bounds = zip(starts[others].tolist(), stops[others].tolist(), strict=True)
        more = _New(self._size + len(words))
        rows[others] = self._parse([raw[a:b].decode("utf-8", "surrogatepass") for a, b in bounds], more)
        self._append(*marked(letters, starts[words], ends[words]), hints[words], more)
        lasting = np.delete(np.arange(len(keys)), others[more.passing]) if more.passing else slice(None)
        self._index.add(keys[lasting], rows[lasting])
        self._taken += len(keys)
        return rows

    def _stems(self, keys: Keys, hints: Places) -> Places:
        """The rows of plain words without their clitic; 0 for new ones, -1 for what may be more than a word.

        Whatever a plain word may stand for beside itself is known from the start.
        """
        rows = self._index.find(keys)
        is_own = self._own_keys.take(rows, mode="clip") == keys
        is_own &= self.rows[rows, BESIDE] & _HINTS == hints
        return np.where(is_own, rows, np.where(rows >= 0, -1, 0))

    def _parse(self, stretches: list[str], new: "_New") -> list[int]:
        """The rows of any stretches; what is to be summed for those that are new is put into `new`."""
        spellings, names, known, hints = self._spellings, self._names, self._words, self._hints
        flags = _hinted_flags(stretches)
        rows: list[int] = []
        for place, stretch in enumerate(stretches):
            words = words_of(stretch, spellings, names)
            number = known.get(words[0], 0)
            if len(words) == 1 and number and flags.get(place, 0) == hints.get(number, 0):
                rows.append(number)
                if words[0] in _PASSING:
                    new.passing.append(place)
                continue
            rows.append(new.first + len(new.facts))
            if len(words) == 1 and not number:
                new.add_unknown(words[0], flags.get(place, 0))
            else:
                new.add(words, [known.get(word, 0) for word in words], flags.get(place, 0))
        return rows

    def _append(self, letters: NDArray[np.unsignedinteger[Any]], begins: Places, hints: Places, more: "_New") -> None:
        """Write the rows of plain words, given with marks and hints, and of more stretches."""
        if more.spelled:
            others, begin = _marked(more.spelled)
            begins = np.concatenate((begins, begin + len(letters)))
            letters = np.concatenate((letters, others))
        sums, speaks = self._sums_of_pieces(letters, begins)
        count, start = len(hints), self._size
        self._size += count + len(more.facts)
        rows = self.rows[start : start + count]
        rows[:] = sums[:count]
        rows[:, BESIDE] = hints | ~speaks[:count] * Flag.SILENT
        if more.facts:
            self._sum(more, sums[count:], speaks[count:])

    def _sum(self, new: "_New", spelled: Rows, spoken: NDArray[np.bool_]) -> None:
        """Write the rows of new stretches, whose words without a number are summed already."""
        rows = self.rows[new.first : new.first + len(new.facts)]
        speaks = np.zeros(len(rows), dtype=np.bool_)
        rows[:] = 0
        if new.spelled:
            places = np.array(new.spelled_places)
            _sum_into(rows, places, spelled)
            speaks[places[spoken]] = True
        if new.joined:
            joined = np.array(new.joined)
            rows[joined] += np.add.reduceat(self._plain.take(new.words, axis=0), new.starts, axis=0)
            speaks[joined] |= np.logical_or.reduceat(self._speaks[new.words], new.starts)
            self.turned[new.first + joined] = np.add.reduceat(self._negated.take(new.words, axis=0), new.starts, axis=0)
            left, right = np.array(new.words[:-1], dtype=np.int64), np.array(new.words[1:], dtype=np.int64)
            left[np.array(new.starts[1:], dtype=np.int64) - 1] = 0
            hits, weights = self.pairs(left, right)
            _sum_into(rows, joined[np.searchsorted(new.starts, hits, side="right") - 1], weights)
        rows[:, BESIDE] = np.array(new.facts) | ~speaks * Flag.SILENT

    def _sums_of_pieces(
        self, words: NDArray[np.unsignedinteger[Any]], begins: Places
    ) -> tuple[Rows, NDArray[np.bool_]]:
        """What the pieces of each marked word weigh, and whether one of them is known."""
        found = [self._pieces.find(keys) for keys in piece_keys(words)]
        sums, known = self._piece_rows.take(found[0], axis=0), found[0]
        for more in found[1:]:
            sums += self._piece_rows.take(more, axis=0)
            known |= more
        return np.add.reduceat(sums, begins, axis=0), np.logical_or.reduceat(known, begins)

    def _start_anew(self) -> None:
        """With the model's own words in their rows, found by their spelling and by its variants."""
        self._size = len(self._known)
        own = slice(self._size)
        self._hints = _hinted_flags(self._known)
        capacity = self._size + len(self._spellings) + len(self._names) + MEMORY_SIZE + MOST_LETTERS * 2 // 3
        self.rows, self.turned = (nothing(capacity, self._columns) for _ in range(2))
        self.rows[own], self.turned[own] = self._plain, self._negated
        words = ["", *self._known[1:]]
        flags = [flags_of([word]) | self._hints.get(row, 0) for row, word in enumerate(words)]
        self.rows[own, BESIDE] = [_facts(row, row, flag) for row, flag in enumerate(flags)]
        self.rows[own, BESIDE] |= ~self._speaks * Flag.SILENT
        self._index = Index(capacity)
        itself = {word for word in self._known if self._is_itself(word)}
        rows = [row for row, word in enumerate(self._known) if word in itself]
        self._own_keys: Keys = np.zeros(len(self._known), dtype=np.uint64)
        self._own_keys[rows] = keys_of([self._known[row] for row in rows])
        self._index.add(self._own_keys[rows], np.array(rows))
        # Whatever looks like a plain word and is more is known from the start.
        words = {*self._known, *self._spellings, *self._names, *TURNING} - itself
        others = sorted(word for word in words if word.isalpha())
        new = _New(self._size)
        self._index.add(keys_of(others), np.array(self._parse(others, new)))
        self._append(*_marked([]), np.zeros(0, dtype=np.int64), new)
        self._taken = 0

    def _is_itself(self, word: str) -> bool:
        """Whether this spelling stands for nothing but this word."""
        if not word.isalpha():
            return word == BETWEEN
        return words_of(word, self._spellings, self._names) == [word]


class _New:
    """What the rows of new stretches are summed from, which are written one after the other from a first one on."""

    def __init__(self, first: int) -> None:
        self.first = first
        # Places of stretches that are not worth remembering.
        self.passing: list[int] = []
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
        self.facts.append(_facts(numbers[0], numbers[-1], flags_of(words) | flags))

    def _spell(self, word: str) -> None:
        if is_spelled(word):
            self.spelled.append(word)
            self.spelled_places.append(len(self.facts))


def _pair(left: Places, right: Places) -> Keys:
    return (left << _LAST | right << _FIRST).view(np.uint64)


def _sum_into(rows: Rows, places: Places, more: Rows) -> None:
    """Add to places in order, to some of them more than once."""
    if len(places):
        firsts = np.diff(places, prepend=-1).nonzero()[0]
        rows[places[firsts]] += np.add.reduceat(more, firsts, axis=0)


def _marked(words: Sequence[str]) -> tuple[NDArray[np.uint32], Places]:
    """Words with a mark before and after each, one behind the other, and where each begins."""
    lengths = np.array([len(word) + 2 for word in words], dtype=np.int64)
    return code_points("".join(f"<{word}>" for word in words)), np.cumsum(lengths) - lengths


def _hinted_flags(stretches: Sequence[str]) -> dict[int, int]:
    """The flags of those stretches that could be part of a cue, by their places."""
    rumours, threats = hinted(stretches)
    flags = dict.fromkeys(rumours, Flag.RUMOUR)
    return flags | {place: flags.get(place, 0) | Flag.THREAT for place in threats}


def _hints_in(letters: Bytes, starts: Places, stops: Places) -> Places:
    """The flags of plain words that could be part of a cue, 0 for all others."""
    hints = np.zeros(len(starts), dtype=np.int64)
    places = with_stems(*marked(letters, starts, stops))
    bounds = zip(starts[places].tolist(), stops[places].tolist(), strict=True)
    for place, flags in _hinted_flags([letters[a:b].tobytes().decode() for a, b in bounds]).items():
        hints[places[place]] = flags
    return hints
