"""Incidents: read, declare, acknowledge, contain, resolve, dismiss."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody

from api.edge.lists import Asked, Listed, Listing, listed, of_id, one_of
from api.edge.schema import (
    MAY_GROW,
    NO_NUL_SOME,
    Input,
    LongText,
    Name,
    Output,
    PathId,
    ShortText,
    clean,
    identifier,
    shape,
)
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from api.edge.versions import tagged
from core import incidents as rules
from core.access import sees_people
from core.crisis import Level
from core.errors import Forbidden
from core.ids import ClientId, IncidentId
from storage import clients, events, scores, versions
from storage import incidents as records
from storage.incidents import IncidentRow
from storage.session import driver_of
from storage.table import new_id

LevelName = Literal["normal", "watch", "warning", "crisis"]
Status = Literal["open", "acknowledged", "contained", "resolved", "closed"]
Outcome = Literal["resolved", "false_alarm", "quiet", "absorbed"]
HoldReason = Literal["history", "mute", "campaign", "quiet_hours", "cooldown"]
Velocity = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Points = Annotated[float, msgspec.Meta(ge=0, le=100)]
Sentence = Annotated[str, msgspec.Meta(max_length=1000)]
Sentences = Annotated[list[Sentence], msgspec.Meta(max_length=20)]


class Reasons(msgspec.Struct, frozen=True):
    """Why the incident opened or rose, in Indonesian and English, the weightiest reason first."""

    id: Sentences = msgspec.field(default_factory=list[str])
    en: Sentences = msgspec.field(default_factory=list[str])


class Further(msgspec.Struct, frozen=True):
    """Negative mentions to be expected in so many more minutes; four times of five they lie from `low` to `high`."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440, examples=[30])]
    expected: Velocity
    low: Velocity
    high: Velocity


class CostOfDelay(msgspec.Struct, frozen=True):
    """What waiting costs at the present velocity: negative mentions an hour, in the last hour and the one before it.

    Reckoned from the counts up to `as_of`. `further` is empty where too little was said or seen to tell.
    """

    as_of: datetime
    velocity: Velocity
    velocity_before: Velocity
    further: Annotated[list[Further], msgspec.Meta(max_length=5)]


class PortalIncident(Output, frozen=True):
    """A crisis of one client as its portal shows it: nothing tells who of the agency acted, or what was noted.

    `title` is from who declared it. `topic` is the keyword that carried most of the negative voices when it opened.
    """

    id: UUID
    client_id: UUID
    title: Name | None
    topic: ShortText | None
    topic_keyword_id: UUID | None
    status: Annotated[Status, MAY_GROW]
    level: LevelName
    peak_level: LevelName
    score: Points
    peak_score: Points
    reasons: Reasons
    first_seen_at: datetime
    opened_at: datetime
    detected_at: datetime
    alerted_at: datetime | None
    declared_at: datetime | None
    acknowledged_at: datetime | None
    contained_at: datetime | None
    resolved_at: datetime | None
    eased_at: datetime | None
    closed_at: datetime | None
    outcome: Annotated[Outcome, MAY_GROW] | None
    is_silent: bool
    held_by: Annotated[HoldReason, MAY_GROW] | None
    campaign: Name | None
    cost_of_delay: CostOfDelay | None
    created_at: datetime
    updated_at: datetime


class Incident(PortalIncident, frozen=True):
    """A crisis of one client. Nobody was told of a silent one; `held_by` says why, and of one that has risen since.

    `alerted_at` is when people were first told. `campaign` was running, and explains what was said. `outcome` says
    how it ended. The cost of delay moves with the score, and not with the version.
    """

    declared_by: UUID | None
    acknowledged_by: UUID | None
    contained_by: UUID | None
    resolved_by: UUID | None
    resolution: LongText | None


class IncidentList(Listed, frozen=True, kw_only=True):
    """A page of incidents, the latest to open first."""

    data: Annotated[list[Incident], msgspec.Meta(max_length=200)]


class PortalIncidentList(Listed, frozen=True, kw_only=True):
    """A page of incidents as a portal shows them, the latest to open first."""

    data: Annotated[list[PortalIncident], msgspec.Meta(max_length=200)]


