"""Alert rules: what a window holds, when a rule alerts, and that no way of cutting time changes it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alert_rules import Firing, Rule, RuleKind, explain, firings, holds, observed, require_sense
from core.alerting import Campaign, Circumstances, Hold
from core.crisis import History
from core.errors import Invalid

FIRST = 1000
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rule(kind=RuleKind.VOLUME, threshold=10.0, window=15, cooldown=15):
    return Rule(kind, threshold, window, cooldown)


def history(**counts):
    length = len(next(iter(counts.values())))
    made = History.empty(FIRST, length)
    for name, values in counts.items():
        getattr(made, name)[:] = values
    return made


def test_a_window_ends_with_its_bucket():
    assert observed(rule(), history(mentions=[1, 2, 3, 4, 5])).tolist() == [1, 3, 6, 9, 12]
    assert observed(rule(RuleKind.REACH), history(reach=[100, 0, 0, 5])).tolist() == [100, 100, 100, 5]


def test_a_share_of_few_mentions_says_nothing():
    seen = history(mentions=[4, 5, 1, 30], negative=[4, 5, 1, 3])
    assert observed(rule(RuleKind.NEGATIVE_SHARE, 0.5), seen).tolist() == [0, 0, 1.0, 9 / 36]


def test_a_score_is_the_highest_within_the_window():
    scores = np.array([10.0, 70, 20, 30, 40])
    assert observed(rule(RuleKind.SCORE), history(mentions=[0] * 5), scores).tolist() == [10, 70, 70, 70, 40]
    with pytest.raises(ValueError, match="counted apart"):
        observed(rule(RuleKind.KEYWORD), history(mentions=[0]), None)


def test_it_alerts_at_its_threshold_and_again_after_its_cooldown():
    values = observed(rule(window=5), history(mentions=[9, 10, 11, 12, 13, 0, 10]))
    found = firings(rule(window=5), values, first=FIRST, start=FIRST, stop=FIRST + 7)
    assert found == [Firing(FIRST + 1, 10), Firing(FIRST + 4, 13)]


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=80),
    st.integers(1, 30),
    st.integers(1, 6),
    st.integers(1, 12),
    st.integers(0, 80),
)
def test_time_cut_in_two_gives_the_same_alerts_and_none_within_a_cooldown(counts, threshold, window, cooldown, cut):
    asked = rule(threshold=float(threshold), window=5 * window, cooldown=5 * cooldown)
    values = observed(asked, history(mentions=counts))
    stop, middle = FIRST + len(counts), FIRST + min(cut, len(counts))
    whole = firings(asked, values, first=FIRST, start=FIRST, stop=stop)
    before = firings(asked, values, first=FIRST, start=FIRST, stop=middle)
    last = before[-1].bucket if before else None
    after = firings(asked, values, first=FIRST, start=middle, stop=stop, last_fired=last)
    assert before + after == whole
    # What is looked at again, as late posts make us do, is not told again.
    anew = firings(asked, values, first=FIRST, start=FIRST, stop=middle, last_fired=last)
    assert last is None or anew == []
    assert all(sum(counts[max(f.bucket - FIRST - window + 1, 0) : f.bucket - FIRST + 1]) >= threshold for f in whole)
    assert all(b.bucket - a.bucket >= cooldown for a, b in pairwise(whole))


def test_what_is_held_back_says_why():
    sale = Circumstances(campaigns=(Campaign("x", NOON, NOON + timedelta(hours=1)),))
    at = {"at": NOON, "now": NOON + timedelta(minutes=5)}
    assert holds(rule(), **at, circumstances=Circumstances()) is None
    assert holds(rule(), **at, circumstances=sale) is Hold.CAMPAIGN
    assert holds(rule(RuleKind.NEGATIVE_COUNT), **at, circumstances=sale) is None
    muted = Circumstances(muted_until=NOON + timedelta(minutes=6))
    assert holds(rule(RuleKind.SCORE), **at, circumstances=muted) is Hold.MUTE
    late = {"at": NOON, "now": NOON + timedelta(hours=7)}
    assert holds(rule(), **late, circumstances=Circumstances()) is Hold.HISTORY


@pytest.mark.parametrize("wrong", [{"threshold": 0.0}, {"window": 7}, {"window": 1445}, {"cooldown": 0}])
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"threshold|window|rests"):
        rule(**wrong)
    with pytest.raises(ValueError, match="at most at 1"):
        rule(RuleKind.NEGATIVE_SHARE, 1.5)


@pytest.mark.parametrize(
    ("kind", "threshold", "watched", "pointer"),
    [
        ("negative_share", 30, {}, "/rule/threshold"),
        ("keyword", 3, {}, "/rule/keyword_id"),
        ("volume", 3, {"account_id": 1}, "/rule/account_id"),
    ],
)
def test_a_rule_says_what_it_watches(kind, threshold, watched, pointer):
    named = {"keyword_id": None, "account_id": None} | watched
    with pytest.raises(Invalid) as refusal:
        require_sense(kind, threshold, named["keyword_id"], named["account_id"], below="/rule")
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


def test_an_alert_explains_itself_in_two_languages():
    told = explain(rule(RuleKind.NEGATIVE_SHARE, 0.5, 60), 0.625)
    assert told["id"] == ["62% dari sebutan bernada negatif dalam 60 menit; ambangnya 50%."]
    assert told["en"] == ["62% of the mentions were negative within 60 minutes; the threshold is 50%."]
    assert explain(rule(), 42.0)["en"] == ["42 mentions within 15 minutes; the threshold is 10."]
