"""Alarms are told; and what no single post shows is looked for: a statement that made it worse, a slow burn."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core import incidents as rules
from core.alarms.backlash import backlash
from core.alarms.drift import drifting
from core.alarms.wording import AlarmKind
from core.events import EventType
from jobs.context import Context
from storage import alarms, events, incidents, outbox, unscoped
from storage.alarms import Alarm, AlarmRow
from storage.outbox import Due
from storage.session import tenant_connection, tenant_session

DRIFT_ONCE_IN = timedelta(days=28)
BACKLASH_ONCE_IN = timedelta(days=2)

_EVENTS = {AlarmKind.BACKLASH: EventType.RESPONSE_BACKLASH, AlarmKind.DRIFT: EventType.PERCEPTION_DRIFTING}


async def tell_alarm(context: Context, due: Due) -> None:
    """Publish the event of one alarm.

    May run twice: the row of the outbox is locked, and deleted with the event.
    """
    now = context.clock()
    async with tenant_session(context.db, due.agency_id) as session:
        row = await outbox.find(session, due.id)
        if row is None:
            return
        alarm = await alarms.find(session, row.subject_id)
        if alarm is not None:
            event = _EVENTS.get(AlarmKind(alarm.kind), EventType.MENTION_FLAGGED)
            await events.publish(session, event, client_id=alarm.client_id, data=_data(alarm), now=now)
            if alarm.kind == AlarmKind.BACKLASH and alarm.mention_id is not None:
                await _trace(session, alarm, alarm.mention_id, now)
        await outbox.finish(session, due.id)


async def _trace(session: AsyncSession, alarm: AlarmRow, mention_id: UUID, now: datetime) -> None:
    """Write the client's own post on the timeline of the incident that it fed; one that opens later looks for it."""
    current = await incidents.find_alive(session, alarm.client_id)
    if current is not None and current.detected_at <= alarm.raised_at:
        await incidents.apply(session, rules.traced(current, mention_id, at=now), reasons=None, now=now)


def _data(alarm: AlarmRow) -> dict[str, Any]:
    links = {"client": f"/v1/clients/{alarm.client_id}"}
    if alarm.kind == AlarmKind.DRIFT:
        return {"client_id": alarm.client_id, **alarm.figures, "links": links}
    links["mention"] = f"/v1/mentions/{alarm.mention_id}"
    told = {"mention_id": alarm.mention_id, "client_id": alarm.client_id, "published_at": alarm.published_at}
    if alarm.kind == AlarmKind.BACKLASH:
        return {**told, **alarm.figures, "links": links}
    return {**told, "kind": alarm.kind, "links": links}


async def watch_responses(ctx: dict[Any, Any]) -> None:
    """Look at the talk after each statement that a client made in the last three hours."""
    context: Context = ctx["context"]
    now = context.clock()
    for agency_id in await unscoped.agency_ids(context.db):
        async with tenant_connection(context.db, agency_id) as connection:
            for each in await alarms.statements(connection, agency_id, now=now):
                found = backlash(each.before, each.after)
                if found is None:
                    continue
                figures = {
                    "share_before": round(found.share_before, 4),
                    "share_after": round(found.share_after, 4),
                    "voices_before": each.before.all,
                    "voices_after": each.after.all,
                }
                alarm = Alarm(
                    each.client_id, AlarmKind.BACKLASH, _key(str(each.mention_id)), each.published_at,
                    mention_id=each.mention_id, figures=figures,
                )  # fmt: skip
                await alarms.raise_all(connection, agency_id, [alarm], now=now, once_in=BACKLASH_ONCE_IN)


async def watch_perception(ctx: dict[Any, Any]) -> None:
    """Look at the last 56 days of every client for a slow burn; one that was told is not told again for four weeks."""
    context: Context = ctx["context"]
    now = context.clock()
    until = _day_of(now)
    for agency_id in await unscoped.agency_ids(context.db):
        async with tenant_connection(context.db, agency_id) as connection:
            for client_id, days in (await alarms.days(connection, agency_id, until=until)).items():
                found = drifting(days)
                if found is None:
                    continue
                figures = {"share_before": found.share_before, "share_now": found.share_now, "z": found.z}
                alarm = Alarm(client_id, AlarmKind.DRIFT, 0, until, figures=figures)
                await alarms.raise_all(connection, agency_id, [alarm], now=now, once_in=DRIFT_ONCE_IN)


def _day_of(now: datetime) -> datetime:
    """The last midnight of Jakarta, which is 17 hours UTC."""
    return (now + timedelta(hours=7)).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=7)


def _key(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
