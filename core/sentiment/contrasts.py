"""How posts set one brand against another, in words: our own lists, Indonesian and English.

In these patterns a brand is `BLANK`, so that no name can count.
"""

import re
from enum import Enum

# What stands for a brand: a sign that no reader knows, so that nothing is read from it.
BLANK = "\ufffc"


class Role(Enum):
    """What the words around a brand make of it."""

    NAMED = 0  # what its clause says is said of it
    CHOSEN = 1  # taken instead of another
    LEFT = 2  # given up for another
    STANDARD = 3  # what another is better, or worse, than
    UNMATCHED = 4  # what another does not come up to
    OPPOSED = 5  # of which the opposite is true


def _any_case(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# A clause that begins so speaks of another than the one before it.
_ELSEWHERE = (
    r"untung(?:nya|lah)?|mending(?:an)?|sedangkan|sementara|padahal|thankfully|luckily|fortunately|whereas|while"
    r"|meanwhile|(?:so\s+)?glad|akhirnya|makasih|terima\s+kasih"
)
_CONTRAST = rf"{_ELSEWHERE}|tapi|tetapi|tp|namun|ternyata|walaupun|meskipun|walau|meski|but|however|although|though"
begins_elsewhere = _any_case(rf"\s*(?:{_ELSEWHERE})\b").match
begins_contrast = _any_case(rf"\s*(?:{_CONTRAST})\b").match
# Where a clause ends: at punctuation, and before a word of contrast.
CUTS = _any_case(rf"[,;:.!?\n]+|\s[-–—]+\s|\s(?=(?:{_CONTRAST})\b)")
# Where a sentence ends.
STOP = re.compile(r"[.!?\n]")

_NEAR = rf"[^.!?;\n{BLANK}]"
_THAN = r"(?:dari(?:\s?pada)?|drpd|ketimbang|di\s?banding(?:kan|in)?|than)"
_MORE = r"(?:lebih|lbh|kurang|more|less|better|worse|\w{3,}er)"
# "Transfer dari" compares nothing: English forms go with "than" alone.
_COMPARES = rf"(?:\b(?:lebih|lbh|kurang)\b[^.!?;\n]{{0,40}}\b{_THAN}|\b{_MORE}\b[^.!?;\n]{{0,40}}\bthan)\b"
_NOT = r"(?:gak|ga|nggak|ngga|tidak|tak|bukan|not|isn'?t|never|if\s+only)"
# "secepat", "seenak"; these only look like it.
_AS = (
    r"se(?!mua|kali|belum|ring|lama|jak|menjak|telah|karang|dang|perti|suai|lain|gala|tiap|hari|nin|lalu|cara|suatu"
    r"|dikit|bagai|mentara|karang)\w{3,}"
)

# What stands before a brand, right up to it. The first kinds count in every post, the others where a second brand is
# named as well: "left X" may be no more than the way home.
_ALWAYS = (
    (Role.UNMATCHED, rf"\b{_NOT}\b[^.!?;\n]{{0,30}}\b(?:{_AS}|kayak|seperti|as\s+\w+\s+as)"),
    (Role.LEFT, rf"\b(?:mending|rather)\b{_NEAR}{{0,40}}\b{_THAN}\b(?:\s+\w+){{0,2}}"),
    (Role.STANDARD, rf"{_COMPARES}(?:\s+\w+)?"),
    (Role.OPPOSED, r"\b(?:unlike|beda\s+(?:sama|dengan|dari))(?:\s+(?:at|di))?"),
    (Role.LEFT, rf"(?:^|[,;.!?])\s*(?:{_THAN}|compared\s+(?:to|with))"),
    (
        Role.LEFT,
        r"\b(?:prefer\b[^.!?;\n]{0,40}\b(?:over|to)|(?:like|trust|love)\b[^.!?;\n]{0,40}\b(?:over|more\s+than))",
    ),
    (Role.LEFT, r"\b(?:(?:cabut|pindah|beralih|kabur)\s+dari|switch(?:ed|ing)?\s+from)"),
    (Role.CHOSEN, r"\b(?:(?:pindah|beralih|hijrah)\s+ke|switch(?:ed|ing)?\s+to|went\s+back\s+to)"),
    (Role.CHOSEN, r"\bmending(?:an)?(?:\s+(?:pakai|pake|naik|beli\s+di|di|ke))?"),
    (Role.CHOSEN, r"\buntung(?:nya|lah)?\s+(?:masih\s+)?ada|\b(?:thankfully|luckily)\s+(?:i|we)\s+have"),
    (Role.CHOSEN, r"\b(?:prefer|lebih\s+(?:suka|percaya|pilih|bagus))"),
)
_BESIDE_ANOTHER = (
    (Role.LEFT, r"\b(?:left|leaving|forget|(?:good)?bye|cancel(?:l?ed|ling)?|ditched|quit|closing\s+my|keluar\s+dari)"),
    (Role.LEFT, r"\b(?:kapok\s+(?:sama|di|dengan)|jangan\s+beli\s+di|used\s+to\s+love|dulu\s+suka)"),
    (Role.CHOSEN, r"\b(?:balik\s+ke|mov(?:ed|ing)\s+to|ganti(?:\s+ke)?|buy\s+from|opening\s+one\s+at)"),
    (Role.CHOSEN, rf"\b(?:good)?bye\b[^.!?;\n]{{0,40}}{BLANK}{_NEAR}*\b(?:hello|halo|hai)"),
)
_BEFORE = tuple((role, _any_case(rf"(?:{pattern})\s*$")) for role, pattern in (*_ALWAYS, *_BESIDE_ANOTHER))
# What stands after a brand that is chosen.
_CHOSEN_AFTER = _any_case(r"\s*(?:saja|aja|from\s+now\s+on|instead)\b")
# What stands between two brands of one sentence, and what it makes of the first and of the second.
_BETWEEN = (
    (Role.CHOSEN, Role.LEFT, _any_case(r"(?:\s+\w+){0,2}\s+(?:beats?|menang|mengalahkan|unggul|outperforms?)\b")),
    (Role.LEFT, Role.CHOSEN, _any_case(r"(?:\s+\w+){0,2}\s+(?:kalah|loses?|can'?t\s+compete|cannot\s+compete)\b")),
)
# What is taken in the place of a brand that was left.
_IN_ITS_PLACE = _any_case(r"\b(?:ke|to|for|got|get|ganti|pakai|pake|buka\s+di)\s+$")
# Two brands with nothing but this between them are spoken of together.
is_together = _any_case(
    r"\s*[,&/+]?\s*(?:(?:dan|sama|atau|maupun|serta|dengan|vs|versus|and|or|nor|with|ke|to|di|on|at|dari|from)\b\s*){0,2}"
).fullmatch
# A comparison with something that no blank stands for, from right after the brand.
_COMPARED = _any_case(rf"{_NEAR}{{0,20}}?{_COMPARES}(?!{_NEAR}{{0,12}}{BLANK})")
_LAST_MORE = _any_case(rf".*\b(?={_MORE}\b)")
_FROM_THAN = _any_case(rf"\b{_THAN}\b.*$")
# One of these words stands in every post that sets the brand it names against another; most posts have none.
SET_APART = (
    *("untung", "untungnya", "mending", "mendingan", "sedangkan", "sementara", "padahal", "daripada", "drpd"),
    *("ketimbang", "dibanding", "dibandingkan", "lebih", "pindah", "beralih", "cabut", "kabur", "beda", "secepat"),
    *("thankfully", "luckily", "fortunately", "whereas", "meanwhile", "unlike", "than", "prefer", "switch"),
    *("switched", "switching", "glad"),
)
# Characters before a brand that are looked at.
_REACH = 80


def role_of(text: str, at: int, *, beside_another: bool) -> Role:
    """What the words around the blank at a place make of it. `beside_another`: a second brand is named in the post."""
    before = text[max(0, at - _REACH) : at]
    for role, pattern in _BEFORE if beside_another else _BEFORE[: len(_ALWAYS)]:
        if pattern.search(before):
            return role
    return Role.CHOSEN if beside_another and _CHOSEN_AFTER.match(text, at + 1) else Role.NAMED


def roles_of_two(between: str, first: Role, second: Role) -> tuple[Role, Role]:
    """What the words between two brands make of them, beside what each was by itself."""
    for one, other, pattern in _BETWEEN:
        if pattern.match(between):
            return one, other
    if first is Role.LEFT and second is Role.NAMED and _IN_ITS_PLACE.search(between):
        return first, Role.CHOSEN
    return first, second


def compared(text: str, at: int) -> str | None:
    """The comparison of the brand at a place with something that is no known brand, if one follows it."""
    found = _COMPARED.match(text, at + 1)
    return found[0] if found else None


def predicate(comparison: str) -> str:
    """What a comparison says: its words from the last comparative on, up to what it compares with."""
    return _FROM_THAN.sub("", _LAST_MORE.sub("", comparison.replace("\n", " ")))
