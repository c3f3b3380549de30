"""The reader of posts: the one that ships with the product, or the one that the operator trained."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from core.sentiment import Reader, WeightsError
from core.settings import Mistake, SettingsError

# The edition trained on openly licensed data; docs/models/ holds its card.
SHIPPED_READER = "sentiment-open-2.bin"
VARIABLE = "SENTIMENT_WEIGHTS"


@cache
def load_reader(weights: str = "") -> Reader:
    """The reader whose weights lie in this file, or the shipped one; one per process.

    Raises: SettingsError, where the file is missing, cut short, damaged or of another version.
    """
    path = Path(weights).expanduser() if weights else files("storage") / "weights" / SHIPPED_READER
    try:
        return Reader.from_bytes(path.read_bytes())
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    except WeightsError as error:
        why = f"cannot be used: {error}"
    raise SettingsError(_mistake(weights, why))


def _mistake(weights: str, why: str) -> Mistake:
    if weights:
        remedy = "Make it with `siaga text train`, or unset it: the shipped weights are used then."
        return Mistake(VARIABLE, f"names {weights}, which {why}", remedy)
    return Mistake(VARIABLE, f"is unset, and the shipped file {SHIPPED_READER} {why}", "Install Siaga again.")
