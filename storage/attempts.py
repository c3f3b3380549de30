"""Tries of deliveries and what came back, kept with the delivery, the oldest first.

Whoever settles a delivery writes its row anyway: an attempt costs no row, no key and no index of its own. The release
before kept them in a table beside, which is read still and goes with the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.webhooks import AttemptRow, DeliveryRow

MOST_KEPT = 100
"""Attempts of one delivery: the ladder has ten, the others were asked for by hand."""


class Attempt(msgspec.Struct, omit_defaults=True):
    """One try of a delivery: a status and the beginning of the answer, or an `error` where no whole answer came.

    `id` tells it from all others, once it has one: what is written down twice is there once.
    """

    started_at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None = None
    detail: str | None = None
    response_headers: Mapping[str, str] | None = None
    response: str | None = None
    id: str = ""


class Numbered(Attempt):
    """An attempt, and how many there were with it."""

    number: int = 0


_LIST = msgspec.json.Decoder(list[Numbered])
_ONE = msgspec.json.Decoder(Numbered)

APPENDED = (
    f"(case when jsonb_array_length(d.attempts) < {MOST_KEPT} then d.attempts else d.attempts - 0 end)"
    " || cast({attempt} as jsonb)"
)
"""The attempts of a delivery `d` with one more."""
_APPEND = f"""
    update webhook_deliveries d set attempts = {APPENDED.format(attempt=":attempt")}
    where d.agency_id = :agency_id and d.id = :id
"""  # noqa: S608 - a name of our own
_WAS_RECORDED = """
    select exists (
        select from webhook_deliveries d
        where d.agency_id = :agency_id and d.id = :id
            and d.attempts @> jsonb_build_array(jsonb_build_object('id', cast(:attempt_id as text)))
    )
"""
_LATEST = """
    select d.id, ((d.attempts -> -1) - '{response_headers,response}'::text[])::text as attempt from webhook_deliveries d
    where d.agency_id = :agency_id and d.id = any(:ids) and d.attempts <> '[]'
"""
_OF = "select attempts::text from webhook_deliveries where agency_id = :agency_id and id = :id"


async def record(session: AsyncSession, delivery: DeliveryRow, attempt: Attempt) -> None:
    """Add the next attempt to a locked delivery."""
    delivery.attempt_count += 1
    await session.flush()
    told = msgspec.json.encode(attempt).decode()
    await session.execute(text(_APPEND), {**_key(delivery), "attempt": told})


async def was_recorded(session: AsyncSession, delivery: DeliveryRow, attempt_id: str) -> bool:
    """Whether this very attempt is written down already."""
    return bool(await session.scalar(text(_WAS_RECORDED), {**_key(delivery), "attempt_id": attempt_id}))


async def latest(session: AsyncSession, deliveries: Iterable[DeliveryRow]) -> dict[UUID, Numbered]:
    """The latest attempt at each of these deliveries that was tried at all, without its answer."""
    tried = {row.id: row for row in deliveries if row.attempt_count}
    if not tried:
        return {}
    asked = {"agency_id": session.info["agency_id"], "ids": list(tried)}
    found = {row.id: _ONE.decode(row.attempt) for row in await session.execute(text(_LATEST), asked)}
    older = tried.keys() - found
    for row in await _of_the_release_before(session, older) if older else ():
        if row.number == tried[row.delivery_id].attempt_count:
            found[row.delivery_id] = _numbered(row)
    for delivery_id, attempt in found.items():
        attempt.number = tried[delivery_id].attempt_count
    return found


async def of(session: AsyncSession, delivery: DeliveryRow) -> list[Numbered]:
    """The attempts at a delivery that are kept, newest first."""
    found = _LIST.decode(await session.scalar(text(_OF), _key(delivery)) or "[]")
    found.reverse()
    if len(found) < min(delivery.attempt_count, MOST_KEPT):
        older = await _of_the_release_before(session, [delivery.id])
        found += [_numbered(row) for row in sorted(older, key=_number, reverse=True)]
    for behind, attempt in enumerate(found):
        attempt.number = delivery.attempt_count - behind
    return found[:MOST_KEPT]


async def forget(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Delete attempts older than that whose events are older too; `limit` where there may be more of them.

    Most went with their event. These are of events that stay because a delivery of theirs is pending still.
    """
    asked = {"agency_id": session.info["agency_id"], "before": before, "limit": limit}
    cut = len((await session.execute(text(_FORGET), asked)).all())
    old = select(AttemptRow.id).where(AttemptRow.started_at < before).order_by(AttemptRow.started_at).limit(limit)
    gone = await session.execute(delete(AttemptRow).where(AttemptRow.id.in_(old)).returning(AttemptRow.id))
    return max(cut, len(gone.all()))


_FORGET = """
    update webhook_deliveries d
    set attempts = (
        select coalesce(jsonb_agg(kept.attempt order by kept.place), '[]')
        from jsonb_array_elements(d.attempts) with ordinality as kept (attempt, place)
        where (kept.attempt ->> 'started_at')::timestamptz >= :before
    )
    where d.agency_id = :agency_id and d.id in (
        select old.id from events e join webhook_deliveries old on old.agency_id = e.agency_id and old.event_id = e.id
        where e.agency_id = :agency_id and e.occurred_at < :before
            and (old.attempts -> 0 ->> 'started_at')::timestamptz < :before
        limit :limit
    )
    returning d.id
"""


async def _of_the_release_before(session: AsyncSession, delivery_ids: Iterable[UUID]) -> Sequence[AttemptRow]:
    statement = select(AttemptRow).where(AttemptRow.delivery_id.in_(list(delivery_ids)))
    return (await session.execute(statement)).scalars().all()


def _numbered(row: AttemptRow) -> Numbered:
    return Numbered(**{name: getattr(row, name) for name in Attempt.__struct_fields__ if name != "id"}, id=row.id.hex)


def _number(row: AttemptRow) -> int:
    return row.number


def _key(delivery: DeliveryRow) -> dict[str, UUID]:
    return {"agency_id": delivery.agency_id, "id": delivery.id}
