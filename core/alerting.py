"""When people are told, and when they are left alone: mute, quiet hours, campaigns, and the time between two alerts.

What is held back is recorded all the same. It is told once nothing holds it any longer, if it still stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Self

from core.clients import POLICIES, UTC_OFFSET_MINUTES
from core.crisis import Assessment, Level, Policy

DILUTED = "volume_without_negativity"
"""The guard of the score that says: much is said, and less of it is negative than usual."""

LONGEST_COOLDOWN = timedelta(hours=24)

SENSITIVITIES: Mapping[str, Policy] = {
    "low": POLICIES["low"],
    "normal": POLICIES["standard"],
    "high": POLICIES["high"],
}
"""Thresholds of the score by how easily an agency wants to be alerted about a client."""


class Hold(StrEnum):
    """Why people were not told."""

    HISTORY = "history"
    MUTE = "mute"
    CAMPAIGN = "campaign"
    QUIET_HOURS = "quiet_hours"
    COOLDOWN = "cooldown"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the client's own day in which levels up to `up_to` wait; `start` after `end` reaches past midnight.

    A crisis never waits.
    """

    start: time
    end: time
    time_zone: str
    up_to: Level = Level.WARNING

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours begin and end at different times")
        if self.up_to not in {Level.WATCH, Level.WARNING}:
            raise ValueError("quiet hours hold back watch or warning, never a crisis")

    def cover(self, now: datetime) -> bool:
        """Whether the client's clock stands within them."""
        zone = timezone(timedelta(minutes=UTC_OFFSET_MINUTES[self.time_zone]))
        clock = now.astimezone(zone).time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a client does to be talked about: while it runs, talk alone is no reason to alert."""

    name: str
    starts_at: datetime
    ends_at: datetime

    def runs(self, at: datetime) -> bool:
        """Whether it is on at this instant."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Alerted:
    """When people were last told of a client, and at which level."""

    at: datetime
    level: Level


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands beside the score when it is decided whether to tell people."""

    muted_until: datetime | None = None
    quiet_hours: QuietHours | None = None
    campaigns: tuple[Campaign, ...] = ()
    cooldown: timedelta = timedelta(0)
    last_alert: Alerted | None = None

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.cooldown <= LONGEST_COOLDOWN:
            raise ValueError("people may be told again within a day")

    def running(self, at: datetime) -> Campaign | None:
        """The campaign that is on, the latest to begin where there are several."""
        on = [campaign for campaign in self.campaigns if campaign.runs(at)]
        return max(on, key=lambda campaign: (campaign.starts_at, campaign.name)) if on else None

    def told(self, level: Level, now: datetime) -> Self:
        """The circumstances once people were told of this level."""
        return replace(self, last_alert=Alerted(now, level))


def holds(
    assessment: Assessment, *, level: Level, at: datetime, now: datetime, circumstances: Circumstances
) -> Hold | None:
    """What keeps people from being told `now` of the level at the instant `at`; None where nothing does."""
    if circumstances.muted_until is not None and now < circumstances.muted_until:
        return Hold.MUTE
    if circumstances.running(at) is not None and not is_negative(assessment):
        return Hold.CAMPAIGN
    quiet = circumstances.quiet_hours
    if quiet is not None and level <= quiet.up_to and quiet.cover(now):
        return Hold.QUIET_HOURS
    last = circumstances.last_alert
    if last is not None and now - last.at < circumstances.cooldown and level <= last.level:
        return Hold.COOLDOWN
    return None


def is_negative(assessment: Assessment) -> bool:
    """Whether talk has turned against the client, and has not only grown.

    More talk brings more complaints with it: that is what a campaign explains. It does not explain that a larger part
    of the talk is negative than usual, nor a crisis, unless the score itself says that the talk is less negative.
    """
    if DILUTED in assessment.guards:
        return False
    shifted = any(each.name == "share" and each.points > 0 for each in assessment.contributions)
    return shifted or assessment.level is Level.CRISIS


def policy_of(risk_tier: str, sensitivity: str | None) -> Policy:
    """Thresholds of a client: of the sensitivity that was chosen for it, else of its risk tier."""
    return POLICIES[risk_tier] if sensitivity is None else SENSITIVITIES[sensitivity]
