import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sentiment.keys import POWERS, Index, code_points, keys_of
from core.sentiment.tokens import cuts, fold, stretches

WORDS = [f"kata{number}" for number in range(2_000)]


def cut(text: str) -> tuple[list[str], np.ndarray]:
    letters = code_points(text)
    starts, stops = cuts(letters)
    return [text[a:b] for a, b in zip(starts, stops, strict=True)], POWERS.keyed(letters, starts, stops)


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet=st.one_of(st.sampled_from("ab,.?! \t"), st.characters()), max_size=40))
def test_the_fast_cut_equals_the_definition(text: str):
    folded = fold(text).replace("\0", " ")

    assert cut(folded)[0] == stretches(folded)


def test_the_marks_at_the_end_of_a_stretch_stand_alone():
    assert cut("bagus!! enak, 3.500 ya... ?")[0] == ["bagus", "!!", "enak", ",", "3.500", "ya", "...", "?"]


@pytest.mark.parametrize("text", ["tidak enak tidak", "tidak 😡 tidak"])
def test_a_key_does_not_depend_on_the_place(text: str):
    _, keys = cut(text)

    assert keys[0] == keys[2] != keys[1]
    assert keys[0] == keys_of(["tidak"])[0]


def test_a_text_longer_than_all_before_is_keyed():
    assert cut(f"{'x ' * 200_000}akhir")[1][-1] == keys_of(["akhir"])[0]


def test_an_index_finds_what_was_put_and_nothing_else():
    index = Index(len(WORDS))
    keys = keys_of(WORDS)

    index.add(keys[:700], np.arange(700))
    index.add(keys[700:1500], np.arange(700, 1500))

    assert index.find(keys[:1500]).tolist() == list(range(1500))
    assert set(index.find(keys[1500:]).tolist()) == {-1}


def test_a_full_index_still_finds_everything():
    index = Index(1)
    keys = keys_of(WORDS[:15])

    index.add(keys, np.arange(15))

    assert index.find(keys).tolist() == list(range(15))
    assert index.find(keys_of(["lain"])).tolist() == [-1]
