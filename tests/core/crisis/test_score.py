from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.crisis import BUCKETS_A_DAY, History, Level, LevelState, Policy, assess

HOUR = 12


@st.composite
def wild_histories(draw):
    """Any counts that can occur, with gaps, over up to three days."""
    length = draw(st.integers(1, 3 * BUCKETS_A_DAY))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    history = History.empty(5_600_160 + draw(st.integers(0, 300)), length)
    history.voices[:] = random.negative_binomial(draw(st.floats(0.05, 5)), draw(st.floats(0.01, 0.9)), length)
    history.mentions[:] = history.voices + random.poisson(1, length)
    history.negative_voices[:] = random.binomial(history.voices, draw(st.floats(0, 1)))
    history.negative[:] = history.negative_voices
    history.reach[:] = random.pareto(1, length).clip(max=1e6) * 1000
    for figure in ("toxic", "threat", "hoax"):
        getattr(history, figure)[:] = random.binomial(history.negative, 0.3)
    history.platforms[:] = random.integers(0, 5, length)
    history.observed[:] = random.random(length) > draw(st.sampled_from([0.0, 0.3, 1.0]))
    history.capped[:] = random.random(length) < draw(st.sampled_from([0.0, 0.3]))
    return history


def whole(history, policy=None):
    return assess(
        history,
        start=history.first,
        stop=history.stop,
        state=LevelState.initial(),
        policy=policy or Policy(),
        utc_offset_minutes=480,
    )


def until(history, length):
    return replace(history, **{field.name: getattr(history, field.name)[:length] for field in fields(history)[1:]})


@settings(max_examples=20, deadline=None)
@given(wild_histories())
def test_a_score_lies_between_0_and_100_and_is_the_sum_of_its_contributions(history):
    for assessment in whole(history):
        assert 0 <= assessment.score <= 100
        assert assessment.score == round(sum(each.points for each in assessment.contributions), 1)
        assert all(each.points >= 0 for each in assessment.contributions)
        assert 0 <= assessment.completeness <= 1


@settings(max_examples=15, deadline=None)
@given(wild_histories(), st.data())
def test_what_comes_later_never_changes_what_was_said_before(history, data):
    length = data.draw(st.integers(1, len(history.mentions)))

    assert whole(until(history, length)) == whole(history)[:length]


@settings(max_examples=15, deadline=None)
@given(wild_histories(), st.data())
def test_going_on_from_a_stored_state_gives_the_same_as_one_run(history, data):
    whole_run = whole(history)
    at = data.draw(st.integers(0, len(whole_run) - 1))
    stored = LevelState.from_dict(whole_run[at].state.to_dict())

    rest = assess(
        history,
        start=history.first + at + 1,
        stop=history.stop,
        state=stored,
        policy=Policy(),
        utc_offset_minutes=480,
    )

    assert rest == whole_run[at + 1 :]


@settings(max_examples=15, deadline=None)
@given(wild_histories())
def test_a_level_is_never_above_what_score_and_negative_voices_carry(history):
    policy = Policy()
    for before, after in pairwise(whole(history, policy)):
        if after.level > before.level:
            assert policy.level_of(after.score) >= after.level


def test_counts_older_than_twenty_nine_days_do_not_matter(ordinary, add_burst, judge):
    history = ordinary(days=40)
    add_burst(history, ends_ago=0, lasts=6, voices=9, negative=9)
    shorter = replace(
        history,
        first=history.stop - 29 * BUCKETS_A_DAY,
        **{field.name: getattr(history, field.name)[-29 * BUCKETS_A_DAY :] for field in fields(history)[1:]},
    )

    last = len(history.mentions) - 1
    last_of_shorter = len(shorter.mentions) - 1

    assert judge(history, since=last) == judge(shorter, since=last_of_shorter)


def test_quiet_weeks_stay_below_warning_and_are_watched_at_most_once_in_three(ordinary, judge):
    brands = [(hourly, share) for hourly in (1, 12, 120) for share in (0.25, 0.75)]
    quiet = [judge(ordinary(hourly=hourly, negative_share=share), since=2 * BUCKETS_A_DAY) for hourly, share in brands]

    rises = [sum(after.level > before.level for before, after in pairwise(each)) for each in quiet]
    weeks = sum(map(len, quiet)) / BUCKETS_A_DAY / 7
    assert max(each.level for assessments in quiet for each in assessments) <= Level.WATCH
    assert max(rises) <= 3
    assert sum(rises) / weeks <= 1 / 3


