"""Webhook endpoints; the tables of deliveries and attempts, which `storage/deliveries.py` reads and writes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, select, text, update
from sqlalchemy.dialects.postgresql import BYTEA, INTEGER
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import Conflict
from core.ids import EndpointId
from storage import paging
from storage.paging import Asked, Page
from storage.table import TenantTable

Reseal = Callable[[bytes, UUID], bytes]
"""What was sealed for the row of this id, sealed anew."""


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
    previous_secret_sealed: Mapped[bytes | None] = mapped_column(BYTEA)
    secret_rotated_at: Mapped[datetime | None]
    is_enabled: Mapped[bool]
    disabled_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DeliveryRow(TenantTable):
    """One event on its way to one endpoint.

    `sending_until` is set while a worker sends, so that no second one does. `ladder_from` counts the attempts made
    before the delivery was last sent again by hand: from there the retry ladder begins anew.
    """

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
    ladder_from: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    sending_until: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
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
    response_headers: Mapped[dict[str, Any] | None]
    response: Mapped[str | None]


async def add(
    session: AsyncSession, endpoint_id: EndpointId, values: Mapping[str, Any], *, secret_sealed: bytes, now: datetime
) -> EndpointRow:
    """Register an endpoint, switched on. Its id comes from the caller, who has sealed the secret for it."""
    row = EndpointRow(
        agency_id=session.info["agency_id"],
        id=endpoint_id,
        **values,
        secret_sealed=secret_sealed,
        is_enabled=True,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def page(session: AsyncSession, asked: Asked) -> Page[EndpointRow]:
    """The agency's endpoints."""
    return await paging.page_of(
        session, select(EndpointRow), EndpointRow, asked, words=(EndpointRow.url, EndpointRow.description)
    )


async def find_locked(session: AsyncSession, endpoint_id: UUID) -> EndpointRow | None:
    """The endpoint, locked to be changed; None when it is gone. New deliveries to it are not held up."""
    statement = select(EndpointRow).where(EndpointRow.id == endpoint_id).with_for_update(key_share=True)
    return (await session.execute(statement)).scalar_one_or_none()


def require_enabled(endpoint: EndpointRow) -> None:
    """Refuse to send to an endpoint that is switched off.

    Raises: `Conflict` with the code `endpoint_disabled`.
    """
    if not endpoint.is_enabled:
        raise Conflict("The endpoint is switched off. Set is_enabled to true first.", code="endpoint_disabled")


async def rotate_secret(
    session: AsyncSession, endpoint_id: UUID, *, secret_sealed: bytes, now: datetime
) -> EndpointRow | None:
    """Give the endpoint a new secret; the one before stays beside it. None when there is no such endpoint."""
    statement = (
        update(EndpointRow)
        .where(EndpointRow.id == endpoint_id)
        .values(
            secret_sealed=secret_sealed,
            previous_secret_sealed=EndpointRow.secret_sealed,
            secret_rotated_at=now,
            version=EndpointRow.version + 1,
            updated_at=now,
        )
        .returning(EndpointRow)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def reseal(session: AsyncSession, again: Reseal) -> int:
    """Seal every signing secret of the agency again; how many there were."""
    rows = (await session.execute(select(EndpointRow).with_for_update(key_share=True))).scalars().all()
    for row in rows:
        row.secret_sealed = again(row.secret_sealed, row.id)
        previous = row.previous_secret_sealed
        row.previous_secret_sealed = again(previous, row.id) if previous else None
    await session.flush()
    return len(rows)


async def note_health(
    session: AsyncSession, endpoint: EndpointRow, *, failing_since: datetime | None, now: datetime
) -> None:
    """Remember since when every try at this endpoint has failed; nothing is written where that is known."""
    if endpoint.failing_since != failing_since:
        endpoint.failing_since = failing_since
        _touch(endpoint, now)
        await session.flush()


async def disable(session: AsyncSession, endpoint: EndpointRow, reason: str, *, now: datetime) -> None:
    """Switch an endpoint off, and say why."""
    endpoint.is_enabled = False
    endpoint.disabled_reason = reason
    _touch(endpoint, now)
    await session.flush()


def _touch(endpoint: EndpointRow, now: datetime) -> None:
    endpoint.version += 1
    endpoint.updated_at = now
