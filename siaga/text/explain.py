"""One post drawn with the words that decided."""

import sys

from siaga import drawing
from siaga.drawing.readings import explanation
from storage.models import load_reader

MOST_BYTES = 8 * 1024 * 1024


def run(text: str, *, weights: str = "") -> None:
    """Show how a post is read and why; `-` reads it from standard input.

    Raises: SettingsError.
    """
    reader = load_reader(weights)
    if text == "-":
        text = sys.stdin.buffer.read(MOST_BYTES).decode("utf-8", "replace")
    drawing.console().print(explanation(text, reader.explain(text), title=reader.version))
