"""What stands after a colon: every field's name, what it accepts, and the condition it becomes."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from core.query_language import codes, values
from core.query_language.problems import Problem, problem
from core.query_language.symbols import Symbol
from core.query_language.syntax import Filter, Literal, Node, Range, Stem
from core.text import fold

SCOPES = {"title": "title", "content": "text"}
"""Fields that restrict a whole text condition."""

PHRASES = {"author_name": "author_name", "bio": "bio"}
"""Fields that are searched like a text, but hold no text of the post."""

_NUMBERS = ("followers", "likes", "shares", "comments", "views", "reach", "engagement")
_LONGEST_NUMBER = 18  # digits
_AMOUNT = re.compile(r"(>=|<=|>|<|=)?(\d+)$", re.ASCII)
_SPAN = re.compile(r"(\d+)\.\.(\d+)$", re.ASCII)
_SCORE = re.compile(r"(>=|<=|>|<|=)?(-?\d{1,9}(?:\.\d{1,9})?)$", re.ASCII)
_SCORE_SPAN = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)\.\.(-?\d{1,9}(?:\.\d{1,9})?)$", re.ASCII)
_ROUGH_NUMBER = re.compile(r"(\D*)(\d[\d.,]*)\s*(k|rb|ribu|m|jt|juta)?\+?$", re.ASCII | re.IGNORECASE)
_FACTORS = {"k": 1_000, "rb": 1_000, "ribu": 1_000, "m": 1_000_000, "jt": 1_000_000, "juta": 1_000_000}

_OTHER_NAMES = {
    "penulis": "author", "akun": "author", "user": "author", "username": "author", "by": "author", "authors": "author",
    "bahasa": "lang", "language": "lang", "situs": "site", "domain": "site", "domainurl": "site", "host": "site",
    "negara": "country", "location": "country", "kota": "city", "provinsi": "region", "wilayah": "region",
    "judul": "title", "isi": "content", "text": "content", "teks": "content", "body": "content",
    "sumber": "source", "sourcetype": "source",
    "platform": "source", "pengikut": "followers", "suka": "likes", "komentar": "comments", "tayangan": "views",
    "sentimen": "sentiment", "tautan": "links", "link": "links", "http": "url", "https": "url", "nama": "author_name",
    "type": "is", "punya": "has",
}  # fmt: skip
_SIGNS = {
    "slang": "", "hashtag": "#", "tagar": "#", "tag": "#",
    "mention": "@", "mentions": "@", "at_mentions": "@", "to": "@",
}  # fmt: skip


class Refused(Exception):  # noqa: N818 - never leaves this package
    """The value is not valid: what is expected, in both languages, and what to write instead."""

    def __init__(self, expected_id: str, expected_en: str, suggestion: str = "") -> None:
        super().__init__(expected_en)
        self.expected_id, self.expected_en, self.suggestion = expected_id, expected_en, suggestion


def condition(name: str, value: Symbol, start: int) -> Node | Problem:
    """The condition `name:value`, or what is wrong with it; `start` is where the whole of it begins."""
    try:
        return _READERS[name](name, value.text, start, value.end - start)
    except Refused as refused:
        return problem(
            "bad_value",
            value.offset if value.length else start,
            value.length or value.end - start,
            what=f"{name}:",
            expected_id=refused.expected_id,
            expected_en=refused.expected_en,
            suggestion=f"{name}:{refused.suggestion}" if refused.suggestion else "",
        )


def unknown(name: str, value: str, offset: int) -> Problem:
    """There is no such field; the nearest one is suggested."""
    wanted = name.lower()
    if wanted in _SIGNS:
        suggestion = _SIGNS[wanted] + value.lstrip("#@")
    elif wanted in ("http", "https"):
        suggestion = "url:" + value.lstrip("/")
    else:
        near = _OTHER_NAMES.get(wanted) or next(iter(get_close_matches(wanted, NAMES, 1, 0.6)), "")
        suggestion = f"{near}:{value}" if near else f'"{name} {value}"'.replace(' "', '"')
    return problem("unknown_field", offset, len(name) + 1, what=f"{name}:", suggestion=suggestion)


def _literal(name: str, value: str, offset: int, length: int) -> Node:
    if not value.strip():
        raise Refused("teks yang dicari", "the text to look for")
    return Literal(value, name == "exact", offset=offset, length=length)


def _stem(_: str, value: str, offset: int, length: int) -> Node:
    root = fold(value)
    if not root.isalpha() or len(root) < 2:
        raise Refused("satu kata dasar", "one root word", "".join(filter(str.isalpha, root)))
    return Stem(root, offset=offset, length=length)


def _author(_: str, value: str, offset: int, length: int) -> Node:
    name = values.handle(value)
    if not values.is_handle(name):
        raise Refused("nama akun", "a handle", re.sub(r"[^\w.·-]", "", name))
    return Filter("author", name, offset=offset, length=length)


def _host(name: str, value: str, offset: int, length: int) -> Node:
    found = values.host(value)
    if not values.is_host(found):
        raise Refused("nama host seperti detik.com", "a host such as detik.com")
    return Filter(name, found, offset=offset, length=length)


def _address(name: str, value: str, offset: int, length: int) -> Node:
    found = values.address(value)
    if not values.is_host(found.split("/", 1)[0]):
        raise Refused("alamat seperti detik.com/berita", "an address such as detik.com/berita")
    return Filter(name, found, offset=offset, length=length)


def _language(name: str, value: str, offset: int, length: int) -> Node:
    code = values.language(value)
    if code not in codes.LANGUAGES:
        suggestion = codes.SYNONYMS.get(code, "")
        raise Refused(
            "kode bahasa dua huruf (ISO 639-1) seperti id atau en",
            "a two-letter language code (ISO 639-1) such as id or en",
            suggestion if suggestion in codes.LANGUAGES else "",
        )
    return Filter(name, code, offset=offset, length=length)


def _country(name: str, value: str, offset: int, length: int) -> Node:
    code = values.plain(value)
    if code not in codes.COUNTRIES:
        suggestion = codes.SYNONYMS.get(code, "")
        raise Refused(
            "kode negara dua huruf (ISO 3166-1) seperti id atau my",
            "a two-letter country code (ISO 3166-1) such as id or my",
            suggestion if suggestion in codes.COUNTRIES else "",
        )
    return Filter(name, code, offset=offset, length=length)


def _place(name: str, value: str, offset: int, length: int) -> Node:
    found = values.region(value) if name == "region" else values.place(value)
    if not found:
        raise Refused("nama atau kode BPS", "a name or a BPS code")
    return Filter(name, found, offset=offset, length=length)


def _choice(options: Iterable[str]) -> Callable[[str, str, int, int], Node]:
    allowed = list(options)

    def read(name: str, value: str, offset: int, length: int) -> Node:
        word = values.plain(value)
        if word not in allowed:
            near = codes.SYNONYMS.get(word, "")
            suggestion = near if near in allowed else next(iter(get_close_matches(word, allowed, 1, 0.6)), "")
            listed = ", ".join(allowed)
            raise Refused(f"salah satu dari {listed}", f"one of {listed}", suggestion)
        return Filter(name, word, offset=offset, length=length)

    return read


def _number(name: str, value: str, offset: int, length: int) -> Node:
    span, amount = _SPAN.match(value), _AMOUNT.match(value)
    digits = span.groups() if span else amount.groups()[1:] if amount else ()
    if not digits or max(map(len, digits)) > _LONGEST_NUMBER:
        raise Refused("bilangan seperti >=1000 atau 100..500", "a number such as >=1000 or 100..500", _rough(value))
    if span:
        lowest, highest = int(span[1]), int(span[2])
        if lowest > highest:
            raise Refused("batas bawah lebih dulu", "the lower bound first", f"{highest}..{lowest}")
    else:
        lowest, highest = _bounds(amount[1] if amount else None, int(digits[0]), step=1)
    return Range(name, lowest, highest, offset=offset, length=length)


def _bounds(sign: str | None, number: float, *, step: float) -> tuple[float | None, float | None]:
    if sign in (">=", ">"):
        return (number if sign == ">=" else number + step), None
    if sign in ("<=", "<"):
        return None, (number if sign == "<=" else number - step)
    return number, number


def _rough(value: str) -> str:
    """10k, 1.000 or 2 juta as plain digits."""
    found = _ROUGH_NUMBER.match(value)
    if not found:
        return ">=1000"
    digits = re.sub(r"[.,]", "", found[2])[:_LONGEST_NUMBER]
    sign = found[1] if found[1] in (">=", "<=", ">", "<", "=") else ""
    return f"{sign}{int(digits) * _FACTORS.get((found[3] or '').lower(), 1)}"


def _score(name: str, value: str, offset: int, length: int) -> Node:
    span, amount = _SCORE_SPAN.match(value), _SCORE.match(value)
    if span and float(span[1]) <= float(span[2]):
        return Range(name, float(span[1]), float(span[2]), offset=offset, length=length)
    if not amount:
        raise Refused("bilangan seperti <=-0.5", "a number such as <=-0.5")
    lowest, highest = _bounds(amount[1], float(amount[2]), step=1e-9)
    return Range(name, lowest, highest, offset=offset, length=length)


_READERS: dict[str, Callable[[str, str, int, int], Node]] = {
    "raw": _literal,
    "exact": _literal,
    "stem": _stem,
    "author": _author,
    "from": _author,
    "site": _host,
    "links": _host,
    "url": _address,
    "lang": _language,
    "country": _country,
    "sourcecountry": _country,
    "region": _place,
    "city": _place,
    "source": _choice(codes.SOURCES),
    "is": _choice(codes.FLAGS),
    "has": _choice(codes.CONTENTS),
    "sentiment": _choice(codes.SENTIMENTS),
    "score": _score,
    **dict.fromkeys(_NUMBERS, _number),
}

LATE = frozenset({"sentiment", "score"})
"""Fields that are known only after analysis."""

NAMES = (*SCOPES, *PHRASES, *_READERS)
"""Every field name."""
