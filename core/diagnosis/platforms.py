"""Where the talk is, and where it was first: platforms in the order in which it reached them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.diagnosis.remarks import Remark


@dataclass(frozen=True, slots=True)
class Reached:
    """A platform with the time of its first post and of its first negative one.

    Units: `posts` and `negative` are posts, `voices` distinct authors, `reach` readers, by the posts' own figures.
    """

    platform: str
    first_at: datetime
    first_negative_at: datetime | None
    posts: int
    negative: int
    voices: int
    reach: int


def reached(remarks: Sequence[Remark]) -> list[Reached]:
    """The platforms of a span, the one first reached by a negative post before the others."""
    by_platform: dict[str, list[Remark]] = {}
    for remark in remarks:
        by_platform.setdefault(remark.platform, []).append(remark)
    found = [_reached(platform, posts) for platform, posts in by_platform.items()]
    return sorted(found, key=lambda one: (one.first_negative_at is None, one.first_negative_at or one.first_at))


def _reached(platform: str, posts: Sequence[Remark]) -> Reached:
    against = [post for post in posts if post.is_negative]
    return Reached(
        platform=platform,
        first_at=min(post.at for post in posts),
        first_negative_at=min((post.at for post in against), default=None),
        posts=len(posts),
        negative=len(against),
        voices=len({post.voice for post in posts}),
        reach=sum(post.reach for post in posts),
    )
