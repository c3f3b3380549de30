"""Deliveries taken and settled many at a time, on the driver: the path whose cost is measured.

A delivery that is to be sent has one row of the outbox. Whoever takes it holds that row until an instant, which is also
its **fence**: a later taker's is later, so what was taken is settled only while the row still carries that instant. A
worker whose hold has run out, and whose delivery somebody else took meanwhile, changes nothing any more.

Rows of the outbox and deliveries are taken with `skip locked`, in that order, and never waited for; they are settled in
the other order, as by all who change a delivery.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from core.events import EventType
from storage.attempts import APPENDED, Attempt
from storage.outbox import Due
from storage.provenance import UNKNOWN, Provenance
from storage.webhooks import DESTINATION, Destination

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection


@dataclass(slots=True)
class Parcel:
    """Everything that one delivery needs to be sent, held by one worker until its fence."""

    due: Due
    delivery_id: UUID
    event_id: UUID
    event_type: str
    body: bytes
    endpoint: Destination
    held_until: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What was free, and the rows whose delivery was not: gone, ended, switched off, being changed, or in turn."""

    parcels: Sequence[Parcel]
    others: Sequence[Due]

    def __len__(self) -> int:
        return len(self.parcels) + len(self.others)


@dataclass(frozen=True, slots=True)
class Settled:
    """The deliveries that were ours to settle, and whether an endpoint of theirs is still written down as failing."""

    ids: Collection[UUID]
    is_failing: bool


# Rows are looked up one by one (`lateral ... limit 1`), and changed at the place where they were locked: joined, and
# without statistics, all rows of the agency would be read. Nothing is joined to what was changed, each with each.
# What is sent waits for nothing any more.
# `due` holds rows of the outbox, `free` those of their deliveries that may go at once; the caller sees to the rest.
_TAKE = """
    with due as (
        select o.ctid as place, id, subject_id, request_id, traceparent from outbox o
        where o.agency_id = $1 and o.available_at <= $4 and {which}
        order by o.available_at limit $5 for update skip locked
    ), free as (
        select due.id as outbox_id, due.subject_id as delivery_id, due.request_id, due.traceparent,
            d.place, d.endpoint_id, d.event_id
        from due left join lateral (
            select case when d.waiting_for is not null then d.place end as place, d.endpoint_id, d.event_id from (
                select d.ctid as place, d.waiting_for, d.endpoint_id, d.event_id from webhook_deliveries d
                where d.agency_id = $1 and d.id = due.subject_id and d.status = 'pending'
                limit 1 for no key update skip locked
            ) d
            cross join lateral (
                select from webhook_endpoints e where e.agency_id = $1 and e.id = d.endpoint_id and e.is_enabled
                    and not e.ordered and e.rate_per_minute is null and e.circuit_until is null
                limit 1
            ) e
        ) d on true
    ), called as (
        update webhook_deliveries d set waiting_for = null
        where d.agency_id = $1 and d.ctid = any (array(select place from free where place is not null))
    ), leased as (
        update outbox o set leased_until = $3
        where o.agency_id = $1 and o.ctid = any (array(select place from due))
    )
    select free.outbox_id, free.delivery_id, free.request_id, free.traceparent, free.endpoint_id, free.event_id,
        v.type as event_type, v.body
    from free left join lateral (
        select type, body from events v where v.agency_id = $1 and v.id = free.event_id limit 1
    ) v on true
"""
# What a recovery has made due carries a mark, and is taken where nothing else is left.
_FREE = f"o.type = '{EventType.DELIVERY_DUE}' and (o.leased_until is null or o.leased_until < $2)"
_LIVE, _AGAIN = f"{_FREE} and o.payload = '{{}}'", f"{_FREE} and o.payload <> '{{}}'"
_NOT_BUSY = """ and not exists (select from webhook_deliveries b
    where b.agency_id = $1 and b.id = o.subject_id and b.endpoint_id = any($6::uuid[]))"""
_TAKE_NEXT = _TAKE.format(which=_LIVE)
_TAKE_OTHERS = _TAKE.format(which=_LIVE + _NOT_BUSY)
_TAKE_AGAIN = _TAKE.format(which=_AGAIN + _NOT_BUSY)
_TAKE_THESE = _TAKE.format(which="o.id = any($6::uuid[]) and (o.leased_until is null or o.leased_until <= $2)")
_ENDPOINTS = f"select {', '.join(DESTINATION)} from webhook_endpoints where agency_id = $1 and id = any($2::uuid[])"  # noqa: S608 - names of our own columns


async def take(
    connection: "Connection",
    agency_id: UUID,
    *,
    now: datetime,
    until: datetime,
    limit: int,
    busy: Collection[UUID] = (),
    begun_anew: bool = False,
) -> Taken:
    """The next deliveries that are due, the one that waits longest first, held until then; none to `busy` endpoints.

    Those that a recovery or a replay has begun anew are taken apart from the others.
    """
    if begun_anew:
        rows = await connection.fetch(_TAKE_AGAIN, agency_id, now, until, now, limit, list(busy))
    elif busy:
        rows = await connection.fetch(_TAKE_OTHERS, agency_id, now, until, now, limit, list(busy))
    else:
        rows = await connection.fetch(_TAKE_NEXT, agency_id, now, until, now, limit)
    return await _taken(connection, agency_id, rows, until)


