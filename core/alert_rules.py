"""Alert rules of an agency: when counts of a client pass a threshold. The same evaluation live and over the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.alerting import Circumstances, Hold
from core.crisis import BUCKET_S, History
from core.errors import FieldProblem, Invalid

FEWEST_FOR_A_SHARE = 10
"""Mentions within the window, below which their negative share says nothing."""

LONGEST_WINDOW_MINUTES = 1440
LONGEST_COOLDOWN_MINUTES = 10_080
TOO_LATE = timedelta(hours=6)
"""What lies further back when it is counted is history, and alerts nobody."""

Floats = NDArray[np.float64]


class RuleKind(StrEnum):
    """What a rule watches."""

    VOLUME = "volume"
    NEGATIVE_COUNT = "negative_count"
    NEGATIVE_SHARE = "negative_share"
    REACH = "reach"
    KEYWORD = "keyword"
    AUTHOR = "author"
    SCORE = "score"


COUNTED_APART = frozenset({RuleKind.KEYWORD, RuleKind.AUTHOR, RuleKind.SCORE})
"""What does not stand in a client's own counts."""

EXPLAINED_BY_CAMPAIGNS = frozenset({RuleKind.VOLUME, RuleKind.REACH})


@dataclass(frozen=True, slots=True)
class Rule:
    """When to alert.

    Units: `threshold` counts mentions (readers for reach) within `window_minutes`; for a share it is in (0, 1], for the
    score points in (0, 100]. Within `cooldown_minutes` of an alert the rule is silent.
    """

    kind: RuleKind
    threshold: float
    window_minutes: int
    cooldown_minutes: int

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= highest(self.kind):
            raise ValueError(f"a threshold of {self.kind} lies above 0 and at most at {highest(self.kind):g}")
        if not 5 <= self.window_minutes <= LONGEST_WINDOW_MINUTES or self.window_minutes % 5:
            raise ValueError("a window is a multiple of five minutes, of a day at most")
        if not 5 <= self.cooldown_minutes <= LONGEST_COOLDOWN_MINUTES:
            raise ValueError("a rule rests for five minutes to a week")

    @property
    def window(self) -> int:
        """Buckets within the window."""
        return self.window_minutes * 60 // BUCKET_S


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule has alerted: in which bucket, and at what."""

    bucket: int
    observed: float


def highest(kind: RuleKind) -> float:
    """The highest threshold that can ever be reached."""
    return {RuleKind.NEGATIVE_SHARE: 1.0, RuleKind.SCORE: 100.0}.get(kind, 1e12)


def require_sense(
    kind: str, threshold: float, keyword_id: UUID | None, account_id: UUID | None, *, below: str = ""
) -> None:
    """Refuse a rule that is never met or does not say what it watches; `below` is where it stands in the body.

    Raises: `Invalid`.
    """
    problems: list[FieldProblem] = []
    if threshold > highest(RuleKind(kind)):
        detail = f"A threshold of {kind} is at most {highest(RuleKind(kind)):g}."
        problems.append(FieldProblem("never_reached", detail, pointer=f"{below}/threshold"))
    for name, of, watched in (
        ("keyword_id", RuleKind.KEYWORD, keyword_id),
        ("account_id", RuleKind.AUTHOR, account_id),
    ):
        if (watched is not None) != (kind == of):
            detail = f"Name {name} with the kind {of}, and with no other."
            problems.append(FieldProblem("not_watched", detail, pointer=f"{below}/{name}"))
    if problems:
        raise Invalid("A field is refused.", problems=problems)


def observed(rule: Rule, history: History, apart: Floats | None = None) -> Floats:
    """What the rule looks at, for each bucket of the history: the window that ends with it, itself included.

    `apart` holds, bucket by bucket, what does not stand in the history: mentions of one keyword or author, or scores.
    """
    if rule.kind in COUNTED_APART:
        if apart is None or len(apart) != len(history.mentions):
            raise ValueError(f"{rule.kind} is counted apart, one value a bucket")
        return _highest(apart, rule.window) if rule.kind is RuleKind.SCORE else _sum(apart, rule.window)
    if rule.kind is RuleKind.NEGATIVE_SHARE:
        negative, mentions = _sum(history.negative, rule.window), _sum(history.mentions, rule.window)
        return np.where(mentions >= FEWEST_FOR_A_SHARE, negative / np.maximum(mentions, 1), 0.0)
    name = {RuleKind.VOLUME: "mentions", RuleKind.NEGATIVE_COUNT: "negative", RuleKind.REACH: "reach"}[rule.kind]
    return _sum(getattr(history, name), rule.window)


def firings(
    rule: Rule, values: Floats, *, first: int, start: int, stop: int, last_fired: int | None = None
) -> list[Firing]:
    """When the rule alerts within the buckets [start, stop): at the threshold, and not within its cooldown.

    `values` begin with bucket `first`. Taken in one piece or in several, each with the bucket in which the one before
    fired last, the outcome is the same.
    """
    rest = rule.cooldown_minutes * 60 // BUCKET_S
    found: list[Firing] = []
    for bucket in (np.flatnonzero(values[start - first : stop - first] >= rule.threshold) + start).tolist():
        if last_fired is None or bucket - last_fired >= rest:
            found.append(Firing(bucket, round(float(values[bucket - first]), 4)))
            last_fired = bucket
    return found


def holds(rule: Rule, *, at: datetime, now: datetime, circumstances: Circumstances) -> Hold | None:
    """What keeps people from being told of a rule; None where nothing does.

    Quiet hours and the cooldown of incidents do not: a rule was asked for as it is, and has a cooldown of its own.
    """
    if now - at > TOO_LATE:
        return Hold.HISTORY
    if circumstances.muted_until is not None and now < circumstances.muted_until:
        return Hold.MUTE
    if rule.kind in EXPLAINED_BY_CAMPAIGNS and circumstances.running(at) is not None:
        return Hold.CAMPAIGN
    return None


_WORDS: Mapping[RuleKind, tuple[str, str]] = {
    RuleKind.VOLUME: ("{0} sebutan", "{0} mentions"),
    RuleKind.NEGATIVE_COUNT: ("{0} sebutan negatif", "{0} negative mentions"),
    RuleKind.NEGATIVE_SHARE: ("{0} dari sebutan bernada negatif", "{0} of the mentions were negative"),
    RuleKind.REACH: ("jangkauan {0} pembaca", "a reach of {0} readers"),
    RuleKind.KEYWORD: ("{0} sebutan dari kata kunci yang dipantau", "{0} mentions of the watched keyword"),
    RuleKind.AUTHOR: ("{0} sebutan dari akun yang dipantau", "{0} mentions by the watched account"),
    RuleKind.SCORE: ("skor krisis {0}", "a crisis score of {0}"),
}


def explain(rule: Rule, value: float) -> dict[str, list[str]]:
    """Why a rule alerted, in Indonesian and English."""
    indonesian, english = _WORDS[rule.kind]
    window, threshold = rule.window_minutes, _figure(rule, rule.threshold)
    return {
        "id": [f"{_written(rule, value, indonesian)} dalam {window} menit; ambangnya {threshold}."],
        "en": [f"{_written(rule, value, english)} within {window} minutes; the threshold is {threshold}."],
    }


def _written(rule: Rule, value: float, words: str) -> str:
    text = words.format(_figure(rule, value))
    return text[:1].upper() + text[1:]


def _figure(rule: Rule, value: float) -> str:
    return f"{value:.0%}" if rule.kind is RuleKind.NEGATIVE_SHARE else f"{value:g}" if value % 1 else f"{value:.0f}"


def _sum(counts: NDArray[Any], window: int) -> Floats:
    total = np.concatenate([[0], np.cumsum(counts)])
    begins = np.maximum(np.arange(1, len(counts) + 1) - window, 0)
    return (total[1:] - total[begins]).astype(np.float64)


def _highest(values: Floats, window: int) -> Floats:
    if not len(values):
        return values
    padded = np.concatenate([np.zeros(window - 1), values])
    return np.lib.stride_tricks.sliding_window_view(padded, window).max(axis=1)
