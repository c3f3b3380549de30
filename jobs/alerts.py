"""Evaluate an agency's alert rules where a client's counts have changed."""

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from core import alert_rules as rules
from core.alert_rules import Floats
from core.crisis import History, bucket_of, starts_at
from core.events import EventType
from core.ids import ClientId
from storage import alert_rules, alerting, events
from storage.alert_rules import AlertRow, AlertRuleRow
from storage.session import driver_of

if TYPE_CHECKING:
    from asyncpg import Record


async def evaluate(
    session: AsyncSession, client_id: ClientId, *, start: int, stop: int, history: History, now: datetime
) -> None:
    """Alert where a rule of the client is met within the buckets [start, stop), the last six hours of them.

    The client is locked: nobody else evaluates its rules meanwhile. A bucket that a rule has told of is not told again.
    """
    start = max(start, bucket_of(now - rules.TOO_LATE), history.first)
    if start >= stop:
        return
    for row in await alert_rules.enabled(session, client_id):
        rule = alert_rules.value(row)
        values = rules.observed(rule, history, await apart(session, row, history))
        last = None if row.last_fired_at is None else bucket_of(row.last_fired_at)
        for firing in rules.firings(rule, values, first=history.first, start=start, stop=stop, last_fired=last):
            await _alert(session, row, firing, now)


async def apart(session: AsyncSession, row: AlertRuleRow, history: History) -> Floats | None:
    """What a rule looks at that does not stand in the history, bucket by bucket; None where all of it does."""
    if row.kind not in rules.COUNTED_APART:
        return None
    connection = await driver_of(session)
    counted = await alert_rules.counted_apart(connection, row, starts_at(history.first), starts_at(history.stop))
    return _placed(counted, history)


def _placed(counted: "list[Record]", history: History) -> Floats:
    values = np.zeros(len(history.mentions))
    for each in counted:
        values[bucket_of(each["bucket_at"]) - history.first] = each["said"]
    return values


async def _alert(session: AsyncSession, row: AlertRuleRow, firing: rules.Firing, now: datetime) -> None:
    at = starts_at(firing.bucket)
    beside = await alerting.circumstances(session, row.client_id, since=at, now=now)
    held = rules.holds(alert_rules.value(row), at=at, now=now, circumstances=beside)
    values = {"at": at, "observed": firing.observed, "held_by": held.value if held else None}
    alert = await alert_rules.record(session, row, values, now=now)
    if held is None:
        data = _told(row, alert)
        await events.publish(session, EventType.ALERT_TRIGGERED, client_id=row.client_id, data=data, now=now)


def _told(row: AlertRuleRow, alert: AlertRow) -> dict[str, object]:
    names = ("client_id", "rule_id", "kind", "at", "observed", "threshold", "window_minutes")
    return {
        "alert_id": alert.id,
        **{name: getattr(alert, name) for name in names},
        "reasons": rules.explain(alert_rules.value(row), alert.observed),
        "links": {"rule": f"/v1/alert-rules/{row.id}", "client": f"/v1/clients/{row.client_id}"},
    }
