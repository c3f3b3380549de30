"""The same text is found again, whatever was put around it, and different texts are not taken for it."""

from hypothesis import given
from hypothesis import strategies as st

from core.diagnosis.copies import groups

WORDS = [
    "teh",
    "kopi",
    "susu",
    "botol",
    "pabrik",
    "pasar",
    "hujan",
    "anak",
    "kantor",
    "jalan",
    "malam",
    "pagi",
    "rasa",
    "leci",
    "toko",
    "warung",
    "kota",
    "kabar",
]
SLOGAN = "Boikot perusahaan jahat! Teh Rintik bikin keluarga kita sakit, jangan beli lagi! #BoikotTehRintik"


def test_a_text_with_another_ending_or_other_marks_is_a_copy_and_another_text_is_none():
    texts = [
        SLOGAN,
        SLOGAN.lower().replace("!", "!!!") + " RT",
        "Tadi ke warung, teh rintik kosong semua, padahal lagi pengen yang leci dingin",
        "Gaes: " + SLOGAN.replace("jahat", "laknat"),
    ]
    assert groups(texts) == [0, 0, 2, 0]


def test_short_texts_are_alike_without_being_copies():
    assert groups(["error lagi", "error lagi", "error lagi"]) == [0, 1, 2]


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join), max_size=12))
def test_each_group_is_led_by_its_first_text_and_holds_every_repeat_of_it(texts: list[str]):
    lead = groups([*texts, *texts])
    assert all(lead[head] == head <= place for place, head in enumerate(lead))
    long = [place for place, text in enumerate(texts) if len(text.split()) >= 6]
    assert all(lead[place] == lead[place + len(texts)] for place in long)
