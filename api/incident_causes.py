"""What caused an incident, as a person confirmed it. What the posts suggest stands in the diagnosis."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, put
from litestar.params import JSONBody

from api.edge.causes import CauseName
from api.edge.schema import MAY_GROW, Input, LongText, Output, PathId, clean, identifier
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core.access import sees_people
from core.diagnosis.causes import Cause
from storage import incident_causes as records
from storage import versions
from storage.incident_causes import IncidentCauseRow
from storage.incidents import IncidentRow

UNCONFIRMED = 0
"""The version of a cause that nobody has confirmed yet."""


class PortalIncidentCause(Output, frozen=True):
    """The confirmed cause of an incident as a portal shows it: nothing tells who confirmed it, or what was noted."""

    incident_id: UUID
    client_id: UUID
    cause: Annotated[CauseName, MAY_GROW] | None
    confirmed_at: datetime | None


class IncidentCause(PortalIncidentCause, frozen=True):
    """The confirmed cause of an incident; no cause as long as nobody has confirmed one."""

    confirmed_by: UUID | None
    note: LongText | None


class ConfirmedCause(Input, frozen=True):
    """What the cause is, and why, for those who look back."""

    cause: CauseName
    note: LongText | None = None


@get(
    "/incidents/{incident_id:str}/cause",
    scope="incidents:read",
    summary="Read the cause of an incident",
    portal_shape=PortalIncidentCause,
)
async def get_incident_cause(
    request: AnyRequest, session: Session, principal: Caller, incident_id: PathId
) -> Response[IncidentCause]:
    """What a person confirmed. Its ETag is `"0"` as long as nobody has."""
    incident = await versions.get(session, IncidentRow, identifier(incident_id))
    row = await records.find(session, incident.id)
    kind = IncidentCause if sees_people(principal) else PortalIncidentCause
    return tagged(request, _shape(incident, row, kind), UNCONFIRMED if row is None else row.version)


@put("/incidents/{incident_id:str}/cause", scope="incidents:write", summary="Confirm the cause of an incident")
async def confirm_incident_cause(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    incident_id: PathId,
    data: JSONBody[ConfirmedCause],
    if_match: IfMatch = None,
) -> Response[IncidentCause]:
    """Say what the cause is, suggested or not. `If-Match: "0"` confirms what nobody has confirmed yet."""
    version = expected_version(if_match)
    incident = await versions.get(session, IncidentRow, identifier(incident_id))
    note = clean(data.note) if data.note else None
    row = await records.confirm(session, incident, Cause(data.cause), note, by=principal.id, version=version, now=now)
    return tagged(request, _shape(incident, row, IncidentCause), row.version)


def _shape(incident: IncidentRow, row: IncidentCauseRow | None, kind: type[PortalIncidentCause]) -> PortalIncidentCause:
    told: dict[str, Any] = dict.fromkeys(("cause", "confirmed_at", "confirmed_by", "note"))
    if row is not None:
        told = {name: getattr(row, name) for name in told}
    known: dict[str, Any] = {"incident_id": incident.id, "client_id": incident.client_id, **told}
    return kind(**{name: known[name] for name in kind.__struct_fields__})


router = Router("/v1", route_handlers=[get_incident_cause, confirm_incident_cause], tags=["Diagnosis"])
