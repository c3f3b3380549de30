"""The caller's own agency."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Response, Router, get, patch
from litestar.params import JSONBody

from api.edge.schema import Input, Name, Output, ShortText, changed, shape
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from storage import agencies as records


class Agency(Output, frozen=True):
    """An agency. `slug` is its short name, which never changes."""

    id: UUID
    name: Name
    slug: ShortText
    created_at: datetime
    updated_at: datetime


class AgencyChanges(Input, frozen=True):
    """What may change of an agency; what is absent stays."""

    name: Name | msgspec.UnsetType = msgspec.UNSET


@get("/agency", scope="agency:read", summary="Read the own agency")
async def get_agency(request: AnyRequest, session: Session) -> Response[Agency]:
    """The agency that the credential belongs to."""
    row = await records.get(session)
    return tagged(request, shape(row, Agency, id=row.agency_id), row.version)


@patch("/agency", scope="agency:manage", summary="Change the own agency")
async def change_agency(
    request: AnyRequest, session: Session, now: Now, data: JSONBody[AgencyChanges], if_match: IfMatch = None
) -> Response[Agency]:
    """Change what the agency is called."""
    row = await records.change(session, changed(data), version=expected_version(if_match), now=now)
    return tagged(request, shape(row, Agency, id=row.agency_id), row.version)


router = Router("/v1", route_handlers=[get_agency, change_agency], tags=["Access"])