async def take_these(
    connection: "Connection",
    agency_id: UUID,
    outbox_ids: Sequence[UUID],
    *,
    now: datetime,
    until: datetime,
    due_by: datetime,
) -> Taken:
    """The deliveries of these rows of the outbox, where they are due by then and nobody holds them."""
    arguments = (agency_id, now, until, due_by, len(outbox_ids), outbox_ids)
    return await _taken(connection, agency_id, await connection.fetch(_TAKE_THESE, *arguments), until)


async def _taken(connection: "Connection", agency_id: UUID, rows: "Sequence[Record]", until: datetime) -> Taken:
    wanted = {row["endpoint_id"] for row in rows} - {None}
    found = await connection.fetch(_ENDPOINTS, agency_id, list(wanted)) if wanted else []
    endpoints = {row["id"]: Destination(**row) for row in found}
    parcels: dict[UUID, Parcel] = {}
    others: list[Due] = []
    for outbox_id, delivery_id, request_id, traceparent, endpoint_id, event_id, event_type, body in rows:
        behind = Provenance(request_id, traceparent) if request_id or traceparent else UNKNOWN
        due = Due(agency_id, outbox_id, EventType.DELIVERY_DUE, behind, until)
        if endpoint_id is None or delivery_id in parcels:
            others.append(due)
            continue
        parcels[delivery_id] = Parcel(due, delivery_id, event_id, event_type, body, endpoints[endpoint_id], until)
    return Taken(list(parcels.values()), others)


# A success ends a row of failures.
_HEALTHY = """
    update webhook_endpoints
    set failing_since = null, failing_notices = 0, failures_in_row = 0, version = version + 1, updated_at = $3
    where agency_id = $1 and id = any($2::uuid[]) and failing_since is not null and circuit_until is null
"""
_THEIRS = "(array(select attempt from ours))[array_position(array(select id from ours), d.id)]"
_SETTLE = f"""
    with ours as (
        select sent.id, sent.attempt, d.place, o.place as row
        from unnest($3::text::uuid[], $4::text::int[], $5::text::uuid[], string_to_array($6, e'\\n'))
        as sent (id, fence, outbox_id, attempt)
        cross join lateral (
            select d.ctid as place from webhook_deliveries d
            where d.agency_id = $1 and d.id = sent.id and d.status = 'pending'
            limit 1 for no key update
        ) d
        cross join lateral (
            select o.ctid as place from outbox o
            where o.agency_id = $1 and o.id = sent.outbox_id and o.leased_until = ($8::timestamptz[])[sent.fence]
            limit 1 for update
        ) o
    ), settled as (
        update webhook_deliveries d
        set status = 'delivered', delivered_at = $2, next_attempt_at = null,
            attempts = {APPENDED.format(attempt=_THEIRS)},
            attempt_count = attempt_count + 1, version = version + 1, updated_at = $2
        where d.agency_id = $1 and d.ctid = any (array(select place from ours))
    ), finished as (
        delete from outbox o where o.agency_id = $1 and o.ctid = any (array(select row from ours))
    )
    select array_agg(id) as ids, exists (
        select from webhook_endpoints e where e.agency_id = $1 and e.id = any($7::uuid[])
            and e.failing_since is not null and e.circuit_until is null
    ) as is_failing
    from ours
"""  # noqa: S608 - a name of our own


async def settle(
    connection: "Connection", agency_id: UUID, taken: Sequence[tuple[Parcel, Attempt]], *, now: datetime
) -> Settled:
    """Write down that parcels were delivered, each with its attempt; the deliveries that were still ours to settle.

    Where one of their endpoints was failing, `heal` it in a transaction that follows: all lock endpoints before
    deliveries.
    """
    # All lock deliveries in one order.
    parcels, tries = zip(*sorted(taken, key=_delivery_of), strict=True)
    endpoints = list({parcel.endpoint.id for parcel in parcels})
    places = {fence: place for place, fence in enumerate({parcel.held_until for parcel in parcels}, start=1)}
    (found,) = await connection.fetch(
        _SETTLE,
        agency_id,
        now,
        _array([parcel.delivery_id for parcel in parcels]),
        _array([places[parcel.held_until] for parcel in parcels]),
        _array([parcel.due.id for parcel in parcels]),
        b"\n".join([msgspec.json.encode(tried) for tried in tries]).decode(),
        endpoints,
        list(places),
    )
    ids = set(found["ids"] or ())
    return Settled(ids, bool(ids) and found["is_failing"])


def _delivery_of(settled: tuple[Parcel, Attempt]) -> str:
    return str(settled[0].delivery_id)


async def heal(connection: "Connection", agency_id: UUID, taken: Sequence[Parcel], *, now: datetime) -> None:
    """End the row of failures of endpoints that something was delivered to."""
    await connection.execute(_HEALTHY, agency_id, sorted({parcel.endpoint.id for parcel in taken}), now)


def _array(values: Iterable[object]) -> str:
    """Numbers or ids as PostgreSQL reads an array of them: the driver would take ten times as long, one by one."""
    return f"{{{','.join(map(str, values))}}}"


async def hand_back(connection: "Connection", agency_id: UUID, parcels: Sequence[Parcel]) -> None:
    """Let go of what was taken and not sent, for whoever takes it next."""
    ids, fences = [parcel.due.id for parcel in parcels], [parcel.held_until for parcel in parcels]
    await connection.execute(_HAND_BACK, agency_id, ids, fences)


_HAND_BACK = """
    update outbox o set leased_until = null
    from unnest($2::uuid[], $3::timestamptz[]) as n (id, held_until)
    where o.agency_id = $1 and o.id = n.id and o.leased_until = n.held_until
"""
