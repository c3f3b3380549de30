"""What the sums of a post say: a logit for each head, and what each word gave to its sentiment."""

import numpy as np
from numpy.typing import NDArray

from core.sentiment.weights import Column, Weights

# Logits beyond it are as certain as a probability can say.
CERTAIN = 60.0

Floats = NDArray[np.float64]

_SIGNS = [Column.NEGATIVE, Column.POSITIVE]
_ENGLISH_SIGNS = [Column.ENGLISH_NEGATIVE, Column.ENGLISH_POSITIVE]


class Heads:
    """Scales and biases of all heads; where sentiment was learned for each language, both by the post's language."""

    def __init__(self, weights: Weights) -> None:
        self._scales = np.array(weights.scales)
        self._biases = np.zeros(len(self._scales))
        self._biases[: len(weights.biases)] = weights.biases
        self._neutral = weights.neutral
        self._is_parted = len(self._scales) > Column.ENGLISH_NEGATIVE

    def logits(self, sums: NDArray[np.int64]) -> Floats:
        """A logit per head and post; the weights are divided by the length of the post's features."""
        weights = sums * self._scales
        lengths = np.sqrt(weights[:, Column.NORM])
        lengths[lengths == 0] = 1.0
        logits = weights / lengths[:, None] + self._biases
        share = self._indonesian(logits)
        if self._is_parted:
            logits[:, _SIGNS] = logits[:, _SIGNS] * share[:, None] + logits[:, _ENGLISH_SIGNS] * (1 - share[:, None])
        english, indonesian = self._neutral
        logits[:, _SIGNS] -= (english + (indonesian - english) * share)[:, None]
        return np.clip(logits, -CERTAIN, CERTAIN)

    def leaning(self, sums: Floats) -> tuple[Floats, float]:
        """Of a post with these sums, what a step of each column adds to the log-odds of positive against negative.

        And what they are without any word.
        """
        length = np.sqrt(sums[Column.NORM] * self._scales[Column.NORM]) or 1.0
        signs = np.zeros(len(self._scales))
        signs[_SIGNS] = -1.0, 1.0
        if self._is_parted:
            share = self._indonesian((sums * self._scales / length + self._biases)[None])[0]
            signs[_ENGLISH_SIGNS] = share - 1, 1 - share
            signs[_SIGNS] *= share
        return signs * self._scales / length, float(signs @ self._biases)

    @staticmethod
    def _indonesian(logits: Floats) -> Floats:
        """How far each post is Indonesian, and not English."""
        return logistic(np.clip(logits[:, Column.LANGUAGE], -CERTAIN, CERTAIN))


def logistic(logits: Floats) -> Floats:
    """Probabilities from log-odds."""
    return 1.0 / (1.0 + np.exp(-logits))
