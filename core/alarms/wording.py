"""Single posts that cannot wait for a volume: threats, offence to a group, links that spread malware.

Our own wording, Indonesian and English, on text as `core.diagnosis.remarks.plain` writes it. It is a reason to look
at a post, and no judgement on who wrote it.
"""

import re
from enum import StrEnum
from urllib.parse import urlsplit

from core.diagnosis.remarks import plain
from core.text import Passage


class AlarmKind(StrEnum):
    """What one alarm is about. Source: S18, S29, S32, S33, S11 and S35 of the requirements."""

    THREAT = "threat"
    SARA = "sara"
    MALWARE = "malware"
    ACCOUNT_TAKEOVER = "account_takeover"
    BACKLASH = "backlash"
    DRIFT = "drift"


# What the reader's list of everyday turns leaves: games, bargains, jokes and films use the same verbs.
_FIGURATIVE = re.compile(
    r"\b(?:bom (?:promo|diskon|waktu|atom)|(?:mati|bunuh|dibunuh) (?:ketawa|tertawa|rindu|gaya|kebosanan|rasa bosan)"
    r"|(?:main|nge ?game|game|gim|mobile legends?|pubg|free fire|valorant|headshot|mabar|push rank|boss)"
    r"|(?:film|drama|drakor|serial|episode|sinetron|novel|anime|movie|season)"
    r"|bakar (?:ayam|ikan|sate|jagung|sampah|lemak|kalori|uang|duit)|tembak (?:harga|jarak|langsung|cinta|gebetan)"
    r"|(?:harga|diskon|promo)(?:nya)? (?:\w+ )?(?:membunuh|dibanting|gila)|kill(?:er|ing)? (?:deal|offer|it|time)"
    r"|photo bomb|bath bombs?|bomb ass|to die for|shoot (?:me )?(?:a|an) (?:dm|email|message)|photo ?shoot)\b"
)
_GROUPS = (
    r"(?:cina|china|tionghoa|aseng|papua|madura|batak|jawa|sunda|dayak|bugis|ambon|minang|arab|india|pribumi|bule|negro"
    r"|kristen|katolik|protestan|islam|muslim|hindu|buddha|budha|konghucu|yahudi|syiah|ahmadiyah|kafir|non ?muslim"
    r"|chinese|papuans?|muslims?|christians?|jews?|hindus?|blacks?|immigrants?)"
)
_PEOPLE = r"(?:orang orang|orang|kaum|umat|warga|etnis|suku|ras|para|semua|si|those|these|all|the|every)"
_HARM = (
    r"(?:usir|usirlah|bunuh|bantai|ganyang|basmi|habisi|musnahkan|enyahkan|singkirkan|tumpas|haramkan|boikot"
    r"|kick out|get rid of|kill|burn|deport|exterminate|wipe out|ban)"
)
_SLUR = r"(?:babi|anjing|monyet|kutu|sampah|najis|setan|iblis|pigs?|dogs?|monkeys?|scum|vermin|trash)"
_HATE = re.compile(
    rf"\b{_HARM} (?:{_PEOPLE} ){{0,2}}{_GROUPS}\b|\bbakar (?:{_PEOPLE} ){{1,2}}{_GROUPS}\b"
    rf"|\b(?:dasar|memang|emang) (?:{_PEOPLE} )?{_GROUPS} {_SLUR}\b|\bdasar {_SLUR} {_GROUPS}\b"
    rf"|\b{_PEOPLE} {_GROUPS} (?:itu |memang |are (?:all )?)?{_SLUR}\b"
)
_SACRED = r"(?:agama|islam|kristen|katolik|hindu|budd?ha|nabi|quran|alquran|alkitab|injil|kitab suci|umat|ulama|salib)"
_OFFENCE = re.compile(
    rf"\b(?:hina|menghina|hinaan|penghinaan|nista|menista|menistakan|penistaan|melecehkan|pelecehan|mengejek|merendahkan"
    rf"|mengolok|olok olok) (?:\w+ ){{0,2}}"
    rf"(?:{_SACRED}|(?:suku|etnis|ras|orang|warga|kaum) (?:\w+ )?{_GROUPS}|suku|etnis)\b"
    r"|\b(?:iklan|konten|postingan|unggahan|video|poster|brand|merek|perusahaan|kampanye|lelucon)(?:nya)?"
    r" (?:\w+ ){0,3}(?:rasis|sara)\b"
    rf"|\b(?:racist|blasphemous|islamophobic|antisemitic) (?:ad|advert|campaign|post|tweet|video|joke|brand|company)\b"
    rf"|\b(?:insult|insults|insulted|insulting|mock|mocks|mocked|mocking|offends?|offended) (?:\w+ ){{0,2}}"
    rf"(?:islam|muslims|christians?|christianity|hindus?|the prophet|our faith|religions?|papuans)\b"
)
_DENIED = re.compile(r"\b(?:tidak|bukan|tanpa|jangan|not|isn t|never|no) (?:\w+ ){0,1}$")
_HATEFUL = re.compile(
    rf"{_HARM}|{_SLUR}|hina|nista|leceh|ejek|rendahkan|olok|rasis|racist|sara\b|mock|insult|blasph|phobic|offend|semitic"
)

