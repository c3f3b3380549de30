"""Posts as JSON lines in, the same with their readings out, a batch at a time."""

import json
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, BinaryIO

from rich.console import Console
from rich.text import Text

from core.sentiment import Explanation, Reader
from siaga import drawing
from siaga.drawing.palette import MUTED
from storage.models import load_reader

BATCH = 500
MOST_BYTES = 8 * 1024 * 1024
"""Of one line; a post of 100,000 characters has at most 1.2 million."""
MOST_TOLD = 20
DIGITS = 6

Post = tuple[Any, str]


class BadLine(Exception):  # noqa: N818 (a statement of what is there)
    """A line that holds no post; the message says why."""


def run(weights: str = "") -> bool:
    """Score what comes in on standard input; False where a line held no post.

    Raises: SettingsError.
    """
    console = drawing.console(sys.stderr)
    reader = load_reader(weights)
    try:
        _, bad = score(reader, sys.stdin.buffer, sys.stdout.buffer, console)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough. Nothing more is written, not even at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    if bad > MOST_TOLD:
        console.print(Text(f"and {bad - MOST_TOLD:,} more lines that hold no post", style="yellow"))
    return not bad


def score(reader: Reader, source: BinaryIO, out: BinaryIO, console: Console) -> tuple[int, int]:
    """Write a line for each post of `source`; how many, and how many lines held none."""
    count, bad = 0, 0

    def tell(number: int, problem: BadLine) -> None:
        nonlocal bad
        bad += 1
        if bad <= MOST_TOLD:
            console.print(Text(f"line {number:,}: {problem}", style="yellow"))

    with _counting(console) as show:
        for batch in _batches(source, tell):
            explained = reader.explain_many([text for _, text in batch])
            lines = (line(post_id, why) for (post_id, _), why in zip(batch, explained, strict=True))
            out.writelines(json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in lines)
            out.flush()
            count += len(batch)
            show(count)
    return count, bad


def line(post_id: object, why: Explanation) -> dict[str, Any]:
    """What is written of one post."""
    reading, strengths = why.reading, why.strengths
    told: dict[str, Any] = {
        "id": post_id,
        "label": reading.label.value,
        "score": round(reading.polarity, DIGITS),
        "probabilities": {
            "negative": round(reading.p_negative, DIGITS),
            "neutral": round(reading.p_neutral, DIGITS),
            "positive": round(reading.p_positive, DIGITS),
        },
        "strengths": {"positive": strengths.positive, "negative": strengths.negative},
        "labels": [mark.value for mark in why.labels],
        "language": reading.language.value,
        "spans": [
            {"start": span.start, "end": span.end, "text": span.text, "weight": round(span.weight, DIGITS)}
            for span in why.spans
        ],
    }
    if why.undetermined is not None:
        told["undetermined"] = why.undetermined.value
    return told


def parse(line: bytes) -> Post:
    """The id of a post, whatever it is, and its text.

    Raises: BadLine.
    """
    try:
        item = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadLine("no JSON") from None
    if not isinstance(item, dict):
        raise BadLine("no JSON object")
    text = item.get("text")
    if not isinstance(text, str):
        raise BadLine("`text` is no text" if "text" in item else "no `text`")
    return item.get("id"), text


def _refuse(constant: str) -> None:
    """NaN and its kind are no JSON."""
    raise ValueError(constant)


def _batches(source: BinaryIO, tell: Callable[[int, BadLine], None]) -> Iterator[list[Post]]:
    batch: list[Post] = []
    for number, line in _lines(source, tell):
        if not line.strip():
            continue
        try:
            batch.append(parse(line))
        except BadLine as problem:
            tell(number, problem)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _lines(source: BinaryIO, tell: Callable[[int, BadLine], None]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines; one that is too long to be held is passed over."""
    number = 0
    while line := source.readline(MOST_BYTES):
        number += 1
        if len(line) < MOST_BYTES or line.endswith(b"\n"):
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            continue
        while line and not line.endswith(b"\n"):
            line = source.readline(MOST_BYTES)
        tell(number, BadLine(f"longer than {MOST_BYTES:,} bytes"))


@contextmanager
def _counting(console: Console) -> Generator[Callable[[int], None]]:
    """Show how many posts are read while a person watches, and how fast it went."""
    began, done = monotonic(), 0
    title = "Membaca · Reading"

    def show(count: int) -> None:
        nonlocal done
        done = count
        if status is not None:
            status.update(Text(f"{title}: {count:,}"))

    if console.is_terminal:
        with console.status(Text(title)) as status:
            yield show
    else:
        status = None
        yield show
    spent = monotonic() - began
    rate = f"  {spent:.1f} s, {done / max(spent, 1e-9):,.0f} a second"
    console.print(Text(f"{done:,} posts read", style="default").append(rate, style=MUTED))
