"""What the terminal shows: the score's curve, the live view, tables. Plain lines where nobody watches (logs, pipes)."""

from siaga.drawing.curve import Curve, curve
from siaga.drawing.live_view import LiveView
from siaga.drawing.palette import BANDS, console, level_of, level_text
from siaga.drawing.readings import explanation
from siaga.drawing.steps import loading, step
from siaga.drawing.tables import accounts, deliveries, incident, signposts

__all__ = [
    "BANDS",
    "Curve",
    "LiveView",
    "accounts",
    "console",
    "curve",
    "deliveries",
    "explanation",
    "incident",
    "level_of",
    "level_text",
    "loading",
    "signposts",
    "step",
]
