"""What happened and is still to be followed up, written with its cause.

A row that exists is due. The relay only leases it; the job that follows it up deletes it in the transaction
of its effect. A worker that dies lets its lease run out and the row is claimed again: nothing is lost, and
the effect happens once.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import TenantTable


class OutboxRow(TenantTable):
    """An event on its way to the jobs that follow it up."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "agency_id", "available_at"),
        Index(None, "agency_id", "type", "subject_id"),
    )

    type: Mapped[str]
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    available_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
