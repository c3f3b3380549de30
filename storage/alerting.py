"""What decides beside the score whether people are told: mute, quiet hours, campaigns, the last alert."""

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.alerting import LONGEST_COOLDOWN, Alerted, Circumstances, QuietHours
from core.crisis import Level
from storage import campaigns
from storage.clients import ClientRow
from storage.incidents import IncidentRow


async def circumstances(session: AsyncSession, client_id: UUID, *, since: datetime, now: datetime) -> Circumstances:
    """What stands beside the score of a client when instants from `since` to `now` are decided."""
    client = (await session.execute(select(ClientRow).where(ClientRow.id == client_id))).scalar_one()
    return Circumstances(
        muted_until=client.muted_until,
        quiet_hours=quiet_hours(client),
        campaigns=await campaigns.explaining(session, client_id, since=since, now=now),
        cooldown=timedelta(minutes=client.cooldown_minutes),
        last_alert=await _last_alert(session, client_id, now),
    )


def quiet_hours(client: ClientRow) -> QuietHours | None:
    """The client's quiet hours, on its own clock."""
    if client.quiet_from is None or client.quiet_until is None:
        return None
    start, end = time.fromisoformat(client.quiet_from), time.fromisoformat(client.quiet_until)
    return QuietHours(start, end, client.time_zone, Level(client.quiet_up_to or Level.WARNING.value))


async def _last_alert(session: AsyncSession, client_id: UUID, now: datetime) -> Alerted | None:
    last = (
        select(IncidentRow.last_alert_at, IncidentRow.last_alert_level)
        .where(IncidentRow.client_id == client_id, IncidentRow.last_alert_at > now - LONGEST_COOLDOWN)
        .order_by(IncidentRow.last_alert_at.desc())
        .limit(1)
    )
    found = (await session.execute(last)).one_or_none()
    if found is None or found.last_alert_at is None or found.last_alert_level is None:
        return None
    return Alerted(found.last_alert_at, Level(found.last_alert_level))
