"""The reader of posts: the one that ships with the product, or the one that the operator trained."""

from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path

from core.sentiment import Reader, WeightsError
from core.sentiment.backend import Backed, PostReader, SentimentModel
from core.settings import Mistake, Settings, SettingsError

# The edition trained on openly licensed data; docs/models/ holds its card.
SHIPPED_READER = "sentiment-open-3.bin"
VARIABLE, MODEL_VARIABLE = "SENTIMENT_WEIGHTS", "SENTIMENT_MODEL"


def reader_of(settings: Settings) -> PostReader:
    """The reader that an installation was told to read with.

    Raises: SettingsError, where its weights or its model cannot be used.
    """
    reader = load_reader(settings.sentiment_weights)
    return Backed(reader, _model(settings.sentiment_model)) if settings.sentiment_model else reader


@cache
def _model(place: str) -> SentimentModel:
    """What the function that the operator names makes, once per process."""
    module, _, function = place.partition(":")
    try:
        model = getattr(import_module(module), function)()
        # Asked once, so that a model that cannot answer keeps the process from starting and loses no post.
        # Whatever an operator's code raises is told.
        Backed(load_reader(), model).read("bagus")
    except Exception as error:
        remedy = "Write it as MODULE:FUNCTION, where the function makes the model (docs/reading.md)."
        told = f"names {place}, which cannot be used: {type(error).__name__}: {error}"
        raise SettingsError(Mistake(MODEL_VARIABLE, told, remedy)) from error
    return model


def load_reader(weights: str = "") -> Reader:
    """The reader whose weights lie in this file, or the shipped one; one per process.

    Raises: SettingsError, where the file is missing, cut short, damaged or of another version.
    """
    return _loaded(weights)


@cache
def _loaded(weights: str) -> Reader:
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
