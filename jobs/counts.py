"""A client's counts as the score and the rules take them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.crisis import History, at_least, bucket_of

if TYPE_CHECKING:
    from asyncpg import Record

_FIGURES = (
    "mentions",
    "voices",
    "negative",
    "negative_voices",
    "positive",
    "reach",
    "toxic",
    "threat",
    "hoax",
    "platforms",
)


def history_of(counted: "Sequence[Record]", first: int, stop: int) -> History:
    """The rows of a client's counts as a history of the buckets [first, stop)."""
    history = History.empty(first, stop - first)
    if not counted:
        return history
    places = np.array([bucket_of(row["bucket_at"]) - first for row in counted])
    for name in _FIGURES:
        getattr(history, name)[places] = [row[name] for row in counted]
    # Before the first mention ever counted nothing is known, which is not the same as silence.
    history.observed[: places[0]] = False
    told, capped = np.zeros((2, stop - first), dtype=np.bool_)
    told[places] = True
    capped[places] = [row["capped"] > 0 for row in counted]
    history.capped[:] = at_least(told, capped)
    return history
