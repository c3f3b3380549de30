"""What a client's own circumstances mean for its score: local time, and how soon to worry."""

from collections.abc import Mapping

from core.crisis import Policy

UTC_OFFSET_MINUTES: Mapping[str, int] = {"Asia/Jakarta": 420, "Asia/Makassar": 480, "Asia/Jayapura": 540}
"""WIB, WITA and WIT. Indonesia has no daylight saving."""

POLICIES: Mapping[str, Policy] = {
    "low": Policy(watch_score=40, warning_score=55, crisis_score=75),
    "standard": Policy(),
    "high": Policy(watch_score=30, warning_score=45, crisis_score=65),
}
"""Thresholds by risk tier. Source: S113 of the requirements."""
