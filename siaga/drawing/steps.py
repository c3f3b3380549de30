"""Work while somebody waits: a spinner and its time, a bar and its count; in a log, a line when each is done."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from siaga.drawing.palette import ACCENT, MUTED, plain

QUARTER = 4


@contextmanager
def step(console: Console, title: str) -> Generator[None]:
    """Show that one thing is being done, then how long it took, or that it failed (and let the failure pass)."""
    began, title = monotonic(), plain(title)
    try:
        if console.is_terminal:
            with console.status(Text(title), spinner="dots"):
                yield
        else:
            yield
    except BaseException:
        console.print(_outcome(console, title, began, done=False))
        raise
    console.print(_outcome(console, title, began, done=True))


@contextmanager
def loading(console: Console, title: str, total: int) -> Generator[Callable[[int], None]]:
    """Show how much of a known amount is done; call what you are given with each amount more."""
    began, title = monotonic(), plain(title)
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(title, total=total)
            yield lambda more: bar.advance(task, more)
    else:
        yield _quarters(console, title, total)
    done, rate = _outcome(console, title, began, done=True), total / max(monotonic() - began, 1e-9)
    console.print(done.append(f", {rate:,.0f} a second", style=MUTED) if rate >= 1 else done)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=36, complete_style=ACCENT),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


def _quarters(console: Console, title: str, total: int) -> Callable[[int], None]:
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        before, done = done * QUARTER // max(total, 1), done + more
        # The last quarter is told by the outcome.
        if before < done * QUARTER // max(total, 1) < QUARTER:
            console.print(f"  {title}: {done:,} / {total:,}")

    return advance


def _outcome(console: Console, title: str, began: float, *, done: bool) -> Text:
    sign, fallback, style = ("✓", "ok", "bold green") if done else ("✗", "FAILED", "bold red")
    line = Text(fallback if console.options.ascii_only else sign, style=style).append(f" {title}", style="default")
    return line.append(f"  {monotonic() - began:.1f} s", style=MUTED)
