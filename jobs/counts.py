"""A client's counts as the score and the rules take them."""

import numpy as np

from core.crisis import BUCKET_S, History, at_least
from storage.buckets import Counted


def history_of(counted: Counted, first: int, stop: int) -> History:
    """A client's counts as a history of the buckets [first, stop)."""
    history = History.empty(first, stop - first)
    if not len(counted.starts):
        return history
    places = counted.starts // BUCKET_S - first
    told, capped = np.zeros((2, stop - first), dtype=np.bool_)
    told[places] = True
    for name, figures in counted.figures.items():
        if name == "capped":
            capped[places] = figures > 0
        else:
            getattr(history, name)[places] = figures
    # Before the first mention ever counted nothing is known, which is not the same as silence.
    history.observed[: places.min()] = False
    history.capped[:] = at_least(told, capped)
    return history
