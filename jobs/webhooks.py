"""Tell endpoints what has happened: fan an event out, deliver it, try again.

Sending stands between two transactions. The first holds the delivery, the second records what came of it. A worker
that dies in between leaves its hold to run out, and the same bytes are sent again under the same `webhook-id`: at
least once, and twice only after such a death. What is recorded changes the delivery only while who sent it holds it.
"""

import logging
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core import event_bodies
from core import webhook_pacing as pacing
from core import webhooks as rules
from core.events import EventType
from jobs import attempts
from jobs.attempts import Result
from jobs.context import Context
from storage import attempts as tries
from storage import deliveries, events, metrics, outbox, parcels, provenance, subscribers, tracing, turn_batches, turns
from storage import webhooks as endpoints
from storage.outbox import Due, OutboxRow
from storage.parcels import Parcel
from storage.provenance import Provenance
from storage.session import tenant_connection, tenant_session, wait_for_no_disk
from storage.table import new_id_texts
from storage.turn_batches import Begun
from storage.webhooks import DeliveryRow, EndpointRow

log = logging.getLogger("siaga.webhooks")

LEAST_RECORDING_S = 5.0
"""How long, after the longest send, a worker may take at least to record what came of it."""

CLOCK_DRIFT = timedelta(seconds=1)
"""How far two workers' clocks may be apart without one taking the other's due row for an early one."""

Sent = tuple[Parcel, Result]

_DISABLED = {"gone": "it answered 410", "failing": "every try failed for five days"}


async def fan_out(context: Context, due: Due) -> None:
    """Begin a delivery of one event to each endpoint that subscribes to it.

    May run twice: an endpoint has at most one delivery of an event.
    """
    async with tenant_connection(context.db, due.agency_id, by_keys=True) as connection:
        behind = provenance.present()
        await subscribers.tell_these(connection, due.agency_id, [due.id], lambda _: behind, now=context.clock())


async def deliver(context: Context, due: Due) -> None:
    """Make one try at a delivery, and settle what follows it.

    May run twice, even at once: a delivery being sent is left alone, and one that has ended is not sent.
    """
    now = context.clock()
    async with tenant_connection(context.db, due.agency_id, by_keys=True) as connection:
        taken = await parcels.take_these(
            connection, due.agency_id, [due.id], now=now, until=held_until(context, now), due_by=now + CLOCK_DRIFT
        )
    for parcel in taken.parcels:
        await settle(context, due.agency_id, [(parcel, await attempt(context, parcel))])
    begun = await begin_turns(context, due.agency_id, taken.others)
    aside = [await set_aside(context, other) for other in begun.rest]
    for parcel in [*begun.parcels, *(parcel for parcel in aside if parcel is not None)]:
        await settle(context, due.agency_id, [(parcel, await attempt(context, parcel))])


def held_until(context: Context, now: datetime) -> datetime:
    """How long a delivery that is taken now is left alone by others: for the longest send, and to record it."""
    return now + timedelta(seconds=longest_send_s(context) + max(LEAST_RECORDING_S, longest_send_s(context)))


def may_still_send(context: Context, parcel: Parcel) -> bool:
    """Whether the longest send would end, and could be written down, before somebody else may take the parcel."""
    return parcel.held_until - context.clock() >= _least_left(context.settings.webhook_timeout_s)


@cache
def _least_left(longest_s: float) -> timedelta:
    return timedelta(seconds=longest_s + LEAST_RECORDING_S / 2)


def longest_send_s(context: Context) -> float:
    """After so long a receiver is not waited for any longer."""
    return context.settings.webhook_timeout_s


async def attempt(context: Context, parcel: Parcel) -> Result:
    """Send a parcel once, under the name of the request that it follows from."""
    if not tracing.is_on():
        result = await attempts.attempt(context, parcel)
        metrics.note_attempt(result.summary)
        return result
    with tracing.span("webhook attempt", "client") as span, provenance.following(_provenance(span)):
        result = await attempts.attempt(context, parcel)
        span.note(siaga__event=parcel.event_type, siaga__delivery_id=str(parcel.delivery_id))
        span.note(siaga__outcome=result.summary)
        if result.summary != "2xx":
            span.fail(result.summary)
    metrics.note_attempt(result.summary)
    return result


