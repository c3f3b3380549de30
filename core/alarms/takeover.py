"""Whether a post of the client's own account was written by somebody else, by what is usual for the account."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.alarms.wording import is_shortened
from core.diagnosis.remarks import plain
from core.text import Passage

LEAST_POSTS = 20
"""Posts from which an account has habits; before that only its words can give it away."""

RARE = 0.02
SUSPICIOUS = 2.0
LEAST_WORDS = 5

_SCAM = re.compile(
    r"\b(?:airdrops?|crypto|kripto|bitcoin|btc|ethereum|eth|nft|presale|token sale|double your|slot gacor|gacor|maxwin"
    r"|judi|togel|casino|pinjol|send (?:btc|eth|money)|giveaway (?:of )?(?:btc|eth|crypto)|connect your wallet"
    r"|hubungi wa pribadi)\b"
)
_CLAIMED = re.compile(
    r"\b(?:hacked by|diretas by|owned by|diretas oleh|retas oleh|pwned|we are anonymous|dibajak oleh)\b"
)


@dataclass(frozen=True, slots=True)
class OwnPost:
    """A post of the client's own account. `hour` is that of its publication, 0 to 23; `language` as it was read.

    Hours are held against each other around the clock, so UTC does for a client in any zone.
    """

    text: str
    language: str
    hour: int


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How little a post is like its account. Range: `score` from 0 up, suspicious from 2; `signs` say what it is."""

    score: float
    signs: tuple[str, ...]

    @property
    def is_suspicious(self) -> bool:
        """Whether somebody should look at the account now."""
        return self.score >= SUSPICIOUS


def may_be_foreign(text: str) -> bool:
    """Whether a post is worth comparing with the account's habits at all: it links, or its words are not a brand's."""
    written = plain(text)
    return bool(_SCAM.search(written) or _CLAIMED.search(written) or Passage(text).links)


def suspicion(post: OwnPost, habits: Sequence[OwnPost]) -> Suspicion:
    """How little a post is like the account's earlier ones."""
    written = plain(post.text)
    signs: list[tuple[float, str]] = []
    if _CLAIMED.search(written):
        signs.append((3.0, "claim"))
    if _SCAM.search(written) and not any(_SCAM.search(plain(each.text)) for each in habits):
        signs.append((2.0, "scam_wording"))
    if len(habits) >= LEAST_POSTS:
        signs += _against_habit(post, habits, written)
    return Suspicion(sum(weight for weight, _ in signs), tuple(name for _, name in signs))


def _against_habit(post: OwnPost, habits: Sequence[OwnPost], written: str) -> list[tuple[float, str]]:
    signs: list[tuple[float, str]] = []
    languages = Counter(each.language for each in habits)
    is_telling = post.language != "und" and len(written.split()) >= LEAST_WORDS
    if is_telling and languages[post.language] < RARE * len(habits):
        signs.append((1.0, "language"))
    hours = Counter(hour for each in habits for hour in (each.hour - 1, each.hour, each.hour + 1))
    if not sum(hours[hour] for hour in (post.hour, post.hour - 24, post.hour + 24)):
        signs.append((0.5, "hour"))
    hosts = _hosts(post.text)
    known = {host for each in habits for host in _hosts(each.text)}
    if hosts - known:
        signs.append((1.0, "link"))
        if any(is_shortened(host) for host in hosts - known):
            signs.append((0.5, "shortened_link"))
    return signs


def _hosts(text: str) -> set[str]:
    links = (link if "://" in link else f"https://{link}" for link in Passage(text).links)
    return {(urlsplit(link).hostname or "").removeprefix("www.") for link in links}
