"""Posts that cannot wait are known by their words, and everyday turns of the same words are passed over."""

import pytest

from core.alarms.wording import in_words
from core.sentiment import Reader
from storage.models import load_reader

URGENT = {
    "threat": (
        "awas ya kantor kalian bakal gue bakar malam ini",
        "gue bunuh lo min kalau uang gue gak balik",
        "I will burn down your office",
        "we're going to bomb the store tomorrow",
    ),
    "sara": (
        "usir orang cina dari sini, termasuk bos perusahaan ini",
        "dasar kafir anjing pemilik tokonya",
        "iklan kopi ini menghina agama islam, hapus!",
        "ini penistaan agama",
        "kontennya jelas rasis",
        "racist ad by this brand",
        "the campaign mocks our faith and insults the prophet",
        "ganyang aseng pemilik pabrik ini",
    ),
    "malware": (
        "Paket anda tertahan, cek resi di file Cek_Resi.apk ya",
        "klik https://bit.ly/klaim-hadiah untuk verifikasi akun bank anda",
        "undangan pernikahan https://contoh.example/undangan.apk",
        "your account is suspended, verify at https://tinyurl.com/bank-login",
    ),
}
INNOCENT = (
    "lagi nonton film sambil bunuh waktu di kafe",
    "bom promo akhir tahun, borong!",
    "harga dibanting, diskonnya gila sampai mati ketawa",
    "main pubg dapet headshot, gue bunuh lo semua wkwk",
    "ayam bakar madura enak banget",
    "sate madura dibakar langsung depan kita",
    "masakan cina di sini juara",
    "orang jawa pasti suka teh manis",
    "beli petai cina di pasar",
    "apk nya error mulu min, gabisa login",
    "download aplikasi di https://play.google.com/store/apps/details?id=x klik di sini",
    "promo klik https://brand.example/promo",
    "ini bukan rasis ya, cuma bercanda",
    "tidak menghina agama mana pun kok",
    "toko ini milik orang batak, ramah banget",
    "festival budaya dayak disponsori brand ini",
    "kill time at the cafe",
    "killer deal from them today",
    "bakar lemak bareng teh ini",
    "selamat natal untuk umat kristen",
    "makanan haram dan babi tidak dijual di sini",
    "baca menu di https://s.id/menu-kopi",
    "peduli umat islam lewat wakaf",
    "kutu beras di produk ini bikin jijik",
    "the dogs at this chinese restaurant are cute",
    "semua muslim boleh makan di sini",
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader()


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in URGENT.items() for text in texts])
def test_what_cannot_wait_is_known(reader: Reader, kind: str, text: str):
    assert kind in in_words(text, threatens=reader.read(text).threat)


@pytest.mark.parametrize("text", INNOCENT)
def test_everyday_turns_of_the_same_words_are_passed_over(reader: Reader, text: str):
    assert in_words(text, threatens=reader.read(text).threat) == []
