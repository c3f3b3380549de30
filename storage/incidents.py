"""Incidents and their timeline."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Update, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.alerting import Hold
from core.crisis import Level
from core.errors import FieldProblem, Invalid
from core.incidents import Decision, Entry, Incident, Outcome, Status
from storage import paging, versions
from storage.paging import Asked, Page
from storage.session import driver_of
from storage.table import TenantTable, new_id


class IncidentRow(TenantTable):
    """A crisis of one client, from its first sign to its end; a silent one lies in the past and pages nobody."""

    __tablename__ = "incidents"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "opened_at", "id"),
        Index(None, "agency_id", "client_id", "opened_at", "id"),
        Index(
            "incidents_one_alive_idx",
            "agency_id",
            "client_id",
            unique=True,
            postgresql_where=text("status <> 'closed'"),
        ),
        CheckConstraint("status in ('open', 'acknowledged', 'contained', 'resolved', 'closed')", name="status"),
        CheckConstraint("outcome in ('resolved', 'false_alarm', 'quiet', 'absorbed')", name="outcome"),
    )

    client_id: Mapped[UUID]
    status: Mapped[str]
    level: Mapped[str]
    peak_level: Mapped[str]
    score: Mapped[float] = mapped_column(REAL)
    peak_score: Mapped[float] = mapped_column(REAL)
    first_seen_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    detected_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    resolution: Mapped[str | None]
    eased_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    last_alert_level: Mapped[str | None]
    last_alert_score: Mapped[float] = mapped_column(REAL, server_default=text("0"))
    is_silent: Mapped[bool]
    title: Mapped[str | None]
    topic: Mapped[str | None]
    topic_keyword_id: Mapped[UUID | None]
    declared_level: Mapped[str | None]
    declared_at: Mapped[datetime | None]
    declared_by: Mapped[UUID | None]
    contained_at: Mapped[datetime | None]
    contained_by: Mapped[UUID | None]
    alerted_at: Mapped[datetime | None]
    last_alert_at: Mapped[datetime | None]
    held_by: Mapped[str | None]
    campaign: Mapped[str | None]
    outcome: Mapped[str | None]
    cost_of_delay: Mapped[dict[str, Any] | None]
    is_shared: Mapped[bool] = mapped_column(server_default=text("false"))
    reasons: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class IncidentEntryRow(TenantTable):
    """One line of an incident's timeline."""

    __tablename__ = "incident_entries"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "incident_id"], ["incidents.agency_id", "incidents.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "incident_id", "at", "id"),
    )

    incident_id: Mapped[UUID]
    client_id: Mapped[UUID]
    at: Mapped[datetime]
    kind: Mapped[str]
    level: Mapped[str]
    score: Mapped[float] = mapped_column(REAL)
    actor_id: Mapped[UUID | None]
    detail: Mapped[list[Any] | dict[str, Any]] = mapped_column(JSONB)


_OF_RULES = tuple(field.name for field in fields(Incident))


def value(row: IncidentRow) -> Incident:
    """The row as the rules know it."""
    known = {name: getattr(row, name) for name in _OF_RULES}
    known |= {"status": Status(row.status), "level": Level(row.level), "peak_level": Level(row.peak_level)}
    optional = {"last_alert_level": Level, "declared_level": Level, "held_by": Hold, "outcome": Outcome}
    known |= {name: kind(known[name]) for name, kind in optional.items() if known[name] is not None}
    return Incident(**known)


async def find_alive(session: AsyncSession, client_id: UUID) -> Incident | None:
    """The client's incident that is not closed yet, locked; None when all is quiet."""
    statement = select(IncidentRow).where(IncidentRow.client_id == client_id, IncidentRow.status != Status.CLOSED)
    row = (await session.execute(statement.with_for_update())).scalar_one_or_none()
    return None if row is None else value(row)


async def forget_silent(session: AsyncSession, client_id: UUID, since: datetime) -> datetime | None:
    """Drop the silent incidents that reach past `since`, to be decided anew; when the earliest of them opened.

    Nobody was told of them: they are derived from counts that have changed.
    """
    reaching = (
        IncidentRow.client_id == client_id,
        IncidentRow.is_silent,
        IncidentRow.acknowledged_at.is_(None),
        IncidentRow.contained_at.is_(None),
        IncidentRow.resolved_at.is_(None),
        func.coalesce(IncidentRow.closed_at, since) >= since,
    )
    found = await session.execute(select(func.min(IncidentRow.first_seen_at)).where(*reaching))
    earliest = found.scalar_one_or_none()
    if earliest is not None:
        await session.execute(delete(IncidentRow).where(*reaching))
    return earliest


async def told_until(session: AsyncSession, client_id: UUID) -> datetime | None:
    """When the last incident that people were told of ended; None when there was none."""
    ended = select(func.max(IncidentRow.closed_at)).where(IncidentRow.client_id == client_id, ~IncidentRow.is_silent)
    return (await session.execute(ended)).scalar_one_or_none()


