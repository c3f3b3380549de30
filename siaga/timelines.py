"""Posts recorded in a file, lived through again five minutes at a time as if they came in now."""

import gzip
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.crisis import Assessment, LevelState, Policy, Sighting, assess, bucket_of, count, starts_at
from core.sentiment import Reader

TOXIC = 0.5  # probability from which a post counts as abusive
HOAX = 0.5  # strength of wording from which a post counts as a likely rumour
SILENCE_SPACINGS = 50  # a silence this many times the usual distance of two posts is missing data
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

    Posts whose author is the brand itself, or one of `own_accounts`, do not count. A silence far longer than the
    posts before it lead to expect is taken as missing data, not as zero.
    """
    for brand, sightings in sightings_by_brand(posts_path, reader, own_accounts=own_accounts).items():
        level = LevelState.initial().level
        for assessment in assessments(sightings, policy=policy, utc_offset_minutes=utc_offset_minutes(brand)):
            if assessment.level is not level:
                yield LevelChange(brand, starts_at(assessment.bucket + 1), assessment)
                level = assessment.level


def assessments(sightings: Collection[Sighting], *, policy: Policy, utc_offset_minutes: int) -> list[Assessment]:
    """Assessments of all buckets from the first sighting to the last."""
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


def sightings_by_brand(
    posts_path: Path, reader: Reader, *, own_accounts: Collection[str] = ()
) -> dict[str, list[Sighting]]:
    """Posts of a recorded file as the score sees them, the brands' own left out."""
    own = {account.casefold() for account in own_accounts}
    found: dict[str, list[Sighting]] = {}
    for post in _posts(posts_path):
        author = str(post["author"] or "").casefold()
        if author not in own | {str(post["brand"]).casefold()}:
            found.setdefault(post["brand"], []).append(_sighting(post, reader))
    return found


def _posts(posts_path: Path) -> Iterator[dict[str, Any]]:
    with posts_path.open("rb") as stored:
        for line in gzip.GzipFile(fileobj=stored) if posts_path.suffix == ".gz" else stored:
            yield json.loads(line)


def _sighting(post: dict[str, Any], reader: Reader) -> Sighting:
    reading = reader.read(post["text"])
    return Sighting(
        id=post["id"],
        published_at=datetime.fromisoformat(post["published_at"]),
        platform=post["platform"],
        author=post["author"],
        text_key=" ".join(post["text"].casefold().split()),
        label=reading.label.value,
        reach=post["author_followers"] or 0,
        is_toxic=reading.toxicity >= TOXIC,
        is_threat=reading.threat,
        is_hoax=reading.hoax_cue >= HOAX,
    )
