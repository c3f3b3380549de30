"""`siaga crisis`: recorded files lived through again, and the benchmark, beside the scorers that all measure by."""

import csv
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from core.crisis import Level
from siaga.cli import main
from siaga.crisis import incidents, windows
from siaga.crisis.benchmark import PUBLISHED_ON

SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
NAB = SHARED / "data" / "crisis" / "nab"
TIMELINES = SHARED / "data" / "timelines"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)

shared = pytest.mark.skipif(not NAB.exists(), reason="the shared data are not beside the project")


@pytest.fixture
def run():
    def told(*arguments: object) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["crisis", *map(str, arguments)])
        return result.exit_code, result.output

    return told


@pytest.fixture
def counted(tmp_path):
    """A CSV of ten quiet days in steps of five minutes, with a burst on the ninth."""
    chance = np.random.default_rng(4)
    counts = chance.poisson(20, 10 * 288)
    counts[9 * 288 : 9 * 288 + 12] += 200
    path = tmp_path / "counts.csv"
    lines = [f"{MONDAY + timedelta(minutes=5 * n):%Y-%m-%d %H:%M:%S},{count}" for n, count in enumerate(counts)]
    path.write_text("\n".join(["timestamp,value", *lines]) + "\n")
    return path


def rows_of(path):
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_counts_come_back_row_by_row_with_score_level_and_alert(run, counted, tmp_path):
    out = tmp_path / "out.csv"
    status, told = run("replay", "--counts", counted, "--out", out, "--zone", "UTC")
    before, after = rows_of(counted), rows_of(out)
    assert status == 0
    assert [(row["timestamp"], row["value"]) for row in after] == [(row["timestamp"], row["value"]) for row in before]
    alerts = [place for place, row in enumerate(after) if row["alert"] == "1"]
    assert len(alerts) == 1
    assert 9 * 288 <= alerts[0] <= 9 * 288 + 3
    assert all(0 <= float(row["score"]) <= 100 and row["level"] in set(Level) for row in after)
    assert "1 alerts" in told


def test_rows_that_are_no_counts_lose_none_of_their_neighbours(run, counted, tmp_path):
    header, *lines = counted.read_text().splitlines()
    odd = ["yesterday,5", "2026-03-03 00:00:00,many", "2026-03-04 00:00:00,-3", lines[700], ""]
    shuffled = [*lines[1000:], *odd, *lines[:1000]]
    counted.write_text("\n".join([header, *shuffled]) + "\n")
    out, plain = tmp_path / "out.csv", tmp_path / "plain.csv"
    status, told = run("replay", "--counts", counted, "--out", out)
    assert status == 0
    assert "1 rows with no time that can be read: line 1882" in told
    assert "3 rows repeat a time" in told
    counted.write_text("\n".join([header, *lines]) + "\n")
    run("replay", "--counts", counted, "--out", plain)
    in_order = sorted(
        (row for row in rows_of(out) if row["timestamp"] != "yesterday"), key=lambda row: row["timestamp"]
    )
    alerts = [row["timestamp"] for row in in_order if row["alert"] == "1"]
    assert alerts == [row["timestamp"] for row in rows_of(plain) if row["alert"] == "1"]
    assert len(rows_of(out)) == len(lines) + 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "no columns"), (b"timestamp\n2026-01-01\n", "no columns"), (b"\xff\xfe\x00", "no CSV in UTF-8")],
)
def test_a_file_that_holds_no_counts_is_refused_with_the_reason(run, tmp_path, content, reason):
    path = tmp_path / "counts.csv"
    path.write_bytes(content)
    status, told = run("replay", "--counts", path, "--out", tmp_path / "out.csv")
    assert status == 2
    assert reason in told


def test_neither_both_nor_the_same_file_are_taken(run, counted, tmp_path):
    assert run("replay", "--out", tmp_path / "out.csv")[0] == 2
    assert run("replay", "--counts", counted, "--posts", counted, "--out", tmp_path / "out.csv")[0] == 2
    status, told = run("replay", "--counts", counted, "--out", counted)
    assert status == 2
    assert "Write the result elsewhere" in told


def test_a_series_that_began_yesterday_says_that_it_is_too_short(run, tmp_path):
    path, out = tmp_path / "short.csv", tmp_path / "out.csv"
    path.write_text("timestamp,value\n2026-03-02T00:00:00Z,1\n2026-03-02T00:05:00Z,900\n")
    status, told = run("replay", "--counts", path, "--out", out)
    assert status == 0
    assert "insufficient baseline" in told
    assert {row["level"] for row in rows_of(out)} == {"normal"}


@pytest.fixture
def posted(tmp_path):
    """A week with a post of two brands every twenty minutes, and an outburst about one; two lines are no posts."""

    def post(number, minutes, text, brand="Kopi Pagi", author=None):
        at = MONDAY + timedelta(minutes=minutes)
        return {"id": number, "published_at": at.isoformat(), "text": text, "brand": brand, "author": author,
                "platform": "x"}  # fmt: skip

    quiet = [
        post(f"{brand}{n}", 20 * n, f"Minum nomor {n} hari ini.", brand)
        for n in range(504)
        for brand in ("Kopi Pagi", "Teh Sore")
    ]
    angry = [post(f"a{n}", 10_080 + n / 2, f"Kecewa sekali, kopinya basi dan bikin sakit {n}") for n in range(60)]
    own = [post(f"o{n}", 10_080 + n / 2, f"Kecewa, tehnya basi {n}", "Teh Sore", "@tehsore.id") for n in range(60)]
    path = tmp_path / "posts.jsonl"
    lines = [json.dumps(each) for each in quiet + angry + own]
    path.write_text("\n".join(["{", *lines, '{"published_at": "never"}']) + "\n")
    return path