async def require(session: AsyncSession, incident_id: UUID) -> IncidentRow:
    """The incident that a field names, held until the transaction ends.

    Raises: `Invalid`, pointing at the field, where the agency has none of this id.
    """
    held = select(IncidentRow).where(IncidentRow.id == incident_id).with_for_update(read=True, key_share=True)
    row = (await session.execute(held)).scalar_one_or_none()
    if row is None:
        problem = FieldProblem("unknown_incident", "There is no such incident. Check the id.", pointer="/incident_id")
        raise Invalid("A field is refused.", problems=[problem])
    return row


async def lock(session: AsyncSession, incident_id: UUID) -> Incident:
    """An incident, locked to be changed.

    Raises: `NotFound`.
    """
    return value(await versions.get(session, IncidentRow, incident_id, lock=True))


async def apply(
    session: AsyncSession, decision: Decision, *, reasons: dict[str, list[str]] | None, now: datetime
) -> IncidentRow | None:
    """Record a decision: the incident as it is now, its timeline's new line, and the event it announces."""
    incident = decision.incident
    if incident is None or decision.action == "none":
        return None
    agency_id: UUID = session.info["agency_id"]
    columns = {name: getattr(incident, name) for name in _OF_RULES if name not in {"id", "client_id"}}
    columns["updated_at"] = now
    if reasons is not None:
        columns["reasons"] = reasons
    if decision.action in {"open", "declare"}:
        new = columns | {"reasons": reasons or {}, "created_at": now}
        row = IncidentRow(agency_id=agency_id, id=incident.id, client_id=incident.client_id, **new)
        session.add(row)
        await session.flush()
    else:
        statement = update(IncidentRow).where(IncidentRow.id == incident.id).values(columns).returning(IncidentRow)
        row = (await session.execute(statement, execution_options={"populate_existing": True})).scalar_one()
    if decision.timeline is not None:
        await _write(session, incident, decision.timeline)
    return row


async def _write(session: AsyncSession, incident: Incident, entry: Entry) -> None:
    row = IncidentEntryRow(
        agency_id=session.info["agency_id"],
        id=new_id(),
        incident_id=incident.id,
        client_id=incident.client_id,
        at=entry.at,
        kind=entry.kind,
        level=entry.level,
        score=entry.score,
        actor_id=entry.actor_id,
        detail=dict(entry.detail),
    )
    session.add(row)
    await session.flush()


_TOPIC = """
    select k.id, k.name
    from mentions m, unnest(m.keyword_ids) as caught (keyword_id)
        join keywords k on k.agency_id = $1 and k.id = caught.keyword_id
    where m.agency_id = $1 and m.client_id = $2 and m.published_at >= $3 and m.published_at < $4
        and m.is_counted and m.sentiment = 'negative'
    group by k.id, k.name
    order by count(distinct m.author_key) desc, count(*) desc, k.id limit 1
"""


async def name_topic(session: AsyncSession, row: IncidentRow, since: datetime, until: datetime) -> None:
    """Note the keyword that carries most of the negative voices within this time; none where no keyword caught any."""
    connection = await driver_of(session)
    found = await connection.fetchrow(_TOPIC, session.info["agency_id"], row.client_id, since, until)
    if found is not None:
        row.topic_keyword_id, row.topic = found["id"], found["name"]
        await session.flush()


async def note_cost(session: AsyncSession, incident_id: UUID, cost: Mapping[str, Any]) -> None:
    """Note what waiting costs at present; like the score, it moves under one version."""
    await session.execute(_of(incident_id).values(cost_of_delay=dict(cost)))


async def is_shared(session: AsyncSession, incident_id: UUID) -> bool:
    """Whether it was said that other brands have risen with this one; it was not where nothing is recorded yet."""
    said = select(IncidentRow.is_shared).where(IncidentRow.id == incident_id)
    return bool((await session.execute(said)).scalar_one_or_none())


async def note_shared(session: AsyncSession, incident_id: UUID, sentence: Mapping[str, str]) -> None:
    """Add to an incident's reasons that other brands have risen with it, by language."""
    row = (await session.execute(select(IncidentRow).where(IncidentRow.id == incident_id))).scalar_one()
    row.is_shared = True
    row.reasons = {language: [*row.reasons.get(language, []), told] for language, told in sentence.items()}
    await session.flush()


def _of(incident_id: UUID) -> Update:
    return update(IncidentRow).where(IncidentRow.id == incident_id)


async def page(session: AsyncSession, asked: Asked) -> Page[IncidentRow]:
    """Incidents of the agency's clients."""
    return await paging.page_of(session, select(IncidentRow), IncidentRow, asked, words=(IncidentRow.resolution,))


async def page_entries(session: AsyncSession, incident_id: UUID, asked: Asked) -> Page[IncidentEntryRow]:
    """An incident's timeline."""
    statement = select(IncidentEntryRow).where(IncidentEntryRow.incident_id == incident_id)
    return await paging.page_of(session, statement, IncidentEntryRow, asked)
