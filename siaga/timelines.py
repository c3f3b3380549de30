"""Posts recorded in a file, lived through again five minutes at a time as if they came in now."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

import msgspec
from rich.console import Console

from core.crisis import Assessment, LevelState, Policy, Sighting, assess, bucket_of, count, starts_at
from core.sentiment import Reader, Reading
from siaga.drawing import loading
from siaga.imports.source import opened

TOXIC = 0.5  # probability from which a post counts as abusive
HOAX = 0.5  # strength of wording from which a post counts as a likely rumour
SILENCE_SPACINGS = 50  # a silence this many times the usual distance of two posts is missing data
EVERY_BRAND = "*"
"""The brand of posts that name none."""

READ_AT_ONCE = 500
LEAST_SILENCE = timedelta(days=1)  # a brand may sleep through a night


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A brand's level became another one; `at` is the end of the bucket that showed it."""

    brand: str
    at: datetime
    assessment: Assessment


def replay(
    posts_path: Path,
    reader: Reader,
    *,
    policy: Policy,
    utc_offset_minutes: Callable[[str], int] = lambda _: 0,
    own_accounts: Collection[str] = (),
) -> Iterator[LevelChange]:
    """Every change of level of every brand in a recorded file (`.jsonl` or `.jsonl.gz`), brand by brand.

    Posts whose author is the brand itself, or one of `own_accounts`, do not count.
    """
    for brand, sightings in Posts.read(posts_path, reader, own_accounts=own_accounts).by_brand.items():
        yield from changes(brand, sightings, policy=policy, utc_offset_minutes=utc_offset_minutes(brand))


def changes(
    brand: str, sightings: Collection[Sighting], *, policy: Policy, utc_offset_minutes: int
) -> Iterator[LevelChange]:
    """Every change of one brand's level, the first from normal."""
    level = LevelState.initial().level
    for assessment in assessments(sightings, policy=policy, utc_offset_minutes=utc_offset_minutes):
        if assessment.level is not level:
            yield LevelChange(brand, starts_at(assessment.bucket + 1), assessment)
            level = assessment.level


def assessments(sightings: Collection[Sighting], *, policy: Policy, utc_offset_minutes: int) -> list[Assessment]:
    """Assessments of all buckets from the first sighting to the last.

    A silence far longer than the posts before it lead to expect is taken as missing data, not as zero.
    """
    times = sorted(seen.published_at for seen in sightings)
    history = count(sightings, first=bucket_of(times[0]), stop=bucket_of(times[-1]) + 1, gaps=list(silences(times)))
    return assess(
        history,
        start=history.first,
        stop=history.stop,
        state=LevelState.initial(),
        policy=policy,
        utc_offset_minutes=utc_offset_minutes,
    )


def silences(times: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Spans without posts that cannot be chance, judged by the posts before them; `times` in order."""
    spoken = timedelta(0)
    for number, (before, after) in enumerate(pairwise(times)):
        silence = after - before
        if number > 0 and silence >= max(SILENCE_SPACINGS * spoken / number, LEAST_SILENCE):
            yield before + timedelta(minutes=5), after
        else:
            spoken += silence


class Post(msgspec.Struct):
    """A recorded post, as far as the score needs it; more is passed over."""

    published_at: datetime
    id: str | int | None = None
    brand: str | None = None
    text: str | None = None
    platform: str | None = None
    author: str | None = None
    author_followers: Annotated[float, msgspec.Meta(ge=0, le=1e10)] | None = None


@dataclass(slots=True)
class Posts:
    """The posts of a recorded file as the score sees them, the brands' own left out.

    `unreadable` holds the lines that are no posts, with the reason; they lose none of their neighbours.
    """

    by_brand: dict[str, list[Sighting]] = field(default_factory=dict[str, list[Sighting]])
    unreadable: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    read_rows: int = 0

    @classmethod
    def read(
        cls,
        path: Path,
        reader: Reader,
        *,
        own_accounts: Collection[str] = (),
        brand: str | None = None,
        console: Console | None = None,
    ) -> Self:
        """All posts of a file, or those of one brand.

        Raises: Refusal.
        """
        found = cls()
        own_names = {account.casefold().lstrip("@") for account in own_accounts}
        wanted = None if brand is None else brand.casefold()
        with (
            opened(path) as source,
            loading(console or _unseen(), f"Membaca · Reading {path.name} (KiB)", source.size >> 10) as advance,
        ):
            waiting: list[Post] = []
            told = 0
            for number, line in source.lines():
                post = found._decoded(number, line)
                if post is None or _is_own(post, own_names) or wanted not in {None, _brand_of(post).casefold()}:
                    continue
                waiting.append(post)
                if len(waiting) == READ_AT_ONCE:
                    found._take(waiting, reader)
                    waiting = []
                    advance((source.position >> 10) - told)
                    told = source.position >> 10
            found._take(waiting, reader)
            if source.damage is not None:
                found.unreadable.append((0, source.damage))
        return found

    def _decoded(self, number: int, line: bytes | None) -> Post | None:
        if line is not None and not line.strip():
            return None
        try:
            if line is None:
                raise msgspec.ValidationError("the line is too long")
            return _POST.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
            self.unreadable.append((number, str(problem)))
            return None

    def _take(self, posts: list[Post], reader: Reader) -> None:
        for post, reading in zip(posts, reader.read_many([post.text or "" for post in posts]), strict=True):
            self.read_rows += 1
            sighting = _sighting(post, reading, number=self.read_rows)
            self.by_brand.setdefault(_brand_of(post), []).append(sighting)


def _is_own(post: Post, own: Collection[str]) -> bool:
    author = (post.author or "").casefold().lstrip("@")
    return author != "" and (author == _brand_of(post).casefold() or author in own)


def _brand_of(post: Post) -> str:
    return post.brand or EVERY_BRAND


def _sighting(post: Post, reading: Reading, *, number: int) -> Sighting:
    at = post.published_at
    return Sighting(
        id=str(number if post.id is None else post.id),
        published_at=at if at.tzinfo else at.replace(tzinfo=UTC),
        platform=post.platform or "",
        author=post.author,
        text_key=" ".join((post.text or "").casefold().split()),
        label=reading.label.value,
        reach=int(post.author_followers or 0),
        is_toxic=reading.toxicity >= TOXIC,
        is_threat=reading.threat,
        is_hoax=reading.hoax_cue >= HOAX,
    )


def _unseen() -> Console:
    return Console(quiet=True)


_POST = msgspec.json.Decoder(Post)
