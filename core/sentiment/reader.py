"""Reads posts: one pass over the words gives sentiment, toxicity, complaint and language."""

from collections.abc import Sequence
from math import exp, sqrt
from typing import Self

from core.sentiment.cues import hoax_cue, threatens
from core.sentiment.features import pieces
from core.sentiment.reading import Label, Language, Reading
from core.sentiment.tokens import NEGATION_REACH, Role, fold, normalise, role, split
from core.sentiment.weights import Column, Table, Weights, decode

# Words whose summed weights are remembered; past it the memory starts anew.
MEMORY_WORDS = 100_000
# Longer tokens are rarely seen twice.
MEMORABLE_LENGTH = 32
# Log-odds under which a post's language is not told.
LANGUAGE_MARGIN = 0.5

# All columns of one feature travel in one integer, so that one addition serves every head. A field holds more than
# READ_LIMIT times the features a character can begin times the largest int16.
_FIELD_BITS = 44
_FIELD = (1 << _FIELD_BITS) - 1
_MIDDLE = 1 << (_FIELD_BITS - 1)
_ZERO = sum(_MIDDLE << (_FIELD_BITS * column) for column in Column)
_PAIR_BASE = 1 << 21
_NEGATES, _BREAKS = Role.NEGATES, Role.BREAKS

# (weights, weights in a negation scope, number of the word, role)
_Step = tuple[int, int, int, Role]


class Reader:
    """A linear reader of posts; its answers depend on the text and the weights alone.

    Reading fills a bounded memory of words, so one reader is best kept and shared within a thread.
    """

    __slots__ = (
        "_biases",
        "_memory",
        "_names",
        "_numbers",
        "_pairs",
        "_pieces",
        "_scales",
        "_spellings",
        "_words",
        "version",
    )

    def __init__(self, weights: Weights, version: str) -> None:
        self.version = version
        self._scales = weights.scales
        self._biases = weights.biases
        self._spellings = weights.spellings
        self._names = frozenset(weights.names)
        self._numbers = {word: number for number, word in enumerate(weights.words, start=1)}
        plain, negated = _packed(weights.plain), _packed(weights.negated)
        self._words = list(zip(plain, negated, strict=True))
        self._pieces = dict(zip(weights.pieces, _packed(weights.piece_weights), strict=True))
        keys = [(left + 1) * _PAIR_BASE + right + 1 for left, right in weights.pairs.tolist()]
        self._pairs = dict(zip(keys, _packed(weights.pair_weights), strict=True))
        self._memory: dict[str, tuple[_Step, ...]] = {}

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The reader whose weights these are.

        Raises: `WeightsError` where the bytes are not the weights of a reader.
        """
        return cls(*decode(data))

    def read(self, text: str) -> Reading:
        """Sentiment, toxicity, complaint, cues and language of one post. Any text is answered."""
        folded = fold(text)
        tokens = split(folded)
        total = self._sum(tokens)
        negative, positive, toxicity, complaint, language = self._logits(total)
        p_negative, p_neutral, p_positive = _shares(negative, positive)
        return Reading(
            label=_label(p_negative, p_neutral, p_positive),
            polarity=p_positive - p_negative,
            p_negative=p_negative,
            p_neutral=p_neutral,
            p_positive=p_positive,
            toxicity=_logistic(toxicity),
            complaint=_logistic(complaint),
            threat=threatens(folded, tokens),
            hoax_cue=hoax_cue(folded, tokens),
            language=_language(language),
        )

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each post, in order."""
        return [self.read(text) for text in texts]

    def _sum(self, tokens: list[str]) -> int:
        """All weights of a post's features, packed."""
        memory, pairs = self._memory, self._pairs
        total, reach, previous = _ZERO, 0, 0
        for token in tokens:
            for plain, negated, number, part in memory.get(token) or self._learn(token):
                if part:
                    if part != _NEGATES:
                        reach = 0
                    total += negated if reach else plain
                    reach = NEGATION_REACH if part == _NEGATES else 0
                elif reach:
                    total += negated
                    reach -= 1
                else:
                    total += plain
                if number and previous:
                    total += pairs.get(previous * _PAIR_BASE + number, 0)
                previous = 0 if part == _BREAKS else number
        return total

    def _learn(self, token: str) -> tuple[_Step, ...]:
        """The steps a token stands for, remembered."""
        steps = tuple(self._step(word) for word in normalise(token, self._spellings, self._names))
        if len(token) <= MEMORABLE_LENGTH:
            if len(self._memory) >= MEMORY_WORDS:
                self._memory.clear()
            self._memory[token] = steps
        return steps

    def _step(self, word: str) -> _Step:
        number = self._numbers.get(word, 0)
        plain, negated = self._words[number - 1] if number else (0, 0)
        plain += sum(self._pieces.get(piece, 0) for piece in pieces(word))
        return plain, plain + negated, number, role(word)

    def _logits(self, total: int) -> list[float]:
        sums = [((total >> (_FIELD_BITS * column)) & _FIELD) - _MIDDLE for column in Column]
        norm = sqrt(max(sums[Column.NORM] * self._scales[Column.NORM], 0.0)) or 1.0
        return [
            bias + weight * scale / norm for bias, weight, scale in zip(self._biases, sums, self._scales, strict=False)
        ]


def _packed(table: Table) -> list[int]:
    """One integer per row, a field per column; negative columns borrow from the next, which sums undo."""
    columns = [
        [value << (_FIELD_BITS * column) for value in table[:, column].tolist()] for column in range(len(Column))
    ]
    return [sum(row) for row in zip(*columns, strict=True)]


def _shares(negative: float, positive: float) -> tuple[float, float, float]:
    """Probabilities of negative, neutral and positive from their logits against neutral."""
    top = max(negative, positive, 0.0)
    weights = exp(negative - top), exp(-top), exp(positive - top)
    whole = weights[0] + weights[1] + weights[2]
    return weights[0] / whole, weights[1] / whole, weights[2] / whole


def _label(p_negative: float, p_neutral: float, p_positive: float) -> Label:
    if p_neutral >= p_negative and p_neutral >= p_positive:
        return Label.NEUTRAL
    return Label.NEGATIVE if p_negative > p_positive else Label.POSITIVE


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + exp(-min(max(logit, -60.0), 60.0)))


def _language(logit: float) -> Language:
    if abs(logit) < LANGUAGE_MARGIN:
        return Language.UNDETERMINED
    return Language.INDONESIAN if logit > 0 else Language.ENGLISH
