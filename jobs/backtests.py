"""Hold an alert rule or a sensitivity against a client's past, a week at a time."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core import alert_rules as rules
from core import backtests as past
from core.alerting import SENSITIVITIES, Alerted, Circumstances
from core.backtests import Fired, Judged
from core.clients import UTC_OFFSET_MINUTES
from core.crisis import BUCKETS_A_DAY, Assessment, Level, LevelState, assess, bucket_of, starts_at
from core.ids import ClientId, IncidentId
from core.incident_course import follow
from core.incidents import Incident, Policy
from core.operations import Step
from jobs.alerts import apart
from jobs.context import Context
from jobs.counts import history_of
from storage import alerting, backtests, buckets, versions
from storage.alert_rules import AlertRuleRow
from storage.backtests import BacktestRow
from storage.clients import ClientRow
from storage.operations import OperationRow
from storage.session import driver_of
from storage.table import new_id

HISTORY_DAYS = 29
BUCKETS_A_STEP = 7 * BUCKETS_A_DAY
BUCKET = timedelta(minutes=5)


async def replay(context: Context, session: AsyncSession, operation: OperationRow) -> Step:
    """The next week of a backtest, from where the one before ended; a rule is taken in one step.

    It changes nothing but the backtest itself, and tells nobody.
    Raises: `NotFound` where the client was removed meanwhile, and the backtest with it.
    """
    row = await versions.get(session, BacktestRow, UUID(operation.parameters["backtest_id"]), lock=True)
    if row.sensitivity is not None:
        return await _replay_policy(context, session, row, operation.cursor)
    found = await _replay_rule(session, row)
    return await _finish(context, session, row, {"alerts": found}, fired=len(found))


async def _replay_rule(session: AsyncSession, row: BacktestRow) -> list[dict[str, Any]]:
    asked = dict(row.rule or {})
    watched = {name: UUID(asked[name]) if asked[name] else None for name in ("keyword_id", "account_id")}
    names = ("kind", "threshold", "window_minutes", "cooldown_minutes")
    rule = rules.Rule(rules.RuleKind(asked["kind"]), *(asked[name] for name in names[1:]))
    start, stop = bucket_of(row.since), bucket_of(row.until)
    first = start - rule.window
    connection = await driver_of(session)
    counted = await buckets.history(connection, row.agency_id, row.client_id, starts_at(first), starts_at(stop))
    history = history_of(counted, first, stop)
    stand_in = AlertRuleRow(agency_id=row.agency_id, client_id=row.client_id, kind=asked["kind"], **watched)
    values = rules.observed(rule, history, await apart(session, stand_in, history))
    beside = await _circumstances(session, row)
    return [
        msgspec.to_builtins(Fired(starts_at(firing.bucket), firing.observed))
        for firing in rules.firings(rule, values, first=first, start=start, stop=stop)
        if _is_told(rule, starts_at(firing.bucket), beside)
    ]


def _is_told(rule: rules.Rule, at: datetime, beside: Circumstances) -> bool:
    return rules.holds(rule, at=at, now=at + BUCKET, circumstances=beside) is None


async def _replay_policy(
    context: Context, session: AsyncSession, row: BacktestRow, cursor: Mapping[str, Any] | None
) -> Step:
    start = cursor["bucket"] if cursor else bucket_of(row.since)
    end = bucket_of(row.until)
    stop = min(start + BUCKETS_A_STEP, end)
    state = LevelState.from_dict(cursor["state"]) if cursor else LevelState.initial()
    assessments = await _assessed(session, row, start, stop, state)
    beside = await _circumstances(session, row)
    if cursor and cursor["last_alert"]:
        beside = replace(beside, last_alert=msgspec.convert(cursor["last_alert"], Alerted))
    current = msgspec.convert(cursor["current"], Incident | None) if cursor else None
    fired, current, beside = _alerts(row, assessments, current, beside)
    levels = past.rises(assessments, state.level)
    found = _joined(row.found, fired, levels)
    if stop >= end:
        return await _finish(context, session, row, found, fired=len(fired))
    await backtests.note(session, row, found)
    carried = {
        "bucket": stop,
        "state": assessments[-1].state.to_dict(),
        "current": msgspec.to_builtins(current),
        "last_alert": msgspec.to_builtins(beside.last_alert),
    }
    first = bucket_of(row.since)
    return Step(carried, progress=(stop - first) / (end - first), counts={"alerts": len(fired)})


async def _assessed(
    session: AsyncSession, row: BacktestRow, start: int, stop: int, state: LevelState
) -> list[Assessment]:
    client = await versions.get(session, ClientRow, row.client_id)
    first = start - HISTORY_DAYS * BUCKETS_A_DAY
    connection = await driver_of(session)
    counted = await buckets.history(connection, row.agency_id, row.client_id, starts_at(first), starts_at(stop))
    return await asyncio.to_thread(
        assess,
        history_of(counted, first, stop),
        start=start,
        stop=stop,
        state=state,
        policy=SENSITIVITIES[row.sensitivity or "normal"],
        utc_offset_minutes=UTC_OFFSET_MINUTES[client.time_zone],
    )


def _alerts(
    row: BacktestRow, assessments: list[Assessment], current: Incident | None, beside: Circumstances
) -> tuple[list[Fired], Incident | None, Circumstances]:
    """What would have been told, each bucket judged when it was over."""
    fired: list[Fired] = []
    course = follow(
        current,
        assessments,
        client_id=ClientId(row.client_id),
        new_id=lambda: IncidentId(new_id()),
        now_at=lambda at: at + BUCKET,
        policy=Policy(),
        circumstances=beside,
    )
    for decision, assessment in course:
        current = None if decision.action == "close" else decision.incident
        if decision.alert and decision.incident is not None:
            at = starts_at(assessment.bucket)
            fired.append(Fired(at, assessment.score, decision.incident.level))
            beside = beside.told(decision.incident.level, at + BUCKET)
    return fired, current, beside


async def _circumstances(session: AsyncSession, row: BacktestRow) -> Circumstances:
    """The client's quiet hours, cooldown and campaigns as they are set now; a mute is of the present only."""
    beside = await alerting.circumstances(session, row.client_id, since=row.since, now=row.until)
    return replace(beside, muted_until=None, last_alert=None)


