"""Webhook endpoints, the events they are told of, deliveries and their attempts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA, INTEGER
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import TenantTable


class EndpointRow(TenantTable):
    """An address that is told of events: of the whole agency, or of one client."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "created_at", "id"),
    )

    client_id: Mapped[UUID | None]
    url: Mapped[str]
    description: Mapped[str | None]
    event_types: Mapped[list[str]]
    secret_sealed: Mapped[bytes] = mapped_column(BYTEA)
    is_enabled: Mapped[bool]
    disabled_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class EventRow(TenantTable):
    """A public event with the exact bytes every endpoint is sent."""

    __tablename__ = "events"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "occurred_at", "id"),
    )

    client_id: Mapped[UUID | None]
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(BYTEA)


class DeliveryRow(TenantTable):
    """One event on its way to one endpoint."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "event_id"], ["events.agency_id", "events.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["agency_id", "endpoint_id"], ["webhook_endpoints.agency_id", "webhook_endpoints.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("agency_id", "event_id", "endpoint_id"),
        Index(None, "agency_id", "created_at", "id"),
        Index(None, "agency_id", "endpoint_id", "created_at", "id"),
        CheckConstraint("status in ('pending', 'delivered', 'exhausted', 'cancelled')", name="status"),
    )

    event_id: Mapped[UUID]
    endpoint_id: Mapped[UUID]
    client_id: Mapped[UUID | None]
    event_type: Mapped[str]
    status: Mapped[str]
    attempt_count: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    next_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AttemptRow(TenantTable):
    """One try of a delivery, and what came back."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agency_id", "delivery_id"], ["webhook_deliveries.agency_id", "webhook_deliveries.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("agency_id", "delivery_id", "number"),
    )

    delivery_id: Mapped[UUID]
    client_id: Mapped[UUID | None]
    number: Mapped[int] = mapped_column(INTEGER)
    started_at: Mapped[datetime]
    duration_ms: Mapped[int] = mapped_column(INTEGER)
    status_code: Mapped[int | None] = mapped_column(INTEGER)
    error: Mapped[str | None]
    detail: Mapped[str | None]
    response: Mapped[str | None]
