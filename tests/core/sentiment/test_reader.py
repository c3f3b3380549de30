from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sentiment import Label, Language, Reader
from storage.models import SHIPPED_READER, load_reader


@pytest.fixture(scope="module")
def reader():
    return load_reader()


# None of these is among the phrases of training/phrases.py.
COMPLAINTS = [
    "produknya bikin sakit perut, tolong ditarik",
    "wifi mati dari pagi",
    "jangan beli, basi",
    "gak enak bgt, nyesel beli",
    "sinyal ilang mulu dr kmrn",
    "anak saya muntah-muntah habis minum ini",
    "listrik padam dari subuh, es batu dagangan mencair semua",
    "nemu kawat di dalam biskuit",
    "saldo kepotong tapi driver ga dateng",
    "ini penipuan! uang saya tidak kembali",
    "udah 3 hari blm dibales cs nya, kecewa",
    "aplikasinya ngebug parah, uninstall aja",
    "kurang puas sama pelayanannya",
    "worst airline ever, they lost my bag",
    "I don't like it, not good at all",
]
PRAISES = [
    "mantul min, pelayanannya cepet bgt",
    "bagus banget barangnya, makasih kak",
    "alhamdulillah internetnya udah normal lagi, makasih min",
    "gak nyesel beli disini, kualitasnya oke",
    "tidak mengecewakan, adminnya ramah",
    "I love this place, the staff are so friendly",
]
PLAIN = [
    "jam berapa bukanya kak?",
    "ada promo apa hari ini min?",
    "selamat pagi, mau tanya syarat buka rekening",
    "sudah saya dm ya min",
    "what time does the flight leave?",
    "rapat digelar hari senin di jakarta",
    "b aja",
    "biasa aja sih",
    "Toko buka jam 9 sampai jam 5",
]


@pytest.mark.parametrize("text", COMPLAINTS)
def test_a_complaint_is_negative(reader: Reader, text: str):
    reading = reader.read(text)

    assert reading.label is Label.NEGATIVE
    assert reading.polarity < -0.2


@pytest.mark.parametrize("text", PRAISES)
def test_praise_is_positive(reader: Reader, text: str):
    assert reader.read(text).label is Label.POSITIVE


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_question_or_fact_is_neutral(reader: Reader, text: str):
    assert reader.read(text).label is Label.NEUTRAL


@pytest.mark.parametrize("negator", ["tidak", "gak", "ga", "nggak", "kurang", "tdk"])
@pytest.mark.parametrize("praise", ["bagus", "enak", "ramah", "memuaskan"])
def test_a_negator_turns_praise(reader: Reader, negator: str, praise: str):
    assert reader.read(praise).polarity > 0.5
    assert reader.read(f"{negator} {praise}").polarity < -0.2


@pytest.mark.parametrize(
    "text", ["tidak jelek", "gak jelek kok", "tidak mengecewakan", "it isn't bad", "not bad at all"]
)
def test_a_negator_turns_blame(reader: Reader, text: str):
    assert reader.read(text).polarity > 0.2


@pytest.mark.parametrize(
    "text",
    [
        "they lost my suitcase and nobody answers",
        "two hours on the phone and still no agent",
        "your website is down again",
    ],
)
def test_an_english_complaint_is_told(reader: Reader, text: str):
    assert reader.read(text).complaint > 0.5


def test_a_stop_ends_the_negation_scope(reader: Reader):
    inside = reader.read("tidak, enak banget")

    assert inside.polarity > reader.read("tidak enak").polarity


@pytest.mark.parametrize(("slang", "formal"), [("bgs bgt", "bagus banget"), ("mntp", "mantap"), ("gk enk", "gak enk")])
def test_slang_reads_like_its_formal_spelling(reader: Reader, slang: str, formal: str):
    assert reader.read(slang).polarity == pytest.approx(reader.read(formal).polarity, abs=0.05)


def test_stretched_letters_change_nothing(reader: Reader):
    assert reader.read("baguuuuus") == reader.read("bagus")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jokowi bicara di sini", "prabowo bicara di sini"),
        ("telkomsel mati lagi", "indosat mati lagi"),
        ("@budi99 halo", "@siti_x halo"),
        ("lihat https://a.example/benci", "lihat https://b.example/cinta"),
    ],
)
def test_names_users_and_links_do_not_decide(reader: Reader, one: str, other: str):
    assert reader.read(one) == reader.read(other)


