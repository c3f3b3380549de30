import pytest

from core.sentiment import Reader
from storage.models import load_reader


@pytest.fixture(scope="module")
def reader():
    return load_reader()


@pytest.mark.parametrize(
    "text",
    [
        "gue bakal bunuh lo",
        "awas, nanti gue bacok lo",
        "bakar kantor mereka!",
        "ayo kita bakar gudangnya",
        "we will burn your office",
        "I'm gonna kill you",
    ],
)
def test_announced_violence_is_a_threat(reader: Reader, text: str):
    assert reader.read(text).threat


@pytest.mark.parametrize(
    "text",
    [
        "ayam bakar di warung ini enak",
        "olahraga bakar kalori di rumah",
        "main game cuma bunuh waktu",
        "rumah makan bakar ikan langganan saya",
        "this playlist is killing it",
        "tembak harga dulu baru beli",
        "kebakaran gudang di bekasi sudah padam",
        "they killed the lights at the office",
        "jaringan lemot, bikin emosi",
    ],
)
def test_everyday_use_of_violent_words_is_no_threat(reader: Reader, text: str):
    assert not reader.read(text).threat


@pytest.mark.parametrize(
    "text",
    [
        "Sebarkan! info dari grup sebelah",
        "katanya pabriknya pakai air limbah",
        "tolong viralkan sebelum dihapus",
        "forwarded as received",
        "ini hoax atau bukan ya",
    ],
)
def test_rumour_wording_is_a_cue(reader: Reader, text: str):
    assert reader.read(text).hoax_cue >= 0.4


@pytest.mark.parametrize("text", ["", "share lokasi dong kak", "grup kami rapat besok", "wifi mati dari pagi"])
def test_ordinary_wording_is_no_rumour_cue(reader: Reader, text: str):
    assert reader.read(text).hoax_cue == 0.0


def test_several_cues_are_stronger_than_one_and_stay_below_one(reader: Reader):
    one = reader.read("katanya beracun").hoax_cue
    more = reader.read("katanya beracun, info dari grup sebelah, tolong sebarkan").hoax_cue

    assert one < more < 1.0
