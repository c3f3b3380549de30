"""Backtests: which alerts caught something, how early, and which were false."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.backtests import Fired, Recorded, Verdict, report

START = datetime(2026, 3, 1, tzinfo=UTC)
END = START + timedelta(days=14)


def at(hours):
    return START + timedelta(hours=hours)


def incident(number, first, opened, ended, *, is_false=False):
    return Recorded(UUID(int=number), at(first), at(opened), None if ended is None else at(ended), is_false)


PAST = [
    incident(1, 10, 11, 20),
    incident(2, 50, 51, 60, is_false=True),
    incident(3, 100, 101, 110),
    incident(4, 300, 301, None),
]


def test_each_alert_is_held_against_what_was_recorded():
    told = report([Fired(at(h), 1.0) for h in (9.5, 12, 30, 55, 302)], PAST, since=START, until=END)

    verdicts = [(each.verdict, each.incident_id and each.incident_id.int) for each in told.alerts]
    assert verdicts == [
        (Verdict.CAUGHT, 1), (Verdict.CAUGHT, 1), (Verdict.FALSE, None), (Verdict.FALSE, 2), (Verdict.UNDECIDED, 4),
    ]  # fmt: skip
    assert [(each.incident_id.int, each.lead_minutes) for each in told.incidents] == [(1, 90.0), (3, None)]
    assert (told.per_week, told.precision, told.recall) == (2.5, 0.5, 0.5)


def test_an_alert_after_the_opening_is_late():
    told = report([Fired(at(102), 1.0)], PAST, since=START, until=END)
    assert [each.lead_minutes for each in told.incidents] == [None, -60.0]


def test_where_nothing_happened_there_is_no_share_of_anything():
    told = report([], [], since=START, until=END)
    assert (told.per_week, told.precision, told.recall, told.alerts, told.incidents) == (0.0, None, None, (), ())


@given(st.permutations(range(8)), st.permutations(range(4)))
def test_the_order_in_which_things_are_read_tells_nothing(alerts, incidents):
    hours = [9.5, 12, 30, 55, 101, 109, 200, 302]
    fired = [Fired(at(hour), hour) for hour in hours]
    straight = report(fired, PAST, since=START, until=END)
    mixed = report([fired[n] for n in alerts], [PAST[n] for n in incidents], since=START, until=END)
    assert mixed == straight
