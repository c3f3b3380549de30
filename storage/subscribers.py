"""Deliveries begun: one for each endpoint that subscribes to an event, for many events at a time, on the driver."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.events import PUBLIC_EVENTS, EventType
from storage.outbox import Due
from storage.provenance import Provenance
from storage.table import new_id

if TYPE_CHECKING:
    from storage.session import Connection

_TOLD = [event.value for event in PUBLIC_EVENTS]


# Enabled, subscribed to the type, of the event's client or of the whole agency; of a test, the tested endpoint alone;
# that one fails is told to all others.
# Endpoints are held against removal until the transaction ends.
_SUBSCRIBERS = f"""
    with due as (
        select id, type, subject_id, request_id, traceparent from outbox o
        where o.agency_id = $1 and {{which}} order by o.available_at limit $2 for update skip locked
    ), told as (
        select due.id as outbox_id, v.id as event_id, v.type as event_type, w.id as endpoint_id, w.client_id
        from due join events v on v.agency_id = $1 and v.id = due.subject_id
        join webhook_endpoints w on w.agency_id = $1 and w.is_enabled and case v.type
            when '{EventType.ENDPOINT_TESTED}'
            then w.id = (convert_from(v.body, 'UTF8')::jsonb -> 'data' ->> 'endpoint_id')::uuid
            else (w.client_id is null or w.client_id = v.client_id) and w.event_types && array[v.type, '*']
                and (v.type <> '{EventType.ENDPOINT_FAILING}' or v.resource_id <> w.id) end
        order by w.id for key share of w
    )
    select due.id as outbox_id, due.type, due.request_id, due.traceparent,
        told.event_id, told.event_type, told.endpoint_id, told.client_id
    from due left join told on told.outbox_id = due.id
"""  # noqa: S608 - a name of our own
_SUBSCRIBERS_NEXT = _SUBSCRIBERS.format(
    which="o.type = any($3::text[]) and o.available_at <= $4 and (o.leased_until is null or o.leased_until < $4)"
)
_SUBSCRIBERS_THESE = _SUBSCRIBERS.format(which="o.id = any($3::uuid[])")
_BEGIN = """
    with begun as (
        insert into webhook_deliveries (agency_id, id, event_id, endpoint_id, client_id, event_type, status,
            next_attempt_at, created_at, updated_at)
        select $1, n.id, n.event_id, n.endpoint_id, n.client_id, n.event_type, 'pending', $2, $2, $2
        from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[])
            as n (id, event_id, endpoint_id, client_id, event_type)
        on conflict do nothing returning id
    )
    insert into outbox (agency_id, id, type, subject_id, payload, occurred_at, available_at, request_id, traceparent)
    select $1, n.outbox_id, $8, n.id, '{}', $2, $2, n.request_id, n.traceparent
    from unnest($3::uuid[], $9::uuid[], $10::text[], $11::text[]) as n (id, outbox_id, request_id, traceparent)
    where n.id in (select id from begun)
"""
_FINISH = "delete from outbox where agency_id = $1 and id = any($2::uuid[])"
_WAKE = "select pg_notify('siaga_outbox', '')"


Provenances = Callable[[Due], Provenance]
"""From what the deliveries of an event are to follow, given its row of the outbox."""


async def tell_next(
    connection: "Connection", agency_id: UUID, provenance_of: Provenances, *, now: datetime, limit: int
) -> int:
    """Begin the deliveries of the next events that are to be told; how many events those were."""
    return await _begin(connection, agency_id, _SUBSCRIBERS_NEXT, limit, (_TOLD, now), provenance_of, now)


async def tell_these(
    connection: "Connection", agency_id: UUID, outbox_ids: Sequence[UUID], provenance_of: Provenances, *, now: datetime
) -> int:
    """Begin the deliveries of the events of these rows of the outbox; how many of them nobody else was at.

    An endpoint has at most one delivery of an event: one that was begun before is left as it is.
    """
    return await _begin(connection, agency_id, _SUBSCRIBERS_THESE, len(outbox_ids), (outbox_ids,), provenance_of, now)


async def _begin(
    connection: "Connection",
    agency_id: UUID,
    statement: str,
    limit: int,
    which: tuple[Any, ...],
    provenance_of: Provenances,
    now: datetime,
) -> int:
    rows = await connection.fetch(statement, agency_id, limit, *which)
    provenances = {
        row["outbox_id"]: provenance_of(
            Due(agency_id, row["outbox_id"], row["type"], Provenance(row["request_id"], row["traceparent"]))
        )
        for row in {row["outbox_id"]: row for row in rows}.values()
    }
    told = [row for row in rows if row["endpoint_id"] is not None]
    if told:
        following = [provenances[row["outbox_id"]] for row in told]
        columns = [
            [new_id() for _ in told],
            *([row[name] for row in told] for name in ("event_id", "endpoint_id", "client_id", "event_type")),
            EventType.DELIVERY_DUE.value,
            [new_id() for _ in told],
            [each.request_id for each in following],
            [each.traceparent for each in following],
        ]
        await connection.execute(_BEGIN, agency_id, now, *columns)
    if provenances:
        await connection.execute(_FINISH, agency_id, list(provenances))
        await connection.execute(_WAKE)
    return len(provenances)
