"""What an agency may have: plans, their quotas, and how near to a quota its usage is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum


class Quota(StrEnum):
    """What is limited by a plan."""

    CLIENTS = "clients"
    ACCOUNTS = "accounts"
    KEYWORDS = "keywords"
    SEATS = "seats"
    MENTIONS = "mentions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The quotas of a plan; None is no limit, and for requests a minute what the installation's settings say.

    Units: `mentions` a month in UTC, counted when they are recorded.
    """

    name: str
    clients: int | None = None
    accounts: int | None = None
    keywords: int | None = None
    seats: int | None = None
    mentions: int | None = None
    requests_of_credential: int | None = None
    requests_of_agency: int | None = None

    def limit(self, quota: Quota) -> int | None:
        """How many of this the plan allows."""
        value: int | None = getattr(self, quota.value)
        return value


PLANS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan(
            name="trial", clients=3, accounts=30, keywords=60, seats=3, mentions=10_000,
            requests_of_credential=120, requests_of_agency=300,
        ),
        Plan(name="starter", clients=10, accounts=200, keywords=400, seats=10, mentions=200_000),
        Plan(name="studio", clients=50, accounts=1_000, keywords=2_000, seats=50, mentions=2_000_000),
        Plan(
            name="house", clients=500, accounts=10_000, keywords=20_000, seats=500, mentions=50_000_000,
            requests_of_credential=1_800, requests_of_agency=18_000,
        ),
        Plan(name="unlimited"),
    )
}  # fmt: skip
DEFAULT_PLAN = "unlimited"
"""What an agency gets unless the operator says otherwise: who runs Siaga for themselves has nothing to sell."""

THRESHOLDS = (50, 75, 90, 100)
"""Per cent of the month's mentions at which people are told."""


def month_of(now: datetime) -> date:
    """The first day of this instant's month, in UTC."""
    return now.astimezone(UTC).date().replace(day=1)


def end_of(month: date) -> datetime:
    """When the next month begins: from then on the count is at nought."""
    year, number = (month.year + 1, 1) if month.month == 12 else (month.year, month.month + 1)
    return datetime(year, number, 1, tzinfo=UTC)


def reached(used: int, limit: int) -> tuple[int, ...]:
    """The thresholds that this much usage has reached, lowest first."""
    return tuple(threshold for threshold in THRESHOLDS if used * 100 >= limit * threshold)
