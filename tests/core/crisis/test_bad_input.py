"""What collectors really send: gaps, repeats, floods, copies, late and misdated posts. Right or openly too little to say."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crisis import BUCKETS_A_DAY, Level, LevelState, Policy, Sighting, assess, bucket_of, count

BEGINS = datetime(2026, 3, 1, 17, tzinfo=UTC)
DAYS = 9
NOW = BEGINS + timedelta(days=DAYS)
FIRST, STOP = bucket_of(BEGINS), bucket_of(NOW)
HOUR = timedelta(hours=1)


def sighting(number, at, *, author=None, text="", label="negative"):
    return Sighting(f"m{number}", at, "x", author or f"u{number}", text or f"tulisan {number}", label)


def ordinary(*, seed=1, hourly=6.0, since=BEGINS, until=NOW):
    """Independent posts at any hour, a third of them negative."""
    chance, at, made = random.Random(seed), since, []
    while (at := at + timedelta(hours=chance.expovariate(hourly))) < until:
        made.append(sighting(len(made), at, label=chance.choice(["negative", "neutral", "positive"])))
    return made


def storm(number=60, *, at=NOW - HOUR, **said):
    return [sighting(f"s{n}", at + HOUR * n / number, **said) for n in range(number)]


def judged(sightings, *, first=FIRST, since=STOP - 2 * BUCKETS_A_DAY, gaps=()):
    """The last two days, by all that was seen before."""
    history = count(sightings, first=first, stop=STOP, gaps=gaps)
    return assess(
        history, start=max(first, since), stop=STOP, state=LevelState.initial(), policy=Policy(), utc_offset_minutes=420
    )


def worst(assessments):
    return max(each.level for each in assessments)


def test_the_same_storm_is_a_crisis_when_many_people_make_it():
    assert judged(ordinary() + storm())[-1].level is Level.CRISIS


@pytest.mark.parametrize("said", [{"author": "u_one"}, {"text": "tolong boikot merek ini"}])
def test_ten_thousand_posts_of_one_author_or_of_one_text_are_one_voice(said):
    last = judged(ordinary() + storm(10_000, **said), since=STOP - 12)
    assert worst(last) is Level.NORMAL
    assert last[-1].score < judged(ordinary(), since=STOP - 12)[-1].score + 5


def test_posts_that_come_twice_change_nothing():
    posts = ordinary() + storm()
    voices = [
        (each.contributions[0].observed, each.contributions[0].points, each.level) for each in judged(posts + posts)
    ]
    assert voices == [
        (each.contributions[0].observed, each.contributions[0].points, each.level) for each in judged(posts)
    ]


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_posts_in_any_order_give_the_same_scores(chance):
    posts = ordinary(hourly=2) + storm(30)
    assert judged(chance.sample(posts, len(posts))) == judged(posts)


def test_posts_a_day_late_end_in_the_same_scores_as_posts_in_time():
    posts = ordinary() + storm(at=NOW - timedelta(days=1, hours=2))
    late = [each for number, each in enumerate(posts) if number % 3 == 0]
    in_time = [each for number, each in enumerate(posts) if number % 3]
    assert judged(in_time + late) == judged(posts) != judged(in_time)


def test_times_to_come_and_times_long_gone_change_no_score():
    posts = ordinary()
    misdated = storm(500, at=NOW + timedelta(days=400)) + storm(500, at=datetime(1970, 1, 2, tzinfo=UTC))
    assert judged(posts + misdated) == judged(posts)


def test_a_clock_that_is_an_hour_off_moves_a_storm_and_does_not_hide_it():
    skewed = [sighting(f"s{n}", each.published_at - HOUR) for n, each in enumerate(storm())]
    assert worst(judged(ordinary() + skewed)) is Level.CRISIS


def test_a_hundred_thousand_posts_in_a_minute_are_counted_and_bounded():
    minute = timedelta(minutes=1)
    flood = [sighting(f"s{n}", NOW - 2 * minute + minute * n / 100_000) for n in range(100_000)]
    last = judged(ordinary() + flood)[-1]
    assert last.contributions[0].observed >= 100_000
    assert last.score <= 100
    assert last.level is Level.CRISIS


def test_a_flood_of_praise_is_no_crisis():
    assert worst(judged(ordinary() + storm(5_000, label="positive"))) < Level.WARNING


@pytest.mark.parametrize("missing", [timedelta(hours=5), timedelta(days=3)])
def test_a_gap_that_ends_now_or_ended_just_now_alarms_nobody(missing):
    for ends in (NOW, NOW - HOUR):
        begins = ends - missing
        left = [each for each in ordinary(hourly=30) if not begins <= each.published_at < ends]
        assessments = judged(left, gaps=[(begins, ends)])
        assert worst(assessments) is Level.NORMAL
        assert "collection_gap" in assessments[-1].guards


@pytest.mark.parametrize("hours", [0, 168])
def test_nothing_said_or_one_angry_post_a_week_is_normal(hours):
    posts = [sighting(n, BEGINS + timedelta(hours=hours * n + 30)) for n in range(2)] if hours else []
    assert worst(judged(posts)) is Level.NORMAL


def test_a_brand_that_begins_yesterday_says_that_it_is_too_little_to_compare_with():
    since = NOW - timedelta(hours=20)
    assessments = judged(ordinary(since=since) + storm(), first=bucket_of(since))
    assert all("insufficient_baseline" in each.guards for each in assessments)
    assert worst(assessments) is Level.WATCH