class PortalTimelineEntry(Output, frozen=True):
    """One line of an incident's timeline as a portal shows it."""

    id: UUID
    at: datetime
    kind: Annotated[str, msgspec.Meta(max_length=100)]
    level: LevelName
    score: Points


class TimelineEntry(PortalTimelineEntry, frozen=True):
    """One line of an incident's timeline."""

    actor_id: UUID | None
    detail: dict[str, Any]


class PortalTimeline(Listed, frozen=True, kw_only=True):
    """A page of an incident's timeline as a portal shows it, the newest line first."""

    data: Annotated[list[PortalTimelineEntry], msgspec.Meta(max_length=200)]


class Timeline(Listed, frozen=True, kw_only=True):
    """A page of an incident's timeline, the newest line first."""

    data: Annotated[list[TimelineEntry], msgspec.Meta(max_length=200)]


class NewIncident(Input, frozen=True):
    """An incident that a person declares. It stands at `level` at least, until somebody resolves it."""

    client_id: UUID
    title: Name
    level: Literal["watch", "warning", "crisis"]
    note: LongText | None = None


class Containment(Input, frozen=True):
    """What was done so that it no longer spreads."""

    note: LongText | None = None


class Dismissal(Input, frozen=True):
    """Why it was a false alarm."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000, pattern=NO_NUL_SOME, examples=["A lookalike."])]


class Resolution(Input, frozen=True):
    """How it ended, for those who look back."""

    note: LongText | None = None


_LISTING = Listing(
    sorts=("opened_at", "updated_at", "score", "peak_score"),
    filters={
        "client_id": of_id("Only incidents of this client."),
        "status": one_of(Status),
        "level": one_of(LevelName),
        "peak_level": one_of(LevelName),
        "outcome": one_of(Outcome),
    },
    searches="the resolution",
)


@post("/incidents", scope="incidents:write", summary="Declare an incident")
async def declare_incident(
    request: AnyRequest, session: Session, principal: Caller, now: Now, data: JSONBody[NewIncident]
) -> Response[Incident]:
    """Say that there is an incident, whatever the score says. People are told.

    It takes the place of one that the score has opened for this client, and keeps since when and how bad that was: a
    client has one incident at a time. Refused where another declared one goes on.
    """
    client = ClientId(data.client_id)
    await clients.require(session, client)
    # As an assessment does: two that begin an incident at once take turns.
    await scores.lock_state(await driver_of(session), principal.agency_id, client)
    current = await records.find_alive(session, client)
    declaration = rules.Declaration(clean(data.title), Level(data.level), clean(data.note) if data.note else None)
    identity = IncidentId(new_id())
    decision = rules.declare(current, declaration, client_id=client, new_id=identity, by=principal.id, now=now)
    if decision.absorbed is not None:
        await _recorded(session, decision.absorbed, now)
    row = await _recorded(session, decision, now)
    return tagged(request, _shape(row), row.version, status=201, location=f"/v1/incidents/{row.id}")


@get(
    "/incidents",
    scope="incidents:read",
    summary="List incidents",
    listing=_LISTING,
    portal_shape=PortalIncidentList,
)
async def list_incidents(
    request: AnyRequest, session: Session, principal: Caller, asked: Asked
) -> Response[IncidentList]:
    """Incidents of the agency's clients, the latest to open first unless told otherwise."""
    if asked.words and not sees_people(principal):
        raise Forbidden("A portal is not told what was noted, and cannot search for it either.")
    page = await records.page(session, asked)
    kind, kinds = (Incident, IncidentList) if sees_people(principal) else (PortalIncident, PortalIncidentList)
    return listed(request, kinds, [_shape(row, kind) for row in page.rows], page)


@get("/incidents/{incident_id:str}", scope="incidents:read", summary="Read an incident", portal_shape=PortalIncident)
async def get_incident(
    request: AnyRequest, session: Session, principal: Caller, incident_id: PathId
) -> Response[Incident]:
    """One incident with its reasons. A portal is not shown who acted, nor what was noted."""
    row = await versions.get(session, IncidentRow, identifier(incident_id))
    return tagged(request, _shape(row, Incident if sees_people(principal) else PortalIncident), row.version)


