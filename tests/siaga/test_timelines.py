import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.crisis import Level, Policy
from siaga.timelines import Posts, replay, silences
from storage.models import load_reader

BESIDE = Path(__file__).resolve().parents[2] / ".." / "shared"
RECORDED = Path(os.environ.get("SIAGA_SHARED", BESIDE)) / "data" / "timelines"
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)

recorded = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded timelines are not beside the project")


def post(number, *, minutes, text="Biasa saja.", author=None, brand="Kopi Pagi"):
    return {
        "id": str(number),
        "platform": "x",
        "author": author,
        "author_followers": None,
        "published_at": (MIDNIGHT + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "text": text,
        "brand": brand,
    }


@pytest.fixture
def quiet_week():
    """A post every twenty minutes for a week."""
    return [post(n, minutes=20 * n, text=f"Minum kopi nomor {n} hari ini.") for n in range(504)]


@pytest.fixture
def written(tmp_path):
    def write(posts, name="posts.jsonl"):
        path = tmp_path / name
        text = "".join(json.dumps(each) + "\n" for each in posts)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return path

    return write


def outburst(author=None):
    return [
        post(
            10_000 + n, minutes=7 * 1440 + n / 2, text=f"Kecewa sekali, kopinya basi dan bikin sakit {n}", author=author
        )
        for n in range(60)
    ]


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_a_week_of_quiet_and_an_outburst_give_one_crisis(written, quiet_week, name):
    changes = list(replay(written(quiet_week + outburst(), name), load_reader(), policy=Policy()))

    assert changes[-1].assessment.level is Level.CRISIS
    assert changes[-1].brand == "Kopi Pagi"
    assert MIDNIGHT + timedelta(days=7) < changes[0].at <= MIDNIGHT + timedelta(days=7, minutes=15)


def test_a_week_of_quiet_changes_nothing(written, quiet_week):
    assert list(replay(written(quiet_week), load_reader(), policy=Policy())) == []


def test_what_the_brand_says_itself_does_not_count(written, quiet_week):
    path = written(quiet_week + outburst(author="kopi pagi") + outburst(author="admin_kopi"))

    assert list(replay(path, load_reader(), policy=Policy(), own_accounts=["Admin_Kopi"])) == []


def test_one_angry_author_is_no_crisis(written, quiet_week):
    assert list(replay(written(quiet_week + outburst(author="u1")), load_reader(), policy=Policy())) == []


def test_brands_are_kept_apart(written):
    found = Posts.read(written([post(1, minutes=0), post(2, minutes=1, brand="Teh Sore")]), load_reader()).by_brand

    assert {brand: [seen.id for seen in sightings] for brand, sightings in found.items()} == {
        "Kopi Pagi": ["1"],
        "Teh Sore": ["2"],
    }


def test_a_silence_that_cannot_be_chance_is_missing_data():
    regular = [MIDNIGHT + timedelta(hours=n) for n in range(48)]
    after = [regular[-1] + timedelta(days=9), regular[-1] + timedelta(days=9, hours=1)]

    assert list(silences(regular)) == []
    assert list(silences(regular + after)) == [(regular[-1] + timedelta(minutes=5), after[0])]


@recorded
def test_the_winter_storm_of_2015_is_seen_and_the_viral_post_is_no_crisis():
    changes = list(replay(RECORDED / "airlines_2015_dev.jsonl.gz", load_reader(), policy=Policy()))

    storm = [
        each.assessment.level
        for each in changes
        if each.brand == "US Airways" and datetime(2015, 2, 22, 3, tzinfo=UTC) <= each.at
    ]
    assert max(storm) >= Level.WARNING
    assert max(each.assessment.level for each in changes if each.brand == "JetBlue") <= Level.WARNING
    assert all(each.assessment.level <= Level.WATCH for each in changes if each.brand == "Virgin America")


@recorded
def test_an_indonesian_outage_is_seen_within_half_an_hour():
    path = RECORDED / "biznet_2025_dev.jsonl.gz"
    changes = list(replay(path, load_reader(), policy=Policy(), utc_offset_minutes=lambda _: 420))

    onset = datetime(2025, 7, 21, 14, 46, tzinfo=UTC)
    alerts = [each for each in changes if onset <= each.at <= onset + timedelta(minutes=30)]
    assert max(each.assessment.level for each in alerts) is Level.CRISIS
    assert alerts[0].at <= onset + timedelta(minutes=20)
