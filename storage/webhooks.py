"""Webhook endpoints; the tables of deliveries and attempts, which `storage/deliveries.py` reads and writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, Index, UniqueConstraint, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, INTEGER, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.errors import Conflict
from core.ids import EndpointId
from core.sealing import Purpose
from core.webhook_keys import OldSecret, after_rotation, still_signing
from core.webhooks import MOST_OF_A_CLIENT, MOST_OF_AN_AGENCY, SECRET_OVERLAP
from storage import paging
from storage.paging import Asked, Page
from storage.session import for_the_agency
from storage.table import TenantTable

Reseal = Callable[[bytes, UUID, Purpose], bytes]
"""What was sealed for this purpose and the row of this id, sealed anew."""


_HOLD_AGENCY = text("select from agencies where agency_id = :agency_id for no key update")


class EndpointRow(TenantTable):
    """An address that is told of events: of the whole agency, or of one client.

    The secret replaced last stands in `previous_secret_sealed`, those before it in `older_secrets_sealed`. The last
    columns are where its tries stand: see `core/webhook_pacing.py`.
    """

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
    older_secrets_sealed: Mapped[list[bytes]] = mapped_column(ARRAY(BYTEA), server_default=text("'{}'"))
    older_secrets_until: Mapped[list[datetime]] = mapped_column(
        ARRAY(DateTime(timezone=True)), server_default=text("'{}'")
    )
    signatures: Mapped[list[str]] = mapped_column(server_default=text("'{v1}'"))
    public_key: Mapped[str | None]
    signing_key_sealed: Mapped[bytes | None] = mapped_column(BYTEA)
    header_names: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    headers_sealed: Mapped[bytes | None] = mapped_column(BYTEA)
    rate_per_minute: Mapped[int | None]
    ordered: Mapped[bool] = mapped_column(server_default=text("false"))
    is_enabled: Mapped[bool]
    disabled_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    failing_notices: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    failures_in_row: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    circuit_until: Mapped[datetime | None]
    probing_until: Mapped[datetime | None]
    paced_at: Mapped[datetime | None]
    queued_until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Destination:
    """What a try needs to know of an endpoint: read once a batch, and light to ask."""

    agency_id: UUID
    id: UUID
    url: str
    secret_sealed: bytes
    previous_secret_sealed: bytes | None
    secret_rotated_at: datetime | None
    older_secrets_sealed: Sequence[bytes]
    older_secrets_until: Sequence[datetime]
    signing_key_sealed: bytes | None
    headers_sealed: bytes | None
    takes_turns: bool = False
    host: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", urlsplit(self.url).netloc)


DESTINATION = tuple(each.name for each in fields(Destination) if each.init and each.name != "takes_turns")
"""The columns it is made of."""


def destination(endpoint: EndpointRow) -> Destination:
    """An endpoint whose deliveries are sent one by one, as its tries see it."""
    return Destination(**{name: getattr(endpoint, name) for name in DESTINATION}, takes_turns=True)


class DeliveryRow(TenantTable):
    """One event on its way to one endpoint.

    Who sends it holds its row of the outbox. Its `attempts` are read by `storage/attempts.py` alone. `ladder_from`
    counts the attempts made before the delivery was last sent again by hand: from there the retry ladder begins anew.
    `sending_until` is of the release before, whose workers set it while they send; it goes with the next.
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
        Index(None, "agency_id", "endpoint_id", "waiting_for", postgresql_where=text("waiting_for is not null")),
        CheckConstraint("status in ('pending', 'delivered', 'exhausted', 'cancelled')", name="status"),
        CheckConstraint("waiting_for in ('order', 'circuit', 'rate')", name="waiting_for"),
    )

    event_id: Mapped[UUID]
    endpoint_id: Mapped[UUID]
    client_id: Mapped[UUID | None]
    event_type: Mapped[str]
    status: Mapped[str]
    attempt_count: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    ladder_from: Mapped[int] = mapped_column(INTEGER, server_default=text("0"))
    sending_until: Mapped[datetime | None]
    waiting_for: Mapped[str | None]
    next_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"), deferred=True)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class AttemptRow(TenantTable):
    """One try of a delivery, as the release before kept it; it goes with the next."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agency_id", "delivery_id"], ["webhook_deliveries.agency_id", "webhook_deliveries.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("agency_id", "delivery_id", "number"),
        Index(None, "agency_id", "started_at"),
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
    """Register an endpoint, switched on. Its id comes from the caller, who has sealed the secret for it.

    Raises: `Conflict` with the code `too_many_endpoints`.
    """
    await _require_room(session, values["client_id"])
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


async def _require_room(session: AsyncSession, client_id: UUID | None) -> None:
    """Refuse one endpoint too many; until the transaction ends, nobody else takes the last place."""
    agency_id = session.info["agency_id"]
    of_client = func.count().filter(EndpointRow.client_id == client_id)
    async with for_the_agency(session):
        await session.execute(_HOLD_AGENCY, {"agency_id": agency_id})
        counted = select(func.count(), of_client).where(EndpointRow.agency_id == agency_id)
        in_all, theirs = (await session.execute(counted)).one()
    bounds = [(in_all, MOST_OF_AN_AGENCY, "An agency")]
    if client_id is not None:
        bounds.append((theirs, MOST_OF_A_CLIENT, "A client"))
    for count, most, whose in bounds:
        if count >= most:
            detail = (
                f"{whose} has at most {most} webhook endpoints, and there are {count}. Delete one that is not needed."
            )
            raise Conflict(detail, code="too_many_endpoints")


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


def old_secrets(endpoint: EndpointRow | Destination, *, now: datetime) -> list[OldSecret]:
    """The replaced secrets that sign at this moment, the latest first."""
    if endpoint.previous_secret_sealed is None and not endpoint.older_secrets_sealed:
        return []
    known = [
        OldSecret(sealed, until)
        for sealed, until in zip(endpoint.older_secrets_sealed, endpoint.older_secrets_until, strict=True)
    ]
    if endpoint.previous_secret_sealed is not None and endpoint.secret_rotated_at is not None:
        known.append(OldSecret(endpoint.previous_secret_sealed, endpoint.secret_rotated_at + SECRET_OVERLAP))
    return still_signing(known, now)


async def rotate_secret(
    session: AsyncSession, endpoint: EndpointRow, *, secret_sealed: bytes, end_previous: bool, now: datetime
) -> None:
    """Give a locked endpoint a new secret; the ones before sign beside it for a while, unless they are to end."""
    old = [] if end_previous else after_rotation(endpoint.secret_sealed, old_secrets(endpoint, now=now), now)
    endpoint.secret_sealed = secret_sealed
    endpoint.previous_secret_sealed = old[0].sealed if old else None
    endpoint.older_secrets_sealed = [each.sealed for each in old[1:]]
    endpoint.older_secrets_until = [each.until for each in old[1:]]
    endpoint.secret_rotated_at = now
    _touch(endpoint, now)
    await session.flush()


async def reseal(session: AsyncSession, again: Reseal) -> int:
    """Seal every secret of the agency's endpoints again, of whatever kind; how many endpoints there were."""
    rows = (await session.execute(select(EndpointRow).with_for_update(key_share=True))).scalars().all()
    for row in rows:
        row.secret_sealed = again(row.secret_sealed, row.id, Purpose.WEBHOOK_SECRET)
        if row.previous_secret_sealed is not None:
            row.previous_secret_sealed = again(row.previous_secret_sealed, row.id, Purpose.WEBHOOK_SECRET)
        row.older_secrets_sealed = [again(old, row.id, Purpose.WEBHOOK_SECRET) for old in row.older_secrets_sealed]
        if row.signing_key_sealed is not None:
            row.signing_key_sealed = again(row.signing_key_sealed, row.id, Purpose.WEBHOOK_SIGNING_KEY)
        if row.headers_sealed is not None:
            row.headers_sealed = again(row.headers_sealed, row.id, Purpose.WEBHOOK_HEADERS)
    await session.flush()
    return len(rows)


async def note_health(
    session: AsyncSession, endpoint: EndpointRow, *, failing_since: datetime | None, now: datetime
) -> None:
    """Remember since when every try at this endpoint has failed; nothing is written where that is known."""
    if endpoint.failing_since != failing_since:
        endpoint.failing_since = failing_since
        if failing_since is None:
            endpoint.failing_notices = 0
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
