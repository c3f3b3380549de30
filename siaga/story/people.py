"""The invented public: who posts, from where, to how many followers."""

import math
from dataclasses import dataclass
from random import Random
from typing import Any

GIVEN_NAMES = (
    "Rani", "Bagas", "Tiwi", "Ucok", "Dewi", "Asep", "Wulan", "Joko", "Nisa", "Made", "Putu", "Siti", "Yoga", "Lilis",
    "Bimo", "Fitri", "Dimas", "Ayu", "Galih", "Ratna", "Ilham", "Mega", "Rizal", "Sari", "Danu", "Intan", "Heri",
    "Kiki", "Laras", "Agus", "Yanti", "Bayu", "Tuti", "Reza", "Wati", "Gilang", "Nur", "Eka", "Jihan", "Arif",
    "Butet", "Daeng", "Uni", "Neng", "Cici", "Koko", "Mita", "Tono", "Vina", "Zaki",
)  # fmt: skip
TITLES = ("", "", "", "", "", "Mas ", "Mbak ", "Bu ", "Pak ", "Kak ", "Teteh ", "Bang ")
HANDLE_TAILS = (
    "ngemil", "jalanjalan", "sambat", "anakkos", "dirumahaja", "momster", "ngantuk", "lembur", "kuliner", "receh",
    "galau", "nongki", "angkot", "dapur", "baper", "gowes", "skripsian", "rebahan", "cuan", "mager", "ngopi", "kalem",
    "tulungagung", "sleman", "cimahi", "depokan", "suroboyo", "panakkukang", "medanbah", "denpasaran", "samarinda",
)  # fmt: skip
MEDIA = (
    ("wartalapak", "Warta Lapak"),
    ("kabardapur", "Kabar Dapur"),
    ("niagahariini", "Niaga Hari Ini"),
    ("liputankampung", "Liputan Kampung"),
)
# Log-normal followers: the median, and the spread of the logarithm.
FOLLOWERS_MEDIAN = {"x": 320, "instagram": 560, "tiktok": 410, "facebook": 380, "youtube": 45}
FOLLOWERS_SPREAD = 1.15


@dataclass(frozen=True)
class Person:
    """An author as a collector sees one. `followers` is unknown for media sites."""

    platform: str
    handle: str
    name: str
    followers: int | None = None
    is_verified: bool | None = None

    def shape(self) -> dict[str, Any]:
        """As the API takes an author: what is unknown is left out."""
        told = {"handle": self.handle, "name": self.name, "followers": self.followers, "is_verified": self.is_verified}
        return {name: value for name, value in told.items() if value is not None}


class Public:
    """Everyone who may post. Faces come back: about one post in three is by somebody seen before."""

    COMES_BACK = 0.33

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._seen: dict[str, list[Person]] = {}
        self._handles: set[tuple[str, str]] = set()

    def somebody(self, platform: str) -> Person:
        """An author on this platform, new or known."""
        seen = self._seen.setdefault(platform, [])
        if platform == "news":
            handle, name = self._dice.choice(MEDIA)
            return Person(platform, handle, name)
        if seen and self._dice.random() < self.COMES_BACK:
            return self._dice.choice(seen)
        person = self.newcomer(platform)
        seen.append(person)
        return person

    def newcomer(self, platform: str, *, followers: int | None = None) -> Person:
        """An author nobody has seen yet; `followers` fixes how many listen."""
        given = self._dice.choice(GIVEN_NAMES)
        handle = self._free_handle(platform, given.lower())
        if followers is None:
            followers = _followers(self._dice, platform)
        return Person(platform, handle, self._dice.choice(TITLES) + given, followers)

    def _free_handle(self, platform: str, given: str) -> str:
        handle = f"{given}{self._dice.choice(('', '_', '.'))}{self._dice.choice(HANDLE_TAILS)}"
        if platform == "x":
            handle = handle.replace(".", "_")
        while (platform, handle) in self._handles:
            handle = f"{handle}{self._dice.randint(1, 99)}"
        self._handles.add((platform, handle))
        return handle


def _followers(dice: Random, platform: str) -> int:
    return max(3, round(dice.lognormvariate(math.log(FOLLOWERS_MEDIAN[platform]), FOLLOWERS_SPREAD)))
