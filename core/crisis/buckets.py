"""Mentions counted in buckets of five minutes (UTC): all that the crisis score ever sees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

BUCKET_S = 300
BUCKETS_A_DAY = 86_400 // BUCKET_S
UNSURE = 36
"""Buckets: so long after the last post of a capped crawl an empty one may not be empty."""
QUIET = timedelta(hours=1)  # an author, or a text, is a new voice again after so long a silence

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Label = Literal["negative", "neutral", "positive"]


def bucket_of(at: datetime) -> int:
    """Number of the bucket that contains an instant: Unix seconds // 300."""
    return int(at.timestamp()) // BUCKET_S


def starts_at(bucket: int) -> datetime:
    """First instant of a bucket, UTC."""
    return datetime.fromtimestamp(bucket * BUCKET_S, tz=UTC)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One mention as far as the score needs it; the brand's own posts are left out by the caller.

    `text_key` is the folded text: two mentions with the same key are copies of each other. An unknown author and
    an empty key are nobody else's.
    """

    id: str
    published_at: datetime
    platform: str
    author: str | None
    text_key: str
    label: Label
    reach: int = 0
    is_toxic: bool = False
    is_threat: bool = False
    is_hoax: bool = False
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Counts of contiguous buckets from number `first` on, one array per figure, all of one length.

    `voices` and `negative_voices` count one author and one copied text once; `platforms` is the number of
    platforms with negative mentions in the bucket. Where `observed` is false nothing was collected: the counts
    are missing there, which is not the same as zero. Where `capped` is true they are a minimum: the crawl was cut off.
    """

    first: int
    mentions: Counts
    voices: Counts
    negative: Counts
    negative_voices: Counts
    positive: Counts
    reach: Counts
    toxic: Counts
    threat: Counts
    hoax: Counts
    platforms: Counts
    observed: Flags
    capped: Flags

    def __post_init__(self) -> None:
        if len({getattr(self, field.name).shape for field in fields(self)[1:]}) != 1 or self.mentions.ndim != 1:
            raise ValueError("the figures of a history must be arrays of one length")

    @property
    def stop(self) -> int:
        """Number of the first bucket after the last one counted."""
        return self.first + len(self.mentions)

    def since(self, first: int) -> Self:
        """The counts from bucket `first` on; all of them where they begin later."""
        skipped = first - self.first
        if skipped <= 0:
            return self
        return replace(self, first=first, **{name: getattr(self, name)[skipped:] for name in (*FIGURES, *_FLAGS)})

    @classmethod
    def empty(cls, first: int, length: int) -> Self:
        """Nothing said, everything observed."""
        counts = {name: np.zeros(length, dtype=np.int64) for name in FIGURES}
        observed, capped = np.ones(length, dtype=np.bool_), np.zeros(length, dtype=np.bool_)
        return cls(first=first, observed=observed, capped=capped, **counts)


_FLAGS = ("observed", "capped")
FIGURES = tuple(field.name for field in fields(History) if field.name not in {"first", *_FLAGS})


def at_least(told: Flags, capped: Flags) -> Flags:
    """Where counts are a minimum: `told` buckets with posts of a capped crawl, and the empty ones up to `UNSURE` after.

    Only what came before decides, so that a bucket is judged live as it is afterwards.
    """
    places = np.arange(len(told))
    last = np.maximum.accumulate(np.where(told, places, -1))
    return (last >= 0) & capped[last] & (places - last <= UNSURE)


def count(
    sightings: Iterable[Sighting],
    *,
    first: int,
    stop: int,
    gaps: Sequence[tuple[datetime, datetime]] = (),
) -> History:
    """Counts of the buckets [first, stop), the same for any order of arrival.

    Sightings of the hour before `first` may be given too: they tell whether a voice is new. `gaps` are the spans
    in which nothing was collected; a bucket that touches one is not observed.
    """
    history = History.empty(first, stop - first)
    voice, negative_voice = _Ear(), _Ear()
    negative_platforms: set[tuple[int, str]] = set()
    told, capped = np.zeros(stop - first, dtype=np.bool_), np.zeros(stop - first, dtype=np.bool_)
    for seen in sorted(sightings, key=lambda each: (each.published_at, each.id)):
        bucket = bucket_of(seen.published_at)
        is_new = voice.hears(seen)
        is_negative = seen.label == "negative"
        is_new_negative = is_negative and negative_voice.hears(seen)
        if not first <= bucket < stop:
            continue
        here = bucket - first
        told[here] = True
        capped[here] |= seen.is_capped
        history.mentions[here] += 1
        history.voices[here] += is_new
        history.negative[here] += is_negative
        history.negative_voices[here] += is_new_negative
        history.positive[here] += seen.label == "positive"
        history.reach[here] += seen.reach
        history.toxic[here] += seen.is_toxic
        history.threat[here] += seen.is_threat
        history.hoax[here] += seen.is_hoax
        if is_negative:
            negative_platforms.add((bucket, seen.platform))
    for bucket, _ in negative_platforms:
        history.platforms[bucket - first] += 1
    for begin, end in gaps:
        history.observed[max(bucket_of(begin) - first, 0) : max(-(-int(end.timestamp()) // BUCKET_S) - first, 0)] = (
            False
        )
    history.capped[:] = at_least(told, capped)
    return history


class _Ear:
    """Remembers who spoke and what was said last, and tells new voices from old ones."""

    def __init__(self) -> None:
        self._authors: dict[str, datetime] = {}
        self._texts: dict[str, datetime] = {}

    def hears(self, seen: Sighting) -> bool:
        """Whether this mention is a voice not heard before."""
        known = seen.author is not None and _spoke(self._authors, seen.author, seen.published_at)
        copied = seen.text_key != "" and _spoke(self._texts, seen.text_key, seen.published_at)
        return not (known or copied)


def _spoke(last: dict[str, datetime], key: str, at: datetime) -> bool:
    before = last.get(key)
    last[key] = at
    return before is not None and at - before < QUIET
