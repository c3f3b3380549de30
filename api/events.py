"""The log of events: read page by page to catch up, or as a stream that goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge import auth, streams
from api.edge.lists import DEFAULT_LIMIT, MOST_ROWS
from api.edge.process import Process
from api.edge.schema import Output
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from core import event_cursors
from core.access import Principal, may
from core.errors import FieldProblem, Unreadable
from core.event_cursors import NoCursor, Place
from core.events import LOG_SCOPE, PUBLIC_EVENTS, EventType, scope_of
from storage import events as records
from storage.events import Told
from storage.session import tenant_session

AT_ONCE = 50
"""Events that a stream reads before it sends them: at most a megabyte held for a slow reader."""

EventName = Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[a-z0-9_.]+$")]
EventCursor = Annotated[str, msgspec.Meta(max_length=200)]


class LoggedEvent(Output, frozen=True):
    """An event as endpoints are told of it, and its place.

    `data` is that of the webhook of the same type. `sequence` counts the events of one client without a gap; it is
    null for events about webhook endpoints and usage, which not every reader may see. `cursor` is the place after
    this event.
    """

    id: UUID
    type: EventName
    timestamp: datetime
    api_version: Annotated[str, msgspec.Meta(max_length=10)]
    client_id: UUID | None
    sequence: Annotated[int, msgspec.Meta(ge=1)] | None
    cursor: EventCursor
    data: dict[str, Any]


class EventList(Output, frozen=True):
    """A page of the log, oldest first.

    `resume_after` is always there, also on the last page: keep it, and send it as `after` to hear what came since.
    """

    data: Annotated[list[LoggedEvent], msgspec.Meta(max_length=200)]
    next_cursor: EventCursor | None
    has_more: bool
    resume_after: EventCursor


class _Body(msgspec.Struct, frozen=True):
    id: UUID
    type: str
    timestamp: datetime
    api_version: str
    data: dict[str, Any]


Limit = Annotated[int, QueryParameter(ge=1, le=MOST_ROWS, description="How many events at most, 1 to 200.")]
After = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="Go on after this place: `resume_after`, `next_cursor` or `cursor` as answered with the same "
        "filters, or the id of an event, such as the `webhook-id` received last.",
    ),
]
Types = Annotated[str | None, QueryParameter(max_length=1000, description="Types of events, separated by commas.")]
ClientFilter = Annotated[UUID | None, QueryParameter(description="Only events of this client.")]
LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID",
        max_length=200,
        description="The `id` received last, as browsers send it when they come back. Counts before `after`.",
    ),
]


@get("/events", scope=LOG_SCOPE, summary="Catch up on events")
async def list_events(
    request: AnyRequest,
    session: Session,
    process: Held,
    principal: Caller,
    now: Now,
    limit: Limit = DEFAULT_LIMIT,
    after: After = None,
    types: Types = None,
    client_id: ClientFilter = None,
) -> Response[EventList]:
    """What happened in the last 30 days, in the order in which it was committed, from the oldest on.

    Whoever goes on from `resume_after` misses nothing, however late an event was committed.
    """
    view = _View.of(process, principal, types, client_id)
    start = Place(0, now) if after is None else await _place(session, view, after, now, "after")
    found = await records.after(session, start.position, types=view.types, client_id=client_id, limit=limit + 1)
    shown, more = found[:limit], len(found) > limit
    last = shown[-1] if shown else None
    end = replace(start, at=now) if last is None else Place(last.position, last.occurred_at if more else now)
    resume = view.cursor(end)
    content = EventList(
        data=[_shape(told, view) for told in shown],
        next_cursor=resume if more else None,
        has_more=more,
        resume_after=resume,
    )
    return Response(content, headers=_next_page(request, process, resume) if more else {})


@get("/events/stream", scope=LOG_SCOPE, summary="Stream events", stream=True, refusals=["too_many_requests"])
async def stream_events(
    request: AnyRequest,
    process: Held,
    principal: Caller,
    now: Now,
    after: After = None,
    types: Types = None,
    client_id: ClientFilter = None,
    last_event_id: LastEventId = None,
) -> Stream:
    """Events as they are committed, as server-sent events: `id` is the cursor, `event` the type, `data` the event.

    Without a place it begins now. It resumes without loss from any `id` of the last 24 hours, and longer: as far as
    the log reaches. A comment comes every 15 seconds. It ends when its credential does, and when the server leaves.
    """
    view = _View.of(process, principal, types, client_id)
    given, parameter = (last_event_id, "Last-Event-ID") if last_event_id else (after, "after")
    async with tenant_session(process.db, principal.agency_id, principal.client_id) as session:
        if given:
            start = await _place(session, view, given, now, parameter)
        else:
            start = Place(await records.head(session), now)
    following = _Following(process, view, start.position)
    reader = streams.Reader(process.streams, principal, auth.rechecking(request, LOG_SCOPE), following.read)
    return await streams.answer(reader, view.cursor(start), head_only=request.scope["state"]["method"] == "HEAD")


@dataclass(frozen=True, slots=True)
class _View:
    """What one caller sees of the log through its filters; cursors hold for this alone."""

    keys: Sequence[bytes]
    types: Sequence[EventType]
    client_id: UUID | None
    binding: bytes

    @classmethod
    def of(cls, process: Process, principal: Principal, types: str | None, client_id: UUID | None) -> "_View":
        wanted = _wanted(types)
        allowed = [event for event in wanted or sorted(PUBLIC_EVENTS) if may(principal, scope_of(event))]
        filters = (str(principal.agency_id), str(principal.client_id), wanted and sorted(wanted), str(client_id))
        return cls(process.settings.secret_keys, allowed, client_id, repr(filters).encode())

    def cursor(self, place: Place) -> str:
        return event_cursors.seal(self.keys[0], place, self.binding)


@dataclass(slots=True)
class _Following:
    """Where a stream is in the log."""

    process: Process
    view: _View
    position: int

    async def read(self, principal: Principal) -> list[streams.Frame]:
        types = [event for event in self.view.types if may(principal, scope_of(event))]
        async with tenant_session(self.process.db, principal.agency_id, principal.client_id) as session:
            found = await records.after(
                session, self.position, types=types, client_id=self.view.client_id, limit=AT_ONCE
            )
        shapes = [_shape(told, self.view) for told in found]
        if found:
            self.position = found[-1].position
        return [streams.Frame(each.cursor, each.type, msgspec.json.encode(each)) for each in shapes]


async def _place(session: AsyncSession, view: _View, given: str, now: datetime, parameter: str) -> Place:
    try:
        place = await _of_event(session, given) or event_cursors.unseal(view.keys, given, view.binding)
    except NoCursor:
        field = FieldProblem("invalid_cursor", "Take it unchanged, with the same filters.", parameter=parameter)
        detail = "This is no place in the log as you see it. Begin without it, at the oldest event kept."
        raise Unreadable(detail, code="invalid_cursor", problems=[field]) from None
    if place.at < now - records.KEPT:
        field = FieldProblem("cursor_expired", "The log reaches 30 days back.", parameter=parameter)
        detail = "Events after this place are no longer kept. Read the resources anew, then begin without it."
        raise Unreadable(detail, code="cursor_expired", problems=[field])
    return place


async def _of_event(session: AsyncSession, given: str) -> Place | None:
    try:
        event_id = UUID(given)
    except ValueError:
        return None
    row = await records.find(session, event_id)
    return None if row is None or row.position is None else Place(row.position, row.occurred_at)


def _shape(told: Told, view: _View) -> LoggedEvent:
    body = msgspec.json.decode(told.body, type=_Body)
    return LoggedEvent(
        id=body.id,
        type=body.type,
        timestamp=body.timestamp,
        api_version=body.api_version,
        client_id=told.client_id,
        sequence=told.sequence,
        cursor=view.cursor(Place(told.position, told.occurred_at)),
        data=body.data,
    )


def _next_page(request: AnyRequest, process: Process, cursor: str) -> dict[str, str]:
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    address = f"{process.settings.public_url}{request.url.path}?{urlencode([*query, ('after', cursor)])}"
    return {"Link": f'<{address}>; rel="next"'}


def _wanted(text: str | None) -> list[EventType] | None:
    if not text:
        return None
    names = {part.strip() for part in text.split(",")}
    known = sorted(event.value for event in PUBLIC_EVENTS)
    if not names <= set(known):
        problem = FieldProblem("unknown_value", f"Known: {', '.join(known)}.", parameter="types")
        raise Unreadable("The query cannot be read.", problems=[problem])
    return [EventType(name) for name in sorted(names)]


router = Router("/v1", route_handlers=[list_events, stream_events], tags=["Events"])
