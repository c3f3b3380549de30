"""The crisis score over time, drawn with block characters: height is the score, colour the level it lies in."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from siaga.drawing.palette import BANDS, MUTED, WIDTH, level_of, moment, plain, tone

FULL_SCORE = 100.0
LEFT, RIGHT = 5, 9
EIGHTHS = " ▁▂▃▄▅▆▇█"
DAYS = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
# Steps a clock is read in, in seconds: from ten seconds to a week.
TICK_STEPS_S = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
COLUMNS_A_TICK = 12
DAY_S = 86_400
NARROWEST = 20
# A shorter story is told to the second.
SECONDS_BELOW_S = 600


@dataclass(frozen=True)
class Curve:
    """A drawing of the score; print it on any rich console. Make one with `curve`."""

    title: str
    points: Sequence[tuple[datetime, float | None]]
    zone: tzinfo
    bands: Mapping[str, float] = field(default_factory=lambda: BANDS)
    marks: Sequence[tuple[datetime, str]] = ()
    width: int = WIDTH
    height: int = 14

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        columns = max(NARROWEST, min(self.width, options.max_width) - LEFT - RIGHT)
        yield from self._heading()
        if not self.points:
            return
        yield from self._mark_lines(columns, arrow="v" if options.ascii_only else "▼")
        values = self._columns(columns)
        for row in reversed(range(self.height)):
            yield self._row(row, values, ascii_only=options.ascii_only)
        yield from self._axis(columns, ascii_only=options.ascii_only)

    def _heading(self) -> Iterator[Text]:
        heading = Text(plain(self.title), style="bold")
        scored = [(score, at) for at, score in self.points if score is not None]
        if not scored:
            yield heading.append("  belum ada skor · no score yet", style=MUTED)
            return
        peak, at = max(scored, key=lambda one: one[0])
        level = tone(level_of(peak, self.bands))
        heading.append("   puncak · peak ", style=MUTED).append(f"{peak:.1f} {level.word}", style=f"bold {level.style}")
        yield heading.append(f"  {self._clock(at)}", style=MUTED)

    def _span(self) -> tuple[datetime, float]:
        begins, ends = self.points[0][0], self.points[-1][0]
        return begins, max(1.0, (ends - begins).total_seconds())

    def _column(self, at: datetime, columns: int) -> int:
        begins, span_s = self._span()
        return min(columns - 1, max(0, int((at - begins).total_seconds() / span_s * columns)))

    def _columns(self, columns: int) -> list[float | None]:
        """The highest score in each column; a score holds until the next one, a `None` leaves a gap."""
        highest: dict[int, float | None] = {}
        for at, score in self.points:
            column = self._column(at, columns)
            known = highest.get(column)
            highest[column] = score if known is None else max(known, score if score is not None else known)
        values: list[float | None] = []
        for column in range(columns):
            values.append(highest.get(column, values[-1] if values else None))
        return values

    def _row(self, row: int, values: Sequence[float | None], *, ascii_only: bool) -> Text:
        floor, ceiling = row * FULL_SCORE / self.height, (row + 1) * FULL_SCORE / self.height
        level = level_of((floor + ceiling) / 2, self.bands)
        border = next((least for least in self.bands.values() if floor < least <= ceiling), None)
        label = f"{FULL_SCORE:.0f}" if row == self.height - 1 else "" if border is None else f"{border:.0f}"
        wall, dotted = ("|", ".") if ascii_only else ("┤" if label else "│", "┈")
        line = Text(f"{label:>{LEFT - 1}}{wall}", style=MUTED)
        for value in values:
            filled = 0 if value is None else (value - floor) / (ceiling - floor)
            glyph = _block(filled, ascii_only=ascii_only)
            if glyph == " " and border is not None:
                line.append(dotted, style=f"dim {tone(level).style}")
            else:
                line.append(glyph, style=tone(level).style)
        return line.append(f" {self._band_word(row)}", style=tone(level).style)

    def _band_word(self, row: int) -> str:
        """Each level's word stands once, in the middle of its band."""
        starts = [*sorted(self.bands.values()), FULL_SCORE]
        for level, least in self.bands.items():
            upper = starts[starts.index(least) + 1]
            if row == int((least + upper) / 2 / FULL_SCORE * self.height):
                return tone(level).word
        return ""

    def _axis(self, columns: int, *, ascii_only: bool) -> Iterator[Text]:
        ticks = list(self._ticks(columns))
        places = {column for column, _ in ticks}
        corner, dash, notch = ("+", "-", "+") if ascii_only else ("└", "─", "┬")
        rule = "".join(notch if column in places else dash for column in range(columns))
        yield Text(f"{'0':>{LEFT - 1}}{corner}{rule}", style=MUTED)
        labels = _placed([(column - cell_len(label) // 2, label) for column, label in ticks], columns)
        zone = f" {self.points[-1][0].astimezone(self.zone):%Z}"
        yield Text(" " * LEFT + labels + zone, style=MUTED)

    def _ticks(self, columns: int) -> Iterator[tuple[int, str]]:
        begins, span_s = self._span()
        most = max(2, columns // COLUMNS_A_TICK)
        step_s = next((step for step in TICK_STEPS_S if span_s / step <= most), math.ceil(span_s / most))
        local = begins.astimezone(self.zone)
        offset_s = (local.utcoffset() or timedelta()).total_seconds()
        first = math.ceil((local.timestamp() + offset_s) / step_s) * step_s - offset_s
        day = local.date()
        for number in range(int((begins.timestamp() + span_s - first) // step_s) + 1):
            at = datetime.fromtimestamp(first + number * step_s, self.zone)
            new_day = step_s >= DAY_S or at.date() != day
            day = at.date()
            yield (
                self._column(at, columns),
                f"{DAYS[at.weekday()]} {at.day}" if new_day else at.strftime("%H:%M:%S" if step_s < 60 else "%H:%M"),
            )

    def _mark_lines(self, columns: int, *, arrow: str) -> Iterator[Text]:
        for at, label in self.marks:
            column, text = self._column(at, columns), plain(label)
            if column + cell_len(text) + 2 <= columns:
                yield Text(f"{' ' * (LEFT + column)}{arrow} {text}", style="italic")
            else:
                yield Text(f"{' ' * (LEFT + max(0, column - cell_len(text) - 1))}{text} {arrow}", style="italic")

    def _clock(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        seconds = self._span()[1] < SECONDS_BELOW_S
        return f"{DAYS[local.weekday()]} {local.day}, {local.strftime('%H:%M:%S' if seconds else '%H:%M')} {local:%Z}"


def curve(
    points: Sequence[Mapping[str, Any]],
    *,
    zone: str | tzinfo = "Asia/Jakarta",
    title: str = "Skor krisis · crisis score",
    bands: Mapping[str, float] = BANDS,
    marks: Sequence[Mapping[str, Any]] = (),
    width: int = WIDTH,
    height: int = 14,
) -> Curve:
    """The curve of points `{at, score}` in any order; a score of `None` is a gap. Marks are `{at, label}`.

    Units:
        `at` is RFC 3339 text or an aware `datetime`; `score` runs from 0 to 100.

    """
    placed = sorted(((moment(point["at"]), _score(point.get("score"))) for point in points), key=lambda one: one[0])
    return Curve(
        title=title,
        points=placed,
        zone=ZoneInfo(zone) if isinstance(zone, str) else zone,
        bands=dict(sorted(bands.items(), key=lambda band: band[1])),
        marks=sorted((moment(mark["at"]), str(mark["label"])) for mark in marks),
        width=min(width, WIDTH),
        height=height,
    )


def sparkline(scores: Sequence[float], bands: Mapping[str, float] = BANDS) -> Text:
    """The last scores in one line."""
    line = Text()
    for score in scores:
        eighth = min(8, max(1, math.ceil(score / FULL_SCORE * 8)))
        line.append(EIGHTHS[eighth], style=tone(level_of(score, bands)).style)
    return line


def _score(value: float | None) -> float | None:
    return None if value is None else min(FULL_SCORE, max(0.0, float(value)))


def _block(filled: float, *, ascii_only: bool) -> str:
    eighths = min(8, max(0, round(filled * 8)))
    return ("#" if eighths >= 4 else " ") if ascii_only else EIGHTHS[eighths]


def _placed(labels: Sequence[tuple[int, str]], columns: int) -> str:
    """Labels at their columns in one line; one that would touch its neighbour or the edge is left out."""
    line = ""
    for column, label in labels:
        at = max(0, column)
        if (at == 0 or at > len(line)) and at + len(label) <= columns:
            line = f"{line:<{at}}{label}"
    return f"{line:<{columns}}"