_SHORTENERS = frozenset(
    (
        *("bit.ly", "s.id", "tinyurl.com", "cutt.ly", "t.ly", "rb.gy", "is.gd", "shorturl.at", "rebrand.ly", "goo.gl"),
        *("tiny.cc", "v.gd", "clck.ru", "shorturl.gg"),
    )
)
_BAIT = re.compile(
    r"\b(?:klik|click|klaim|claim|hadiah|undian|menang|pemenang|gratis|verifikasi|verify|blokir|diblokir|suspended|otp"
    r"|pin|login|log in|masuk akun|saldo|cashback|voucher|bansos|bantuan|resi"
    r"|tilang|tagihan|undangan|surat|pajak|reward"
    r"|giveaway|winner|prize|refund|confirm|konfirmasi|update data|aktivasi|kuota)\b"
)
_APK_FILE = re.compile(r"[\w()-]{2,}\.apk\b", re.IGNORECASE)


def in_words(text: str, *, threatens: bool) -> list[AlarmKind]:
    """What one post of others is told for at once; `threatens` is what the reader says of it."""
    kinds: list[AlarmKind] = []
    written = ""
    if threatens:
        written = plain(text)
        if not _FIGURATIVE.search(written):
            kinds.append(AlarmKind.THREAT)
    if _HATEFUL.search(text.lower()) and offends_a_group(written or plain(text)):
        kinds.append(AlarmKind.SARA)
    if spreads_malware(text):
        kinds.append(AlarmKind.MALWARE)
    return kinds


def offends_a_group(written: str) -> bool:
    """Whether plain text calls for harm to a group, abuses it, or says that somebody insulted a faith or a people."""
    for pattern in (_HATE, _OFFENCE):
        for found in pattern.finditer(written):
            if not _DENIED.search(written[: found.start()]):
                return True
    return False


def spreads_malware(text: str) -> bool:
    """Whether a text hands out a program file by link or name, or lures behind a shortened link."""
    lowered = text.lower()
    if ".apk" not in lowered and "://" not in lowered and "www." not in lowered:
        return False
    links = [urlsplit(link if "://" in link else f"https://{link}") for link in _links(text)]
    if any(link.path.lower().endswith(".apk") for link in links):
        return True
    lures = _BAIT.search(plain(text)) is not None
    if _APK_FILE.search(text) is not None and lures:
        return True
    return lures and any(is_shortened(link.hostname or "") for link in links)


def is_shortened(host: str) -> bool:
    """Whether a host hides where its links lead."""
    return host.lower().removeprefix("www.") in _SHORTENERS


def _links(text: str) -> list[str]:
    return Passage(text).links
