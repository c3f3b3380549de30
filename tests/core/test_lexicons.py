"""What words mean to one client: terms are found where they stand alone, and read as something else."""

import pytest

from core.lexicons import Lexicon, Term, explain, read_many, repeated
from core.sentiment import Label
from storage.models import load_reader

READER = load_reader()
MURKA = Lexicon(
    [
        Term("Murka", Label.NEUTRAL),
        Term("Teh Murka", Label.NEUTRAL),
        Term("FUP", Label.NEGATIVE),
        Term("ngegas", Label.POSITIVE),
    ],
    7,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("minum murka tiap pagi", "minum @nama tiap pagi"),
        ("#Murka dan @murka, juga murkanya!", "@nama dan @nama, juga @nama!"),
        ("teh  MURKA enak", "@nama enak"),
        ("kena fup, FUP lagi", "kena buruk, buruk lagi"),
        ("motornya ngegas", "motornya bagus"),
    ],
)
def test_a_term_is_found_as_a_word_of_its_own_however_it_is_written(text: str, expected: str):
    found = MURKA.rewrite(text)
    assert found
    assert found.text == expected


@pytest.mark.parametrize("text", ["", "kemurkaan rakyat", "fupa", "murkas", "teh pagi", "😡"])
def test_where_no_term_stands_nothing_is_rewritten(text: str):
    assert MURKA.rewrite(text) is None
    assert Lexicon([], 1).rewrite(text) is None


def test_a_term_changes_how_its_posts_read_and_no_others():
    texts = ["minum murka tiap pagi", "paketnya kena FUP", "paketnya tidak FUP", "motornya ngegas", "enak banget"]
    plain = READER.read_many(texts)
    read = read_many(READER, MURKA, texts, plain)
    assert [each.label.value for each in read] == ["neutral", "negative", "positive", "positive", "positive"]
    assert (plain[0].label, read[4]) == (Label.NEGATIVE, plain[4])
    assert [each.language for each in read] == [each.language for each in plain]


def test_spans_lie_in_the_text_as_it_was_written():
    text = "Teh  Murka itu parah, kena FUP lagi FUPnya 😡 kecewa"
    told = explain(READER, MURKA, text)
    assert all(text[span.start : span.end] == span.text for span in told.spans)
    assert {"FUP", "kecewa"} <= {span.text for span in told.spans}
    assert explain(READER, None, text) == READER.explain(text) != told


def test_a_reading_is_named_by_reader_and_lexicon():
    assert MURKA.named("m+1") == "m+1/7"
    assert Lexicon([], 8).named("m+1") == "m+1"


def test_terms_that_are_told_twice_are_found():
    terms = [Term(text, Label.NEUTRAL) for text in ("Murka", "teh murka", "MURKA", "Teh  Murka")]
    assert repeated(terms) == [2, 3]
