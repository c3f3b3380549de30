import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sentiment import Label, Mark, Reader, Unread, strengths
from core.sentiment.places import folded_places
from core.sentiment.tokens import fold, parse, placed_words
from storage.models import load_reader


@pytest.fixture(scope="module")
def reader():
    return load_reader()


def whole(explanation):
    return sum(span.weight for span in explanation.spans) + explanation.rest + explanation.bias


TEXTS = [
    "Pelayanannya gak bagus bgt, nyesel beli di sini 😡",
    "tidak mengecewakan, adminnya ramah!!",
    "I don't like it, not good at all. Why is it down?",
    "tempatnya bagus, tapi makanannya jelek dan pelayanannya lama; parkirnya luas, harganya murah, toiletnya kotor",
    "BAGUS𝐁𝐀𝐆𝐔𝐒 café e\u0301nak ﬁne İ ﷺ",
    "kata-baru2 zzqxv: blorptastik;mantap/jelek",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_weights_add_up_to_what_was_read(reader: Reader, text: str):
    explained = reader.explain(text)

    assert explained.reading == reader.read(text)
    assert whole(explained) == pytest.approx(math.log(explained.reading.p_positive / explained.reading.p_negative))


@pytest.mark.parametrize("text", TEXTS)
def test_spans_point_into_the_text_as_it_was_written(reader: Reader, text: str):
    spans = reader.explain(text).spans

    assert 0 < len(spans) <= 10
    assert all(span.text == text[span.start : span.end] for span in spans)
    assert [abs(span.weight) for span in spans] == sorted((abs(span.weight) for span in spans), reverse=True)


@pytest.mark.parametrize("times", [2, 3, 4])
def test_a_word_that_stands_again_weighs_the_same_and_comes_after(reader: Reader, times: int):
    spans = reader.explain(" . ".join(["parah", "banget"] * times)).spans

    for word in ("parah", "banget"):
        same = [span for span in spans if span.text == word]
        assert len({span.weight for span in same}) == 1
        assert same == sorted(same, key=lambda span: span.start)


def test_a_negator_is_shown_with_the_word_it_turns(reader: Reader):
    told = {span.text: span.weight for span in reader.explain("Makanannya TIDAK terlalu enak, tempatnya bersih").spans}

    assert told["TIDAK terlalu enak"] < -1
    assert told["bersih"] > 0.3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Unread.EMPTY),
        (" \n\t ", Unread.EMPTY),
        ("\x07\x00\u200b\u202e", Unread.INVISIBLE),
        ("https://a.example/cinta", Unread.MASKED),
        ("@benci @cinta 0812 https://a.example", Unread.MASKED),
        ("telkomsel", Unread.MASKED),
        ("🛸🛸", Unread.UNKNOWN_SIGNS),
        ("@budi 🛸", Unread.UNKNOWN_SIGNS),
        ("…", Unread.UNKNOWN_SIGNS),
        ("飞机很好", Unread.UNKNOWN_WORDS),
        ("สวัสดี @budi", Unread.UNKNOWN_WORDS),
    ],
)
def test_a_post_with_nothing_to_read_is_undetermined_and_neutral(reader: Reader, text: str, why: Unread):
    explained = reader.explain(text)

    assert explained.undetermined is why
    assert explained.spans == ()
    assert explained.labels == ()
    assert explained.reading.label is Label.NEUTRAL
    assert explained.reading == reader.read("")


@pytest.mark.parametrize("text", ["a", "ok", "!", "😡", "飞机 bagus", "@budi jelek"])
def test_a_post_with_something_to_read_is_determined(reader: Reader, text: str):
    assert reader.explain(text).undetermined is None


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("dasar goblok lo semua", Mark.ABUSIVE),
        ("gue bakar kantor lo", Mark.THREAT),
        ("barang rusak, minta refund", Mark.COMPLAINT),
        ("info dari grup sebelah, tolong sebarkan", Mark.HOAX_CUE),
        ("jam berapa bukanya kak", Mark.QUESTION),
        ("why is it down again", Mark.QUESTION),
        ("saya marah sekali, pelayanan buruk", Mark.ANGER),
        ("sedih banget barangnya rusak", Mark.SADNESS),
        ("senang banget, mantap", Mark.JOY),
        ("cinta banget sama rasanya", Mark.LOVE),
    ],
)
def test_a_mark_is_told(reader: Reader, text: str, mark: Mark):
    assert mark in reader.explain(text).labels
    assert mark not in reader.explain("rapat digelar hari senin di jakarta").labels


def test_a_link_with_a_question_mark_asks_nothing(reader: Reader):
    assert Mark.QUESTION not in reader.explain("baca di https://a.example/?id=3 ya").labels


def test_thanks_are_no_love(reader: Reader):
    assert Mark.LOVE not in reader.explain("terima kasih, barang bagus").labels


def test_a_negated_feeling_is_none(reader: Reader):
    assert Mark.ANGER not in reader.explain("jangan marah, pelayanan memang buruk").labels


def test_strengths_follow_the_probabilities(reader: Reader):
    plain = strengths(reader.read("rapat digelar hari senin di jakarta"))
    mixed = strengths(reader.read("tempatnya bagus tapi pelayanannya buruk"))
    angry = strengths(reader.read("pelayanannya buruk sekali, kapok"))

    assert plain.positive <= 2
    assert plain.negative >= -2
    assert angry.negative == -5
    assert angry.positive == 1
    assert mixed.positive - mixed.negative > 3


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200) | st.text(alphabet="tidak bagus jelek,.?!@#1😡e\u0301\ud83dİﬁ\0\u200b", max_size=80))
def test_any_text_is_explained_as_it_is_read(text: str):
    explained = load_reader().explain(text)
    reading = explained.reading

    assert reading == load_reader().read(text)
    assert whole(explained) == pytest.approx(math.log(reading.p_positive / reading.p_negative), abs=1e-6)
    assert all(0 <= span.start < span.end <= len(text) for span in explained.spans)
    assert (explained.undetermined is None) or reading.label is Label.NEUTRAL
    assert (explained.strengths.positive >= -explained.strengths.negative) or reading.p_negative > reading.p_positive
    assert msgspec.json.encode(explained)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60) | st.text(alphabet="aA e\u0301\u0323각\u1100\u1161İΣﷺ\u200b’", max_size=30))
def test_every_folded_character_has_its_place(text: str):
    folded, starts, ends = folded_places(text)

    assert folded == fold(text)
    assert len(folded) == len(starts) == len(ends)
    assert starts == sorted(starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(starts, ends, strict=True))


@given(stretch=st.text(alphabet="ab-'2@#:)!?.,/0x", min_size=1, max_size=20))
def test_placed_words_are_the_words(stretch: str):
    placed = placed_words(stretch, {"ab": "a b"}, frozenset({"ba"}))

    assert (
        tuple(word for _, _, words in placed for word in words)
        == parse(stretch, {"ab": "a b"}, frozenset({"ba"})).words
    )
