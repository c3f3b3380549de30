"""How a level moves: it rises at once and falls after hours, one bucket after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from core.crisis.buckets import BUCKET_S
from core.crisis.policy import Level, Policy

MEMORY = 12 * 3600 // BUCKET_S  # buckets after an end in which the same level again is the same trouble


@dataclass(frozen=True, slots=True)
class LevelState:
    """All that is carried from one bucket to the next.

    `onset` is the bucket in which the level left normal, `since` the one in which it became what it is. `below`
    counts the buckets in a row whose score stayed under the level, each by how much it says, `rest` is the highest
    score among those, `peak` the highest since the level left normal, remembered for `MEMORY` after it came back.
    `calibrated_on` and `scale` keep the day's calibration, so that it need not be worked out for every bucket;
    `evidence` is what has added up for an outcry.
    """

    level: Level = Level.NORMAL
    since: int | None = None
    onset: int | None = None
    below: float = 0.0
    rest: float = 0.0
    peak: float = 0.0
    calibrated_on: int | None = None
    scale: tuple[float, ...] = ()
    evidence: float = 0.0

    @classmethod
    def initial(cls) -> Self:
        """Before the first bucket."""
        return cls()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "level": self.level.value,
            "since": self.since,
            "onset": self.onset,
            "below": self.below,
            "rest": self.rest,
            "peak": self.peak,
            "calibrated_on": self.calibrated_on,
            "scale": list(self.scale),
            "evidence": self.evidence,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The state that `to_dict` wrote."""
        return cls(
            level=Level(stored["level"]),
            since=stored["since"],
            onset=stored["onset"],
            below=stored["below"],
            rest=stored["rest"],
            peak=stored["peak"],
            calibrated_on=stored["calibrated_on"],
            scale=tuple(stored["scale"]),
            evidence=stored.get("evidence", 0.0),
        )


def step(
    state: LevelState, score: float, *, bucket: int, policy: Policy, is_blind: bool = False, says: float = 1.0
) -> LevelState:
    """The state after one more bucket.

    A rise shows at once; one to a level that the client has lately come down from takes as much more as its fall took
    less, for what ebbs does so in waves. A fall needs `policy.hold_minutes` of buckets under the level before this
    one: the bucket at hand may still be filling, so it cannot bring a level down by itself. Blind buckets, in which
    nothing was collected, count for nothing. `says` is how much a quiet bucket says of an end, in [0, 1]: less than all
    where its counts are a minimum.
    """
    if state.level is Level.NORMAL and state.since is not None and bucket - state.since > MEMORY:
        state = replace(state, peak=0.0)
    reached = _reached(state, score, policy)
    if reached > state.level:
        onset = bucket if state.level is Level.NORMAL else state.onset
        peak = max(state.peak, score)
        return replace(state, level=reached, since=bucket, onset=onset, below=0.0, rest=0.0, peak=peak)
    if is_blind or state.level is Level.NORMAL:
        return state
    if score >= policy.threshold(state.level) * policy.fall_share:
        return replace(state, below=0.0, rest=0.0, peak=max(state.peak, score))
    return _ebbed(state, score, bucket, policy, says)


def _ebbed(state: LevelState, score: float, bucket: int, policy: Policy, says: float) -> LevelState:
    """The state after one more bucket under the level: it waits, or falls to the highest level of its wait."""
    if not says:
        return state
    if state.below * BUCKET_S < policy.hold_minutes * 60:
        return replace(state, below=state.below + says, rest=max(state.rest, score))
    fallen = policy.level_of(max(state.rest, score))
    if fallen is Level.NORMAL:
        return replace(state, level=fallen, since=bucket, onset=None, below=0.0, rest=0.0)
    return replace(state, level=fallen, since=bucket, below=0.0, rest=0.0)


def _reached(state: LevelState, score: float, policy: Policy) -> Level:
    """Level to which a score raises, or at which it holds."""
    reached, known = policy.level_of(score), policy.level_of(state.peak)
    if reached > known:
        return reached
    return max(policy.level_of(score * policy.fall_share), min(reached, state.level))
