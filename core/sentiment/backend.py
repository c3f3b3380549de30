"""A heavier model that an operator brings, behind the same face as the shipped reader.

The shipped reader goes on telling everything but sentiment, and its words stay the reasons that are shown.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Protocol

from msgspec import structs

from core.sentiment.explanation import Explanation, strengths
from core.sentiment.reading import Label, Reading

_LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)
# How far three probabilities may be from adding up to 1.
_SLACK = 1e-3


class PostReader(Protocol):
    """Whoever reads posts: what workers and the API are handed. Any text is answered, in bounded time and memory.

    `version` names the weights; it stands beside every reading that is kept, so that old figures can be told from new.
    """

    version: str

    def read(self, text: str) -> Reading:
        """The reading of one post."""
        ...

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each post, in order."""
        ...

    def explain(self, text: str) -> Explanation:
        """The reading of one post with its reasons."""
        ...

    def explain_many(self, texts: Sequence[str]) -> list[Explanation]:
        """The reading of each post with its reasons, in order."""
        ...


class SentimentModel(Protocol):
    """What an operator brings: a transformer in ONNX, say, with its own tokeniser.

    `version` changes whenever its answers would. It must be safe to ask from several threads.
    """

    version: str

    def probabilities(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Of each text, the probabilities of negative, neutral and positive; they add up to 1."""
        ...


class UnusableAnswerError(ValueError):
    """A model that was brought gave something that is no reading. No post is read by a guess."""


class Backed:
    """A reader whose sentiment a heavier model tells.

    Spans are the shipped reader's: they say which words speak for what, and no longer add up to the reading. What holds
    nothing to read for the one is not put to the other.
    """

    def __init__(self, reader: PostReader, model: SentimentModel) -> None:
        self._reader, self._model = reader, model
        self.version = f"{model.version} with {reader.version}"

    def read(self, text: str) -> Reading:
        """The reading of one post."""
        return self.read_many([text])[0]

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each post, in order.

        Raises: `UnusableAnswerError`.
        """
        plain = self._reader.read_many(texts)
        nothing = self._reader.read_many([""])[0]
        asked = [place for place, reading in enumerate(plain) if reading != nothing]
        answers = self._model.probabilities([texts[place] for place in asked]) if asked else ()
        if len(answers) != len(asked):
            raise UnusableAnswerError(f"{self._model.version} answered {len(answers)} of {len(asked)} texts.")
        for place, answer in zip(asked, answers, strict=True):
            plain[place] = _with(plain[place], self._checked(answer))
        return plain

    def explain(self, text: str) -> Explanation:
        """The reading of one post with its reasons."""
        return self.explain_many([text])[0]

    def explain_many(self, texts: Sequence[str]) -> list[Explanation]:
        """The reading of each post with the words that the shipped reader weighed.

        Raises: `UnusableAnswerError`.
        """
        explained = self._reader.explain_many(texts)
        return [
            structs.replace(why, reading=reading, strengths=strengths(reading))
            for why, reading in zip(explained, self.read_many(texts), strict=True)
        ]

    def _checked(self, answer: Sequence[float]) -> tuple[float, float, float]:
        shares = [float(share) for share in answer]
        whole = sum(shares)
        if len(shares) != len(_LABELS) or not all(isfinite(s) and s >= 0 for s in shares) or abs(whole - 1) > _SLACK:
            raise UnusableAnswerError(f"{self._model.version} answered {shares}, which are no three probabilities.")
        negative, neutral, positive = (share / whole for share in shares)
        return negative, neutral, positive


def _with(reading: Reading, shares: tuple[float, float, float]) -> Reading:
    negative, neutral, positive = shares
    label = Label.NEUTRAL if neutral >= max(negative, positive) else _LABELS[0 if negative >= positive else 2]
    return structs.replace(
        reading,
        label=label,
        polarity=positive - negative,
        p_negative=negative,
        p_neutral=neutral,
        p_positive=positive,
    )