def test_posts_come_back_as_changes_of_level_with_reasons(run, posted, tmp_path):
    out = tmp_path / "out.jsonl"
    status, told = run("replay", "--posts", posted, "--out", out, "--own", "@tehsore.id")
    changes = [json.loads(line) for line in out.read_text().splitlines()]
    assert status == 0
    assert {change["brand"] for change in changes} == {"Kopi Pagi"}
    worst = max(changes, key=lambda change: change["score"])
    assert worst["level"] == "crisis"
    assert datetime.fromisoformat(worst["at"]) - MONDAY < timedelta(days=7, minutes=40)
    assert worst["reasons"]["id"]
    assert worst["reasons"]["en"]
    assert "2 lines are no posts" in told or "line 1 is no post" in told


def test_one_brand_can_be_asked_for(run, posted, tmp_path):
    out = tmp_path / "out.jsonl"
    assert run("replay", "--posts", posted, "--out", out, "--brand", "teh sore", "--own", "tehsore.id")[0] == 0
    assert out.read_text() == ""
    assert run("replay", "--posts", posted, "--out", out, "--brand", "Nobody")[0] == 1


def test_a_folder_without_labels_is_refused(run, tmp_path):
    status, told = run("benchmark", tmp_path)
    assert status == 2
    assert "labels.json" in told
    assert "truth.json" in told


def test_made_up_brands_are_found_in_time_and_left_in_peace(run):
    status, told = run("benchmark", "--brands", "8", "--seed", "5")
    assert status == 0
    found = re.search(r"crisis +(\d+) / (\d+) +(\d+)", told)
    assert found
    assert found[1] == found[2]
    assert int(found[3]) <= 60
    rates = [list(map(float, row)) for row in re.findall(r"watch ([\d.]+), warning ([\d.]+), crisis ([\d.]+)", told)]
    assert len(rates) == 2
    assert all(watch <= 1.5 and warning <= 0.5 and crisis == 0 for watch, warning, crisis in rates)
    assert "taken for one: 0" in told


@shared
def test_alerts_on_series_are_judged_as_the_scorer_judges_them(tmp_path):
    chance, labelled = np.random.default_rng(1), windows.load(NAB)
    ours = []
    for each in labelled:
        flags = chance.random(len(each.series.times)) < 0.002
        ours.append(windows.figures(each, flags))
        times = [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}" for at in each.series.times.tolist()]
        lines = [f"{at},{int(flag)}" for at, flag in zip(times, flags, strict=True)]
        (tmp_path / each.name).write_text("\n".join(["timestamp,score", *lines]) + "\n")
    theirs = scored(
        "nab_score.py", "--series", NAB, "--labels", NAB / "labels.json", "--alerts", tmp_path, "--threshold", "0.5"
    )
    together = windows.total(ours)
    assert together.score == pytest.approx(theirs["standard"])
    assert together.strict_recall == pytest.approx(theirs["strict_recall"])
    assert together.false_a_week == pytest.approx(theirs["false_episodes_per_week"])


@shared
def test_level_changes_are_judged_as_the_scorer_judges_them(tmp_path):
    chance, truth = np.random.default_rng(2), incidents.load(TIMELINES)["biznet_2025_dev.jsonl.gz"]["Biznet"]
    first, last = datetime(2025, 6, 19, 0, 10, tzinfo=UTC), datetime(2025, 8, 24, 20, 0, tzinfo=UTC)
    onsets = [each.onset + timedelta(minutes=20) for each in truth.windows[1:4]]
    chosen = sorted(onsets + [first + (last - first) * part for part in chance.random(60)])
    changes = [(at, list(Level)[number]) for at, number in zip(chosen, chance.integers(0, 4, len(chosen)), strict=True)]
    lines = [json.dumps({"brand": "Biznet", "at": at.isoformat(), "level": level}) for at, level in changes]
    (tmp_path / "alerts.jsonl").write_text("\n".join(lines))
    truth_file, name = TIMELINES / "truth.json", "biznet_2025_dev.jsonl.gz"
    theirs = scored("timeline_score.py", "--truth", truth_file, "--file", name, "--alerts", tmp_path / "alerts.jsonl")
    total = theirs["_total"]
    ours = incidents.judge(truth, changes, first, last)
    assert (ours.incidents, ours.found, ours.level_right) == (total["windows"], total["detected"], total["level_ok"])
    assert sorted(ours.delays) == pytest.approx(total["delays"])
    assert [ours.false[level] for level in list(Level)[1:]] == list(total["false"].values())
    assert ours.quiet_weeks == pytest.approx(total["weeks"], abs=0.2)
    assert (ours.bursts, ours.bursts_taken_for_crises) == (total["noncrisis"], total["noncrisis_bad"])


@shared
def test_counts_alone_beat_what_was_promised(run):
    status, told = run("benchmark", NAB)
    assert status == 0
    assert {each.name for each in windows.load(NAB)} == PUBLISHED_ON
    ours = next(line for line in told.splitlines() if line.startswith("Siaga  "))
    assert float(ours.split()[1]) >= 78


def scored(tool, *arguments):
    command = [sys.executable, str(SHARED / "tools" / tool), *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
