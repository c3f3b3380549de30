"""Recorded posts, lived through again: one line for each change of a brand's level."""

from collections.abc import Collection
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.crisis import LEVEL_NAMES, Level, Policy, reasons
from siaga import drawing
from siaga.drawing.palette import level_text, plain
from siaga.refusals import Refusal
from siaga.timelines import LevelChange, Posts, changes
from storage.models import load_reader

MOST_SHOWN = 40


def replay(path: Path, out: Path, *, brand: str | None, own_accounts: Collection[str], utc_offset_minutes: int) -> bool:
    """Write one JSON line for each change of level; False where the file holds no post that can be read.

    Raises: Refusal.
    """
    console = drawing.console()
    if out.exists() and out.samefile(path):
        raise Refusal(f"{out} is the file to be read. Write the result elsewhere.")
    posts = Posts.read(path, load_reader(), own_accounts=own_accounts, brand=brand, console=console)
    found: list[LevelChange] = []
    with drawing.loading(console, "Menilai · Scoring (brands)", len(posts.by_brand)) as advance:
        for sightings in posts.by_brand.items():
            found += changes(*sightings, policy=Policy(), utc_offset_minutes=utc_offset_minutes)
            advance(1)
    try:
        out.write_bytes(b"".join(msgspec.json.encode(_line(change)) + b"\n" for change in found))
    except OSError as problem:
        raise Refusal(f"{out} cannot be written: {problem.strerror}.") from None
    _tell(console, posts, found)
    return bool(posts.by_brand)


def _line(change: LevelChange) -> dict[str, object]:
    assessment = change.assessment
    return {
        "brand": change.brand,
        "at": change.at,
        "level": assessment.level.value,
        "score": assessment.score,
        "reasons": {language: reasons(assessment, language) for language in ("id", "en")},
    }


def _tell(console: Console, posts: Posts, found: list[LevelChange]) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("Merek · Brand", "Waktu · At (UTC)", "Level", "Skor · Score", "Mengapa · Why"):
        table.add_column(title)
    rises = [change for change in found if change.assessment.level is not Level.NORMAL]
    for change in rises[:MOST_SHOWN]:
        assessment = change.assessment
        why = reasons(assessment, "en")
        table.add_row(
            plain(change.brand),
            f"{change.at:%Y-%m-%d %H:%M}",
            level_text(assessment.level.value),
            f"{assessment.score:.1f}",
            plain(why[0]) if why else LEVEL_NAMES["en"][assessment.level],
        )
    if rises:
        console.print(table)
    console.print(Text(f"{posts.read_rows:,} posts of {len(posts.by_brand):,} brands, {len(found):,} changes of level"))
    if len(rises) > MOST_SHOWN:
        console.print(Text(f"{len(rises) - MOST_SHOWN:,} more stand in the file.", style="yellow"))
    for line, problem in posts.unreadable[:3]:
        console.print(Text(f"line {line:,} is no post: {plain(problem)}", style="yellow"))
    if len(posts.unreadable) > 3:
        console.print(Text(f"{len(posts.unreadable):,} lines are no posts.", style="yellow"))
