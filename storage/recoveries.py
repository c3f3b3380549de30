"""Deliveries begun anew by hand, many at a time: what failed at an endpoint, and events that it is told again.

Locks are taken in the order of `storage/deliveries.py`: the endpoint by the caller, then deliveries in the order of
their ids, then the outbox.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.events import EventType
from storage.table import new_id
from storage.webhooks import EndpointRow

if TYPE_CHECKING:
    from storage.session import Connection

Place = tuple[datetime, UUID]
"""Where a step ended: the time and the id of the last row it has seen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one step has done: rows it has seen, deliveries begun and sent again, and where it ended."""

    rows: int
    begun: int
    again: int
    place: Place | None


_FAILED = """
    select id, created_at from webhook_deliveries
    where agency_id = $1 and endpoint_id = $2 and (created_at, id) > ($3, $4) and created_at < $5
    order by created_at, id limit $6
"""
_AGAIN = """
    with found as (
        select id from webhook_deliveries d
        where agency_id = $1 and id = any($2::uuid[]) and status = any($3::text[])
            and (status <> 'pending' or not exists (
                select from outbox o where o.agency_id = $1 and o.type = $5 and o.subject_id = d.id
                    and o.leased_until > $4
            ))
        order by id for no key update
    ), again as (
        update webhook_deliveries d
        set status = 'pending', next_attempt_at = $4, delivered_at = null, version = version + 1, updated_at = $4,
            ladder_from = case when d.status = 'pending' then d.ladder_from else d.attempt_count end,
            waiting_for = null
        from found where d.agency_id = $1 and d.id = found.id
        returning d.id
    )
    select id from again
"""
# One that somebody has come to hold meanwhile stays, and is not joined by another.
_NO_LONGER = """
    delete from outbox where agency_id = $1 and type = $2 and subject_id = any($3::uuid[])
        and (leased_until is null or leased_until <= $4)
"""
_DUE = """
    insert into outbox (agency_id, id, type, subject_id, payload, occurred_at, available_at)
    select $1, n.id, $2, n.subject_id, '{"is_again": true}', $3, $3
    from unnest($4::uuid[], $5::uuid[]) as n (id, subject_id)
    where not exists (
        select from outbox o where o.agency_id = $1 and o.type = $2 and o.subject_id = n.subject_id limit 1
    )
"""
_WAITING = """
    select count(*) >= $4 from (
        select from outbox where agency_id = $1 and type = $2 and available_at <= $3 and payload <> '{}' limit $4
    ) waiting
"""
_WAKE = "select pg_notify('siaga_outbox', '')"
FAILED = ("exhausted", "cancelled")
ANY = ("pending", "delivered", *FAILED)


async def are_enough(connection: "Connection", agency_id: UUID, *, most: int, now: datetime) -> bool:
    """Whether so many that were begun anew still wait to be sent."""
    return bool(await connection.fetchval(_WAITING, agency_id, EventType.DELIVERY_DUE, now, most))


async def recover(
    connection: "Connection", endpoint: EndpointRow, *, after: Place, until: datetime, limit: int, now: datetime
) -> Seen:
    """Send what failed among the endpoint's next deliveries again, in the order in which they were begun."""
    rows = await connection.fetch(_FAILED, endpoint.agency_id, endpoint.id, *after, until, limit)
    again = await _send_again(connection, endpoint.agency_id, [row["id"] for row in rows], FAILED, now)
    return Seen(len(rows), 0, again, (rows[-1]["created_at"], rows[-1]["id"]) if rows else None)


_EVENTS = """
    select v.id, v.occurred_at, v.type, d.id as delivery_id from events v
    left join webhook_deliveries d on d.agency_id = $1 and d.event_id = v.id and d.endpoint_id = $2
    where v.agency_id = $1 and (v.occurred_at, v.id) > ($3, $4) and v.occurred_at < $5
        and v.type = any($6::text[]) and ($7::uuid is null or v.client_id = $7)
    order by v.occurred_at, v.id limit $8
"""
_BEGIN = """
    insert into webhook_deliveries (agency_id, id, event_id, endpoint_id, client_id, event_type, status,
        next_attempt_at, created_at, updated_at)
    select $1, n.id, n.event_id, $2, $3, n.type, 'pending', $4, $4, $4
    from unnest($5::uuid[], $6::uuid[], $7::text[]) as n (id, event_id, type)
    on conflict do nothing returning id
"""


async def replay(
    connection: "Connection",
    endpoint: EndpointRow,
    *,
    types: Sequence[str],
    after: Place,
    until: datetime,
    limit: int,
    now: datetime,
) -> Seen:
    """Tell the endpoint the next events of these types, whether it was told them before or not."""
    agency_id, client_id = endpoint.agency_id, endpoint.client_id
    arguments = (agency_id, endpoint.id, *after, until, list(types), client_id, limit)
    rows = await connection.fetch(_EVENTS, *arguments)
    known = [row["delivery_id"] for row in rows if row["delivery_id"] is not None]
    again = await _send_again(connection, agency_id, known, ANY, now)
    new = [row for row in rows if row["delivery_id"] is None]
    columns = [new_id() for _ in new], [row["id"] for row in new], [row["type"] for row in new]
    begun = await connection.fetch(_BEGIN, agency_id, endpoint.id, client_id, now, *columns)
    await _make_due(connection, agency_id, [row["id"] for row in begun], now)
    return Seen(len(rows), len(begun), again, (rows[-1]["occurred_at"], rows[-1]["id"]) if rows else None)


async def _send_again(
    connection: "Connection", agency_id: UUID, ids: Sequence[UUID], statuses: Sequence[str], now: datetime
) -> int:
    """Make those that have such a status due now; one that is being sent at this moment is left to its sender."""
    rows = await connection.fetch(_AGAIN, agency_id, ids, statuses, now, EventType.DELIVERY_DUE)
    again = [row["id"] for row in rows]
    await connection.execute(_NO_LONGER, agency_id, EventType.DELIVERY_DUE, again, now)
    await _make_due(connection, agency_id, again, now)
    return len(again)


async def _make_due(connection: "Connection", agency_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
    if ids:
        await connection.execute(_DUE, agency_id, EventType.DELIVERY_DUE, now, [new_id() for _ in ids], ids)
        await connection.execute(_WAKE)
