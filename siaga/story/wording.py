"""From a phrase with slots to a text as somebody would have typed it: slang, haste, emoji.

A phrase writes alternatives as `[one|two|]`, and slots as `{b}` (the brand) or `{kota}`; alternatives may nest.
"""

import re
from random import Random

from siaga.story import brand

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"

SLOTS = {
    "b": ("Teh Rintik",) * 5 + ("teh rintik",) * 5 + (
        "tehrintik", "TEH RINTIK", "#TehRintik", "@{account}", "Teh Rintik",
    ),
    "r": brand.FLAVOURS,
    "aku": ("aku", "aku", "gue", "gw", "saya", "w", "ane"),
    "kota": (
        "Bekasi", "Sleman", "Cimahi", "Depok", "Sidoarjo", "Makassar", "Medan", "Padang", "Denpasar", "Samarinda",
        "Malang", "Bogor", "Tegal", "Pontianak", "Kupang", "Palembang", "Manado", "Jambi", "Kudus", "Garut",
    ),
    "toko": (
        "minimarket depan kos", "warung Bu Tini", "kantin kantor", "koperasi sekolah", "toko sebelah",
        "minimarket deket stasiun", "warung madura", "supermarket lantai bawah", "kantin kampus",
        "toko online resminya", "agen langganan", "rest area",
    ),
    "makan": (
        "nasi padang", "bakso", "seblak", "ayam geprek", "soto", "mie ayam", "gorengan", "pecel lele", "nasi goreng",
        "coto", "batagor", "rujak", "sate", "martabak", "mie rebus", "ketoprak", "gudeg", "pempek",
    ),
    "kapan": (
        "tadi pagi", "kemarin", "semalam", "barusan", "tadi siang", "minggu lalu", "Senin lalu", "dua hari lalu",
        "sore tadi", "habis Magrib", "kemarin sore", "hari Minggu",
    ),
    "lama": ("kemarin", "Senin", "minggu lalu", "tadi pagi", "semalam", "dua hari lalu", "Sabtu", "awal bulan"),
    "nanti": ("besok", "lusa", "Sabtu", "habis gajian", "nanti sore", "Minggu pagi"),
    "orang": (
        "adikku", "ibuku", "bapakku", "anakku", "suami", "istri", "temen sekantor", "bocil di rumah", "ponakan",
        "pacar", "temen kos", "mertua", "kakakku", "anak tetangga",
    ),
    "harga": ("6 ribu", "7500", "8rb", "9.000", "8500", "10 ribu", "11rb", "6900"),
    "n": ("2", "3", "4", "5", "6"),
}  # fmt: skip

SLANG = {
    "tidak": ("gak", "ga", "nggak", "gk", "enggak", "engga"), "sudah": ("udah", "udh", "dah"), "yang": ("yg",),
    "banget": ("bgt", "bangett", "bngt"), "saja": ("aja", "aj"), "kalau": ("kalo", "klo"), "tapi": ("tp", "tapiii"),
    "karena": ("soalnya", "krn", "gara2"), "bagaimana": ("gimana", "gmn"), "kenapa": ("knp", "napa"),
    "terus": ("trus", "trs"), "benar": ("bener", "bnr"), "habis": ("abis", "hbs"), "memang": ("emang", "emg"),
    "cuma": ("cm", "cuman"), "dari": ("dr",), "lagi": ("lg",), "juga": ("jg", "jugak"), "untuk": ("buat", "utk"),
    "belum": ("blm", "belom"), "jangan": ("jgn",), "sampai": ("sampe", "smpe"), "pakai": ("pake", "pke"),
    "dengan": ("dgn", "sama"), "sama": ("sm", "ama"), "orang": ("org",), "kayak": ("kyk", "kek"), "bisa": ("bs", "bsa"),
    "tolong": ("tlg", "plis"), "besok": ("bsk",), "gimana": ("gmn",), "enak": ("enakk", "enaaak", "enak"),
    "minum": ("minum", "mnum"), "semua": ("smua",), "teman": ("temen", "tmn"), "dapat": ("dapet", "dpt"),
    "pada": ("pd",), "dulu": ("dl", "duluu"), "kok": ("ko", "kok"),
    "beli": ("beli", "bli"), "sekarang": ("skrg", "skrng"),
}  # fmt: skip

EMOJI = {
    NEGATIVE: ("😭", "😤", "😡", "🙄", "💀", "😩", "👎", "😑", "😞", "🤦", "😠", "🥲"),
    NEUTRAL: ("🤔", "👀", "😅", "🙏", "🍃", "😶", "✌️", "🧋"),
    POSITIVE: ("🥰", "😋", "🔥", "✨", "👍", "❤️", "🤤", "🥹", "😍", "💚", "🫶", "😂"),
}
LAUGHTER = ("wkwk", "wkwkwk", "awokwok", "hehe", "xixi", "haha", "wkwkwkwk")
ENGLISH_SLANG = {"please": ("pls", "plz"), "you": ("u",), "really": ("rly", "really"), "because": ("cuz", "bc")}

_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[A-Za-z]+")
_KEPT = re.compile(r"rintik|kelana|^[#@]|bpom|https?:", re.IGNORECASE)


def filled(phrase: str, dice: Random, *, account: str = "tehrintik") -> str:
    """One reading of a phrase: every alternative chosen, every slot filled."""
    while (chosen := _ALTERNATIVES.sub(lambda found: dice.choice(found[1].split("|")), phrase)) != phrase:
        phrase = chosen
    # The same person says the same word for "I" throughout.
    told = {"account": account, "aku": dice.choice(SLOTS["aku"])}
    while (chosen := _SLOT.sub(lambda found: told.get(found[1]) or dice.choice(SLOTS[found[1]]), phrase)) != phrase:
        phrase = chosen
    return " ".join(phrase.split())


def typed(text: str, mood: str, dice: Random, *, english: bool = False) -> str:
    """The same words as a thumb would have typed them; names, handles and hashtags stay whole."""
    haste = dice.choice((0.0, 0.25, 0.5, 0.8))
    slang = ENGLISH_SLANG if english else SLANG
    words = [_typed_word(word, slang, haste, dice) for word in text.split(" ")]
    text = " ".join(words)
    if haste and dice.random() < 0.6:
        text = text.lower() if not text.isupper() else text
    if haste and text.endswith("."):
        text = text[:-1]
    return text + _tail(mood, dice)


def _typed_word(word: str, slang: dict[str, tuple[str, ...]], haste: float, dice: Random) -> str:
    if _KEPT.search(word):
        return word
    bare = _WORD.search(word)
    if bare and bare[0].lower() in slang and dice.random() < haste:
        return word.replace(bare[0], dice.choice(slang[bare[0].lower()]))
    if len(word) > 5 and word.isalpha() and dice.random() < 0.03 * haste:
        at = dice.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word


def _tail(mood: str, dice: Random) -> str:
    tail = ""
    if mood == POSITIVE and dice.random() < 0.12:
        tail += " " + dice.choice(LAUGHTER)
    if dice.random() < 0.42:
        tail += " " + dice.choice(EMOJI[mood]) * dice.choice((1, 1, 1, 2, 3))
    return tail
