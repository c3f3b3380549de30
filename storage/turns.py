"""Whose turn it is at an endpoint that keeps an order or a rate, or that is left alone because nobody answers.

Such an endpoint is locked before anything is decided about it, and before what came of a try is written down: so who
waits is always seen by whoever ends the wait. A delivery that waits is not tried, and uses none of its tries up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import webhook_pacing as rules
from core.events import EventType
from core.webhook_pacing import Pace, Waiting
from core.webhooks import Outcome
from storage import deliveries, outbox
from storage.deliveries import PENDING
from storage.events import EventRow
from storage.outbox import OutboxRow
from storage.webhooks import DeliveryRow, EndpointRow

LOOK_AGAIN = timedelta(hours=1)
"""Whoever ends a wait makes those due that waited. This is for what ends without a word, such as a removal."""

FANNING_OUT = timedelta(seconds=1)
"""How soon to look again where an earlier event is still on its way to becoming deliveries."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a delivery waits for, and when to look again at the latest."""

    reason: Waiting
    until: datetime


async def lock_endpoint(session: AsyncSession, delivery_id: UUID) -> EndpointRow | None:
    """The endpoint of a delivery, locked and read anew; None when either is gone."""
    of_delivery = select(DeliveryRow.endpoint_id).where(DeliveryRow.id == delivery_id).scalar_subquery()
    statement = select(EndpointRow).where(EndpointRow.id == of_delivery).with_for_update(key_share=True)
    fresh = statement.execution_options(populate_existing=True)
    return (await session.execute(fresh)).scalar_one_or_none()


async def begin(
    session: AsyncSession,
    endpoint: EndpointRow,
    delivery: DeliveryRow,
    event: EventRow,
    *,
    now: datetime,
    until: datetime,
) -> Wait | None:
    """Have a delivery's turn begin, at a locked endpoint: None; or say what it waits for.

    Until `until` a try that tells whether an endpoint is back is the only one.
    """
    wait = await _order(session, endpoint, event, now) or await _circuit(session, endpoint, delivery, now)
    if wait is None:
        wait = _rate(endpoint, delivery, now)
    if wait is None and endpoint.circuit_until is not None:
        endpoint.probing_until = until
    await session.flush()
    return wait


async def _order(session: AsyncSession, endpoint: EndpointRow, event: EventRow, now: datetime) -> Wait | None:
    """An earlier event of the same resource is still to be delivered, or still to be fanned out."""
    if not endpoint.ordered or event.resource_id is None or event.position is None:
        return None
    undelivered = exists().where(
        DeliveryRow.event_id == EventRow.id, DeliveryRow.endpoint_id == endpoint.id, DeliveryRow.status == PENDING
    )
    on_its_way = exists().where(OutboxRow.type == EventRow.type, OutboxRow.subject_id == EventRow.id)
    # One statement, one snapshot: an event is not missed between leaving the outbox and becoming a delivery.
    earlier = select(undelivered, on_its_way).where(
        EventRow.resource_id == event.resource_id, EventRow.position < event.position
    )
    found = [(delivery, row) for delivery, row in await session.execute(earlier) if delivery or row]
    if not found:
        return None
    is_told = any(delivery for delivery, _ in found)
    return Wait("order", now + (LOOK_AGAIN if is_told else FANNING_OUT))


async def _circuit(session: AsyncSession, endpoint: EndpointRow, delivery: DeliveryRow, now: datetime) -> Wait | None:
    """The endpoint rests, or another delivery is finding out whether it is back. A test that was asked for goes."""
    if endpoint.circuit_until is None or delivery.event_type == EventType.ENDPOINT_TESTED:
        return None
    probing = endpoint.probing_until
    if endpoint.circuit_until <= now and (probing is None or probing <= now):
        return None
    soon = max(endpoint.circuit_until, probing or now)
    first = exists().where(
        DeliveryRow.endpoint_id == endpoint.id,
        DeliveryRow.waiting_for == "circuit",
        DeliveryRow.next_attempt_at <= soon,
        DeliveryRow.id != delivery.id,
    )
    # One comes back when the rest is over; the others are called when that one has met somebody.
    is_first = not (await session.execute(select(first))).scalar_one()
    return Wait("circuit", soon if is_first else soon + rules.LONGEST_REST)


def _rate(endpoint: EndpointRow, delivery: DeliveryRow, now: datetime) -> Wait | None:
    if endpoint.rate_per_minute is None:
        return None
    pace = Pace(endpoint.paced_at, endpoint.queued_until)
    turn = rules.next_turn(pace, endpoint.rate_per_minute, has_waited=delivery.waiting_for == "rate", now=now)
    endpoint.paced_at, endpoint.queued_until = turn.pace.paced_at, turn.pace.queued_until
    return None if turn.at is None else Wait("rate", turn.at)


