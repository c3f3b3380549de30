"""The brands an agency looks after, and where each of them stands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import REAL
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import Table, TenantTable


class ClientRow(TenantTable):
    """A company, public figure, institution or person under the agency's protection."""

    __tablename__ = "clients"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        Index(None, "agency_id", "created_at", "id"),
        CheckConstraint("kind in ('company', 'public_figure', 'institution', 'person')", name="kind"),
        CheckConstraint("risk_tier in ('low', 'standard', 'high')", name="risk_tier"),
    )

    kind: Mapped[str]
    name: Mapped[str]
    sector: Mapped[str | None]
    risk_tier: Mapped[str]
    time_zone: Mapped[str]
    languages: Mapped[list[str]]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ClientStateRow(Table):
    """Where a client stands now: one row, locked by whoever counts or assesses.

    `dirty_from` is the earliest bucket counted but not yet assessed; null when all is assessed.
    """

    __tablename__ = "client_states"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(server_default=text("'normal'"))
    score: Mapped[float] = mapped_column(REAL, server_default=text("0"))
    dirty_from: Mapped[datetime | None]
    latest_bucket_at: Mapped[datetime | None]
    assessed_through: Mapped[datetime | None]
    assessed_at: Mapped[datetime | None]


class CompetitorRow(TenantTable):
    """Who competes with a client; its accounts are monitored accounts of the kind `competitor`."""

    __tablename__ = "competitors"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        Index(None, "agency_id", "client_id", "created_at", "id"),
    )

    client_id: Mapped[UUID]
    name: Mapped[str]
    note: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
