from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from core import plans


def test_a_month_is_one_of_utc_and_ends_when_the_next_begins():
    jakarta = timezone(timedelta(hours=7))
    assert plans.month_of(datetime(2026, 12, 1, 6, 59, tzinfo=jakarta)) == date(2026, 11, 1)
    assert plans.end_of(date(2026, 11, 1)) == datetime(2026, 12, 1, tzinfo=UTC)
    assert plans.end_of(date(2026, 12, 1)) == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("used", "thresholds"),
    [(0, ()), (49, ()), (50, (50,)), (89, (50, 75)), (90, (50, 75, 90)), (140, (50, 75, 90, 100))],
)
def test_thresholds_are_reached_at_their_share(used: int, thresholds: tuple[int, ...]):
    assert plans.reached(used, 100) == thresholds
