"""The numbers an agency may set for a client: thresholds, guards, how long a level stays."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is, ordered. Shown in Indonesian as Normal, Waspada, Siaga, Awas."""

    NORMAL = "normal"
    WATCH = "watch"
    WARNING = "warning"
    CRISIS = "crisis"

    @property
    def rank(self) -> int:
        """0 to 3."""
        return _RANKS[self.value]

    def __lt__(self, other: str) -> bool:
        return self.rank < _RANKS[other]

    def __le__(self, other: str) -> bool:
        return self.rank <= _RANKS[other]

    def __gt__(self, other: str) -> bool:
        return self.rank > _RANKS[other]

    def __ge__(self, other: str) -> bool:
        return self.rank >= _RANKS[other]


_ORDERED = tuple(Level)
_RANKS = {level.value: rank for rank, level in enumerate(_ORDERED)}


@dataclass(frozen=True, slots=True)
class Policy:
    """When a score becomes a level.

    Units: thresholds are points of the score, in (0, 100]; voices are negative voices within three hours;
    durations are minutes. `fall_share` is the share of a level's threshold that the score must stay under
    before the level may fall.
    """

    watch_score: float = 33.0
    warning_score: float = 45.0
    crisis_score: float = 65.0
    watch_voices: int = 4
    warning_voices: int = 7
    crisis_voices: int = 15
    hold_minutes: int = 180
    fall_share: float = 0.8

    def __post_init__(self) -> None:
        if not 0 < self.watch_score < self.warning_score < self.crisis_score <= 100:
            raise ValueError("thresholds must rise from watch over warning to crisis, within (0, 100]")
        if not 1 <= self.watch_voices <= self.warning_voices <= self.crisis_voices:
            raise ValueError("the voices needed must not fall from watch over warning to crisis")
        if self.hold_minutes < 0 or not 0 < self.fall_share <= 1:
            raise ValueError("a level is held for some minutes and falls below a share of its threshold")

    def threshold(self, level: Level) -> float:
        """Score at which a level begins."""
        return (0.0, self.watch_score, self.warning_score, self.crisis_score)[level.rank]

    def level_of(self, score: float) -> Level:
        """Level that a score alone would give."""
        least = (self.watch_score, self.warning_score, self.crisis_score)
        return _ORDERED[sum(score >= each for each in least)]

    def level_of_voices(self, negative_voices: int) -> Level:
        """Highest level that so many negative voices within three hours can carry."""
        least = (self.watch_voices, self.warning_voices, self.crisis_voices)
        return _ORDERED[sum(negative_voices >= each for each in least)]
