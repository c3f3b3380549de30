"""Conversations under one post: how deep and how fast people answer each other, and whether that gathers speed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.diagnosis.remarks import Remark
from core.intake import thread_key

MOST = 5
LEAST_ANSWERS = 5
LEAST_VOICES = 2
STEP = timedelta(minutes=15)
DEEPEST = 100
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation, by the posts of it that we hold; `mention_id` is the earliest of them.

    Units: `depth` is the longest chain of answers to answers; `pace` is answers in its last hour; `slope` is the line
    through the answers of each quarter of an hour, in answers an hour more with each hour; null within half an hour.
    """

    mention_id: UUID
    platform: str
    first_at: datetime
    last_at: datetime
    posts: int
    voices: int
    negative: int
    depth: int
    pace: int
    slope: float | None


@dataclass(frozen=True, slots=True)
class _Said:
    """A post and where it stands in its conversation."""

    remark: Remark
    own: int

    @property
    def answers(self) -> bool:
        return self.remark.parent is not None or self.remark.conversation not in {None, self.own}


_Known = Mapping[int, _Said]


def threads(remarks: Sequence[Remark]) -> list[Thread]:
    """Conversations of five answers and more by two voices and more, the one that gathers most speed first."""
    if all(remark.parent is None and remark.conversation is None for remark in remarks):
        return []
    said = [_Said(remark, thread_key(remark.platform, remark.native_id)) for remark in remarks]
    known = {each.own: each for each in said}
    by_root: dict[int, list[_Said]] = {}
    for each in said:
        by_root.setdefault(_root(each, known), []).append(each)
    found = [_thread(posts, known) for posts in by_root.values() if _is_one(posts)]
    return sorted(found, key=lambda one: (-(one.slope or 0.0), -one.posts, one.first_at, one.mention_id))[:MOST]


def _is_one(posts: Sequence[_Said]) -> bool:
    voices = {each.remark.voice for each in posts}
    return sum(each.answers for each in posts) >= LEAST_ANSWERS and len(voices) >= LEAST_VOICES


def _root(said: _Said, known: _Known) -> int:
    """The conversation a post says it belongs to, or the first post that its chain of answers leads to."""
    last = _chain(said, known)[-1]
    return said.remark.conversation or last.remark.conversation or last.remark.parent or last.own


def _chain(said: _Said, known: _Known) -> list[_Said]:
    """A post and those it answers, one after the other, as far as they are held; what answers itself ends it."""
    chain, seen = [said], {said.own}
    while (above := known.get(chain[-1].remark.parent or 0)) is not None and above.own not in seen:
        chain.append(above)
        seen.add(above.own)
        if len(chain) > DEEPEST:
            break
    return chain


def _thread(posts: Sequence[_Said], known: _Known) -> Thread:
    ordered = sorted(posts, key=lambda each: (each.remark.at, each.remark.id))
    first, last = ordered[0].remark, ordered[-1].remark
    answers = [each.remark.at for each in ordered if each.answers]
    chains = [_chain(each, known) for each in ordered]
    return Thread(
        mention_id=first.id,
        platform=first.platform,
        first_at=first.at,
        last_at=last.at,
        posts=len(ordered),
        voices=len({each.remark.voice for each in ordered}),
        negative=sum(each.remark.is_negative for each in ordered),
        depth=max(len(chain) - 1 + chain[-1].answers for chain in chains),
        pace=sum(answers[-1] - at < _HOUR for at in answers),
        slope=slope_of(answers),
    )


def slope_of(times: Sequence[datetime]) -> float | None:
    """Least squares through the answers an hour of each whole quarter up to the last; None where there is only one."""
    last = max(times)
    steps = (last - min(times)) // STEP
    if steps < 2:
        return None
    counts = [0] * steps
    for ago in ((last - at) // STEP for at in times):
        if ago < steps:
            counts[-1 - ago] += 1
    middle, mean = (steps - 1) / 2, sum(counts) / steps
    by_step = sum((place - middle) * (count - mean) for place, count in enumerate(counts))
    return round(by_step / sum((place - middle) ** 2 for place in range(steps)) * (_HOUR / STEP) ** 2, 2)
