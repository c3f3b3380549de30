"""The social accounts watched for a client."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import TenantTable


class AccountRow(TenantTable):
    """An account on a platform; `kind` says what it is to the client. Handles are stored folded, without @."""

    __tablename__ = "monitored_accounts"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["agency_id", "competitor_id"], ["competitors.agency_id", "competitors.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("agency_id", "client_id", "platform", "handle"),
        Index(None, "agency_id", "client_id", "created_at", "id"),
        CheckConstraint("kind in ('owned', 'competitor', 'executive', 'watched')", name="kind"),
    )

    client_id: Mapped[UUID]
    competitor_id: Mapped[UUID | None]
    platform: Mapped[str]
    handle: Mapped[str]
    kind: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
