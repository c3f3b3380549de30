"""What a client's own circumstances mean for its score: local time, and how soon to worry."""

from collections.abc import Mapping

from core.crisis import Policy

UTC_OFFSET_MINUTES: Mapping[str, int] = {"Asia/Jakarta": 420, "Asia/Makassar": 480, "Asia/Jayapura": 540}
"""WIB, WITA and WIT. Indonesia has no daylight saving."""

POLICIES: Mapping[str, Policy] = {
    "low": Policy(watch_score=38, warning_score=55, crisis_score=75),
    "standard": Policy(),
    "high": Policy(watch_score=25, warning_score=38, crisis_score=58),
}
"""Thresholds by risk tier. Source: S113 of the requirements."""
