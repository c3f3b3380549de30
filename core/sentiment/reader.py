"""Reads posts: one pass over the words gives sentiment, toxicity, complaint and language."""

from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.sentiment.cues import hoax_cue, threatens
from core.sentiment.explanation import Explanation, strengths
from core.sentiment.heads import Heads, logistic
from core.sentiment.keys import Places, encoded
from core.sentiment.memory import MOST_LETTERS, Flag, Memory
from core.sentiment.reading import Label, Language, Reading
from core.sentiment.spans import words_of
from core.sentiment.sums import BESIDE, Rows, add, unpacked
from core.sentiment.tokens import BETWEEN, NEGATION_REACH, READ_LIMIT, fold_all
from core.sentiment.weights import Column, Weights, decode
from core.sentiment.wording import marks

# Posts that are read in one go.
BATCH = 1_000
# Log-odds under which a post's language is not told.
LANGUAGE_MARGIN = 0.5

_LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
_LANGUAGES = (Language.ENGLISH, Language.UNDETERMINED, Language.INDONESIAN)

_Floats = NDArray[np.float64]


class Reader:
    """A linear reader of posts; its answers depend on the text and the weights alone.

    It remembers what it read of late, up to a bound, so one reader is best kept and shared. Threads take turns.
    """

    def __init__(self, weights: Weights, version: str) -> None:
        self.version = version
        self._heads = Heads(weights)
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
        return self.read_many([text])[0]

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each post, in order; several times faster per post than one at a time."""
        parts = _folded(texts)
        if len(parts) <= BATCH and sum(map(len, parts)) <= MOST_LETTERS:
            return self._read_batch(parts) if parts else []
        return [reading for batch in _batches(parts) for reading in self._read_batch(batch)]

    def explain(self, text: str) -> Explanation:
        """The reading of one post, the spans of it that decided, and what else it is. Any text is answered."""
        return self.explain_many([text])[0]

    def explain_many(self, texts: Sequence[str]) -> list[Explanation]:
        """The explanation of each post, in order."""
        return [self._explained(text, reading) for text, reading in zip(texts, self.read_many(texts), strict=True)]

    def _explained(self, text: str, reading: Reading) -> Explanation:
        words = words_of(text, self._memory)
        spans, rest, bias = words.spans(self._heads)
        return Explanation(
            reading=reading,
            strengths=strengths(reading),
            labels=marks(reading, words.words, words.negators),
            spans=tuple(spans),
            rest=rest,
            bias=bias,
            undetermined=words.undetermined(),
        )

    def _read_batch(self, parts: list[str]) -> list[Reading]:
        joined = f" {BETWEEN} ".join(["", *parts])
        if joined.count(BETWEEN) > len(parts):
            joined = f" {BETWEEN} ".join(["", *(text.replace(BETWEEN, " ") for text in parts)])
        with self._turn:
            rows = self._memory.look_up(encoded(joined).lower())
            weighed, facts = self._weigh(rows)
        starts = (rows == 0).nonzero()[0]
        sums = unpacked(np.add.reduceat(weighed, starts, axis=0))
        sums[:, np.bitwise_and.reduceat(facts, starts) & Flag.SILENT > 0] = 0
        logits = self._heads.logits(sums.T)
        shares = _shares(logits)
        polarity = shares[:, 2] - shares[:, 0]
        cues = np.bitwise_or.reduceat(facts, starts)
        columns = (
            map(_LABELS.__getitem__, _winners(shares).tolist()),
            polarity.tolist(),
            *shares.T.tolist(),
            logistic(logits[:, Column.TOXICITY]).tolist(),
            logistic(logits[:, Column.COMPLAINT]).tolist(),
            *self._cued(cues, parts),
            map(_LANGUAGES.__getitem__, _tongues(logits[:, Column.LANGUAGE]).tolist()),
        )
        return list(map(Reading, *columns))

    @staticmethod
    def _cued(cues: Places, parts: list[str]) -> tuple[list[bool], list[float]]:
        """Threats and rumour cues, looked for where a stretch hints at them."""
        threats, hoaxes = [False] * len(parts), [0.0] * len(parts)
        for place in (cues & Flag.THREAT).nonzero()[0].tolist():
            threats[place] = threatens(_cleared(parts[place]))
        for place in (cues & Flag.RUMOUR).nonzero()[0].tolist():
            hoaxes[place] = hoax_cue(_cleared(parts[place]))
        return threats, hoaxes

    def _weigh(self, rows: Places) -> tuple[Rows, Places]:
        """The weights of each stretch where it stands, and what else is known of it."""
        memory = self._memory
        weighed = memory.rows.take(rows, axis=0)
        facts = np.ascontiguousarray(weighed[:, BESIDE])
        negators = (facts & Flag.NEGATES).nonzero()[0]
        if len(negators):
            turned = _in_scope(negators, facts)
            add(weighed, turned, memory.turned.take(rows[turned], axis=0))
        add(weighed, *memory.pairs_among(facts))
        return weighed, facts


def _batches(parts: Sequence[str]) -> Iterator[list[str]]:
    """As many posts at once as one pass takes."""
    batch: list[str] = []
    letters = 0
    for text in parts:
        letters += len(text)
        if batch and (len(batch) == BATCH or letters > MOST_LETTERS):
            yield batch
            batch, letters = [], len(text)
        batch.append(text)
    yield batch


def _folded(texts: Sequence[str]) -> list[str]:
    """Posts in one form, but for capitals of ASCII: they become small when all posts are in one piece."""
    parts = list(texts)
    places = [place for place, text in enumerate(parts) if not text.isascii() or len(text) > READ_LIMIT]
    for place, folded in zip(places, fold_all([parts[place] for place in places]), strict=True):
        parts[place] = folded
    return parts


def _cleared(part: str) -> str:
    """A post as its words are searched: folded, and nothing in it stands for the space between posts."""
    return part.lower().replace(BETWEEN, " ")


def _in_scope(negators: Places, facts: Places) -> Places:
    """Places that a negator reaches without a stop between, each once."""
    reached = np.zeros(len(facts) + 1, dtype=np.bool_)
    front = negators
    for _ in range(NEGATION_REACH):
        front = front[front < len(facts) - 1] + 1
        stopped = (facts[front] & Flag.STOPS_BEFORE) | (facts[front - 1] & Flag.STOPS_AFTER)
        front = front[stopped == 0]
        reached[front] = True
    return reached.nonzero()[0]


def _shares(logits: _Floats) -> _Floats:
    """Probabilities of negative, neutral and positive from the logits against neutral."""
    weights = np.exp(np.column_stack([logits[:, Column.NEGATIVE], np.zeros(len(logits)), logits[:, Column.POSITIVE]]))
    return weights / weights.sum(axis=1, keepdims=True)


def _winners(shares: _Floats) -> NDArray[np.int64]:
    """The likeliest class; a tie is neutral."""
    negative, neutral, positive = shares.T
    return np.where(neutral >= np.maximum(negative, positive), 1, np.where(negative >= positive, 0, 2))


def _tongues(logits: _Floats) -> NDArray[np.int64]:
    return (logits > LANGUAGE_MARGIN).astype(np.int64) - (logits < -LANGUAGE_MARGIN) + 1
