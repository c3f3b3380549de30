"""A taken account, a statement that made it worse, and a slow burn are told from what is usual; chance is not."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alarms.backlash import Voices, backlash, chance_of_as_many
from core.alarms.drift import DAYS, SPIKE, Day, drifting
from core.alarms.takeover import OwnPost, may_be_foreign, suspicion

HABITS = [
    OwnPost(f"Halo Kak, promo hari ke {n} ada di https://teh.example/promo ya", "id", 9 + n % 8) for n in range(40)
]


@pytest.mark.parametrize(
    ("post", "signs"),
    [
        (OwnPost("Hacked by kucing hitam", "und", 10), {"claim"}),
        (OwnPost("Double your bitcoin now, airdrop for everybody at https://bit.ly/x", "en", 3), {"scam_wording", "link"}),
        (OwnPost("Visit this page to see something really great today https://cutt.ly/y", "en", 3), {"language", "hour", "link"}),
    ],
)  # fmt: skip
def test_a_post_that_is_not_like_its_account_is_suspicious(post: OwnPost, signs: set[str]):
    assert may_be_foreign(post.text)
    judged = suspicion(post, HABITS)
    assert judged.is_suspicious
    assert signs <= set(judged.signs)


@pytest.mark.parametrize(
    "post",
    [
        OwnPost("Promo baru bulan ini ada di https://teh.example/promo ya Kak", "id", 22),
        OwnPost("Baca liputannya di https://koran.example/teh ya Kak", "id", 11),
        OwnPost("Thank you for coming to our store today, see you again", "en", 12),
    ],
)
def test_one_thing_out_of_the_ordinary_is_not_enough_and_a_new_account_has_no_habits(post: OwnPost):
    assert not suspicion(post, HABITS).is_suspicious
    assert not suspicion(post, HABITS[:5]).is_suspicious


@given(st.integers(0, 23), st.integers(0, 23))
def test_an_unusual_hour_is_one_on_every_clock(hour: int, shift: int):
    def on_another(post: OwnPost) -> OwnPost:
        return replace(post, hour=(post.hour + shift) % 24)

    post = OwnPost("Visit this page to see something really great today https://cutt.ly/y", "en", hour)
    assert suspicion(on_another(post), [on_another(each) for each in HABITS]) == suspicion(post, HABITS)


@pytest.mark.parametrize(
    ("before", "after", "is_one"),
    [
        (Voices(60, 20), Voices(100, 80), True),
        (Voices(60, 20), Voices(100, 38), False),
        (Voices(60, 54), Voices(100, 95), False),
        (Voices(5, 0), Voices(100, 90), False),
        (Voices(60, 20), Voices(19, 19), False),
    ],
)
def test_a_statement_made_it_worse_where_the_share_rose_beyond_chance(before: Voices, after: Voices, is_one: bool):
    assert (backlash(before, after) is not None) == is_one


@given(st.integers(1, 25), st.integers(1, 25), st.data())
def test_the_chance_is_that_of_the_hypergeometric_tail(before: int, after: int, data: st.DataObject):
    bad_before, bad_after = data.draw(st.integers(0, before)), data.draw(st.integers(0, after))
    negative = bad_before + bad_after
    ways = [math.comb(after, k) * math.comb(before, negative - k) for k in range(bad_after, min(negative, after) + 1)]
    exact = sum(ways) / math.comb(before + after, negative)
    assert chance_of_as_many(Voices(before, bad_before), Voices(after, bad_after)) == pytest.approx(exact)


def quiet(chance: random.Random, share: float, *, count: int = DAYS, voices: int = 60) -> list[Day]:
    """Days that differ more than by chance alone, as real ones do."""
    days = []
    for _ in range(count):
        of_day = min(max(chance.gauss(share, 0.06), 0.02), 0.98)
        days.append(Day(voices, sum(chance.random() < of_day for _ in range(voices))))
    return days


def test_a_slow_burn_is_found_and_a_single_bad_week_end_or_an_even_course_is_none():
    chance = random.Random(7)
    before, worse = quiet(chance, 0.25), quiet(chance, 0.36)
    found = drifting([*before, *worse])
    assert found is not None
    assert found.share_now - found.share_before > 0.08
    assert drifting([*before, *quiet(chance, 0.25)]) is None
    spike = [Day(400, 390)] * 2
    assert all(day.negative > SPIKE * 25 for day in spike)
    assert drifting([*before, *quiet(chance, 0.25, count=DAYS - 2), *spike]) is None
    assert drifting([*before, *worse][:-1]) is None
    assert drifting([Day(0, 0)] * 56) is None


def test_of_400_shuffled_courses_hardly_any_is_called_a_slow_burn():
    """Days in a random order hold no drift: what is found in them is a false alarm."""
    chance = random.Random(11)
    days = quiet(chance, 0.3, count=56)
    false = 0
    for _ in range(400):
        chance.shuffle(days)
        false += drifting(days) is not None
    assert false <= 2
