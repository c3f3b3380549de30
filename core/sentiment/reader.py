"""Reads posts: one pass over the words gives sentiment, toxicity, complaint and language."""

from collections.abc import Sequence
from itertools import starmap
from threading import Lock
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import hoax_cue, threatens
from core.sentiment.memory import Fact, Memory, Rows, Sums
from core.sentiment.reading import Label, Language, Reading
from core.sentiment.tokens import BETWEEN, NEGATION_REACH, fold, stretches
from core.sentiment.weights import Column, Weights, decode

# Posts that are read in one go.
BATCH = 1_000
# Log-odds under which a post's language is not told.
LANGUAGE_MARGIN = 0.5
# Logits beyond it are as certain as a probability can say.
_CERTAIN = 60.0

_LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
_LANGUAGES = (Language.ENGLISH, Language.UNDETERMINED, Language.INDONESIAN)

_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]


class Reader:
    """A linear reader of posts; its answers depend on the text and the weights alone.

    It remembers what it read of late, up to a bound, so one reader is best kept and shared. Threads take turns.
    """

    def __init__(self, weights: Weights, version: str) -> None:
        self.version = version
        self._scales = np.array(weights.scales)
        self._biases = np.array(weights.biases)
        self._memory = Memory(weights)
        self._turn = Lock()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The reader whose weights these are.

        Raises: `WeightsError` where the bytes are not the weights of a reader.
        """
        return cls(*decode(data))

    def read(self, text: str) -> Reading:
        """Sentiment, toxicity, complaint, cues and language of one post. Any text is answered."""
        return self._read_batch([text])[0]

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each post, in order; several times faster per post than one at a time."""
        readings: list[Reading] = []
        for start in range(0, len(texts), BATCH):
            readings += self._read_batch(texts[start : start + BATCH])
        return readings

    def _read_batch(self, texts: Sequence[str]) -> list[Reading]:
        folded = [fold(text).replace(BETWEEN, " ") for text in texts]
        cut = stretches(f"{BETWEEN} {f' {BETWEEN} '.join(folded)}")
        with self._turn:
            rows = self._memory.look_up(cut)
            facts = self._memory.facts[rows]
            weighed = self._weigh(rows, facts)
        starts = np.flatnonzero(rows == 0)
        logits = self._logits(np.add.reduceat(weighed, starts, dtype=np.int64))
        shares = _shares(logits)
        polarity = shares[:, 2] - shares[:, 0]
        cues = np.maximum.reduceat(facts[:, Fact.RUMOUR :], starts)
        columns = (
            map(_LABELS.__getitem__, _winners(shares).tolist()),
            polarity.tolist(),
            *shares.T.tolist(),
            _logistic(logits[:, Column.TOXICITY]).tolist(),
            _logistic(logits[:, Column.COMPLAINT]).tolist(),
            [bool(cue) and threatens(text) for cue, text in zip(cues[:, 1].tolist(), folded, strict=True)],
            [hoax_cue(text) if cue else 0.0 for cue, text in zip(cues[:, 0].tolist(), folded, strict=True)],
            map(_LANGUAGES.__getitem__, _tongues(logits[:, Column.LANGUAGE]).tolist()),
        )
        return list(starmap(Reading, zip(*columns, strict=True)))

    def _weigh(self, rows: Rows, facts: Sums) -> Sums:
        """Weights of each stretch where it stands: after a negator, after another word."""
        memory = self._memory
        weighed = memory.plain[rows]
        joined = facts[:, Fact.STOPS_BEFORE] == 0
        joined[1:] &= facts[:-1, Fact.STOPS_AFTER] == 0
        turned = _in_scope(facts[:, Fact.NEGATES] != 0, joined)
        weighed[turned] += memory.turned[rows[turned]]
        if len(memory.pair_keys):
            left, right = facts[:-1, Fact.LAST], facts[1:, Fact.FIRST]
            places = np.flatnonzero(joined[1:] & (left > 0) & (right > 0))
            keys = left[places].astype(np.int64) * memory.base + right[places]
            found = np.searchsorted(memory.pair_keys[:-1], keys)
            hits = memory.pair_keys[found] == keys
            weighed[places[hits] + 1] += memory.pair_weights[found[hits]]
        return weighed

    def _logits(self, sums: Rows) -> _Floats:
        """A logit per head; the weights are divided by the length of the post's features."""
        weights = sums * self._scales
        lengths = np.sqrt(weights[:, Column.NORM])
        lengths[lengths == 0] = 1.0
        logits = weights[:, : Column.NORM] / lengths[:, None] + self._biases
        return np.clip(logits, -_CERTAIN, _CERTAIN)


def _in_scope(negates: _Flags, joined: _Flags) -> NDArray[np.int64]:
    """Places that a negator reaches without a stop between."""
    scope = np.zeros_like(negates)
    front = negates
    for _ in range(NEGATION_REACH):
        front = np.concatenate([front[:1] & False, front[:-1]]) & joined
        scope |= front
    return np.flatnonzero(scope)


def _shares(logits: _Floats) -> _Floats:
    """Probabilities of negative, neutral and positive from the logits against neutral."""
    weights = np.exp(np.column_stack([logits[:, Column.NEGATIVE], np.zeros(len(logits)), logits[:, Column.POSITIVE]]))
    return weights / weights.sum(axis=1, keepdims=True)


def _winners(shares: _Floats) -> NDArray[np.int64]:
    """The likeliest class; a tie is neutral."""
    negative, neutral, positive = shares.T
    return np.where(neutral >= np.maximum(negative, positive), 1, np.where(negative >= positive, 0, 2))


def _logistic(logits: _Floats) -> _Floats:
    return 1.0 / (1.0 + np.exp(-logits))


def _tongues(logits: _Floats) -> NDArray[np.int64]:
    return (logits > LANGUAGE_MARGIN).astype(np.int64) - (logits < -LANGUAGE_MARGIN) + 1
