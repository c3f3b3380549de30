"""Reads posts: one pass over the words gives sentiment, toxicity, complaint and language."""

from collections.abc import Sequence
from threading import Lock
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import hoax_cue, threatens
from core.sentiment.explanation import Explanation, strengths
from core.sentiment.keys import Places
from core.sentiment.memory import FIRST, FLAGS, LAST, MOST_LETTERS, Flag, Memory, Sums
from core.sentiment.reading import Label, Language, Reading
from core.sentiment.spans import words_of
from core.sentiment.tokens import BETWEEN, NEGATION_REACH, fold
from core.sentiment.weights import Column, Weights, decode
from core.sentiment.wording import marks

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
        self._neutral = weights.neutral
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
        return self._read_batch([fold(text)])[0]

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each post, in order; several times faster per post than one at a time."""
        readings: list[Reading] = []
        batch: list[str] = []
        letters = 0
        for text in texts:
            folded = fold(text)
            letters += len(folded)
            if len(batch) == BATCH or letters > MOST_LETTERS:
                readings += self._read_batch(batch)
                batch, letters = [], len(folded)
            batch.append(folded)
        return readings + self._read_batch(batch) if batch else readings

    def explain(self, text: str) -> Explanation:
        """The reading of one post, the spans of it that decided, and what else it is. Any text is answered."""
        return self.explain_many([text])[0]

    def explain_many(self, texts: Sequence[str]) -> list[Explanation]:
        """The explanation of each post, in order."""
        return [self._explained(text, reading) for text, reading in zip(texts, self.read_many(texts), strict=True)]

    def _explained(self, text: str, reading: Reading) -> Explanation:
        words = words_of(text, self._memory)
        spans, rest = words.spans(self._scales)
        return Explanation(
            reading=reading,
            strengths=strengths(reading),
            labels=marks(reading, words.words, words.negators),
            spans=tuple(spans),
            rest=rest,
            bias=float(self._biases[Column.POSITIVE] - self._biases[Column.NEGATIVE]),
            undetermined=words.undetermined(),
        )

    def _read_batch(self, folded: list[str]) -> list[Reading]:
        joined = f" {BETWEEN} ".join(["", *folded])
        if joined.count(BETWEEN) > len(folded):
            folded = [text.replace(BETWEEN, " ") for text in folded]
            joined = f" {BETWEEN} ".join(["", *folded])
        with self._turn:
            rows = self._memory.look_up(joined)
            weighed, flags = self._weigh(rows)
        starts = np.flatnonzero(rows == 0)
        sums = np.add.reduceat(weighed, starts, axis=1)
        sums[:, np.bitwise_and.reduceat(flags, starts) & Flag.SILENT > 0] = 0.0
        logits = self._logits(sums.T)
        shares = _shares(logits)
        polarity = shares[:, 2] - shares[:, 0]
        cues = np.bitwise_or.reduceat(flags, starts)
        columns = (
            map(_LABELS.__getitem__, _winners(shares).tolist()),
            polarity.tolist(),
            *shares.T.tolist(),
            _logistic(logits[:, Column.TOXICITY]).tolist(),
            _logistic(logits[:, Column.COMPLAINT]).tolist(),
            *self._cued(cues, folded),
            map(_LANGUAGES.__getitem__, _tongues(logits[:, Column.LANGUAGE]).tolist()),
        )
        return list(map(Reading, *columns))

    @staticmethod
    def _cued(cues: Sums, folded: list[str]) -> tuple[list[bool], list[float]]:
        """Threats and rumour cues, looked for where a stretch hints at them."""
        threats, hoaxes = [False] * len(folded), [0.0] * len(folded)
        for place in np.flatnonzero(cues & Flag.THREAT).tolist():
            threats[place] = threatens(folded[place])
        for place in np.flatnonzero(cues & Flag.RUMOUR).tolist():
            hoaxes[place] = hoax_cue(folded[place])
        return threats, hoaxes

    def _weigh(self, rows: Places) -> tuple[_Floats, Sums]:
        """Weights of each stretch where it stands, a row per head, and the stretches' flags."""
        memory = self._memory
        facts = np.ascontiguousarray(memory.rows[rows].T)
        weighed, flags = facts[: len(Column)].astype(np.float64), facts[FLAGS]
        joined = (flags & Flag.STOPS_BEFORE) == 0
        joined[1:] &= (flags[:-1] & Flag.STOPS_AFTER) == 0
        negators = np.flatnonzero(flags & Flag.NEGATES)
        if len(negators):
            turned = _in_scope(negators, joined)
            weighed[:, turned] += memory.turned[rows[turned]].T
        left, right = facts[LAST, :-1], facts[FIRST, 1:]
        places = np.flatnonzero(joined[1:] & (left > 0) & (right > 0))
        hits, weights = memory.pairs(left[places], right[places])
        weighed[:, places[hits] + 1] += weights.T
        return weighed, flags

    def _logits(self, sums: _Floats) -> _Floats:
        """A logit per head; the weights are divided by the length of the post's features."""
        weights = sums * self._scales
        lengths = np.sqrt(weights[:, Column.NORM])
        lengths[lengths == 0] = 1.0
        logits = weights[:, : Column.NORM] / lengths[:, None] + self._biases
        english, indonesian = self._neutral
        share = _logistic(np.clip(logits[:, Column.LANGUAGE], -_CERTAIN, _CERTAIN))
        logits[:, [Column.NEGATIVE, Column.POSITIVE]] -= (english + (indonesian - english) * share)[:, None]
        return np.clip(logits, -_CERTAIN, _CERTAIN)


def _in_scope(negators: Places, joined: _Flags) -> Places:
    """Places that a negator reaches without a stop between, each once."""
    reached: list[Places] = []
    front = negators
    for _ in range(NEGATION_REACH):
        front = front[front < len(joined) - 1] + 1
        front = front[joined[front]]
        reached.append(front)
    return np.unique(np.concatenate(reached))


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
