"""Indonesian affixes: which words belong to a root and which only look like it."""

import pytest

from core.stemming import is_from, origins


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("tipu", "tipu menipu ditipu tertipu penipu penipuan tipuan menipunya ditipulah"),
        ("kecewa", "kecewa mengecewakan dikecewakan kekecewaan kecewanya"),
        ("ajar", "belajar pelajar mengajar pengajar pelajaran diajarkan"),
        ("sapu", "menyapu penyapu disapu sapunya"),
        ("kirim", "mengirim pengiriman dikirimkan terkirim kirimannya"),
        ("bakar", "membakar kebakaran terbakar pembakaran"),
        ("lapor", "melapor laporan dilaporkan pelapor"),
        ("kerja", "bekerja pekerja pekerjaan mengerjakan"),
        ("cat", "mengecat pengecatan dicat"),
        ("baik", "memperbaiki diperbaiki kebaikan sebaiknya"),
        ("makan", "dimakan makanan memakan termakan"),
        ("rasa", "merasa perasaan dirasakan"),
    ],
)
def test_words_made_from_a_root_belong_to_it(root, words):
    assert [word for word in words.split() if not is_from(word, root)] == []


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("tipu", "tipus tipuk menitip tutup"),
        ("kecewa", "kecewek cewa"),
        ("mak", "makan dimakan"),
        ("har", "hari sehari"),
        ("ras", "beras"),
        ("ajar", "jajar wajar"),
    ],
)
def test_words_that_only_look_alike_do_not(root, words):
    assert [word for word in words.split() if is_from(word, root)] == []


def test_a_word_is_always_among_its_own_origins():
    assert "penipuan" in origins("penipuan")
