"""API keys and portal tokens: who is calling, before any agency is known."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import TenantTable


class ApiKeyRow(TenantTable):
    """A program's credential; with `client_id` a portal token, which sees that one client only."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id"], ["agencies.agency_id"]),
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        UniqueConstraint("agency_id", "public_id"),
        Index(None, "public_id"),
        CheckConstraint("(client_id is not null) = (role = 'portal_viewer')", name="portal"),
    )

    name: Mapped[str]
    role: Mapped[str]
    client_id: Mapped[UUID | None]
    public_id: Mapped[str]
    secret_hash: Mapped[bytes] = mapped_column(BYTEA)
    scopes: Mapped[list[str]]
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