async def settle(context: Context, agency_id: UUID, sent: Sequence[tuple[Parcel, Result]]) -> None:
    """Write down what came of parcels of one agency: of those that arrived by the batch, of the others one by one.

    May run twice with the same, where it is not known whether the first time was committed.
    """
    nameless = [result for _, result in sent if not result.id]
    for result, attempt_id in zip(nameless, new_id_texts(len(nameless)), strict=True):
        result.id = attempt_id
    arrived, in_turn, others = list[Sent](), list[Sent](), list[Sent]()
    for each in sent:
        is_success = rules.is_success(each[1].status_code)
        (others if not is_success else in_turn if each[0].endpoint.takes_turns else arrived).append(each)
    settled = {
        *(await _settle_arrived(context, agency_id, arrived) if arrived else ()),
        *(await _settle_in_turn(context, agency_id, in_turn) if in_turn else ()),
    }
    if len(settled) < len(arrived) + len(in_turn):
        others += [each for each in (*arrived, *in_turn) if each[0].delivery_id not in settled]
    if others:
        # In one transaction: while it waits for the disk, nobody else has a turn at the endpoint. Locked in one order.
        others.sort(key=lambda each: each[0].endpoint.id)
        async with tenant_session(context.db, agency_id) as session:
            for parcel, result in others:
                await _record(session, parcel, result, now=context.clock())


async def _settle_arrived(context: Context, agency_id: UUID, arrived: Sequence[Sent]) -> Collection[UUID]:
    async with tenant_connection(context.db, agency_id, by_keys=True) as connection:
        settled = await parcels.settle(connection, agency_id, arrived, now=context.clock())
    if settled.is_failing:
        async with tenant_connection(context.db, agency_id, by_keys=True) as connection:
            await parcels.heal(connection, agency_id, [parcel for parcel, _ in arrived], now=context.clock())
    return settled.ids


async def _settle_in_turn(context: Context, agency_id: UUID, arrived: Sequence[Sent]) -> Collection[UUID]:
    """The same at endpoints whose deliveries take turns, and that are well: the next in order are called."""
    now = context.clock()
    async with tenant_connection(context.db, agency_id, by_keys=True) as connection:
        endpoint_ids = {parcel.endpoint.id for parcel, _ in arrived}
        well = await turn_batches.lock_well(connection, agency_id, endpoint_ids)
        theirs = [each for each in arrived if each[0].endpoint.id in well]
        if not theirs:
            return ()
        settled = await parcels.settle(connection, agency_id, theirs, now=now)
        ordered = [endpoint_id for endpoint_id, is_ordered in well.items() if is_ordered]
        await turn_batches.call_next(connection, agency_id, settled.ids, ordered, now=now)
    return settled.ids


async def begin_turns(context: Context, agency_id: UUID, rows: Sequence[Due]) -> Begun:
    """See to rows whose deliveries take turns, at endpoints that are well: whose turn it is, held, and the rest."""
    if not rows:
        return Begun()
    now = context.clock()
    async with tenant_connection(context.db, agency_id, by_keys=True, is_durable=False) as connection:
        return await turn_batches.begin(
            connection, agency_id, rows, now=now, until=held_until(context, now), due_by=now + CLOCK_DRIFT
        )


async def set_aside(context: Context, due: Due) -> Parcel | None:
    """See to a row whose delivery was not free: gone, ended, switched off, being changed, or one that takes turns.

    The parcel, held, where it is its turn now.
    """
    now = context.clock()
    async with tenant_session(context.db, due.agency_id) as session:
        await wait_for_no_disk(session)
        delivery_id = await outbox.subject_of(session, due.id)
        endpoint = None if delivery_id is None else await turns.lock_endpoint(session, delivery_id)
        row = await outbox.find(session, due.id)
        if row is None or row.leased_until != due.held_until or row.available_at > now + CLOCK_DRIFT:
            return None
        delivery = await deliveries.lock_pending(session, row.subject_id)
        if endpoint is None or delivery is None:
            await _leave(session, due, row.subject_id, now)
        elif not endpoint.is_enabled:
            await deliveries.change(session, delivery, now=now, status=deliveries.CANCELLED, next_attempt_at=None)
            await outbox.finish(session, due.id)
        else:
            return await _in_turn(session, row, due, endpoint, delivery, now=now, until=held_until(context, now))
    return None


async def _leave(session: AsyncSession, due: Due, delivery_id: UUID, now: datetime) -> None:
    """Finish the row of what is gone or has ended. What somebody changes in this moment is looked at again."""
    found = await deliveries.find(session, delivery_id)
    if found is None or found[0].status != deliveries.PENDING:
        await outbox.finish(session, due.id)
    else:
        await outbox.postpone(session, due.id, now + CLOCK_DRIFT)


