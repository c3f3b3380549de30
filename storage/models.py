"""The models that ship with the product, read from the package."""

from functools import cache
from importlib.resources import files

from core.sentiment import Reader

# The edition trained on openly licensed data; docs/models/ holds its card.
SHIPPED_READER = "sentiment-open-2.bin"


@cache
def load_reader() -> Reader:
    """The shipped reader of posts, one per process."""
    return Reader.from_bytes((files("storage") / "weights" / SHIPPED_READER).read_bytes())
