"""Incidents and their timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import TenantTable


class IncidentRow(TenantTable):
    """A crisis of one client, from its first sign to its end; a silent one lies in the past and pages nobody."""

    __tablename__ = "incidents"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "opened_at", "id"),
        Index(None, "agency_id", "client_id", "opened_at", "id"),
        Index(
            "incidents_one_open_idx",
            "agency_id",
            "client_id",
            unique=True,
            postgresql_where=text("status in ('open', 'acknowledged')"),
        ),
        CheckConstraint("status in ('open', 'acknowledged', 'resolved', 'closed')", name="status"),
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
