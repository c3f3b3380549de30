"""The formula on recorded series and timelines, beside the published detectors."""

import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.clients import UTC_OFFSET_MINUTES
from core.crisis import Level, Policy, Sighting, starts_at
from core.crisis.series import Told, strengths_by_day
from siaga import drawing
from siaga.crisis import chance, incidents, windows
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
    known, young = Tally(), Tally()
    by_level = {level: Tally() for level in chance.SIZES}
    with drawing.loading(console, "Menilai · Scoring (brands)", number) as advance:
        for brand in chance.brands(number, seed=seed):
            found = chance.changes(brand, policy=Policy())
            span = starts_at(brand.judged_from), starts_at(brand.history.stop)
            (young if brand.is_young else known).add(incidents.judge(brand.truth, found, *span))
            for incident in brand.truth.windows:
                alone = incidents.Truth(windows=[incident])
                by_level[Level(incident.level)].add(incidents.judge(alone, found, *span))
            advance(1)
    table = _table("Insiden · Incidents", "Ditemukan · Found", "Median, menit", "90 %", "Level")
    for level, tally in [*by_level.items(), ("Semua · All", known)]:
        # One that was never found is later than any that was.
        delays = sorted(tally.delays) + [math.inf] * (tally.incidents - len(tally.delays))
        at = [f"{delays[int(part * (len(delays) - 1))]:.0f}" if delays else "-" for part in (0.5, 0.9)]
        counts = f"{tally.found} / {tally.incidents}", *at, f"{tally.level_right} / {tally.incidents}"
        table.add_row(str(level), *counts)
    console.print(table)
    for told, tally in (("Known brands", known), ("Brands in their first ten days", young)):
        console.print(Text(f"{told}: {tally.quiet_weeks:.1f} quiet weeks", style=MUTED))
        console.print(Text(_false(tally)))
    _tell_bursts(console, known)
    return True


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


def _best_without(found: Mapping[str, Mapping[float, Figures]], name: str) -> float:
    others = [by_least for other, by_least in found.items() if other != name]
    return max(LEASTS, key=lambda least: windows.total(by_least[least] for by_least in others).score)


def _on_posts(
    console: Console, folder: Path, truth: Mapping[str, Mapping[str, incidents.Truth]], utc_offset_minutes: int
) -> None:
    reader, total = load_reader(), Tally()
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
                    total.add(tally)
                    _add_row(table, brand, tally)
                advance(1)
    table.add_section()
    _add_row(table, "Semua · All", total)
    console.print(table)
    console.print(Text(_false(total)))
    _tell_bursts(console, total)


def _false(tally: Tally) -> str:
    weeks = tally.quiet_weeks or float("nan")
    rates = ", ".join(f"{level.value} {count / weeks:.2f}" for level, count in tally.false.items())
    return f"False alerts a quiet brand-week: {rates}"


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
