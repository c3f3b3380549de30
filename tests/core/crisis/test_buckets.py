import random
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crisis import Sighting, at_least, bucket_of, count, starts_at
from core.crisis.buckets import UNSURE

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST = bucket_of(NOON)


def sighting(minute=0.0, *, name="a", author=None, text="", label="negative", platform="x", **cues):
    return Sighting(name, NOON + timedelta(minutes=minute), platform, author, text, label, **cues)


def counted(*sightings, buckets=36, gaps=()):
    return count(sightings, first=FIRST, stop=FIRST + buckets, gaps=gaps)


def test_a_bucket_is_five_minutes_of_unix_time():
    assert bucket_of(NOON + timedelta(seconds=299)) == FIRST
    assert bucket_of(NOON + timedelta(seconds=300)) == FIRST + 1
    assert starts_at(FIRST) == NOON


def test_each_mention_is_counted_where_it_was_published():
    history = counted(
        sighting(0, name="a"),
        sighting(4, name="b", label="positive", platform="news", reach=500, is_hoax=True),
        sighting(5, name="c", label="neutral", is_toxic=True, is_threat=True),
        sighting(-1, name="before"),
        sighting(180, name="after"),
    )

    assert history.mentions[:3].tolist() == [2, 1, 0]
    assert history.negative[:2].tolist() == [1, 0]
    assert history.positive[0] == 1
    assert history.reach[0] == 500
    assert (history.hoax[0], history.toxic[1], history.threat[1]) == (1, 1, 1)
    assert history.mentions.sum() == 3


def test_an_author_who_keeps_talking_is_one_voice_until_an_hour_of_silence():
    history = counted(*(sighting(minute, name=str(minute), author="u1") for minute in (0, 20, 70, 131)))

    assert history.mentions.sum() == 4
    assert np.flatnonzero(history.voices).tolist() == [0, 26]
    assert history.negative_voices.sum() == 2


def test_a_copied_text_is_one_voice_whoever_posts_it():
    history = counted(*(sighting(n, name=str(n), author=f"u{n}", text="produk ini palsu") for n in range(20)))

    assert (history.mentions.sum(), history.voices.sum()) == (20, 1)


def test_unknown_authors_and_empty_texts_are_voices_of_their_own():
    assert counted(sighting(0, name="a"), sighting(1, name="b")).voices.sum() == 2


def test_a_friendly_post_before_does_not_hide_a_negative_voice():
    history = counted(
        sighting(0, name="a", author="u1", label="positive"), sighting(10, name="b", author="u1", label="negative")
    )

    assert (history.voices.sum(), history.negative_voices.sum()) == (1, 1)


def test_a_voice_heard_just_before_the_first_bucket_is_not_new():
    assert counted(sighting(-10, name="a", author="u1"), sighting(10, name="b", author="u1")).voices.sum() == 0


def test_platforms_counts_those_with_negative_mentions_once():
    history = counted(
        sighting(0, name="a", platform="x"),
        sighting(1, name="b", platform="x"),
        sighting(2, name="c", platform="tiktok"),
        sighting(3, name="d", platform="news", label="neutral"),
    )

    assert history.platforms[0] == 2


def test_every_bucket_that_a_gap_touches_is_unobserved():
    gap = (NOON + timedelta(minutes=7), NOON + timedelta(minutes=16))

    assert np.flatnonzero(~counted(gaps=[gap]).observed).tolist() == [1, 2, 3]


def test_empty_buckets_after_a_capped_crawl_may_not_be_empty_for_three_hours():
    history = counted(sighting(0, is_capped=True), sighting(1, name="b"), buckets=60)
    assert history.capped.tolist() == [place <= UNSURE for place in range(60)]
    after = counted(sighting(0, is_capped=True), sighting(11, name="b"), buckets=60)
    assert np.flatnonzero(after.capped).tolist() == [0, 1]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=120), st.data())
def test_where_counts_are_a_minimum_is_known_at_once(posts, data):
    told, capped = np.array(posts).T
    until = data.draw(st.integers(0, len(posts)))
    assert at_least(told[:until], capped[:until]).tolist() == at_least(told, capped)[:until].tolist()


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.floats(-60, 200), st.sampled_from(["u1", "u2", None]), st.sampled_from(["", "sama"])), max_size=40
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter(posts, shuffle: random.Random):
    sightings = [
        sighting(minute, name=str(n), author=author, text=text) for n, (minute, author, text) in enumerate(posts)
    ]
    in_order = counted(*sightings)
    shuffle.shuffle(sightings)
    shuffled = counted(*sightings)

    assert all(
        np.array_equal(getattr(in_order, field.name), getattr(shuffled, field.name)) for field in fields(in_order)
    )