def test_a_burst_of_negative_voices_is_a_crisis_within_twenty_minutes(ordinary, add_burst, judge):
    history = ordinary(hourly=12)
    add_burst(history, ends_ago=0, lasts=4, voices=12, negative=11)

    assessments = judge(history, since=len(history.mentions) - 5)

    assert next(each.level for each in assessments) is Level.NORMAL
    assert assessments[1].level >= Level.WATCH
    assert assessments[-1].level is Level.CRISIS


def test_the_same_burst_without_negative_voices_is_no_crisis(ordinary, add_burst, judge):
    history = ordinary(hourly=12)
    add_burst(history, ends_ago=0, lasts=36, voices=12, negative=0)

    assert max(each.level for each in judge(history, since=len(history.mentions) - 37)) <= Level.WATCH


@pytest.mark.parametrize("voices", [12, 60, 400])
def test_a_viral_post_that_draws_some_grumbling_stays_below_crisis(ordinary, add_burst, judge, voices):
    history = ordinary(hourly=12, negative_share=0.43)
    add_burst(history, ends_ago=0, lasts=36, voices=voices, negative=voices // 4)

    assessments = judge(history, since=len(history.mentions) - 37)

    assert max(each.level for each in assessments) <= Level.WARNING
    assert "volume_without_negativity" in assessments[-1].guards


def test_a_viral_post_is_no_crisis_afterwards_either(ordinary, add_burst, judge):
    history = ordinary(hourly=12, negative_share=0.43)
    add_burst(history, ends_ago=120, lasts=30, voices=20, negative=6)

    assert max(each.level for each in judge(history, since=len(history.mentions) - 150)) <= Level.WARNING


def test_a_rise_of_all_kinds_of_voices_earns_less_than_an_outcry(ordinary, add_burst, judge):
    alike, outcry = ordinary(hourly=60, negative_share=0.5), ordinary(hourly=60, negative_share=0.5)
    add_burst(alike, ends_ago=0, lasts=6, voices=8, negative=4)
    add_burst(outcry, ends_ago=0, lasts=6, voices=4, negative=4)

    busy, angry = (judge(history, since=len(history.mentions) - 1)[-1] for history in (alike, outcry))

    assert busy.contributions[0].observed == angry.contributions[0].observed
    assert busy.contributions[0].points < 0.7 * angry.contributions[0].points
    assert busy.contributions[1].points < 0.2 * angry.contributions[1].points
    assert busy.level < angry.level


def test_a_large_brand_that_is_new_here_is_taken_for_a_restless_one(ordinary, judge):
    history = ordinary(days=5, hourly=1200)
    restless = np.random.default_rng(7).lognormal(0, 0.35, len(history.mentions) // HOUR + 1).repeat(HOUR)
    for figure in ("mentions", "voices", "negative", "negative_voices"):
        counts = getattr(history, figure)
        counts[:] = counts * restless[: len(counts)]

    assert max(each.level for each in judge(history)) <= Level.WATCH


def test_a_brand_is_still_known_after_ten_days_of_gap(ordinary, add_burst, judge):
    history = ordinary(hourly=24)
    add_burst(history, ends_ago=0, lasts=12, voices=12, negative=12)
    gap = slice(-11 * BUCKETS_A_DAY, -48)
    history.observed[gap] = False
    for figure in ("mentions", "voices", "negative", "negative_voices"):
        getattr(history, figure)[gap] = 0

    last = judge(history, since=len(history.mentions) - 48)[-1]

    assert "insufficient_baseline" not in last.guards
    assert last.level is Level.CRISIS


def test_negative_voices_in_place_of_friendly_ones_are_seen_without_more_volume(ordinary, judge):
    history = ordinary(hourly=60, negative_share=0.25)
    history.negative_voices[-36:] = history.voices[-36:]
    history.negative[-36:] = history.voices[-36:]

    assert judge(history, since=len(history.mentions) - 37)[-1].level >= Level.WATCH


def test_few_negative_voices_carry_no_high_level_however_rare_they_are(ordinary, add_burst, judge):
    history = ordinary(hourly=0.5)
    add_burst(history, ends_ago=0, lasts=1, voices=5, negative=5)

    last = judge(history, since=len(history.mentions) - 1)[-1]

    assert last.level is Level.WATCH
    assert "too_few_negative" in last.guards


def test_a_gap_is_not_a_quiet_time(ordinary, judge):
    without, with_gap = ordinary(hourly=60), ordinary(hourly=60)
    gap = slice(-10 * BUCKETS_A_DAY, -3 * BUCKETS_A_DAY)
    with_gap.observed[gap] = False
    for figure in ("mentions", "voices", "negative", "negative_voices"):
        getattr(with_gap, figure)[gap] = 0

    since = len(without.mentions) - 3 * BUCKETS_A_DAY + 3 * HOUR
    usual = [each.contributions[0].expected for each in judge(without, since=since)]
    after_gap = [each.contributions[0].expected for each in judge(with_gap, since=since)]

    assert np.median(np.array(after_gap) / np.array(usual)) == pytest.approx(1, abs=0.1)
    assert max(each.level for each in judge(with_gap, since=since)) <= Level.WATCH


def test_an_hour_after_a_gap_is_measured_by_the_hour_and_not_by_the_window(ordinary, judge):
    history = ordinary(hourly=60)
    history.observed[-48:-6] = False

    last = judge(history, since=len(history.mentions) - 1)[-1]

    assert last.completeness == pytest.approx(6 / 36, abs=0.001)
    assert "collection_gap" in last.guards
    assert last.level is Level.NORMAL


def test_a_level_outlives_a_gap(ordinary, add_burst, judge):
    history = ordinary(hourly=12)
    add_burst(history, ends_ago=240, lasts=12, voices=12, negative=12)
    history.observed[-240:] = False

    assessments = judge(history, since=len(history.mentions) - 260)

    assert assessments[-1].level is Level.CRISIS
    assert assessments[-1].completeness == 0


def test_what_a_crawl_cut_off_counts_as_at_least_now_and_not_at_all_later(ordinary, add_burst, judge):
    whole, cut_off = ordinary(hourly=60), ordinary(hourly=60)
    week = slice(-8 * BUCKETS_A_DAY, -BUCKETS_A_DAY)
    cut_off.capped[week] = True
    for figure in ("mentions", "voices", "negative", "negative_voices"):
        getattr(cut_off, figure)[week] //= 4

    since = len(whole.mentions) - BUCKETS_A_DAY + 3 * HOUR
    usual = [each.contributions[0].expected for each in judge(whole, since=since)]
    after = judge(cut_off, since=since)
    assert np.median(np.array([each.contributions[0].expected for each in after]) / usual) == pytest.approx(1, abs=0.1)
    assert {each.level for each in after} == {each.level for each in judge(whole, since=since)}
    cut_off.capped[-6:] = True
    add_burst(cut_off, ends_ago=0, lasts=6, voices=24, negative=24)
    last = judge(cut_off, since=len(whole.mentions) - 1)[-1]
    assert last.level is Level.CRISIS
    assert last.guards == ("capped_crawl",)
    assert last.completeness == pytest.approx(30 / 36, abs=0.001)


@pytest.mark.parametrize(
    ("hours", "voices", "negative", "level"),
    [(20, 0, 0, Level.CRISIS), (30, 0, 0, Level.NORMAL), (30, 12, 0, Level.CRISIS), (30, 3, 3, Level.CRISIS)],
)
def test_crawls_that_are_cut_off_end_a_crisis_only_where_they_stay_calm_for_long(
    ordinary, add_burst, judge, hours, voices, negative, level
):
    history = ordinary(hourly=12)
    buckets = hours * HOUR
    add_burst(history, ends_ago=buckets, lasts=12, voices=12, negative=12)
    whole = judge(history, since=len(history.mentions) - buckets - 20)[-1]
    history.capped[-buckets:] = True
    add_burst(history, ends_ago=0, lasts=buckets, voices=voices, negative=negative)
    assessments = judge(history, since=len(history.mentions) - buckets - 20)

    assert whole.level is Level.NORMAL
    assert assessments[-1].level is level
    assert "capped_crawl" in assessments[-1].guards
    is_calm = {("capped_calm" in each.guards) for each in assessments[-6:] if each.level > Level.NORMAL}
    assert is_calm <= {not voices}


def test_a_brand_whose_crawls_are_always_cut_off_is_held_against_such_crawls(ordinary, judge):
    history = ordinary(hourly=240)
    history.capped[:] = True
    risen = LevelState(level=Level.CRISIS, since=history.stop - 600, onset=history.stop - 600, peak=90.0)
    calm = judge(history, since=len(history.mentions) - 480, state=risen)
    history.voices[-480:] *= 4
    history.negative_voices[-480:] *= 4
    loud = judge(history, since=len(history.mentions) - 480, state=risen)

    assert calm[HOUR * 11].level is Level.CRISIS
    assert calm[-1].level is Level.NORMAL
    assert {each.level for each in loud} == {Level.CRISIS}
    assert {"insufficient_baseline", "capped_crawl", "capped_calm"} <= set(calm[0].guards)
    assert "capped_calm" not in loud[-1].guards


@pytest.mark.parametrize("missing", [24, 130, 288, 500])
def test_what_comes_after_a_gap_is_not_taken_for_a_rise(ordinary, judge, missing):
    history = ordinary(hourly=120, negative_share=0.6)
    history.observed[-missing - 144 : -144] = False
    for figure in ("mentions", "voices", "negative", "negative_voices"):
        getattr(history, figure)[-missing - 144 : -144] = 0
    assessments = judge(history, since=len(history.mentions) - 144)

    assert {each.level for each in assessments} == {Level.NORMAL}


def test_a_brand_of_a_few_hours_says_so_and_goes_no_further_than_watch(ordinary, add_burst, judge):
    history = ordinary(days=0.5, hourly=12)
    add_burst(history, ends_ago=0, lasts=12, voices=20, negative=20)

    assessments = judge(history)

    assert max(each.level for each in assessments) is Level.WATCH
    assert all("insufficient_baseline" in each.guards for each in assessments)


def test_a_crisis_yesterday_does_not_hide_one_today(ordinary, add_burst, judge):
    history = ordinary(hourly=12)
    add_burst(history, ends_ago=BUCKETS_A_DAY, lasts=72, voices=12, negative=12)
    add_burst(history, ends_ago=0, lasts=6, voices=12, negative=12)

    assert judge(history, since=len(history.mentions) - 1)[-1].score >= Policy().crisis_score


def test_more_negative_voices_never_mean_a_lower_score(ordinary, add_burst, judge):
    scores = []
    for more in range(0, 12, 2):
        history = ordinary(hourly=12)
        add_burst(history, ends_ago=0, lasts=6, voices=more, negative=more)
        scores.append(judge(history, since=len(history.mentions) - 1)[-1].score)

    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


def test_hate_threats_and_spread_add_little_beside_the_counts(ordinary, add_burst, judge):
    plain, loaded = ordinary(hourly=12), ordinary(hourly=12)
    for history in (plain, loaded):
        add_burst(history, ends_ago=0, lasts=6, voices=2, negative=2)
    for figure in ("toxic", "threat", "hoax"):
        getattr(loaded, figure)[-6:] += 5
    loaded.platforms[-6:] = 6
    loaded.reach[-6:] = 1_000_000

    difference = (
        judge(loaded, since=len(loaded.mentions) - 1)[-1].score - judge(plain, since=len(plain.mentions) - 1)[-1].score
    )

    assert 0 < difference <= 10


def test_buckets_outside_the_history_are_refused(ordinary):
    history = ordinary(days=1)
    with pytest.raises(ValueError, match="not within the history"):
        assess(
            history,
            start=history.first,
            stop=history.stop + 1,
            state=LevelState.initial(),
            policy=Policy(),
            utc_offset_minutes=0,
        )


def test_figures_of_different_length_are_refused():
    history = History.empty(0, 3)
    with pytest.raises(ValueError, match="one length"):
        replace(history, voices=np.zeros(2, dtype=np.int64))
