"""Wording that often comes with rumours, and wording that threatens: short lists of ours, not learned."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

# Strength of one cue in [0, 1]: how often such wording goes with forwarded, unsourced messages. Our judgement.
# Before it the stems of which each such wording has one; most posts have none, and are not searched.
_HOAX_CUES: tuple[tuple[str, float, str], ...] = (
    (
        "grup group whatsapp",
        0.8,
        r"\b(?:info|pesan|berita|kabar|dapat|dpt)\s+(?:ini\s+)?(?:dari|dr)\s+(?:grup|group|whatsapp)\b",
    ),
    (
        "grup group forward copas",
        0.8,
        r"\b(?:grup|group)\s+(?:wa\s+)?sebelah\b|\bforwarded(?:\s+as\s+received)?\b|\bcopas\s+dari\b",
    ),
    (
        "sebar viral teruskan forward share",
        0.7,
        r"\b(?:tolong|mohon|harap|please|pls)\s+(?:segera\s+)?(?:sebar\w*|viralkan|teruskan|forward|share)\b",
    ),
    (
        "sebar viral share hapus deleted",
        0.6,
        r"\b(?:sebarkan|sebarluaskan|viralkan|share\s+sebelum|sebelum\s+di\s?hapus|before\s+it'?s\s+deleted)\b",
    ),
    ("hoax hoaks fake palsu bohong", 0.6, r"\bho(?:ax|aks)\b|\bfake\s+news\b|\bberita\s+(?:palsu|bohong)\b"),
    (
        "bungkam menutupi mulut know",
        0.5,
        r"\b(?:media|pemerintah)\s+(?:bungkam|menutupi|tutup\s+mulut)\b|\bdon'?t\s+want\s+you\s+to\s+know\b",
    ),
    (
        "dengar denger tetangga",
        0.5,
        r"\b(?:denger|dengar)[\s-]+(?:denger|dengar)\b|\bkata\s+tetangga\b",
    ),
    (
        "katanya konon kabarnya gosip isunya rumor rumour alleged",
        0.4,
        r"\b(?:katanya|konon|kabarnya|gosipnya|isunya|rumou?rs?|allegedly)\b",
    ),
)

_ATTACK = (
    r"(?:(?:ku|gue|gw)?(?:di)?(?:bunuh|bacok|tembak|tikam|habisi|ledakkan|ledakin|bom|bakar|bantai|gorok)(?:in|kan)?"
    r"|membunuh|membakar|menembak|mengebom|meledakkan|menghabisi)"
)
_SPEAKER = r"(?:gue|gua|gw|aku|saya|kita|kami|awas|nanti|ntar|bakal|bakalan|akan|mau|pengen|ayo|mari|siap)"
_PERSON = r"(?:lo|lu|loe|elu|kamu|kau|kalian|situ|anda|dia|mereka|kepala|keluarga|anak|istri|ceo|bos|pemilik\w*)"
_PLACE = (
    r"(?:kantor|rumah|toko|gudang|pabrik|outlet|gerai|cabang|gedung|markas|tempat|restoran|warung|mobil)(?:nya|mu)?"
)
_THREATS = re.compile(
    rf"\b{_SPEAKER}\s+(?:\w+\s+){{0,3}}?{_ATTACK}\s+(?:\w+\s+){{0,1}}?(?:{_PERSON}|{_PLACE})\b"
    rf"|\b{_ATTACK}\s+(?:saja\s+|aja\s+)?{_PLACE}\b"
    rf"|\b(?:lo|lu|loe|kamu|kau|kalian)\s+(?:\w+\s+){{0,2}}?(?:gue|gw|gua|ku|aku)?\s?{_ATTACK}\b"
    r"|\b(?:i|we)(?:\s+will|'ll|\s+am\s+going\s+to|'m\s+going\s+to|\s?'?m?\s+gonna|\s+want\s+to|\s+wanna)\s+(?:\w+\s+)?"
    r"(?:kill|shoot|stab|murder|burn|bomb|behead)\s+(?:you|them|him|her|your|their|the\s+(?:office|store|shop|ceo))\b"
    r"|\b(?:kill|shoot|burn|bomb)\s+(?:down\s+)?(?:their|your|the)\s+(?:office|store|shop|factory|ceo|house|family)\b"
    r"|\b(?:hati-hati|awas)\s+(?:\w+\s+){0,3}?nyawa\b|\bdarah\s*(?:mu|kalian|lo|lu)\s+halal\b"
)
# Everyday turns that use the same words: food, work, self-harm (a matter for care, not a threat to others).
_HARMLESS = re.compile(
    r"\b(?:ayam|ikan|roti|sate|jagung|pisang|cumi|udang|sosis|bebek|martabak|bakso|iga|seafood)\s+bakar\b"
    r"|\bbakar\s+(?:lemak|kalori|duit|uang|rumah\s+makan)\b|\bbunuh\s+(?:diri|waktu)\b|\bkill(?:ing)?\s+(?:time|it)\b"
    r"|\bbath\s+bombs?\b|\bbom\s+waktu\b|\btembak\s+(?:harga|jarak)\b"
)
_THREAT_STEMS = (
    *("bunuh", "bacok", "tembak", "tikam", "habisi", "ledak", "bom", "bakar", "bantai", "gorok", "nyawa", "darah"),
    *("kill", "shoot", "stab", "murder", "burn", "behead"),
)
_HOAX = tuple((tuple(stems.split()), strength, re.compile(pattern)) for stems, strength, pattern in _HOAX_CUES)
# A stretch of text without one of these stems is no part of a cue. "know" ends its cue: most words with it are others.
_ENDS = "know"
_HOAX_STEMS = sorted({stem for stems, _, _ in _HOAX for stem in stems})
STEMS = (*_HOAX_STEMS, *_THREAT_STEMS)


def hinted(stretches: Sequence[str]) -> tuple[set[int], set[int]]:
    """Places of the stretches of folded text that could be part of a rumour's wording, and of a threat."""
    text = "\n".join([*stretches, ""])
    rumours = [at for stem in _HOAX_STEMS for at in _found(stem + "\n" if stem == _ENDS else stem, text)]
    threats = [at for stem in _THREAT_STEMS for at in _found(stem, text)]
    if not rumours and not threats:
        return set(), set()
    ends = list(accumulate(len(stretch) + 1 for stretch in stretches))
    return {bisect_right(ends, at) for at in rumours}, {bisect_right(ends, at) for at in threats}


def _found(stem: str, text: str) -> Iterator[int]:
    """Where a stem stands; looking for each is several times faster than one pattern of all."""
    at = text.find(stem)
    while at >= 0:
        yield at
        at = text.find(stem, at + 1)


def hoax_cue(folded: str) -> float:
    """Strength in [0, 1] of rumour wording in folded text; several cues add up without reaching 1."""
    doubt = 1.0
    for stems, strength, pattern in _HOAX:
        for stem in stems:
            if stem in folded:
                if pattern.search(folded):
                    doubt *= 1.0 - strength
                break
    return 1.0 - doubt


def threatens(folded: str) -> bool:
    """Whether folded text announces or calls for violence against people or places."""
    return _THREATS.search(_HARMLESS.sub(" ", folded)) is not None
