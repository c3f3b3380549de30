import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sentiment.features import keys_of_pieces, piece_keys, pieces
from core.sentiment.keys import FixedIndex, Index, code_points, encoded, keyed, keys_of
from core.sentiment.tokens import cuts, fold, fold_all, stretches

WORDS = [f"kata{number}" for number in range(2_000)]


def cut(text: str) -> tuple[list[str], np.ndarray]:
    raw = encoded(text)
    starts, stops = cuts(np.frombuffer(raw, dtype=np.uint8))
    found = [raw[a:b].decode("utf-8", "surrogatepass") for a, b in zip(starts, stops, strict=True)]
    return found, keyed(raw, starts, stops)


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet=st.one_of(st.sampled_from("ab,.?! \t"), st.characters()), max_size=40))
def test_the_fast_cut_equals_the_definition(text: str):
    folded = fold(text).replace("\0", " ")
    letters = code_points(folded)

    assert cut(folded)[0] == stretches(folded)
    assert [folded[a:b] for a, b in zip(*cuts(letters), strict=True)] == stretches(folded)


@settings(max_examples=300, deadline=None)
@given(
    texts=st.lists(st.text(alphabet=st.one_of(st.sampled_from("aΣ\u0301\u1100\u1161\0 "), st.characters()), max_size=9))
)
def test_texts_fold_together_as_each_alone(texts: list[str]):
    assert fold_all(texts) == [fold(text) for text in texts]


def test_the_marks_at_the_end_of_a_stretch_stand_alone():
    assert cut("bagus!! enak, 3.500 ya... ?")[0] == ["bagus", "!!", "enak", ",", "3.500", "ya", "...", "?"]


@pytest.mark.parametrize("word", ["tidak", "menjengkelkan", "🇮🇩😡", "x" * 64, "y" * 65, "\ud800" * 500])
@pytest.mark.parametrize("before", ["", "a", "tidak ", "😡😡 a"])
def test_a_key_does_not_depend_on_the_place(word: str, before: str):
    found, keys = cut(f"{before} {word} tidak ada {word}")

    assert found[-1] == word
    assert keys[-1] == keys[-4] == keys_of([word])[0]
    assert keys[-1] != keys[-2]


@settings(max_examples=200, deadline=None)
@given(words=st.sets(st.text(alphabet="ab\u0301😡\ud800", min_size=1, max_size=80), min_size=2, max_size=20))
def test_other_words_have_other_keys(words: set[str]):
    assert len(set(keys_of(sorted(words)).tolist())) == len(words)


@settings(max_examples=200, deadline=None)
@given(words=st.lists(st.text(alphabet="abcé'", max_size=12).map(lambda tail: f"a{tail}"), min_size=1, max_size=5))
def test_words_side_by_side_have_the_pieces_of_each_and_no_others(words: list[str]):
    theirs = sorted({piece for word in words for piece in pieces(word)})
    index = FixedIndex(keys_of_pieces(theirs))

    found = [
        theirs[row - 1]
        for keys in piece_keys(code_points("".join(f"<{word}>" for word in words)))
        for row in index.find(keys).tolist()
        if row
    ]

    assert sorted(found) == sorted(piece for word in words for piece in pieces(word))


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


@pytest.mark.parametrize("count", [0, 1, 7, 1_500])
def test_a_fixed_index_finds_each_key_it_was_made_of_and_nothing_else(count: int):
    keys = keys_of(WORDS)
    index = FixedIndex(keys[:count])

    assert index.find(keys[:count]).tolist() == list(range(1, count + 1))
    assert not index.find(keys[count:]).any()


def test_a_fixed_index_takes_the_first_of_two_that_are_alike():
    keys = keys_of(["satu", "dua", "satu"])

    assert FixedIndex(keys).find(keys).tolist() == [1, 2, 1]
