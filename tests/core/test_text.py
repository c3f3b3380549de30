"""Folding and word boundaries: what is a token, how it is compared, and where it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import Passage, fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("BANK", "bank"),
        ("McDonald's", "mcdonalds"),
        ("McDonald’s", "mcdonalds"),
        ("Café", "cafe"),
        ("Cafe\u0301", "cafe"),
        ("ＢＣＡ", "bca"),
        ("𝐁𝐑𝐈", "bri"),
        ("Straße", "strasse"),
        ("peni\u200bpuan", "penipuan"),
        ("İstanbul", "istanbul"),
    ],
)
def test_one_word_is_compared_in_one_form(written, folded):
    assert fold(written) == folded
    assert Passage(written).tokens == [folded]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Bank-Mandiri, buka/tutup a_b", ["bank", "mandiri", "buka", "tutup", "a", "b"]),
        ("Rp5.000 di tiket.com", ["rp5", "000", "di", "tiket", "com"]),
        ("rock 'n' roll", ["rock", "n", "roll"]),
        ("marah😡😡banget ❤️", ["marah", "😡", "😡", "banget", "❤"]),
        ("👍🏽 👨‍👩‍👧 🇮🇩 1️⃣", ["👍", "👨‍👩‍👧", "🇮🇩", "1⃣"]),
        ("Wardah™ bagus", ["wardah", "bagus"]),
        ("Saya… pergi", ["saya", "pergi"]),
        ("", []),
        ("... !!!", []),
    ],
)
def test_letters_and_digits_make_tokens_and_emoji_stand_alone(text, tokens):
    assert Passage(text).tokens == tokens


def test_a_hashtag_is_one_token_and_known_as_one():
    passage = Passage("ATM #BankMandiri rusak #fyp#viral_id C#mayor")
    assert passage.tokens == ["atm", "bankmandiri", "rusak", "fyp", "viral_id", "c", "mayor"]
    assert [passage.tokens[position] for position in passage.hashtags] == ["bankmandiri", "fyp", "viral_id"]


def test_a_handle_keeps_its_sign_and_an_address_of_mail_is_no_handle():
    assert Passage("@BankMandiri, @bca.id. halo@bca.co.id").tokens == [
        "@bankmandiri",
        "@bca.id",
        "halo",
        "bca",
        "co",
        "id",
    ]


@pytest.mark.parametrize("link", ["https://bca.example/a?b=1", "HTTP://bca.example", "www.bca.example/#x"])
def test_links_are_no_text_and_take_no_position(link):
    passage = Passage(f"klik {link}. sekarang")
    assert passage.tokens == ["klik", "sekarang"]
    assert passage.links == [link]
    assert not passage.has_question


def test_a_bare_domain_is_text():
    assert Passage("buka tiket.com/promo").tokens == ["buka", "tiket", "com", "promo"]
    assert Passage("buka tiket.com/promo").links == []


def test_sentences_end_at_a_stop_before_a_blank_and_at_line_breaks():
    passage = Passage("BCA aman! Benar?Ya v1.2 itu… lalu\nselesai. ")
    assert dict(zip(passage.tokens, passage.sentences, strict=True)) == {
        "bca": 0, "aman": 0, "benar": 1, "ya": 1, "v1": 1, "2": 1, "itu": 1, "lalu": 2, "selesai": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Halo McDonald's #fyp#Viral @Bri!", ["Halo", "McDonald's", "#fyp", "#Viral", "@Bri"]),
        ("½ Cafe\u0301 ﬁlm ＢＣＡ 😡", ["½", "½", "Cafe\u0301", "ﬁlm", "ＢＣＡ", "😡"]),
        ("teks https://a.example/b akhir", ["teks", "akhir"]),
    ],
)
def test_spans_point_into_the_original_text(text, written):
    assert [text[start:end] for start, end in Passage(text).spans] == written


alphabet = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from("aB1 #@_.'’-!?\n\u0301\u200b\u200d\ufe0f™…½ﬁ😡👍🏽🇮ꀕʼ"),
    st.sampled_from(["https://a.b/", "www.x"]),
)
texts = st.lists(alphabet, max_size=30).map("".join)


@given(texts)
def test_every_token_has_a_span_inside_the_text_and_a_sentence(text):
    passage = Passage(text)
    assert len(passage.spans) == len(passage.tokens) == len(passage.sentences)
    assert all(0 <= start < end <= len(text) for start, end in passage.spans)
    assert passage.spans == sorted(passage.spans)
    assert passage.sentences == sorted(passage.sentences)


@given(texts)
def test_no_token_is_empty_or_holds_a_blank(text):
    assert all(token and not any(char.isspace() for char in token) for token in Passage(text).tokens)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_plain_text_is_read_the_same_way_as_other_text(text):
    # A letter with an accent at the end sends the text down the other path.
    plain, other = Passage(text), Passage(text + " é")
    assert other.tokens == [*plain.tokens, "e"]
    assert list(other.hashtags) == list(plain.hashtags)
    assert other.spans[:-1] == plain.spans
    assert other.sentences[:-1] == plain.sentences


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing_more(word):
    assert fold(fold(word)) == fold(word)
