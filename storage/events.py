"""Public events: each kept as the exact bytes that every endpoint is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ForeignKeyConstraint, Index, select
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import event_bodies
from core.events import EventType
from core.ids import EventId
from storage import outbox
from storage.incidents import IncidentRow
from storage.table import TenantTable, new_id


class EventRow(TenantTable):
    """A public event with the exact bytes every endpoint is sent."""

    __tablename__ = "events"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "occurred_at", "id"),
    )

    client_id: Mapped[UUID | None]
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(BYTEA)


async def publish(
    session: AsyncSession,
    event: EventType,
    *,
    client_id: UUID | None,
    data: msgspec.Struct | Mapping[str, Any],
    now: datetime,
) -> EventId:
    """Write a public event down with its cause: it is told to endpoints once this transaction commits, or never.

    Raises: as `core.event_bodies.encode`.
    """
    event_id = EventId(new_id())
    body = event_bodies.encode(event_id, event, data, at=now)
    row = EventRow(
        agency_id=session.info["agency_id"],
        id=event_id,
        client_id=client_id,
        type=event.value,
        occurred_at=now,
        body=body,
    )
    session.add(row)
    await session.flush()
    await outbox.append(session, event, event_id, now=now)
    return event_id


async def publish_incident(session: AsyncSession, event: EventType, incident: IncidentRow, *, now: datetime) -> EventId:
    """Publish what has become of an incident, with the reasons that it opened or rose for."""
    data = {
        "incident_id": incident.id,
        "client_id": incident.client_id,
        "status": incident.status,
        "level": incident.level,
        "score": round(incident.score, 1),
        "peak_score": round(incident.peak_score, 1),
        "opened_at": incident.opened_at,
        "version": incident.version,
        "reasons": {language: event_bodies.shorten(incident.reasons.get(language, [])) for language in ("id", "en")},
        "links": {"incident": f"/v1/incidents/{incident.id}", "client": f"/v1/clients/{incident.client_id}"},
    }
    return await publish(session, event, client_id=incident.client_id, data=data, now=now)


async def find(session: AsyncSession, event_id: UUID) -> EventRow | None:
    """The event; None once its client is gone."""
    return (await session.execute(select(EventRow).where(EventRow.id == event_id))).scalar_one_or_none()
