"""The formula on recorded series and timelines, beside the published detectors."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.clients import UTC_OFFSET_MINUTES
from core.crisis import Level, Policy, Sighting, starts_at
from core.crisis.series import Told, strengths_by_day
from siaga import drawing
from siaga.crisis import certainty, chance, incidents, onsets, windows
from siaga.crisis.incidents import Tally
from siaga.crisis.windows import Figures, Flags, Labelled
from siaga.drawing.palette import ACCENT, MUTED, plain
from siaga.refusals import Refusal
from siaga.timelines import EVERY_BRAND, Posts, changes
from storage.models import load_reader

LEASTS = tuple(round(0.7 + 0.05 * number, 2) for number in range(17))
Detector = tuple[str, float, float | None, float | None]
PUBLISHED: tuple[Detector, ...] = (
    ("ARTime", 82.7, 0.94, 0.98),
    ("CAD OSE", 76.1, 0.72, 0.09),
    ("earthgecko Skyline", 72.5, None, None),
    ("HTM Java", 67.9, None, None),
    ("Numenta HTM", 66.2, 0.72, 0.54),
    ("Relative Entropy", 61.4, None, None),
    ("Twitter ADVec (S-H-ESD)", 59.3, 0.83, 1.73),
    ("KNN CAD", 58.0, None, None),
    ("Random Cut Forest", 57.7, 0.94, 1.67),
    ("Windowed Gaussian", 53.0, 0.83, 1.52),
)
"""Score (standard profile), strict recall and false episodes a brand-week on the five series below."""
PUBLISHED_ON = frozenset(f"Twitter_volume_{name}.csv" for name in ("AMZN", "CRM", "CVS", "FB", "UPS"))
"""The series of which those figures are: beside others they would say nothing."""

LEAST_BRANDS = 10
"""From so many on, drawing brands again tells how much a rate owes to the few that were drawn."""

ON_LOCAL_TIME = UTC_OFFSET_MINUTES["Asia/Jakarta"]


def run(folder: Path, *, utc_offset_minutes: int = ON_LOCAL_TIME) -> bool:
    """Print how the formula does on a folder with `labels.json` (counts) or `truth.json` (posts), or on both.

    Raises: Refusal.
    """
    console = drawing.console()
    has_counts, has_posts = (folder / windows.LABELS).exists(), (folder / incidents.TRUTH).exists()
    if not has_counts and not has_posts:
        told = f"neither {windows.LABELS} (windows of count series) nor {incidents.TRUTH} (incidents of timelines)"
        raise Refusal(f"{folder} holds {told}. Name a folder that does.")
    if has_counts:
        _on_counts(console, windows.load(folder))
    if has_posts:
        _on_posts(console, folder, incidents.load(folder), utc_offset_minutes)
    return True


def run_by_chance(number: int, *, seed: int) -> bool:
    """Print how the formula does on brands that chance has made up."""
    console = drawing.console()
    slow_ones = max(number // 4, 1)
    with drawing.loading(console, "Menilai · Scoring (brands)", number + slow_ones) as advance:
        of_kinds = [_lived(brand, advance) for brand in chance.brands(number, seed=seed)]
        slow = [_lived(brand, advance) for brand in onsets.brands(slow_ones, seed=seed)]
    known = [each.whole for each in of_kinds if not each.brand.is_young]
    young = [each.whole for each in of_kinds if each.brand.is_young]
    table = _table("Insiden · Incidents", "Ditemukan · Found", "Median, menit", "90 %", "Level")
    for level in chance.SIZES:
        _add_found(table, str(level), [each.alone(level.value) for each in of_kinds if not each.brand.is_young])
    _add_found(table, "Semua · All", known)
    table.add_section()
    for shape in sorted({shape for each in slow for shape in each.brand.shapes}):
        _add_found(table, f"lambat · slow: {shape}", [each.alone(shape) for each in slow])
    console.print(table)
    for told, tallies in (("Known brands", known), ("Brands in their first ten days", young)):
        console.print(Text(f"{told}: {sum(each.quiet_weeks for each in tallies):.1f} quiet weeks", style=MUTED))
        console.print(Text(_false(tallies)))
        console.print(Text(_false_between(tallies), style=MUTED))
    _tell_bursts(console, _together(known))
    return True


@dataclass(frozen=True, slots=True)
class _Lived:
    """What the formula said of a made-up brand."""

    brand: chance.MadeUp
    changes: list[tuple[datetime, Level]]
    whole: Tally

    def alone(self, name: str) -> Tally:
        """Of its incidents only those of this level, or of this shape."""
        windows = self.brand.truth.windows
        named = self.brand.shapes or [incident.level for incident in windows]
        only = [incident for incident, each in zip(windows, named, strict=True) if each == name]
        return incidents.judge(incidents.Truth(windows=only), self.changes, *_span_of(self.brand))


def _lived(brand: chance.MadeUp, advance: Callable[[int], object]) -> _Lived:
    found = chance.changes(brand, policy=Policy())
    advance(1)
    return _Lived(brand, found, incidents.judge(brand.truth, found, *_span_of(brand)))


def _span_of(brand: chance.MadeUp) -> tuple[datetime, datetime]:
    return starts_at(brand.judged_from), starts_at(brand.history.stop)


def _together(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for each in tallies:
        total.add(each)
    return total


def _add_found(table: Table, name: str, tallies: Sequence[Tally]) -> None:
    """A row of what was found and when, and under it where these figures lie for other brands like these."""
    total = _together(tallies)
    delays = [_delay(tallies, part) for part in (0.5, 0.9)]
    table.add_row(
        name,
        f"{total.found} / {total.incidents}",
        *(f"{delay:.0f}" for delay in delays),
        f"{total.level_right} / {total.incidents}",
    )
    between = [certainty.resampled(tallies, partial(_delay, part=part)) for part in (0.5, 0.9)]
    found, right = (certainty.of_share(count, total.incidents) for count in (total.found, total.level_right))
    table.add_row(
        Text("95 %", style=MUTED),
        Text(f"{found[0]:.0%}-{found[1]:.0%}", style=MUTED),
        *(Text(f"{low:.0f}-{high:.0f}", style=MUTED) for low, high in between),
        Text(f"{right[0]:.0%}-{right[1]:.0%}", style=MUTED),
    )


def _delay(tallies: Sequence[Tally], part: float) -> float:
    """The delay that so large a part of the incidents stays within; one never found is later than any that was."""
    delays = sorted(delay for each in tallies for delay in each.delays)
    delays += [math.inf] * (sum(each.incidents for each in tallies) - len(delays))
    return delays[int(part * (len(delays) - 1))] if delays else math.nan


def _on_counts(console: Console, labelled: list[Labelled]) -> None:
    found: dict[str, dict[float, Figures]] = {}
    with drawing.loading(console, "Menilai · Scoring (series)", len(labelled)) as advance:
        for each in labelled:
            strengths = np.zeros(len(each.series.times))
            for places, values in strengths_by_day(each.series):
                strengths[places] = values
            found[each.name] = {least: windows.figures(each, _alerts(each, strengths, least)) for least in LEASTS}
            advance(1)
    console.print(_series_table(found))
    console.print(_detectors_table(found))
    if len(found) > 1:
        console.print(Text(_score_between([by_least[1.0] for by_least in found.values()]), style=MUTED))


def _alerts(labelled: Labelled, strengths: np.ndarray, least: float) -> Flags:
    told = Told(least=least)
    ends = (labelled.series.times + labelled.series.step_s).tolist()
    heard = [told.hears(at, strength) for at, strength in zip(ends, strengths.tolist(), strict=True)]
    return np.array(heard, dtype=np.bool_) & ~np.isnan(labelled.series.counts)


def _series_table(found: Mapping[str, Mapping[float, Figures]]) -> Table:
    table = _table("Deret · Series", "Skor · Score", "Jendela · Windows", "Tepat · Strict", "Palsu · False a week")
    for name, by_least in found.items():
        each = by_least[1.0]
        strict = f"{each.strict_hits} / {each.instants}"
        hits = f"{each.hits} / {each.windows}"
        table.add_row(plain(name), f"{each.score:.1f}", hits, strict, f"{each.false_a_week:.2f}")
    return table


def _detectors_table(found: Mapping[str, Mapping[float, Figures]]) -> Table:
    ours = windows.total(by_least[1.0] for by_least in found.values())
    rows: list[Detector] = [("Siaga", ours.score, ours.strict_recall, ours.false_a_week)]
    if len(found) > 1:
        left_out = windows.total(found[name][_best_without(found, name)] for name in found)
        told = "Siaga, threshold by the other series"
        rows.append((told, left_out.score, left_out.strict_recall, left_out.false_a_week))
    if sorted(found) == sorted(PUBLISHED_ON):
        rows += PUBLISHED
    table = _table("Pendeteksi · Detector", "Skor · Score", "Tepat · Strict recall", "Palsu · False a week")
    for name, score, recall, false in sorted(rows, key=lambda row: -row[1]):
        style = "bold" if name.startswith("Siaga") else ""
        table.add_row(Text(name, style=style), f"{score:.1f}", _figure(recall), _figure(false))
    return table


def _score_between(series: Sequence[Figures]) -> str:
    ours = windows.total(series)
    low, high = certainty.resampled(series, lambda drawn: windows.total(drawn).score)
    least, most = certainty.of_share(ours.strict_hits, ours.instants)
    few, many = certainty.of_rate(ours.false_episodes, ours.quiet_weeks)
    told = (
        f"score {low:.1f} to {high:.1f}, strict recall {least:.2f} to {most:.2f}, false a week {few:.2f} to {many:.2f}"
    )
    return f"Siaga, 95 %: {told}"


def _best_without(found: Mapping[str, Mapping[float, Figures]], name: str) -> float:
    others = [by_least for other, by_least in found.items() if other != name]
    return max(LEASTS, key=lambda least: windows.total(by_least[least] for by_least in others).score)


def _on_posts(
    console: Console, folder: Path, truth: Mapping[str, Mapping[str, incidents.Truth]], utc_offset_minutes: int
) -> None:
    reader, tallies = load_reader(), list[Tally]()
    table = _table(
        "Merek · Brand", "Insiden · Found", "Jeda, menit · Delays", "Level", "Palsu · False", "Minggu · Quiet weeks"
    )
    for name, brands in truth.items():
        posts = Posts.read(folder / name, reader, console=console)
        with drawing.loading(console, f"Menilai · Scoring {plain(name)} (brands)", len(brands)) as advance:
            for brand, what in brands.items():
                sightings = _of(posts, brand)
                if sightings:
                    tally = _judged(what, brand, sightings, utc_offset_minutes)
                    tallies.append(tally)
                    _add_row(table, brand, tally)
                advance(1)
    table.add_section()
    total = _together(tallies)
    _add_row(table, "Semua · All", total)
    console.print(table)
    low, high = certainty.of_share(total.found, total.incidents)
    console.print(Text(f"Found, 95 %: {low:.0%} to {high:.0%} of incidents like these", style=MUTED))
    console.print(Text(_false(tallies)))
    console.print(Text(_false_between(tallies), style=MUTED))
    _tell_bursts(console, total)


def _false(tallies: Sequence[Tally]) -> str:
    rates = ", ".join(f"{level.value} {_rate(tallies, level):.2f}" for level in list(Level)[1:])
    return f"False alerts a quiet brand-week: {rates}"


def _false_between(tallies: Sequence[Tally]) -> str:
    """Where these rates lie: by drawing brands again, where there are enough of them and any was false."""
    told: list[str] = []
    for level in list(Level)[1:]:
        total = _together(tallies)
        low, high = certainty.of_rate(total.false[level], total.quiet_weeks)
        if total.false[level] and len(tallies) >= LEAST_BRANDS:
            low, high = certainty.resampled(tallies, partial(_rate, level=level))
        told.append(f"{level.value} {low:.2f} to {high:.2f}")
    return f"95 %: {', '.join(told)}"


def _rate(tallies: Sequence[Tally], level: Level) -> float:
    weeks = sum(each.quiet_weeks for each in tallies)
    return sum(each.false[level] for each in tallies) / weeks if weeks else math.nan


def _tell_bursts(console: Console, tally: Tally) -> None:
    told = f"Bursts that were no crisis: {tally.bursts}, taken for one: {tally.bursts_taken_for_crises}"
    console.print(Text(told, style=MUTED))


def _of(posts: Posts, brand: str) -> list[Sighting]:
    if brand == EVERY_BRAND:
        return [sighting for sightings in posts.by_brand.values() for sighting in sightings]
    return posts.by_brand.get(brand, [])


def _judged(truth: incidents.Truth, brand: str, sightings: list[Sighting], utc_offset_minutes: int) -> Tally:
    found: list[tuple[datetime, Level]] = [
        (change.at, change.assessment.level)
        for change in changes(brand, sightings, policy=Policy(), utc_offset_minutes=utc_offset_minutes)
    ]
    times = [sighting.published_at for sighting in sightings]
    return incidents.judge(truth, found, min(times), max(times))


def _add_row(table: Table, brand: str, tally: Tally) -> None:
    table.add_row(
        plain(brand),
        f"{tally.found} / {tally.incidents}",
        " ".join(f"{delay:.0f}" for delay in sorted(tally.delays)),
        f"{tally.level_right} / {tally.incidents}",
        " ".join(str(count) for count in tally.false.values()),
        f"{tally.quiet_weeks:.1f}",
    )


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style=ACCENT)
    for place, title in enumerate(titles):
        table.add_column(title, justify="left" if place == 0 else "right")
    return table


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
