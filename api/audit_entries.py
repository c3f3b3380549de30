"""The audit log: who did what to what, read and exported."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import QueryParameter
from litestar.response import Stream

from api.edge.lists import Asked, Filter, Listed, Listing, listed, of_id, one_of
from api.edge.process import Process
from api.edge.schema import Output, shape
from api.edge.tenancy import AnyRequest, Caller, Held, Session
from core import spreadsheets
from core.access import Principal
from core.errors import FieldProblem, Unreadable
from storage import audit as records
from storage import paging
from storage.audit import Told
from storage.paging import Key
from storage.session import tenant_session

Word = Annotated[str, msgspec.Meta(max_length=100)]
Digest = Annotated[
    str, msgspec.Meta(min_length=64, max_length=64, pattern="^[0-9a-f]{64}$", examples=["9f86d081884c7d65" * 4])
]
Values = Annotated[dict[str, Any], msgspec.Meta(max_length=100)]
Format = Literal["ndjson", "csv"]

MEDIA_TYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv"}
EXPORTED_AT_ONCE = 500
NEWEST = Key("at", is_descending=True)
_EXAMPLES = {
    "application/x-ndjson": '{"position":12,"at":"2026-11-21T08:00:00Z","action":"change_client","outcome":"done"}\n',
    "text/csv": "position,at,action,outcome\r\n12,2026-11-21T08:00:00Z,change_client,done\r\n",
}


class AuditEntry(Output, frozen=True):
    """Who did what to what. Values of a person who was erased read `[erased]`, secrets `[removed]`.

    `position` counts the agency's entries from 1; `hash` is the SHA-256 over this entry and `previous_hash`. `action`
    is the operation's name in this contract. `credential_id` is the sign-in of a member, or the API key.
    """

    id: UUID
    position: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000_000)]
    at: datetime
    action: Word
    outcome: Literal["done", "refused"]
    actor_kind: Annotated[str, msgspec.Meta(max_length=20, examples=["member"])]
    actor_id: UUID | None
    credential_id: UUID | None
    target_kind: Word
    target_id: UUID | None
    request_id: Word | None
    address: Word | None
    before: Values | None
    after: Values | None
    previous_hash: Digest
    hash: Digest


class AuditEntryList(Listed, frozen=True, kw_only=True):
    """A page of entries, newest first."""

    data: Annotated[list[AuditEntry], msgspec.Meta(max_length=200)]


ActorFilter = Annotated[UUID | None, QueryParameter(description="Only what this member or API key did.")]
TargetFilter = Annotated[UUID | None, QueryParameter(description="Only what was done to the thing of this id.")]
ActionFilter = Annotated[
    str | None, QueryParameter(max_length=100, description="Only this action, such as `change_client` or `sign_in`.")
]
OutcomeFilter = Annotated[
    Literal["done", "refused"] | None, QueryParameter(description="`refused`: log-ins that failed.")
]
SinceFilter = Annotated[datetime | None, QueryParameter(name="at[gte]", description="At or after this instant.")]
UntilFilter = Annotated[datetime | None, QueryParameter(name="at[lt]", description="Before this instant.")]


_LISTING = Listing(
    sorts=("at",),
    filters={
        "actor": of_id("Only what this member or API key did.", column="actor_id"),
        "target": of_id("Only what was done to the thing of this id.", column="target_id"),
        "action": Filter("Only these actions, such as `change_client` or `sign_in`; commas between.", "[a-z_]{1,100}"),
        "outcome": one_of(Literal["done", "refused"]),
    },
)


@get("/audit-entries", scope="audit:read", summary="List audit entries", listing=_LISTING)
async def list_audit_entries(request: AnyRequest, session: Session, asked: Asked) -> Response[AuditEntryList]:
    """What was done in the agency, newest first: every change, every log-in, and log-ins that failed."""
    page = await records.page(session, asked)
    told = await records.opened(session, page.rows)
    return listed(request, AuditEntryList, [_shape(each) for each in told], page)


@get("/audit-entries/export", scope="audit:read", summary="Export audit entries", downloads=_EXAMPLES)
async def export_audit_entries(
    principal: Caller,
    process: Held,
    actor: ActorFilter = None,
    target: TargetFilter = None,
    action: ActionFilter = None,
    outcome: OutcomeFilter = None,
    since: SinceFilter = None,
    until: UntilFilter = None,
    form: Annotated[Format, QueryParameter(name="format", description="One JSON object a line, or CSV.")] = "ndjson",
) -> Stream:
    """The same as a file, newest first, whole and without pages. Cells of CSV are made harmless for spreadsheets."""
    asked = _asked(actor, target, action, outcome, since, until)
    lines = _csv(process, principal, asked) if form == "csv" else _ndjson(process, principal, asked)
    headers = {"Content-Disposition": f'attachment; filename="audit-entries.{form}"'}
    return Stream(lines, media_type=MEDIA_TYPES[form], headers=headers)


def _asked(
    actor: UUID | None,
    target: UUID | None,
    action: str | None,
    outcome: str | None,
    since: datetime | None,
    until: datetime | None,
) -> paging.Asked:
    for moment, name in ((since, "at[gte]"), (until, "at[lt]")):
        if moment is not None and moment.tzinfo is None:
            problem = FieldProblem("time_zone_missing", "Say the zone: 2026-11-21T00:00:00Z.", parameter=name)
            raise Unreadable("The query cannot be read.", problems=[problem])
    named = {"actor_id": actor, "target_id": target, "action": action, "outcome": outcome}
    values = {column: (value,) for column, value in named.items() if value is not None}
    return paging.Asked((NEWEST,), EXPORTED_AT_ONCE, values=values, time="at", since=since, until=until)


def _shape(told: Told) -> AuditEntry:
    row = told.row
    opened = {"address": told.address, "before": told.before, "after": told.after}
    return shape(row, AuditEntry, **opened, previous_hash=row.previous_hash.hex(), hash=row.hash.hex())


async def _entries(process: Process, principal: Principal, asked: paging.Asked) -> AsyncGenerator[AuditEntry, None]:
    """All entries asked for, some at a time: no transaction lasts as long as a slow reader."""
    while True:
        async with tenant_session(process.db, principal.agency_id) as session:
            page = await records.page(session, asked)
            told = await records.opened(session, page.rows)
        for each in told:
            yield _shape(each)
        if page.end is None:
            return
        asked = replace(asked, after=page.end)


async def _ndjson(process: Process, principal: Principal, asked: paging.Asked) -> AsyncGenerator[bytes, None]:
    async for entry in _entries(process, principal, asked):
        yield msgspec.json.encode(entry) + b"\n"


async def _csv(process: Process, principal: Principal, asked: paging.Asked) -> AsyncGenerator[bytes, None]:
    names = AuditEntry.__struct_fields__
    yield spreadsheets.line(names).encode()
    async for entry in _entries(process, principal, asked):
        plain: dict[str, Any] = msgspec.to_builtins(entry)
        yield spreadsheets.line(_cell(plain[name]) for name in names).encode()


def _cell(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value


router = Router("/v1", route_handlers=[list_audit_entries, export_audit_entries], tags=["Audit"])
