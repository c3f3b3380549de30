"""Posts as they arrive: which times are possible, and what makes the same post the same.

A post is known by its platform and the platform's own id. Its identifier derives from both and carries the
time of publication, so that sending it again yields the same identifier and a look-up needs no index by id.
"""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from core.ids import ClientId, MentionId, PostId, uuid7

EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)
"""Before this no platform we read had posts."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a source's clock may run."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Arrival(NamedTuple):
    """One post on its way in, in the order of the columns that remember it."""

    id: UUID
    published_at: datetime
    platform: str
    native_id: str
    author: str | None
    author_name: str | None
    followers: int
    title: str | None
    text: str
    lang: str | None
    url: str | None
    kind: str
    reply_to: str | None
    likes: int
    shares: int
    comments: int
    views: int
    reach: int | None
    more: Mapping[str, Any] | None
    edited_at: datetime | None
    is_deleted: bool


def post_id(agency_id: UUID, platform: str, native_id: str, published_at: datetime) -> PostId:
    """The identifier of a post: the same for the same post, whoever sends it again."""
    digest = _keyed(agency_id).copy()
    digest.update(f"{platform}\0{native_id}".encode())
    return PostId(uuid7((published_at - _EPOCH) // _MS, digest.digest()))


def mention_id(post: UUID, client_id: ClientId | UUID) -> MentionId:
    """The identifier of a client's mention in a post; matching the same post again yields the same."""
    digest = _keyed(client_id).copy()
    digest.update(post.bytes)
    return MentionId(uuid7(post.int >> 80, digest.digest()))


def thread_key(platform: str, native_id: str) -> int:
    """What stands for a post where others are said to answer it: it tells posts apart and leads to none."""
    return voice_key("thread", platform, native_id)


@lru_cache(maxsize=1024)
def _keyed(owner: UUID) -> "blake2b":
    """The digest of nothing yet under an owner's key: to take the key in costs as much as what then follows."""
    return blake2b(digest_size=10, key=owner.bytes)


def fold_handle(handle: str) -> str:
    """A handle as it is compared: no leading @, no case, NFKC."""
    if handle.isascii():
        return handle.strip().removeprefix("@").lower()
    return unicodedata.normalize("NFKC", handle).strip().removeprefix("@").casefold()


def is_possible(published_at: datetime, now: datetime) -> bool:
    """Whether a post can have been published then: not before there were platforms, not in the future."""
    return EARLIEST <= published_at <= now + CLOCK_SKEW


def voice_key(*parts: str) -> int:
    """A signed 64-bit hash that tells voices apart and names nobody."""
    return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=8).digest(), "big", signed=True)
