"""Turns at endpoints that keep an order or a rate, begun and ended many at a time, on the driver.

The rules and the locks are those of `storage/turns.py`: an endpoint is locked before anything is decided about it, and
before what came of its tries is written down. Seen to here are endpoints that are well, which is nearly all there is to
do; whatever is left is seen to one by one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core import webhook_pacing as rules
from core.events import EventType
from core.webhook_pacing import Pace
from storage.outbox import Due
from storage.parcels import Parcel
from storage.turns import FANNING_OUT, LOOK_AGAIN, Wait
from storage.webhooks import DESTINATION, Destination

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

_ENDPOINTS_OF = """
    select distinct d.endpoint_id from unnest($2::uuid[]) as due (id)
    cross join lateral (
        select o.subject_id from outbox o where o.agency_id = $1 and o.id = due.id limit 1
    ) o
    cross join lateral (
        select d.endpoint_id from webhook_deliveries d where d.agency_id = $1 and d.id = o.subject_id limit 1
    ) d
"""
# Locked in one order.
_LOCK = f"""
    select {", ".join(DESTINATION)}, ordered, rate_per_minute, paced_at, queued_until from webhook_endpoints
    where agency_id = $1 and id = any($2::uuid[]) and is_enabled and circuit_until is null
        and (ordered or rate_per_minute is not null)
    order by id for no key update
"""  # noqa: S608 - names of our own columns
_FREE = """
    with due as (
        select id, subject_id, available_at from outbox o
        where o.agency_id = $1 and o.id = any($2::uuid[]) and o.leased_until = $4 and o.available_at <= $5
        order by o.available_at, o.id for update skip locked
    )
    select due.id as outbox_id, d.id as delivery_id, d.endpoint_id, d.waiting_for, v.id as event_id,
        v.type as event_type, v.body, v.resource_id, v.position
    from due
    cross join lateral (
        select d.id, d.endpoint_id, d.waiting_for, d.event_id from webhook_deliveries d
        where d.agency_id = $1 and d.id = due.subject_id and d.endpoint_id = any($3::uuid[])
            and d.status = 'pending'
        limit 1 for no key update skip locked
    ) d
    cross join lateral (
        select * from events v where v.agency_id = $1 and v.id = d.event_id limit 1
    ) v
    order by due.available_at, due.id
"""
# One statement, one snapshot: an event is not missed between leaving the outbox and becoming a delivery.
_EARLIER = """
    select own.delivery_id, bool_or(earlier.is_told) as is_told
    from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[])
        as own (delivery_id, endpoint_id, resource_id, position)
    cross join lateral (
        select exists (
            select from webhook_deliveries d where d.agency_id = $1 and d.event_id = v.id
                and d.endpoint_id = own.endpoint_id and d.status = 'pending'
        ) as is_told, exists (
            select from outbox o where o.agency_id = $1 and o.type = v.type and o.subject_id = v.id
        ) as is_on_its_way
        from events v
        where v.agency_id = $1 and v.resource_id = own.resource_id and v.position < own.position
    ) earlier
    where earlier.is_told or earlier.is_on_its_way
    group by own.delivery_id
"""
_GO = """
    with called as (
        update webhook_deliveries set waiting_for = null
        where agency_id = $1 and id = any($2::uuid[]) and waiting_for is not null
    )
    update outbox set leased_until = $4 where agency_id = $1 and id = any($3::uuid[])
"""
_WAIT = """
    with put_off as (
        update webhook_deliveries d
        set waiting_for = n.reason, next_attempt_at = n.until, version = version + 1, updated_at = $6
        from unnest($2::uuid[], $4::text[], $5::timestamptz[]) as n (id, reason, until)
        where d.agency_id = $1 and d.id = any($2::uuid[]) and d.id = n.id
    )
    update outbox o set available_at = n.until, leased_until = null, attempts = attempts + 1
    from unnest($3::uuid[], $5::timestamptz[]) as n (id, until)
    where o.agency_id = $1 and o.id = any($3::uuid[]) and o.id = n.id
"""
_PACE = "update webhook_endpoints set paced_at = $3, queued_until = $4 where agency_id = $1 and id = $2"

# A success changes nothing about an endpoint that is well.
_WELL = """
    select id, ordered from webhook_endpoints
    where agency_id = $1 and id = any($2::uuid[])
        and failing_since is null and failures_in_row = 0 and circuit_until is null
    order by id for no key update
"""
# A row that somebody holds is being sent, or looked at by whoever waits for this endpoint's lock.
_CALL_NEXT = f"""
    with ended as (
        select distinct d.endpoint_id, v.resource_id from unnest($2::uuid[]) as settled (id)
        cross join lateral (
            select d.endpoint_id, d.event_id from webhook_deliveries d
            where d.agency_id = $1 and d.id = settled.id and d.endpoint_id = any($4::uuid[]) limit 1
        ) d
        cross join lateral (
            select v.resource_id from events v
            where v.agency_id = $1 and v.id = d.event_id and v.resource_id is not null limit 1
        ) v
    ), next as (
        select n.id from ended cross join lateral (
            select w.id from events v
            join webhook_deliveries w on w.agency_id = $1 and w.event_id = v.id and w.endpoint_id = ended.endpoint_id
                and w.status = 'pending' and w.waiting_for = 'order'
            where v.agency_id = $1 and v.resource_id = ended.resource_id
            order by v.position limit 1
        ) n
    ), rows as (
        select o.ctid as place from outbox o
        where o.agency_id = $1 and o.type = '{EventType.DELIVERY_DUE}'
            and o.subject_id = any (array(select id from next))
            and (o.leased_until is null or o.leased_until <= $3)
        for update skip locked
    ), called as (
        update outbox o set available_at = $3, leased_until = null
        where o.agency_id = $1 and o.ctid = any (array(select place from rows))
    )
    update webhook_deliveries d set next_attempt_at = $3, version = version + 1, updated_at = $3
    where d.agency_id = $1 and d.id = any (array(select id from next))
    returning d.id