@get(
    "/incidents/{incident_id:str}/timeline",
    scope="incidents:read",
    summary="Read an incident's timeline",
    listing=Listing(sorts=("at",)),
    portal_shape=PortalTimeline,
)
async def list_incident_timeline(
    request: AnyRequest, session: Session, principal: Caller, incident_id: PathId, asked: Asked
) -> Response[Timeline]:
    """What happened, the newest line first unless told otherwise."""
    row = await versions.get(session, IncidentRow, identifier(incident_id))
    page = await records.page_entries(session, row.id, asked)
    kind, kinds = (TimelineEntry, Timeline) if sees_people(principal) else (PortalTimelineEntry, PortalTimeline)
    return listed(request, kinds, [shape(entry, kind) for entry in page.rows], page)


@post("/incidents/{incident_id:str}/acknowledge", scope="incidents:write", status_code=200, summary="Acknowledge")
async def acknowledge_incident(
    request: AnyRequest, session: Session, principal: Caller, now: Now, incident_id: PathId
) -> Response[Incident]:
    """Take charge of an open incident. Repeating it changes nothing."""
    current = await records.lock(session, identifier(incident_id))
    return await _answer(request, session, rules.acknowledge(current, by=principal.id, now=now), now)


@post("/incidents/{incident_id:str}/contain", scope="incidents:write", status_code=200, summary="Contain")
async def contain_incident(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    incident_id: PathId,
    data: JSONBody[Containment],
) -> Response[Incident]:
    """Say that it no longer spreads. A new rise takes that back. Repeating it changes nothing."""
    current = await records.lock(session, identifier(incident_id))
    note = clean(data.note) if data.note else None
    return await _answer(request, session, rules.contain(current, by=principal.id, now=now, note=note), now)


@post("/incidents/{incident_id:str}/dismiss", scope="incidents:write", status_code=200, summary="Dismiss")
async def dismiss_incident(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    incident_id: PathId,
    data: JSONBody[Dismissal],
) -> Response[Incident]:
    """Say that it was a false alarm, and why; also after its end. Repeating it changes nothing."""
    current = await records.lock(session, identifier(incident_id))
    decision = rules.dismiss(current, by=principal.id, now=now, reason=clean(data.reason))
    return await _answer(request, session, decision, now)


@post("/incidents/{incident_id:str}/resolve", scope="incidents:write", status_code=200, summary="Resolve")
async def resolve_incident(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    incident_id: PathId,
    data: JSONBody[Resolution],
) -> Response[Incident]:
    """Say that it is over. Repeating it changes nothing."""
    current = await records.lock(session, identifier(incident_id))
    note = clean(data.note) if data.note else None
    return await _answer(request, session, rules.resolve(current, by=principal.id, now=now, note=note), now)


async def _answer(request: AnyRequest, session: Session, decision: rules.Decision, now: datetime) -> Response[Incident]:
    row = await _recorded(session, decision, now)
    return tagged(request, _shape(row), row.version)


async def _recorded(session: Session, decision: rules.Decision, now: datetime) -> IncidentRow:
    row = await records.apply(session, decision, reasons=None, now=now)
    if row is not None and decision.event is not None:
        await events.publish_incident(session, decision.event, row, now=now)
    if row is None and decision.incident is not None:
        row = await versions.get(session, IncidentRow, decision.incident.id)
    assert row is not None
    return row


def _shape(row: IncidentRow, kind: type[PortalIncident] = Incident) -> PortalIncident:
    figures = {"score": round(row.score, 1), "peak_score": round(row.peak_score, 1)}
    cost = msgspec.convert(row.cost_of_delay, CostOfDelay | None)
    return shape(row, kind, reasons=msgspec.convert(row.reasons, Reasons), cost_of_delay=cost, **figures)


router = Router(
    "/v1",
    route_handlers=[
        list_incidents,
        get_incident,
        list_incident_timeline,
        declare_incident,
        acknowledge_incident,
        contain_incident,
        dismiss_incident,
        resolve_incident,
    ],
    tags=["Incidents"],
)