def _joined(found: Mapping[str, Any], fired: list[Fired], levels: Mapping[Level, int]) -> dict[str, Any]:
    before: dict[str, int] = found.get("levels", {})
    return {
        "alerts": [*found.get("alerts", []), *msgspec.to_builtins(fired)],
        "levels": {level.value: before.get(level.value, 0) + count for level, count in levels.items()},
    }


async def _finish(
    context: Context, session: AsyncSession, row: BacktestRow, found: Mapping[str, Any], *, fired: int
) -> Step:
    recorded = await backtests.recorded(session, row.client_id, row.since, row.until)
    alerts = msgspec.convert(found["alerts"], list[Fired])
    told = past.report(alerts, recorded, since=row.since, until=row.until)
    weeks = (row.until - row.since) / past.WEEK
    result = {
        "alert_count": len(told.alerts),
        "false_count": sum(each.verdict is past.Verdict.FALSE for each in told.alerts),
        "alerts": [_listed(each) for each in told.alerts[: past.MOST_ALERTS]],
        "incidents": msgspec.to_builtins(told.incidents),
        "per_week": told.per_week,
        "precision": told.precision,
        "recall": told.recall,
        "levels_per_week": {name: round(count / weeks, 3) for name, count in found["levels"].items()}
        if "levels" in found
        else None,
    }
    await backtests.finish(session, row, result, now=context.clock())
    return Step(None, result=f"/v1/alert-rules/backtests/{row.id}", counts={"alerts": fired})


def _listed(judged: Judged) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(judged.alert)
    return {**told, "verdict": judged.verdict.value, "incident_id": judged.incident_id and str(judged.incident_id)}
