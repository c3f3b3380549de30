"""What people ask about their data: noted, answered within three days, carried out across the whole agency."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge.lists import Asked, Listed, Listing, listed, one_of
from api.edge.process import Process
from api.edge.schema import (
    PERSONAL,
    Handle,
    Input,
    LongText,
    Output,
    PathId,
    Platform,
    clean,
    identifier,
    platform,
    shape,
)
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import tagged
from core import access
from core import data_subjects as rules
from core.access import Principal
from core.data_subjects import Kind, Status
from core.errors import Conflict, FieldProblem, Invalid
from core.events import EventType
from core.intake import fold_handle
from storage import agencies, outbox, versions
from storage import data_subjects as records
from storage.data_subjects import RequestRow
from storage.session import driver_of, tenant_connection

KindName = Literal["access", "copy", "correction", "restriction", "erasure"]
StatusName = Literal["received", "running", "fulfilled", "refused"]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=access.LONGEST_ADDRESS, pattern=access.ADDRESS), PERSONAL]
PersonalHandle = Annotated[Handle, PERSONAL]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
_EXAMPLE = '{"table":"posts","row":{"platform":"x","author":"budi_ngopi","text":"Kopi Senja enak"}}\n'
_MEDIA_TYPE = "application/x-ndjson"


class Proof(Output, frozen=True):
    """What was erased: rows by table, and a SHA-256 over the ids of the posts, which says nothing of whom."""

    counts: Annotated[dict[str, Count], msgspec.Meta(max_length=20)]
    sha256: Annotated[str, msgspec.Meta(max_length=64, pattern="^[0-9a-f]*$", examples=["9f86d081884c7d65" * 4])]


class DataSubjectRequest(Output, frozen=True):
    """What somebody asked. Of an author who was erased, nothing here says any more who it was."""

    id: UUID
    kind: KindName
    status: StatusName
    platform: Platform | None
    handle: Annotated[str, msgspec.Meta(max_length=100), PERSONAL] | None
    email: Annotated[str, msgspec.Meta(max_length=600), PERSONAL] | None
    note: LongText | None
    received_at: datetime
    due_at: datetime
    closed_at: datetime | None
    proof: Proof | None
    created_at: datetime
    updated_at: datetime


class NewDataSubjectRequest(Input, frozen=True):
    """Who asks for what: an author by platform and handle, or a member by address. `received_at` is now if left out."""

    kind: KindName
    platform: Platform | None = None
    handle: PersonalHandle | None = None
    email: Email | None = None
    note: LongText | None = None
    received_at: Moment | None = None


class Decision(Input, frozen=True):
    """Why, for those who look back."""

    note: LongText | None = None


class DataSubjectRequestList(Listed, frozen=True, kw_only=True):
    """A page of requests, newest first."""

    data: Annotated[list[DataSubjectRequest], msgspec.Meta(max_length=200)]


SCOPE = "data_subject_requests:manage"
_LISTING = Listing(
    sorts=("created_at", "updated_at", "received_at", "due_at"),
    filters={"kind": one_of(KindName), "status": one_of(StatusName)},
)


@post("/data-subject-requests", scope=SCOPE, summary="Note a request of a data subject")
async def create_data_subject_request(
    request: AnyRequest, session: Session, now: Now, data: JSONBody[NewDataSubjectRequest]
) -> Response[DataSubjectRequest]:
    """Note that somebody asked about their data. It is due 72 hours after it was received."""
    values = {"kind": data.kind, **_subject(data), "note": clean(data.note) if data.note else None}
    row = await records.add(session, values | {"received_at": _received(data.received_at, now)}, now=now)
    location = f"/v1/data-subject-requests/{row.id}"
    return tagged(request, _shape(row), row.version, status=201, location=location)


@get("/data-subject-requests", scope=SCOPE, summary="List requests of data subjects", listing=_LISTING)
async def list_data_subject_requests(
    request: AnyRequest, session: Session, asked: Asked
) -> Response[DataSubjectRequestList]:
    """What people asked, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, DataSubjectRequestList, [_shape(row) for row in page.rows], page)


@get("/data-subject-requests/{request_id:str}", scope=SCOPE, summary="Read a request of a data subject")
async def get_data_subject_request(
    request: AnyRequest, session: Session, request_id: PathId
) -> Response[DataSubjectRequest]:
    """One request, with its proof once an erasure is done."""
    row = await versions.get(session, RequestRow, identifier(request_id))
    return tagged(request, _shape(row), row.version)


