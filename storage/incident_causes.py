"""What caused an incident, as a person confirmed it: one row an incident, under the incident's own id."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from core.diagnosis.causes import Cause
from core.errors import PreconditionFailed
from storage import versions
from storage.incidents import IncidentRow
from storage.table import TenantTable

_KNOWN = ", ".join(f"'{cause}'" for cause in Cause)


class IncidentCauseRow(TenantTable):
    """The confirmed cause of an incident, and by whom and when."""

    __tablename__ = "incident_causes"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "id"], ["incidents.agency_id", "incidents.id"], ondelete="CASCADE"),
        CheckConstraint(f"cause in ({_KNOWN})", name="cause"),
    )

    client_id: Mapped[UUID]
    cause: Mapped[str]
    note: Mapped[str | None]
    confirmed_by: Mapped[UUID]
    confirmed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


async def find(session: AsyncSession, incident_id: UUID) -> IncidentCauseRow | None:
    """What was confirmed, if anything."""
    found = await session.execute(select(IncidentCauseRow).where(IncidentCauseRow.id == incident_id))
    return found.scalar_one_or_none()


async def confirm(
    session: AsyncSession,
    incident: IncidentRow,
    cause: Cause,
    note: str | None,
    *,
    by: UUID,
    version: int | None,
    now: datetime,
) -> IncidentCauseRow:
    """Write the cause down, in place of the one before; `version` 0 means that none was, None takes any.

    Raises: `PreconditionFailed`.
    """
    values = {"cause": cause.value, "note": note, "confirmed_by": by, "confirmed_at": now}
    if await find(session, incident.id) is not None:
        return await versions.change(session, IncidentCauseRow, incident.id, values, version=version, now=now)
    if version not in {None, 0}:
        raise PreconditionFailed
    key = {"agency_id": incident.agency_id, "id": incident.id, "client_id": incident.client_id}
    row = IncidentCauseRow(**key, **values, version=1, created_at=now, updated_at=now)
    async with versions.refusing({"incident_causes_pkey": PreconditionFailed()}):
        session.add(row)
        await session.flush()
    return row
