"""The levels' words and colours, the console they are shown on, and text made safe to show."""

import os
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from rich.console import Console
from rich.text import Text

from core.crisis.policy import Level, Policy

WIDTH = 100
BANDS: Mapping[str, float] = {level.value: Policy().threshold(level) for level in Level}
"""The score from which each level is drawn, unless the client has a policy of its own."""


@dataclass(frozen=True)
class Tone:
    """How a level is said in Indonesian and coloured."""

    word: str
    style: str


TONES = {
    "normal": Tone("Normal", "green"),
    "watch": Tone("Waspada", "yellow"),
    "warning": Tone("Siaga", "dark_orange"),
    "crisis": Tone("Awas", "bright_red"),
}
UNKNOWN = Tone("?", "white")
MUTED = "bright_black"
ACCENT = "bold cyan"


def console(file: TextIO | None = None) -> Console:
    """A console at most 100 columns wide; without any control code when its file is not a terminal."""
    shown_on: TextIO = sys.stdout if file is None else file
    # A terminal that knows no emoji shows a question mark; it does not end the command.
    if reconfigure := getattr(shown_on, "reconfigure", None):
        reconfigure(errors="replace")
    if shown_on.isatty() and os.environ.get("TERM") != "dumb":
        made = Console(file=shown_on, highlight=False, emoji=False, markup=False)
        made.width = min(WIDTH, made.width)
        return made
    # Said outright, because FORCE_COLOR and its kind would otherwise paint a log file.
    return Console(
        file=shown_on, force_terminal=False, color_system=None, width=WIDTH, highlight=False, emoji=False, markup=False
    )


def tone(level: str) -> Tone:
    """The tone of a level; an unknown one is white and a question mark."""
    return TONES.get(level, UNKNOWN)


def level_of(score: float, bands: Mapping[str, float] = BANDS) -> str:
    """The highest level whose band the score has reached."""
    reached = [level for level, least in sorted(bands.items(), key=lambda band: band[1]) if score >= least]
    return reached[-1] if reached else "normal"


def level_text(level: str) -> Text:
    """The level in both tongues, in its colour: `AWAS (crisis)`."""
    of = tone(level)
    return Text(of.word.upper(), style=f"bold {of.style}").append(f" ({plain(level)})", style=MUTED)


def plain(value: object) -> str:
    """Foreign text on one line, without the control and direction characters that could repaint a terminal."""
    spaced = " ".join(str(value).split())
    return "".join(character for character in spaced if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"})


def short(count: float | None) -> str:
    """A count in few characters: 950, 12.4k, 1.2M; a dash when unknown."""
    if count is None:
        return "–"
    for limit, divisor, unit in ((1_000, 1, ""), (1_000_000, 1_000, "k")):
        if abs(count) < limit:
            return f"{count / divisor:.0f}" if divisor == 1 else f"{count / divisor:.1f}{unit}"
    return f"{count / 1_000_000:.1f}M"


def moment(value: str | datetime) -> datetime:
    """A time as the API writes it or as Python has it; one without a zone is UTC."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)