async def put_off(session: AsyncSession, outbox_id: UUID, delivery: DeliveryRow, wait: Wait, *, now: datetime) -> None:
    """Have a locked delivery wait."""
    await deliveries.change(session, delivery, now=now, waiting_for=wait.reason, next_attempt_at=wait.until)
    await outbox.postpone(session, outbox_id, wait.until)


async def after_try(
    session: AsyncSession, endpoint: EndpointRow, delivery: DeliveryRow, outcome: Outcome, *, now: datetime
) -> None:
    """What a try at a locked endpoint changes for those who wait: its circuit, and whose turn is next."""
    if rules.is_broken(outcome):
        endpoint.failures_in_row += 1
        rest = rules.rest_after(endpoint.failures_in_row)
        if rest is not None:
            await _set_circuit(session, endpoint, now + rest, now)
            await _call(session, endpoint, "circuit", at=now + rest, limit=1, now=now)
    else:
        endpoint.failures_in_row = 0
        if endpoint.circuit_until is not None:
            await _set_circuit(session, endpoint, None, now)
            await _call(session, endpoint, "circuit", at=now, limit=None, now=now)
    if endpoint.ordered and delivery.status != PENDING:
        await _call_next(session, endpoint, delivery, now)
    await session.flush()


async def _set_circuit(session: AsyncSession, endpoint: EndpointRow, until: datetime | None, now: datetime) -> None:
    endpoint.circuit_until = until
    endpoint.probing_until = None
    endpoint.version += 1
    endpoint.updated_at = now
    await session.flush()


async def let_probe(session: AsyncSession, endpoint: EndpointRow, *, now: datetime) -> None:
    """End the rest of a locked endpoint: somebody asks for a try, and the next delivery finds out who is there."""
    if endpoint.circuit_until is not None and endpoint.circuit_until > now:
        await _set_circuit(session, endpoint, now, now)


async def call_all(session: AsyncSession, endpoint: EndpointRow, *, now: datetime) -> None:
    """Have everything that waits at an endpoint look again now: its owner has changed what it waits for."""
    endpoint.queued_until = None
    waiting = (DeliveryRow.endpoint_id == endpoint.id, DeliveryRow.waiting_for.is_not(None))
    found = (await session.execute(select(DeliveryRow.id).where(*waiting))).scalars().all()
    await _make_due(session, found, at=now, now=now)


async def _call(
    session: AsyncSession, endpoint: EndpointRow, reason: Waiting, *, at: datetime, limit: int | None, now: datetime
) -> None:
    waiting = select(DeliveryRow.id).where(DeliveryRow.endpoint_id == endpoint.id, DeliveryRow.waiting_for == reason)
    # The oldest first; a uuid7 sorts by its time.
    found = (await session.execute(waiting.order_by(DeliveryRow.id).limit(limit))).scalars().all()
    await _make_due(session, found, at=at, now=now)


async def _call_next(session: AsyncSession, endpoint: EndpointRow, ended: DeliveryRow, now: datetime) -> None:
    of_same = select(EventRow.resource_id).where(EventRow.id == ended.event_id).scalar_subquery()
    statement = (
        select(DeliveryRow.id)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .where(
            EventRow.resource_id == of_same,
            DeliveryRow.endpoint_id == endpoint.id,
            DeliveryRow.status == PENDING,
            DeliveryRow.waiting_for == "order",
        )
        .order_by(EventRow.position)
        .limit(1)
    )
    await _make_due(session, (await session.execute(statement)).scalars().all(), at=now, now=now)


async def _make_due(session: AsyncSession, delivery_ids: Sequence[UUID], *, at: datetime, now: datetime) -> None:
    if not delivery_ids:
        return
    # A row that somebody holds is being sent, or looked at by whoever waits for this endpoint's lock.
    of_these = (OutboxRow.type == EventType.DELIVERY_DUE.value, OutboxRow.subject_id.in_(delivery_ids))
    rows = select(OutboxRow.id).where(*of_these, outbox.is_free(now)).with_for_update(skip_locked=True)
    await outbox.bring_forward(session, rows, at)
    again = update(DeliveryRow).where(DeliveryRow.id.in_(delivery_ids))
    again = again.values(next_attempt_at=at, version=DeliveryRow.version + 1, updated_at=now)
    await session.execute(again.execution_options(synchronize_session=False))
