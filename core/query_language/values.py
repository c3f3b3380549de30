"""The forms in which filters compare: handles, hosts, addresses, codes, places. The same for query and post."""

import re
import unicodedata
from functools import lru_cache

from core.query_language.codes import FORMER_LANGUAGES, PROVINCE_CODES
from core.text import Passage

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"^(?:[^\W_](?:[\w-]*[^\W_])?\.)*[^\W_](?:[\w-]*[^\W_])?$")
_HANDLE = re.compile(r"^[\w.·-]+$")
_KIND_OF_CITY = ("kota ", "kabupaten ", "kab ")
_IMAGES = ("jpg", "jpeg", "png", "gif", "webp", "heic", "avif")
_VIDEOS = ("mp4", "mov", "webm", "m3u8", "mkv", "avi")


def plain(value: str) -> str:
    """Without case, outer blanks and compatibility forms."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


@lru_cache(maxsize=1_024)
def code(value: str) -> str:
    """A code of a country, a source or a sentiment, in any case."""
    return plain(value)


def handle(value: str) -> str:
    """A handle: any case, no leading @."""
    return plain(value).removeprefix("@")


def is_handle(value: str) -> bool:
    return bool(_HANDLE.match(value))


@lru_cache(maxsize=1_024)
def language(value: str) -> str:
    """ISO 639-1: the first part of a tag, withdrawn codes replaced."""
    code = plain(value).replace("_", "-").split("-", 1)[0]
    return FORMER_LANGUAGES.get(code, code)


def host(value: str) -> str:
    """The host of an address or a bare host: no scheme, user, port, path, `www.` or final dot."""
    rest = re.split(r"[/?#\\]", _SCHEME.sub("", plain(value)), maxsplit=1)[0]
    rest = rest.rsplit("@", 1)[-1].split(":", 1)[0].rstrip(".")
    return rest.removeprefix("www.")


def is_host(value: str) -> bool:
    return bool(_HOST.match(value))


def parent_hosts(value: str) -> list[str]:
    """The host and every domain above it, on label boundaries."""
    labels = value.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))] if value else []


def address(value: str) -> str:
    """Host and path of an address; the host without case, the path as it is."""
    text = unicodedata.normalize("NFKC", value).strip()
    path = re.split(r"[?#]", _SCHEME.sub("", text), maxsplit=1)[0].partition("/")
    return host(text) + path[1] + path[2]


def is_below(whole: str, prefix: str) -> bool:
    """Does an address begin with this host, or with this host and path?"""
    return whole.startswith(prefix) and ("/" in prefix or len(whole) == len(prefix) or whole[len(prefix)] == "/")


def place(value: str) -> str:
    """The name or code of a place: folded words."""
    return " ".join(Passage(value).tokens)


def region(value: str) -> str:
    """A province by its code, whatever it was called; the first digits of a code are the province."""
    name = place(value)
    if name.isdigit() and len(name) > 2:
        return name[:2]
    return PROVINCE_CODES.get(name, PROVINCE_CODES.get(name.removeprefix("provinsi "), name))


def is_city(value: str, wanted: str) -> bool:
    """The same name or code; a query that does not say whether it means the city or the regency means both."""
    name = place(value)
    return bool(name) and wanted in (name, *(name.removeprefix(kind) for kind in _KIND_OF_CITY))


def medium(value: str) -> str:
    """`image` or `video`, from a kind, a media type or an address; otherwise as it is."""
    kind = plain(value)
    ending = kind.split("?", 1)[0].rsplit(".", 1)[-1]
    if kind.startswith(("image", "photo", "picture")) or ending in _IMAGES:
        return "image"
    if kind.startswith(("video", "animated", "reel")) or ending in _VIDEOS:
        return "video"
    return kind
