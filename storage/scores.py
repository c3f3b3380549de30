"""Crisis scores of a client over time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from storage.table import Table


class ScoreRow(Table):
    """The assessment of one client at one bucket; `state` lets a recomputation start from here.

    Units: `score` [0, 100]; `completeness` [0, 1].
    """

    __tablename__ = "client_scores"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        {"postgresql_partition_by": "RANGE (bucket_at)"},
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    bucket_at: Mapped[datetime] = mapped_column(primary_key=True)
    score: Mapped[float] = mapped_column(REAL)
    level: Mapped[str]
    contributions: Mapped[list[Any]] = mapped_column(JSONB)
    guards: Mapped[list[str]]
    completeness: Mapped[float] = mapped_column(REAL)
    formula: Mapped[str]
    state: Mapped[dict[str, Any]]
    assessed_at: Mapped[datetime]