async def _in_turn(
    session: AsyncSession,
    row: OutboxRow,
    due: Due,
    endpoint: EndpointRow,
    delivery: DeliveryRow,
    *,
    now: datetime,
    until: datetime,
) -> Parcel | None:
    event = await events.find(session, delivery.event_id)
    if event is None:
        return None
    wait = await turns.begin(session, endpoint, delivery, event, now=now, until=until)
    if wait is not None:
        await turns.put_off(session, due.id, delivery, wait, now=now)
        return None
    row.leased_until, delivery.waiting_for = until, None
    await session.flush()
    return Parcel(due, delivery.id, event.id, event.type, event.body, endpoints.destination(endpoint), until)


def _provenance(span: tracing.Span) -> Provenance:
    return Provenance(provenance.present().request_id, span.traceparent)


async def _record(session: AsyncSession, parcel: Parcel, result: Result, *, now: datetime) -> None:
    """The attempt, what it says of the endpoint, and, while the delivery is held under our fence, what follows."""
    endpoint = await endpoints.find_locked(session, parcel.endpoint.id)
    delivery = await deliveries.lock(session, parcel.delivery_id)
    if endpoint is None or delivery is None:
        await outbox.finish(session, parcel.due.id)
        return
    if await tries.was_recorded(session, delivery, result.id):
        return
    is_ours = await outbox.lock_held(session, parcel.due.id, parcel.held_until)
    await tries.record(session, delivery, result)
    since = rules.failing_since(endpoint.failing_since, result.status_code, now=now)
    await endpoints.note_health(session, endpoint, failing_since=since, now=now)
    following = _following(delivery, result, now)
    if isinstance(following, rules.EndpointGone):
        await _disable(session, endpoint, "gone", now)
    elif rules.should_disable(since, now=now):
        await _disable(session, endpoint, "failing", now)
    else:
        await _give_notice(session, endpoint, now)
    if is_ours:
        await _settle(session, parcel.due, delivery, following, is_enabled=endpoint.is_enabled, now=now)
    await turns.after_try(session, endpoint, delivery, result.status_code, now=now)


def _following(delivery: DeliveryRow, result: Result, now: datetime) -> rules.Next:
    number = min(delivery.attempt_count - delivery.ladder_from, rules.MAX_ATTEMPTS)
    jitter = secrets.randbelow(1001) / 1000
    return rules.after_attempt(number, result.status_code, now=now, jitter=jitter, retry_after=result.retry_after)


async def _give_notice(session: AsyncSession, endpoint: EndpointRow, now: datetime) -> None:
    """Tell the agency's other endpoints of one that has failed for long, before it is switched off."""
    since, due = endpoint.failing_since, pacing.notices_due(endpoint.failing_since, now=now)
    if since is None or not endpoint.is_enabled or endpoint.failing_notices >= due:
        return
    endpoint.failing_notices = due
    data = event_bodies.EndpointFailing(
        endpoint_id=endpoint.id,
        client_id=endpoint.client_id,
        failing_since=since,
        disables_at=pacing.disables_at(since),
        links={"endpoint": f"/v1/webhook-endpoints/{endpoint.id}"},
    )
    await events.publish(session, EventType.ENDPOINT_FAILING, client_id=endpoint.client_id, data=data, now=now)


async def _disable(session: AsyncSession, endpoint: EndpointRow, reason: str, now: datetime) -> None:
    """Switch an endpoint off and tell the agency's others."""
    if not endpoint.is_enabled:
        return
    await endpoints.disable(session, endpoint, reason, now=now)
    log.warning("webhook endpoint %s is switched off: %s", endpoint.id, _DISABLED[reason])
    data = {
        "endpoint_id": endpoint.id,
        "client_id": endpoint.client_id,
        "reason": reason,
        "failing_since": endpoint.failing_since,
        "disabled_at": now,
        "links": {"endpoint": f"/v1/webhook-endpoints/{endpoint.id}"},
    }
    await events.publish(session, EventType.ENDPOINT_DISABLED, client_id=endpoint.client_id, data=data, now=now)


async def _settle(
    session: AsyncSession, due: Due, delivery: DeliveryRow, following: rules.Next, *, is_enabled: bool, now: datetime
) -> None:
    match following:
        case rules.Delivered():
            changes = {"status": deliveries.DELIVERED, "delivered_at": now, "next_attempt_at": None}
        case rules.Exhausted():
            changes = {"status": deliveries.EXHAUSTED, "next_attempt_at": None}
        case rules.Retry(at=at) if is_enabled:
            changes = {"next_attempt_at": at}
        case _:
            changes = {"status": deliveries.CANCELLED, "next_attempt_at": None}
    await deliveries.change(session, delivery, now=now, **changes)
    if delivery.next_attempt_at is None:
        await outbox.finish(session, due.id)
    else:
        await outbox.postpone(session, due.id, delivery.next_attempt_at)
