"""Deliveries of events to endpoints.

Locks are taken in one order: endpoint, delivery, outbox. A worker that begins a delivery holds its outbox row
already, and therefore never waits for the others: it skips what is locked.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.events import EventType
from storage import outbox, paging
from storage.events import EventRow
from storage.paging import Asked, Page
from storage.webhooks import DeliveryRow, EndpointRow

PENDING = "pending"
DELIVERED = "delivered"
EXHAUSTED = "exhausted"
CANCELLED = "cancelled"
STATUSES = (PENDING, DELIVERED, EXHAUSTED, CANCELLED)


async def find(session: AsyncSession, delivery_id: UUID) -> tuple[DeliveryRow, EndpointRow] | None:
    """The delivery with its endpoint; None when the endpoint, and with it the delivery, is gone."""
    statement = (
        select(DeliveryRow, EndpointRow)
        .join(EndpointRow, EndpointRow.id == DeliveryRow.endpoint_id)
        .where(DeliveryRow.id == delivery_id)
    )
    found = (await session.execute(statement)).one_or_none()
    return None if found is None else (found[0], found[1])


async def lock_pending(session: AsyncSession, delivery_id: UUID) -> DeliveryRow | None:
    """The delivery, locked, where it is pending; None otherwise. It is never waited for.

    Hold its row of the outbox first.
    """
    statement = select(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.status == PENDING)
    fresh = statement.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


async def lock(session: AsyncSession, delivery_id: UUID) -> DeliveryRow | None:
    """The delivery, locked to be changed and read anew; None when it is gone. Lock its endpoint first."""
    statement = select(DeliveryRow).where(DeliveryRow.id == delivery_id).with_for_update()
    fresh = statement.execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


async def change(session: AsyncSession, delivery: DeliveryRow, *, now: datetime, **values: Any) -> None:
    """Write a locked delivery's new state down. It waits for nothing unless told."""
    for name, value in {"waiting_for": None, **values}.items():
        setattr(delivery, name, value)
    delivery.version += 1
    delivery.updated_at = now
    await session.flush()


async def page(session: AsyncSession, asked: Asked) -> Page[DeliveryRow]:
    """The agency's deliveries."""
    return await paging.page_of(session, select(DeliveryRow), DeliveryRow, asked)


async def send_again(session: AsyncSession, delivery: DeliveryRow, *, now: datetime) -> None:
    """Make a locked delivery due now. One that had ended begins the ladder anew; its webhook-id stays.

    One that is being sent at this moment is not sent a second time beside.
    """
    ended = delivery.status != PENDING
    delivery.status = PENDING
    delivery.next_attempt_at = now
    delivery.waiting_for = None
    delivery.version += 1
    delivery.updated_at = now
    if ended:
        delivery.ladder_from = delivery.attempt_count
    await session.flush()
    await outbox.renew(session, EventType.DELIVERY_DUE, delivery.id, now=now)


async def forget_events(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Delete events older than that, with their deliveries and attempts; how many those were.

    One whose delivery was asked for again and is still pending stays until that has ended.
    """
    pending = select(DeliveryRow.id).where(DeliveryRow.event_id == EventRow.id, DeliveryRow.status == PENDING)
    old = select(EventRow.id).where(EventRow.occurred_at < before, ~pending.exists())
    oldest = old.order_by(EventRow.occurred_at).limit(limit)
    gone = await session.execute(delete(EventRow).where(EventRow.id.in_(oldest)).returning(EventRow.id))
    return len(gone.all())
