"""A CSV of counts, lived through row by row: the same rows, with score, level and alert."""

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.text import Text

from core.crisis import Level, Policy
from core.crisis.series import Row, Series, judge
from siaga import drawing
from siaga.drawing.palette import MUTED, plain
from siaga.refusals import Refusal

ADDED = ("score", "level", "alert")
LEAST_STEP_S = 60
_EPOCH = re.compile(r"[0-9]{9,10}(\.[0-9]{1,9})?")
_SHOWN = 3
_NOTHING = Row(0.0, Level.NORMAL, is_alert=False)


@dataclass(frozen=True, slots=True)
class Counts:
    """The rows of a file as they stand in it, and the series they make.

    `places` says for each row which place of the series it is; None where its time cannot be read. A repeated time is
    the row before it once more. `unreadable` are line numbers.
    """

    header: list[str]
    rows: list[list[str]]
    series: Series
    places: list[int | None]
    unreadable: list[int]
    repeated: int


def replay(path: Path, out: Path, *, utc_offset_minutes: int) -> bool:
    """Write `out` as `path` with a score, a level and an alert on each row; False where no row could be read.

    Raises: Refusal.
    """
    console = drawing.console()
    if out.exists() and out.samefile(path):
        raise Refusal(f"{out} is the file to be read. Write the result elsewhere.")
    counts = read(path)
    judged: list[Row] = []
    with drawing.loading(console, f"Menilai · Scoring {plain(path.name)} (rows)", len(counts.series.times)) as advance:
        for row in judge(counts.series, policy=Policy(), utc_offset_minutes=utc_offset_minutes):
            judged.append(row)
            advance(1)
    _write(out, counts, judged)
    _tell(console, counts, judged)
    return bool(judged)


def read(path: Path) -> Counts:
    """The counts of a CSV whose header names `timestamp` and `value`, or whose first two columns are these.

    Raises: Refusal.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = [row for row in csv.reader(lines) if row]
    except OSError as problem:
        raise Refusal(f"{path} cannot be read: {problem.strerror}. Check the path.") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise Refusal(f"{path} is no CSV in UTF-8: {problem}.") from None
    if not rows or len(rows[0]) < 2:
        raise Refusal(f"{path} has no columns `timestamp` and `value`. Write them in its first line.")
    header, *rows = rows
    named = [name.strip().lower() for name in header]
    at, value = (named.index(name) if name in named else place for place, name in enumerate(("timestamp", "value")))
    times = [_time(row[at]) if len(row) > at else None for row in rows]
    known = sorted({time for time in times if time is not None})
    first_row: dict[int, int] = {}
    for number, time in enumerate(times):
        if time is not None:
            first_row.setdefault(time, number)
    figures = [_count(rows[first_row[time]], value) for time in known]
    place_of = {time: place for place, time in enumerate(known)}
    return Counts(
        header=header,
        rows=rows,
        series=Series(np.array(known, dtype=np.int64), np.array(figures, dtype=np.float64), _step(known)),
        places=[None if time is None else place_of[time] for time in times],
        unreadable=[number + 2 for number, time in enumerate(times) if time is None],
        repeated=sum(time is not None for time in times) - len(known),
    )


def _time(text: str) -> int | None:
    """Unix seconds of a time in RFC 3339 or ISO 8601, of UTC where it names no zone, or of Unix seconds."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        return int(float(text))
    try:
        found = datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _count(row: list[str], place: int) -> float:
    try:
        value = float(row[place])
    except (ValueError, IndexError):
        return float("nan")
    return value if 0 <= value < 1e15 else float("nan")


def _step(times: list[int]) -> int:
    """The usual distance of two rows."""
    if len(times) < 2:
        return LEAST_STEP_S
    return max(int(np.median(np.diff(times))), 1)


def _write(out: Path, counts: Counts, judged: list[Row]) -> None:
    told: set[int] = set()
    try:
        with out.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            writer.writerow([*counts.header, *ADDED])
            for row, place in zip(counts.rows, counts.places, strict=True):
                found = _NOTHING if place is None else judged[place]
                is_alert = found.is_alert and place not in told
                if place is not None:
                    told.add(place)
                writer.writerow([*row, f"{found.score:.1f}", found.level.value, int(is_alert)])
    except OSError as problem:
        raise Refusal(f"{out} cannot be written: {problem.strerror}.") from None


def _tell(console: Console, counts: Counts, judged: list[Row]) -> None:
    times = [datetime.fromtimestamp(time, UTC) for time in counts.series.times.tolist()]
    alerts = [time for time, row in zip(times, judged, strict=True) if row.is_alert]
    points = [{"at": time, "score": row.score} for time, row in zip(times, judged, strict=True)]
    if points:
        console.print(drawing.curve(points, zone=UTC))
    console.print(Text(f"{len(judged):,} rows, {len(alerts):,} alerts"))
    for at in alerts[:20]:
        console.print(Text(f"  {at:%Y-%m-%d %H:%M:%S} UTC", style="bold"))
    if len(alerts) > 20:
        console.print(Text(f"  and {len(alerts) - 20:,} more", style=MUTED))
    if times and (times[-1] - times[0]).total_seconds() < 86_400:
        console.print(Text("Less than 24 hours: insufficient baseline, nothing is judged yet.", style="yellow"))
    if counts.unreadable:
        lines = ", ".join(map(str, counts.unreadable[:_SHOWN])) + (" ..." if len(counts.unreadable) > _SHOWN else "")
        console.print(
            Text(f"{len(counts.unreadable):,} rows with no time that can be read: line {lines}", style="yellow")
        )
    if counts.repeated:
        console.print(Text(f"{counts.repeated:,} rows repeat a time; the first counts.", style="yellow"))
    unknown = int(np.isnan(counts.series.counts).sum())
    if unknown:
        console.print(Text(f"{unknown:,} rows hold no count: missing, which is not zero.", style="yellow"))