"""  # noqa: S608 - a name of our own
_WAKE = "select pg_notify('siaga_outbox', '')"


@dataclass(slots=True)
class Begun:
    """Whose turn it is, held; and the rows of the outbox that nothing was decided about."""

    parcels: list[Parcel] = field(default_factory=list[Parcel])
    rest: Sequence[Due] = ()


async def begin(
    connection: "Connection", agency_id: UUID, rows: Sequence[Due], *, now: datetime, until: datetime, due_by: datetime
) -> Begun:
    """Have the turns of these rows begin, or have them wait, at the endpoints among theirs that are well.

    The rows were taken together, and only those that are held since then are looked at.
    """
    known = {due.id: due for due in rows}
    wanted = [row["endpoint_id"] for row in await connection.fetch(_ENDPOINTS_OF, agency_id, list(known))]
    endpoints = {row["id"]: row for row in await connection.fetch(_LOCK, agency_id, wanted)}
    if not endpoints:
        return Begun(rest=rows)
    found = await connection.fetch(_FREE, agency_id, list(known), list(endpoints), rows[0].held_until, due_by)
    held_back = await _held_back(connection, agency_id, endpoints, found, now)
    paces = {key: Pace(row["paced_at"], row["queued_until"]) for key, row in endpoints.items()}
    before = dict(paces)
    begun, waits = Begun(), list[tuple[UUID, UUID, Wait]]()
    for row in found:
        endpoint = endpoints[row["endpoint_id"]]
        wait = held_back.get(row["delivery_id"]) or _rate(endpoint, paces, row, now)
        if wait is None:
            letter = (row["delivery_id"], row["event_id"], row["event_type"], row["body"])
            begun.parcels.append(Parcel(known[row["outbox_id"]], *letter, _destination(endpoint), until))
        else:
            waits.append((row["delivery_id"], row["outbox_id"], wait))
    await _write(connection, agency_id, begun, waits, now=now, until=until)
    for endpoint_id, pace in paces.items():
        if pace != before[endpoint_id]:
            await connection.execute(_PACE, agency_id, endpoint_id, pace.paced_at, pace.queued_until)
    decided = {row["outbox_id"] for row in found}
    begun.rest = [due for due in rows if due.id not in decided]
    return begun


async def _held_back(
    connection: "Connection",
    agency_id: UUID,
    endpoints: "Mapping[UUID, Record]",
    found: "Sequence[Record]",
    now: datetime,
) -> dict[UUID, Wait]:
    """The deliveries that an earlier event of the same resource holds back."""
    asked = [
        (row["delivery_id"], row["endpoint_id"], row["resource_id"], row["position"])
        for row in found
        if endpoints[row["endpoint_id"]]["ordered"] and row["resource_id"] and row["position"] is not None
    ]
    if not asked:
        return {}
    rows = await connection.fetch(_EARLIER, agency_id, *map(list, zip(*asked, strict=True)))
    return {row["delivery_id"]: Wait("order", now + (LOOK_AGAIN if row["is_told"] else FANNING_OUT)) for row in rows}


def _rate(endpoint: "Record", paces: dict[UUID, Pace], row: "Record", now: datetime) -> Wait | None:
    if endpoint["rate_per_minute"] is None:
        return None
    pace = paces[endpoint["id"]]
    has_waited = row["waiting_for"] == "rate"
    turn = rules.next_turn(pace, endpoint["rate_per_minute"], has_waited=has_waited, now=now)
    paces[endpoint["id"]] = turn.pace
    return None if turn.at is None else Wait("rate", turn.at)


async def _write(
    connection: "Connection",
    agency_id: UUID,
    begun: Begun,
    waits: Sequence[tuple[UUID, UUID, Wait]],
    *,
    now: datetime,
    until: datetime,
) -> None:
    if begun.parcels:
        ids, held = zip(*((parcel.delivery_id, parcel.due.id) for parcel in begun.parcels), strict=True)
        await connection.execute(_GO, agency_id, ids, held, until)
    if waits:
        deliveries, rows, told = zip(*waits, strict=True)
        reasons, untils = [wait.reason for wait in told], [wait.until for wait in told]
        await connection.execute(_WAIT, agency_id, deliveries, rows, reasons, untils, now)


def _destination(endpoint: "Record") -> Destination:
    return Destination(**{name: endpoint[name] for name in DESTINATION}, takes_turns=True)


async def lock_well(connection: "Connection", agency_id: UUID, endpoint_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Those of these endpoints that are well, locked, and whether each keeps an order."""
    rows = await connection.fetch(_WELL, agency_id, list(endpoint_ids))
    return {row["id"]: row["ordered"] for row in rows}


async def call_next(
    connection: "Connection",
    agency_id: UUID,
    settled: Collection[UUID],
    ordered: Collection[UUID],
    *,
    now: datetime,
) -> None:
    """Have those look again that waited for what was settled just now, at locked endpoints that keep an order."""
    if settled and ordered and await connection.fetch(_CALL_NEXT, agency_id, list(settled), now, list(ordered)):
        await connection.execute(_WAKE)
