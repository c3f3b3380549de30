"""Breaches of personal data: written down when found, told within three days, kept for whoever asks later."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import JSONBody

from api.edge.lists import Asked, Listed, Listing, listed, one_of
from api.edge.schema import NO_NUL_SOME, Count, Input, LongText, Output, PathId, changed, identifier, shape
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import data_breaches as rules
from storage import data_breaches as records
from storage import versions
from storage.data_breaches import BreachRow

StatusName = Literal["open", "notified", "closed"]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Told = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000, pattern=NO_NUL_SOME)]
SCOPE = "data_breaches:manage"
_LISTING = Listing(
    sorts=("created_at", "updated_at", "discovered_at", "due_at"), filters={"status": one_of(StatusName)}
)


class DataBreach(Output, frozen=True):
    """Personal data that got out: `data` says which, `cause` how, `measures` what is done about it.

    It is `open` until the people concerned and the authority were told, for which `due_at` is the last moment.
    """

    id: UUID
    status: StatusName
    data: LongText
    cause: LongText | None
    measures: LongText | None
    affected_subjects: Count | None
    occurred_at: datetime | None
    discovered_at: datetime
    due_at: datetime
    subjects_notified_at: datetime | None
    authority_notified_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class NewDataBreach(Input, frozen=True):
    """What is known when a breach is found. `discovered_at` is now if left out."""

    data: Told
    cause: LongText | None = None
    measures: LongText | None = None
    affected_subjects: Count | None = None
    occurred_at: Moment | None = None
    discovered_at: Moment | None = None


class DataBreachChanges(Input, frozen=True):
    """What became known and was done since; what is absent stays."""

    data: Told | msgspec.UnsetType = msgspec.UNSET
    cause: LongText | None | msgspec.UnsetType = msgspec.UNSET
    measures: LongText | None | msgspec.UnsetType = msgspec.UNSET
    affected_subjects: Count | None | msgspec.UnsetType = msgspec.UNSET
    occurred_at: Moment | None | msgspec.UnsetType = msgspec.UNSET
    subjects_notified_at: Moment | None | msgspec.UnsetType = msgspec.UNSET
    authority_notified_at: Moment | None | msgspec.UnsetType = msgspec.UNSET
    closed_at: Moment | None | msgspec.UnsetType = msgspec.UNSET


class DataBreachList(Listed, frozen=True, kw_only=True):
    """A page of breaches, newest first."""

    data: Annotated[list[DataBreach], msgspec.Meta(max_length=200)]


@post("/data-breaches", scope=SCOPE, summary="Write a breach of personal data down")
async def create_data_breach(
    request: AnyRequest, session: Session, now: Now, data: JSONBody[NewDataBreach]
) -> Response[DataBreach]:
    """Write down what got out. People and authority are to be told within 72 hours of the discovery."""
    rules.require_past({"occurred_at": data.occurred_at, "discovered_at": data.discovered_at}, now)
    unknown = {"cause": None, "measures": None, "affected_subjects": None, "occurred_at": None}
    values = {**unknown, **changed(data), "discovered_at": data.discovered_at or now}
    row = await records.add(session, values, now=now)
    return tagged(request, shape(row, DataBreach), row.version, status=201, location=f"/v1/data-breaches/{row.id}")


@get("/data-breaches", scope=SCOPE, summary="List breaches of personal data", listing=_LISTING)
async def list_data_breaches(request: AnyRequest, session: Session, asked: Asked) -> Response[DataBreachList]:
    """What got out, newest first unless told otherwise. Those of the status `open`, sorted by `due_at`, are urgent."""
    page = await records.page(session, asked)
    return listed(request, DataBreachList, [shape(row, DataBreach) for row in page.rows], page)


@get("/data-breaches/{breach_id:str}", scope=SCOPE, summary="Read a breach of personal data")
async def get_data_breach(request: AnyRequest, session: Session, breach_id: PathId) -> Response[DataBreach]:
    """One breach."""
    row = await versions.get(session, BreachRow, identifier(breach_id))
    return tagged(request, shape(row, DataBreach), row.version)


@patch("/data-breaches/{breach_id:str}", scope=SCOPE, summary="Add to a breach of personal data")
async def change_data_breach(
    request: AnyRequest,
    session: Session,
    now: Now,
    breach_id: PathId,
    data: JSONBody[DataBreachChanges],
    if_match: IfMatch = None,
) -> Response[DataBreach]:
    """Say what became known, when whom was told, and when the case was closed. A breach is never deleted."""
    version, found, changes = expected_version(if_match), identifier(breach_id), changed(data)
    rules.require_past({name: value for name, value in changes.items() if isinstance(value, datetime)}, now)
    row = await records.change(session, found, changes, version=version, now=now)
    return tagged(request, shape(row, DataBreach), row.version)


router = Router(
    "/v1",
    route_handlers=[create_data_breach, list_data_breaches, get_data_breach, change_data_breach],
    tags=["Personal data"],
)
