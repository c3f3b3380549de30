"""When people are told about a client, and when they are left alone."""

from datetime import datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, patch
from litestar.params import JSONBody

from api.edge.schema import Input, Output, PathId, changed, identifier
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core.errors import FieldProblem, Invalid
from storage import versions
from storage.clients import ClientRow

Sensitivity = Literal["low", "normal", "high"]
Clock = Annotated[str, msgspec.Meta(max_length=5, pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=1440, examples=[60])]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
TimeZone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours of the client's own day in which levels up to `up_to` wait until their end. A crisis never waits."""

    start: Clock
    end: Clock
    up_to: Literal["watch", "warning"]


class Alerting(Output, frozen=True):
    """When people are told about a client.

    `sensitivity` null leaves the thresholds to the client's risk tier. Within `cooldown_minutes` of an alert nobody is
    told of the same or a lower level again. Until `muted_until` nobody is told of anything.
    """

    client_id: UUID
    sensitivity: Sensitivity | None
    cooldown_minutes: Minutes
    muted_until: datetime | None
    quiet_hours: QuietHours | None
    time_zone: TimeZone


class AlertingChanges(Input, frozen=True):
    """What may change of it; what is absent stays."""

    sensitivity: Sensitivity | None | msgspec.UnsetType = msgspec.UNSET
    cooldown_minutes: Minutes | msgspec.UnsetType = msgspec.UNSET
    muted_until: Instant | None | msgspec.UnsetType = msgspec.UNSET
    quiet_hours: QuietHours | None | msgspec.UnsetType = msgspec.UNSET


@get("/clients/{client_id:str}/alerting", scope="clients:read", summary="Read when people are told about a client")
async def get_alerting(request: AnyRequest, session: Session, client_id: PathId) -> Response[Alerting]:
    """Sensitivity, mute, quiet hours and cooldown of a client. Its ETag is the client's."""
    row = await versions.get(session, ClientRow, identifier(client_id))
    return tagged(request, _shape(row), row.version)


@patch("/clients/{client_id:str}/alerting", scope="incidents:write", summary="Change when people are told")
async def change_alerting(
    request: AnyRequest,
    session: Session,
    now: Now,
    client_id: PathId,
    data: JSONBody[AlertingChanges],
    if_match: IfMatch = None,
) -> Response[Alerting]:
    """Mute a client, set its quiet hours, its cooldown or its sensitivity. It holds from the next assessment on."""
    values = _columns(changed(data))
    version = expected_version(if_match)
    row = await versions.change(session, ClientRow, identifier(client_id), values, version=version, now=now)
    return tagged(request, _shape(row), row.version)


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    if "quiet_hours" not in values:
        return values
    quiet: QuietHours | None = values.pop("quiet_hours")
    if quiet is None:
        return values | {"quiet_from": None, "quiet_until": None, "quiet_up_to": None}
    if time.fromisoformat(quiet.start) == time.fromisoformat(quiet.end):
        problem = FieldProblem("span", "Quiet hours begin and end at different times.", pointer="/quiet_hours/end")
        raise Invalid("A field is refused.", problems=[problem])
    return values | {"quiet_from": quiet.start, "quiet_until": quiet.end, "quiet_up_to": quiet.up_to}


def _shape(row: ClientRow) -> Alerting:
    told = {"start": row.quiet_from, "end": row.quiet_until, "up_to": row.quiet_up_to}
    values = {name: getattr(row, name) for name in ("sensitivity", "cooldown_minutes", "muted_until", "time_zone")}
    quiet = None if row.quiet_from is None else told
    return msgspec.convert({"client_id": row.id, "quiet_hours": quiet, **values}, Alerting)


router = Router("/v1", route_handlers=[get_alerting, change_alerting], tags=["Alerting"])
