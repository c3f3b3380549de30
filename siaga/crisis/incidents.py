"""How good level changes on recorded posts are, judged by what is known to have happened."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from core.crisis import Level
from siaga.refusals import Refusal

TRUTH = "truth.json"
LEAD = timedelta(minutes=30)
GRACE = timedelta(hours=2)
STEP = timedelta(minutes=15)
WEEK = timedelta(days=7)
_LEVELS = {"early_warning": Level.WATCH, **{level.value: level for level in Level}}

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class Span(msgspec.Struct, frozen=True):
    """A stretch of time, its end included."""

    start: Instant
    end: Instant


class Incident(msgspec.Struct, frozen=True):
    """Something that happened: from when to when, and the level that the posts justify."""

    onset: Instant
    end: Instant
    level: str


class Truth(msgspec.Struct, frozen=True):
    """What is known of one brand: incidents, bursts that were no crisis, gaps, and when its history suffices."""

    windows: list[Incident] = []
    non_crisis: list[Span] = []
    gaps: list[Span] = []
    cold_start: Instant | None = None


@dataclass(slots=True)
class Tally:
    """What the level changes of some brands came to.

    `delays` in minutes from onset to the first alert, negative where it came before. `false` counts rises outside of
    everything that happened, by the level that they reached at least.
    """

    incidents: int = 0
    found: int = 0
    level_right: int = 0
    delays: list[float] = field(default_factory=list[float])
    false: dict[Level, int] = field(default_factory=lambda: dict.fromkeys(list(Level)[1:], 0))
    quiet_weeks: float = 0.0
    bursts: int = 0
    bursts_taken_for_crises: int = 0

    def add(self, other: "Tally") -> None:
        """Count another's beside one's own."""
        self.incidents += other.incidents
        self.found += other.found
        self.level_right += other.level_right
        self.delays += other.delays
        self.false = {level: count + other.false[level] for level, count in self.false.items()}
        self.quiet_weeks += other.quiet_weeks
        self.bursts += other.bursts
        self.bursts_taken_for_crises += other.bursts_taken_for_crises


def load(folder: Path) -> dict[str, dict[str, Truth]]:
    """What happened, by file and brand: `truth.json` of a folder of timelines. The brand `*` stands for all of a file.

    Raises: Refusal.
    """
    try:
        told = json.loads((folder / TRUTH).read_bytes())
        files = {name: brands for name, brands in told.items() if not name.startswith("_")}
        return {name: msgspec.convert(brands, dict[str, Truth]) for name, brands in files.items()}
    except (OSError, ValueError, AttributeError) as problem:
        raise Refusal(f"{folder / TRUTH} does not tell what happened in files beside it: {problem}.") from None


def judge(truth: Truth, changes: Sequence[tuple[datetime, Level]], first: datetime, last: datetime) -> Tally:
    """What the level changes of one brand, whose posts lie between `first` and `last`, came to."""
    ordered = sorted(changes)
    rises = [
        (at, level)
        for (at, level), (_, before) in zip(ordered, [(first, Level.NORMAL), *ordered], strict=False)
        if level > before
    ]
    begins = truth.cold_start or first
    tally = Tally()
    for incident in truth.windows:
        if incident.end > begins:
            _meet(tally, incident, ordered, rises)
    happened = [(each.onset - LEAD, each.end + GRACE) for each in truth.windows]
    happened += [(gap.start, gap.end) for gap in truth.gaps]
    bursts = [(burst.start, burst.end + GRACE) for burst in truth.non_crisis]
    for at, level in rises:
        is_excused = _within(at, happened) or (_within(at, bursts) and level < Level.CRISIS)
        if at >= begins and not is_excused:
            for reached in tally.false:
                tally.false[reached] += level >= reached
    tally.bursts = len(bursts)
    tally.bursts_taken_for_crises = sum(
        any(start <= at <= end and level >= Level.CRISIS for at, level in rises) for start, end in bursts
    )
    tally.quiet_weeks = _quiet(max(first, begins), last, happened) / WEEK
    return tally


def _meet(
    tally: Tally,
    incident: Incident,
    ordered: Sequence[tuple[datetime, Level]],
    rises: Sequence[tuple[datetime, Level]],
) -> None:
    opens, closes = incident.onset - LEAD, incident.end + GRACE
    inside = [(at, level) for at, level in rises if opens <= at <= closes]
    standing = next((level for at, level in reversed(ordered) if at <= opens), Level.NORMAL)
    reached = max([standing, *(level for _, level in inside)])
    needed = _LEVELS[incident.level]
    tally.incidents += 1
    tally.found += bool(inside) or standing > Level.NORMAL
    tally.level_right += needed.rank <= reached.rank <= needed.rank + 1
    if inside:
        tally.delays.append((inside[0][0] - incident.onset) / timedelta(minutes=1))


def _within(at: datetime, spans: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(start <= at <= end for start, end in spans)


def _quiet(at: datetime, last: datetime, happened: Sequence[tuple[datetime, datetime]]) -> timedelta:
    at, quiet = at.astimezone(UTC), timedelta(0)
    while at < last:
        quiet += timedelta(0) if _within(at, happened) else STEP
        at += STEP
    return quiet
