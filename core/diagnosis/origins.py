"""Where it comes from: who was first, who carried it far, and which accounts act in step or copy each other.

These are observations of posts. They are no verdict on a person: people copy a slogan out of anger as well as on
command, and who was first to be seen here need not have been the first to speak.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from core.diagnosis.examples import holds
from core.diagnosis.phrases import Phrase
from core.diagnosis.remarks import Remark

FIRST_SHOWN = 10
AMPLIFIERS_SHOWN = 15
CLUSTERS_SHOWN = 10
MEMBERS_SHOWN = 50

TELLING = 10
"""The most telling phrases: a post that holds one of them belongs to the matter."""

LEAST_ACCOUNTS = 3
"""Accounts from which copies of one text are a cluster: two people may quote each other."""

SHORTLY = timedelta(minutes=10)
"""Copies that follow each other within this are made in step."""

SPARK = timedelta(minutes=30)
"""How long after a post others count as having followed it."""

FEW_FOLLOWERS = 50
YOUNG = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Amplifier:
    """An account that carried the matter. `score` only orders: reach times what followed, on a log scale.

    Units: `reach` readers, `engagement` reactions; `copies` posts of others with one of its texts; `followed` voices
    that had not spoken before and used its telling words within half an hour of its loudest post.
    """

    voice: int
    handle: str | None
    platform: str
    posts: int
    reach: int
    followers: int
    engagement: int
    copies: int
    followed: int
    first_at: datetime
    account_since: datetime | None
    score: float
    loudest: Remark


@dataclass(frozen=True, slots=True)
class Cluster:
    """Accounts that wrote about the same text. `is_in_step` says that half of the copies came within ten minutes.

    Units: `sparse_share` is the share of accounts that are young or have hardly any followers, in [0, 1].
    """

    text: str
    accounts: tuple[tuple[str | None, str], ...]
    account_count: int
    posts: int
    first_at: datetime
    last_at: datetime
    median_gap_s: float
    is_in_step: bool
    sparse_share: float
    platforms: tuple[str, ...]


def of_the_matter(remarks: Sequence[Remark], phrases: Sequence[Phrase]) -> list[Remark]:
    """The posts that hold a telling hashtag or one of the most telling phrases, by their times; own ones left out."""
    telling = [phrase for place, phrase in enumerate(phrases) if place < TELLING or phrase.is_hashtag]
    found = [each for each in remarks if not each.is_own and any(holds(each.text, phrase) for phrase in telling)]
    return sorted(found, key=lambda each: (each.at, each.id))


def first_posts(matter: Sequence[Remark]) -> list[Remark]:
    """The earliest posts of the matter, one for each author."""
    seen: set[int] = set()
    first: list[Remark] = []
    for remark in matter:
        if remark.voice not in seen and (remark.is_negative or remark.hoax_cue > 0):
            seen.add(remark.voice)
            first.append(remark)
        if len(first) == FIRST_SHOWN:
            break
    return first


def amplifiers(matter: Sequence[Remark], copies: Sequence[int]) -> list[Amplifier]:
    """The accounts that carried the matter furthest, the strongest first; `copies` gives each post its group."""
    sizes = Counter(copies)
    authors_of: dict[int, set[int]] = defaultdict(set)
    by_voice: dict[int, list[int]] = defaultdict(list)
    for place, remark in enumerate(matter):
        authors_of[copies[place]].add(remark.voice)
        by_voice[remark.voice].append(place)
    newcomers = _newcomers(matter)
    found: list[Amplifier] = []
    for voice, places in by_voice.items():
        posts = [matter[place] for place in places]
        loudest = max(posts, key=lambda post: (post.reach, post.engagement))
        begun = [place for place in places if copies[place] == place]
        copied = sum(sizes[place] - 1 for place in begun if len(authors_of[place]) > 1)
        found.append(_amplifier(voice, posts, loudest, copied, _following(newcomers, loudest.at)))
    found.sort(key=lambda one: (-one.score, one.first_at, one.voice))
    return [one for one in found if one.score > 0][:AMPLIFIERS_SHOWN]


def _amplifier(voice: int, posts: Sequence[Remark], loudest: Remark, copies: int, followed: int) -> Amplifier:
    reach = sum(post.reach for post in posts)
    engagement = sum(post.engagement for post in posts)
    shared = sum(1 for post in posts if post.kind in {"repost", "quote"})
    score = math.log1p(reach) * (1 + math.log1p(copies) + 0.5 * math.log1p(engagement) + 0.25 * math.log1p(shared))
    return Amplifier(
        voice=voice,
        handle=loudest.handle,
        platform=loudest.platform,
        posts=len(posts),
        reach=reach,
        followers=max(post.followers for post in posts),
        engagement=engagement,
        copies=copies,
        followed=followed,
        first_at=min(post.at for post in posts),
        account_since=loudest.account_since,
        score=round(score, 2),
        loudest=loudest,
    )


def _newcomers(matter: Sequence[Remark]) -> list[datetime]:
    seen: set[int] = set()
    times: list[datetime] = []
    for remark in matter:
        if remark.voice not in seen:
            seen.add(remark.voice)
            times.append(remark.at)
    return times


def _following(newcomers: Sequence[datetime], at: datetime) -> int:
    return sum(1 for each in newcomers if at < each <= at + SPARK)


def clusters(matter: Sequence[Remark], copies: Sequence[int]) -> list[Cluster]:
    """Groups of accounts that wrote about the same text, the largest first."""
    groups: dict[int, list[Remark]] = defaultdict(list)
    for remark, group in zip(matter, copies, strict=True):
        groups[group].append(remark)
    found = [_cluster(posts) for posts in groups.values() if len({post.voice for post in posts}) >= LEAST_ACCOUNTS]
    return sorted(found, key=lambda one: (-one.account_count, one.first_at))[:CLUSTERS_SHOWN]


def _cluster(posts: Sequence[Remark]) -> Cluster:
    ordered = sorted(posts, key=lambda post: (post.at, post.id))
    gaps = sorted((after.at - before.at).total_seconds() for before, after in pairwise(ordered))
    first_of = {post.voice: post for post in reversed(ordered)}
    accounts = sorted(first_of.values(), key=lambda post: (post.at, post.id))
    median = gaps[len(gaps) // 2]
    return Cluster(
        text=ordered[0].text,
        accounts=tuple((post.handle, post.platform) for post in accounts[:MEMBERS_SHOWN]),
        account_count=len(accounts),
        posts=len(ordered),
        first_at=ordered[0].at,
        last_at=ordered[-1].at,
        median_gap_s=round(median, 1),
        is_in_step=median <= SHORTLY.total_seconds(),
        sparse_share=round(sum(map(_is_sparse, accounts)) / len(accounts), 2),
        platforms=tuple(sorted({post.platform for post in ordered})),
    )


def _is_sparse(post: Remark) -> bool:
    is_young = post.account_since is not None and post.at - post.account_since <= YOUNG
    # No followers at all mostly means that the source does not tell.
    return is_young or 0 < post.followers < FEW_FOLLOWERS
