"""What the story promises, step by step, and whether it happened."""

from dataclasses import dataclass

from rich.console import Console
from rich.text import Text


class StoryEnded(Exception):  # noqa: N818 - what happened, told to a person
    """The story cannot go on. The message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: `otherwise` says what happened instead, where it was not kept."""

    promise: str
    is_kept: bool
    otherwise: str


class Checks:
    """The promises so far."""

    def __init__(self) -> None:
        self._checks: list[Check] = []

    def that(self, promise: str, is_kept: bool, otherwise: str) -> None:
        """Note a promise and whether it was kept."""
        self._checks.append(Check(promise, is_kept, otherwise))

    @property
    def all_kept(self) -> bool:
        """Whether nothing went otherwise."""
        return all(check.is_kept for check in self._checks)

    def show(self, console: Console) -> None:
        """Every promise in a line; a broken one with what happened instead."""
        is_ascii = console.options.ascii_only
        for check in self._checks:
            sign, style = (("ok" if is_ascii else "✓"), "green") if check.is_kept else ("✗", "bold red")
            line = Text(f"{'x' if is_ascii and not check.is_kept else sign} ", style=style)
            line.append(check.promise, style="default")
            if not check.is_kept:
                line.append(f": {check.otherwise}", style="red")
            console.print(line)