@pytest.mark.parametrize("text", ["dasar goblok lo semua", "anjing lo bangsat", "you are a stupid bitch"])
def test_abuse_is_toxic(reader: Reader, text: str):
    assert reader.read(text).toxicity > 0.5


@pytest.mark.parametrize(
    "text", ["kecewa berat sama pelayanannya", "wifi mati lagi", "anak anjing itu lucu sekali", "b aja"]
)
def test_heat_without_abuse_is_not_toxic(reader: Reader, text: str):
    assert reader.read(text).toxicity < 0.5


def test_a_complaint_is_told_from_praise(reader: Reader):
    assert reader.read("barang rusak, minta refund").complaint > 0.7
    assert reader.read("barang bagus, makasih kak").complaint < 0.3


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("barangnya belum sampai juga min", Language.INDONESIAN),
        ("my order has not arrived yet", Language.ENGLISH),
        ("12345 !!!", Language.UNDETERMINED),
        ("", Language.UNDETERMINED),
    ],
)
def test_the_language_is_told(reader: Reader, text: str, language: Language):
    assert reader.read(text).language is language


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\0",
        "a\0b",
        "x" * 1_000_000,
        "tidak " * 100_000,
        "😡" * 10_000,
        "\ud800 lone surrogate",
        "@",
        "#",
        "2",
        "'''---",
        "http://",
        "İıẞﬀ𝐛𝐚𝐠𝐮𝐬",
        "\u202e\u200b\ufeff",
    ],
)
def test_odd_text_is_read_safely(reader: Reader, text: str):
    reading = reader.read(text)

    assert reading.p_negative + reading.p_neutral + reading.p_positive == pytest.approx(1.0)


def test_an_empty_list_has_no_readings(reader: Reader):
    assert reader.read_many([]) == []


def test_posts_do_not_leak_into_each_other(reader: Reader):
    texts = ["ini tidak", "bagus", "", "jangan", "enak sekali"]

    assert reader.read_many(texts) == [reader.read(text) for text in texts]


def test_posts_of_many_new_words_are_read_like_each_alone(reader: Reader):
    texts = [" ".join(f"kata{post:03}x{word:04}" for word in range(450)) for post in range(30)]

    assert reader.read_many([*texts, "bagus"])[-1] == reader.read("bagus")
    assert reader.read_many(texts)[7] == reader.read(texts[7])


def test_a_stream_of_numbers_never_fills_the_memory(monkeypatch: pytest.MonkeyPatch, reader: Reader):
    # Read first: a shared reader that starts anew while the bounds are low would be too small for what comes later.
    usual = reader.read("nomor 12")
    monkeypatch.setattr("core.sentiment.memory.MEMORY_SIZE", 10_000)
    monkeypatch.setattr("core.sentiment.memory.MOST_LETTERS", 10_000)
    weights = (files("storage") / "weights" / SHIPPED_READER).read_bytes()
    small = Reader.from_bytes(weights)

    # Each is a known word to the reader, in a spelling never seen.
    readings = [small.read_many([f"nomor {batch}{n}0" for n in range(900)])[-1] for batch in range(100)]

    assert set(readings) == {usual}


def test_a_batch_longer_than_one_pass_keeps_its_order(reader: Reader):
    texts = ["bagus", "jelek", "jam berapa?"] * 700

    assert [r.label for r in reader.read_many(texts)] == [r.label for r in map(reader.read, texts[:3])] * 700


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=300))
def test_every_figure_stays_in_its_range(text: str):
    reading = load_reader().read(text)

    assert -1.0 <= reading.polarity <= 1.0
    assert reading.polarity == pytest.approx(reading.p_positive - reading.p_negative)
    assert all(
        0.0 <= p <= 1.0
        for p in (reading.p_negative, reading.p_neutral, reading.p_positive, reading.toxicity, reading.complaint)
    )
    assert 0.0 <= reading.hoax_cue <= 1.0
    assert reading.p_negative + reading.p_neutral + reading.p_positive == pytest.approx(1.0)


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.text(alphabet="tidak bagus jelek,.?!@#1😡", max_size=60), max_size=8))
def test_a_text_is_read_the_same_alone_and_among_others(texts: list[str]):
    reader = load_reader()

    assert reader.read_many(texts) == [reader.read(text) for text in texts]
