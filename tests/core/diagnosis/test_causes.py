"""Causes are suggested by the voices that speak for them, and not by one loud author, by praise, or by what is usual."""

import gzip
import json
import os
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.edge.causes import CauseName
from core.diagnosis.causes import Cause, cues_of, rank
from core.diagnosis.cues import ASPECTS, ROOTS, TURNS
from core.diagnosis.needs import needs
from core.diagnosis.remarks import plain
from core.diagnosis.response import CLUSTERS, Cluster, advise
from tests.core.diagnosis.posts_by_cause import PLAIN, POSTS
from tests.core.diagnosis.world import said

SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared"))
ALL = [(text, cause) for cause, texts in POSTS.items() for text in texts]


def remarks(texts, **more):
    return [said(text, minute=n, **more) for n, text in enumerate(texts)]


def test_of_148_posts_written_for_it_nine_in_ten_speak_first_of_their_cause_and_plain_ones_of_none():
    first = [max(cues_of(text).items(), key=lambda one: one[1])[0] == cause for text, cause in ALL if cues_of(text)]
    assert len(ALL) == 148
    assert sum(first) / len(ALL) >= 0.9
    assert [text for text in PLAIN if cues_of(text)] == []


@pytest.mark.parametrize("cause", POSTS)
def test_the_posts_of_a_cause_put_it_first(cause: str):
    ranking = rank(remarks(POSTS[cause]), [])
    assert ranking.suggestions[0].cause == cause
    assert ranking.began_as == cause
    assert set(ranking.suggestions[0].posts) <= {each.id for each in remarks(POSTS[cause])}


@given(st.lists(st.tuples(st.sampled_from([*ALL, *((text, "") for text in PLAIN)]), st.integers(0, 9)), max_size=30))
def test_weights_are_shares_of_one_whatever_the_order(drawn):
    posts = [said(text, minute=n, author=author) for n, ((text, _), author) in enumerate(drawn)]
    ranking = rank(posts, [])
    assert sum(each.weight for each in ranking.suggestions) + ranking.unclear == pytest.approx(1, abs=0.02)
    assert rank(posts[::-1], []) == ranking


def test_an_author_who_repeats_himself_counts_once():
    loud = remarks(POSTS["legal"] * 20, author=1)
    ranking = rank([*loud, *(replace(each, id=UUID(int=each.id.int + 7)) for each in remarks(POSTS["hoax"]))], [])
    assert ranking.suggestions[0].cause == "hoax"
    assert next(each.voices for each in ranking.suggestions if each.cause == "legal") == 1


def test_praise_own_posts_and_what_is_always_said_speak_for_nothing():
    outage = remarks(POSTS["product_quality"])
    assert rank(remarks(POSTS["legal"], sentiment="positive"), []).suggestions == ()
    assert rank(remarks(POSTS["legal"], is_own=True), []).suggestions == ()
    assert rank(outage, remarks(POSTS["product_quality"]), share=1.0).suggestions == ()
    assert rank(outage, remarks(POSTS["product_quality"]), share=0.01).suggestions[0].cause == "product_quality"


def test_what_it_began_as_stays_told_when_something_else_has_become_louder():
    first = remarks(POSTS["product_quality"])
    later = [said(text, minute=600 + n) for n, text in enumerate(POSTS["bad_handling"] * 3)]
    ranking = rank([*later, *first], [])
    assert (ranking.began_as, ranking.suggestions[0].cause) == ("product_quality", "bad_handling")


@pytest.mark.parametrize("text", [text for text, _ in ALL] + list(PLAIN))
def test_no_turn_is_missed_for_the_letters_by_which_it_announces_itself(text: str):
    written = plain(text)
    searched = {cause for cause, cues in TURNS.items() for _, turn in cues if re.search(rf"\b(?:{turn})\b", written)}
    assert searched <= set(cues_of(text))


def test_every_turn_says_which_letters_it_needs_and_every_name_is_a_cause():
    assert all(min(map(len, needs(turn)), default=0) >= 4 for cues in TURNS.values() for _, turn in cues)
    assert {*TURNS, *ROOTS} <= set(Cause) == set(get_args(CauseName)) == set(CLUSTERS)
    assert set(ASPECTS) >= {"safety", "outage"}


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_advice_in_two_languages_and_crises_before_make_it_one_step_harder(cause: Cause):
    calm, again = advise(cause, earlier_crises=0), advise(cause, earlier_crises=2)
    order = list(Cluster)
    assert calm.cluster == calm.answered_as == again.cluster
    assert order.index(again.answered_as) == min(order.index(calm.cluster) + 1, 2)
    assert len(calm.sentences["id"]) == len(calm.sentences["en"]) == len(again.sentences["id"]) - 1 >= 4


EXPECTED = {
    ("airlines_2015_dev", "US Airways"): "product_quality",
    ("airlines_2015_dev", "JetBlue"): "product_quality",
    ("biznet_2025_dev", "Biznet"): "product_quality",
    ("pertamina_2025_dev", "Pertamina"): "unlawful",
    ("boikot_youtube_2023_2025_dev", "*"): "controversy",
}


@pytest.mark.skipif(not (SHARED / "data/timelines").exists(), reason="the shared timelines are not here")
@pytest.mark.parametrize(("name", "brand"), EXPECTED)
def test_the_cause_of_each_recorded_crisis_is_put_first(name: str, brand: str):
    """Sentiment is not read here: every post counts as neutral, so that only the words speak."""
    windows = json.loads((SHARED / "data/timelines/truth.json").read_text())[f"{name}.jsonl.gz"][brand]["windows"]
    with gzip.open(SHARED / f"data/timelines/{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if brand in {row["brand"], "*"}]
    for window in windows:
        onset, end = datetime.fromisoformat(window["onset"]), datetime.fromisoformat(window["end"])
        now, before = [], []
        for number, row in enumerate(rows):
            at = datetime.fromisoformat(row["published_at"])
            post = replace(said(row["text"] or "", number=number, sentiment="neutral"), at=at)
            if onset <= at <= end and len(now) < 1000:
                now.append(post)
            elif onset - timedelta(days=7) <= at < onset:
                before.append(post)
        ranking = rank(now, before[-1000:], share=min(1.0, (end - onset) / timedelta(days=7)))
        assert ranking.suggestions[0].cause == EXPECTED[name, brand], window["kind"]
