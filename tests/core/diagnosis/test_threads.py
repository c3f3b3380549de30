"""Conversations under one post: how deep, how fast, and whether they gather speed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diagnosis.remarks import Remark
from core.diagnosis.threads import DEEPEST, slope_of, threads
from core.intake import thread_key

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def said(name: str, minute: float, *, under: str | None = None, began: str | None = None, voice: int = 1) -> Remark:
    return Remark(
        id=UUID(int=thread_key("id", name) % 2**64),
        at=START + timedelta(minutes=minute),
        platform="x",
        voice=voice,
        text=name,
        sentiment="negative",
        native_id=name,
        parent=under and thread_key("x", under),
        conversation=began and thread_key("x", began),
    )


def answers(minutes: list[float], *, root: str = "root") -> list[Remark]:
    """A post and answers to it at these minutes."""
    return [said(root, 0), *(said(f"{root}{n}", at, under=root, voice=n) for n, at in enumerate(minutes))]


def test_the_conversation_that_gathers_speed_comes_before_the_one_that_ebbs():
    gathers, ebbs = [10, 20, 28, 33, 36, 39, 42, 44], [1, 3, 6, 9, 12, 17, 25, 35]
    first, second = threads(answers(ebbs, root="ebbing") + answers(gathers, root="growing"))

    assert (first.posts, first.voices, first.negative, first.pace) == (9, 8, 9, 8)
    assert first.slope is not None
    assert second.slope is not None
    assert first.slope > 0 > second.slope


def test_answers_to_answers_are_as_deep_as_their_longest_chain():
    chain = [said("a", 0), *(said(f"a{n}", n, under=f"a{n - 1}" if n > 1 else "a", voice=n) for n in range(1, 7))]
    flat = answers([1, 2, 3, 4, 5])

    assert [each.depth for each in threads([*chain, *flat])] == [6, 1]


def test_a_conversation_whose_beginning_is_not_held_is_one_by_what_its_posts_say():
    lone = [said(f"r{n}", n, began="elsewhere", voice=n) for n in range(5)]
    deeper = said("deeper", 9, under="r3", began="elsewhere", voice=9)
    (found,) = threads([*lone, deeper])

    assert (found.posts, found.depth, found.mention_id) == (6, 2, lone[0].id)


@pytest.mark.parametrize(
    "remarks",
    [
        [],
        answers([1, 2, 3, 4]),
        [said("m", 0), *(said(f"m{n}", n, under="m") for n in range(6))],
        [said(f"s{n}", n, voice=n) for n in range(9)],
        [said(f"o{n}", n, began=f"o{n}", voice=n) for n in range(9)],
    ],
    ids=["nothing", "four answers", "one voice", "no answers", "each begins its own"],
)
def test_what_is_no_conversation_is_not_shown(remarks):
    assert threads(remarks) == []


def test_posts_that_claim_to_answer_each_other_end_and_do_not_run_in_a_circle():
    circle = [said(f"c{n}", n, under=f"c{(n + 1) % 6}", voice=n) for n in range(6)]
    endless = [said(f"e{n}", n, under=f"e{n - 1}", voice=n, began="e") for n in range(1, 300)]

    assert all(each.depth <= 6 for each in threads(circle))
    assert threads(endless)[0].depth <= DEEPEST + 1


@given(st.lists(st.floats(0, 2000), min_size=1, max_size=60))
def test_a_slope_is_the_same_in_any_order_and_turns_with_time(minutes):
    times = [START + timedelta(minutes=minute) for minute in minutes]

    assert slope_of(times) == slope_of(times[::-1]) == slope_of(sorted(times))


def test_a_slope_is_answers_an_hour_more_with_each_hour():
    grows = [START + timedelta(minutes=15 * step + n) for step in range(4) for n in range(step + 1)]

    assert slope_of(grows) == pytest.approx(16)
    assert slope_of([START, START + timedelta(minutes=29)]) is None