@post(
    "/data-subject-requests/{request_id:str}/fulfil",
    scope=SCOPE,
    status_code=200,
    summary="Carry a request of a data subject out",
)
async def fulfil_data_subject_request(
    request: AnyRequest, session: Session, now: Now, request_id: PathId, data: JSONBody[Decision]
) -> Response[DataSubjectRequest]:
    """Erase or restrict, or note that the rest was done.

    An erasure begins half a minute later and goes on by itself: the request is `running`, then `fulfilled` with its
    proof. From now on nothing is stored of an author who is erased or restricted.
    """
    row = await versions.get(session, RequestRow, identifier(request_id), lock=True)
    rules.require_open(row.status)
    is_erasure = row.kind == Kind.ERASURE
    if row.handle is not None and row.kind in {Kind.ERASURE, Kind.RESTRICTION}:
        assert row.platform is not None
        await records.suppress(await driver_of(session), row.agency_id, row.platform, row.handle, now=now)
    if is_erasure:
        await _require_another_owner(session, row)
        start = now + rules.SETTLES_WITHIN
        await outbox.append(session, EventType.ERASURE_DUE, row.id, now=now, available_at=start)
    status = Status.RUNNING if is_erasure else Status.FULFILLED
    await records.decide(session, row, status, clean(data.note) if data.note else None, now)
    return tagged(request, _shape(row), row.version)


@post(
    "/data-subject-requests/{request_id:str}/refuse",
    scope=SCOPE,
    status_code=200,
    summary="Refuse a request of a data subject",
)
async def refuse_data_subject_request(
    request: AnyRequest, session: Session, now: Now, request_id: PathId, data: JSONBody[Decision]
) -> Response[DataSubjectRequest]:
    """Say that the request is not followed, and in the note why, such as that nobody proved to be this person."""
    row = await versions.get(session, RequestRow, identifier(request_id), lock=True)
    rules.require_open(row.status)
    await records.decide(session, row, Status.REFUSED, clean(data.note) if data.note else None, now)
    return tagged(request, _shape(row), row.version)


@get(
    "/data-subject-requests/{request_id:str}/export",
    scope=SCOPE,
    summary="Export what is held of a data subject",
    downloads={_MEDIA_TYPE: _EXAMPLE},
)
async def export_data_subject(session: Session, principal: Caller, process: Held, request_id: PathId) -> Stream:
    """Everything that the agency holds of this person, one row a line with the name of its table."""
    row = await versions.get(session, RequestRow, identifier(request_id))
    headers = {"Content-Disposition": f'attachment; filename="data-subject-{row.id}.ndjson"'}
    return Stream(_lines(process, principal, row), media_type=_MEDIA_TYPE, headers=headers)


async def _lines(process: Process, principal: Principal, row: RequestRow) -> AsyncGenerator[bytes, None]:
    async with tenant_connection(process.db, principal.agency_id) as connection:
        if row.email is not None:
            held = records.held_of_member(connection, principal.agency_id, row.email)
        elif row.platform is not None and row.handle is not None:
            held = records.held_of_author(connection, principal.agency_id, row.platform, row.handle)
        else:
            return
        async for table, columns in held:
            yield msgspec.json.encode({"table": table, "row": columns}) + b"\n"


def _subject(data: NewDataSubjectRequest) -> dict[str, str | None]:
    """Whom it is about: exactly one author or one member.

    Raises: `Invalid`.
    """
    is_author = data.platform is not None and data.handle is not None
    if is_author == (data.email is not None) or (data.platform is None) != (data.handle is None):
        detail = "Name either platform and handle of an author, or the email of a member."
        raise Invalid("A field is refused.", problems=[FieldProblem("subject_needed", detail, pointer="/handle")])
    if data.email is not None:
        if data.kind == Kind.RESTRICTION:
            problem = FieldProblem("not_for_members", "Disable the member instead.", pointer="/kind")
            raise Invalid("A field is refused.", problems=[problem])
        return {"platform": None, "handle": None, "email": access.address(data.email)}
    assert data.platform is not None
    assert data.handle is not None
    folded = fold_handle(data.handle)
    return {"platform": platform(data.platform, "/platform"), "handle": folded, "email": None}


def _received(moment: datetime | None, now: datetime) -> datetime:
    if moment is not None and moment > now:
        problem = FieldProblem("in_the_future", "Name a moment that has passed.", pointer="/received_at")
        raise Invalid("A field is refused.", problems=[problem])
    return moment or now


async def _require_another_owner(session: AsyncSession, row: RequestRow) -> None:
    if row.email is not None and await agencies.is_last_owner(session, row.email):
        raise Conflict("This is the last owner who can sign in. Make another member an owner.", code="last_owner")


def _shape(row: RequestRow) -> DataSubjectRequest:
    proof = msgspec.convert(row.proof, Proof) if row.proof and row.status == Status.FULFILLED else None
    return shape(row, DataSubjectRequest, proof=proof)


router = Router(
    "/v1",
    route_handlers=[
        create_data_subject_request,
        list_data_subject_requests,
        get_data_subject_request,
        fulfil_data_subject_request,
        refuse_data_subject_request,
        export_data_subject,
    ],
    tags=["Personal data"],
)
