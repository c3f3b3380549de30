"""Public events: each kept as the exact bytes that every endpoint is sent, in the order of their commits.

An event gets its `position` in the agency's log as the last thing before its transaction commits, under a lock that
lasts until the commit is done. So a position that can be read has none below it that is still to come, and a reader
who goes on from the last one it saw misses nothing (decision 13).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import ForeignKeyConstraint, Index, select, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import event_bodies
from core.events import LOG_SCOPE, EventType, scope_of
from core.ids import EventId
from storage import notices, outbox
from storage.incidents import IncidentRow
from storage.session import at_last
from storage.table import TenantTable, new_id

KEPT = timedelta(days=30)
"""How long an event stays in the log."""

MARGIN = timedelta(hours=1)
"""How much longer it stays in the table: who goes on from just within the 30 days still finds all that follows."""


class EventCounterRow(TenantTable):
    """The last number given: under the agency's own id its log's position, under a client's that one's sequence."""

    __tablename__ = "event_counters"

    last: Mapped[int]


class EventRow(TenantTable):
    """A public event with the exact bytes every endpoint is sent.

    `position` is its place in the agency's log, `sequence` that among the client's own events. Both are missing
    while the release before, which knows no numbers, still writes. `resource_id` is what it tells about: its incident,
    its endpoint, or the agency.
    """

    __tablename__ = "events"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "occurred_at", "id"),
        Index(None, "agency_id", "position"),
        Index(None, "agency_id", "client_id", "position"),
        Index(None, "agency_id", "resource_id", "position"),
    )

    client_id: Mapped[UUID | None]
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(BYTEA)
    position: Mapped[int | None]
    sequence: Mapped[int | None]
    resource_id: Mapped[UUID | None]


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
        resource_id=event_bodies.resource_of(event, data) or session.info["agency_id"],
    )
    session.add(row)
    await session.flush()
    await outbox.append(session, event, event_id, now=now)
    _unnumbered(session).append((event_id, event, client_id))
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


_Unnumbered = list[tuple[UUID, EventType, UUID | None]]


def _unnumbered(session: AsyncSession) -> _Unnumbered:
    """What this transaction has published, in order; whoever asks first sees to it that it is numbered at last."""
    if "published" not in session.info:
        session.info["published"] = []
        at_last(session, _number)
    return cast("_Unnumbered", session.info["published"])


# One lock for the agency, taken when nothing else is left to do: held for the length of a commit, and never while
# waiting for another.
_COUNT = text("""
    insert into event_counters (agency_id, id, last)
    select :agency_id, id, added from unnest(cast(:ids as uuid[]), cast(:added as bigint[])) as new (id, added)
    on conflict (agency_id, id) do update set last = event_counters.last + excluded.last
    returning id, last
""")
_PLACE = text("""
    update events set position = n.position, sequence = n.sequence
    from unnest(cast(:ids as uuid[]), cast(:positions as bigint[]), cast(:sequences as bigint[]))
        as n (id, position, sequence)
    where events.agency_id = :agency_id and events.id = n.id
""")


async def _number(session: AsyncSession) -> None:
    agency_id: UUID = session.info["agency_id"]
    published = _unnumbered(session)
    counted = [_counted_for(event, client_id) for _, event, client_id in published]
    wanted = Counter({agency_id: len(published)})
    wanted.update(client for client in counted if client is not None)
    # The agency first: who has that one waits for no other.
    counts = {"agency_id": agency_id, "ids": list(wanted), "added": list(wanted.values())}
    last = {row.id: row.last - wanted[row.id] for row in await session.execute(_COUNT, counts)}
    positions: list[int] = []
    sequences: list[int | None] = []
    for client in counted:
        last[agency_id] += 1
        positions.append(last[agency_id])
        if client is not None:
            last[client] += 1
        sequences.append(None if client is None else last[client])
    places = {"ids": [event_id for event_id, _, _ in published], "positions": positions, "sequences": sequences}
    await session.execute(_PLACE, {"agency_id": agency_id, **places})
    await notices.tell(session, notices.EVENTS)


def _counted_for(event: EventType, client_id: UUID | None) -> UUID | None:
    """The client in whose sequence it has a number: what some readers of the log may not see has none."""
    return client_id if scope_of(event) == LOG_SCOPE else None


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the log tells it."""

    position: int
    sequence: int | None
    client_id: UUID | None
    occurred_at: datetime
    body: bytes


_TOLD = (EventRow.position, EventRow.sequence, EventRow.client_id, EventRow.occurred_at, EventRow.body)


async def after(
    session: AsyncSession, position: int, *, types: Collection[EventType], client_id: UUID | None, limit: int
) -> Sequence[Told]:
    """The events of these types that follow a position, in the order of their commits."""
    statement = select(*_TOLD).where(EventRow.position > position, EventRow.type.in_([each.value for each in types]))
    if client_id is not None:
        statement = statement.where(EventRow.client_id == client_id)
    rows = await session.execute(statement.order_by(EventRow.position).limit(limit))
    return [Told(row.position or 0, row.sequence, row.client_id, row.occurred_at, row.body) for row in rows]


async def head(session: AsyncSession) -> int:
    """The position of the newest event that this transaction may see; 0 where there is none."""
    newest = select(EventRow.position).where(EventRow.position.is_not(None))
    return (await session.execute(newest.order_by(EventRow.position.desc()).limit(1))).scalar_one_or_none() or 0


async def number_late(session: AsyncSession, *, limit: int) -> int:
    """Number what the release before has written without; how many those were."""
    statement = select(EventRow.id, EventRow.type, EventRow.client_id).where(EventRow.position.is_(None))
    ordered = statement.order_by(EventRow.occurred_at, EventRow.id).limit(limit).with_for_update(skip_locked=True)
    late = [(row.id, EventType(row.type), row.client_id) for row in await session.execute(ordered)]
    if late:
        _unnumbered(session).extend(late)
    return len(late)
