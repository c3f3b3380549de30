"""Sentiment and crisis score of a client over time, and who drives them."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import QueryParameter

from api.edge.schema import Output, PathId, identifier
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import tagged_as_it_reads
from core.access import sees_people
from core.alerting import Circumstances
from core.crisis import LEVEL_NAMES, Level
from core.errors import FieldProblem, Unreadable
from storage import campaigns, clients, scores
from storage.session import tenant_connection

LevelName = Literal["normal", "watch", "warning", "crisis"]
Points = Annotated[float, msgspec.Meta(ge=0, le=100)]
Figure = Annotated[int, msgspec.Meta(ge=0)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
Words = Annotated[str, msgspec.Meta(max_length=200)]
Step = Literal["5m", "1h", "1d"]
STEPS = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
MOST_POINTS = 5000
MOST_EXPLAINED = 1000
DEFAULT_SPAN = timedelta(days=7)


class Contribution(msgspec.Struct, frozen=True):
    """What one signal adds to the score; `ratio` is observed to expected within the window."""

    name: Words
    observed: Amount
    expected: Amount
    ratio: Amount
    points: Points
    window_minutes: Annotated[int, msgspec.Meta(ge=0, le=100_000)]


class CrisisScore(Output, frozen=True):
    """How things stand: the score is the sum of its contributions' points. `at` begins the assessed five minutes.

    Where only history is known, these are the last of it; while history is assessed, the score stays what it was.
    `campaign` names what the client does just now to be talked about, where that explains what is said.
    """

    client_id: UUID
    at: datetime | None
    score: Points
    level: LevelName
    level_name_id: Words
    level_name_en: Words
    contributions: Annotated[list[Contribution], msgspec.Meta(max_length=20)]
    guards: Annotated[list[Words], msgspec.Meta(max_length=20)]
    completeness: Annotated[float, msgspec.Meta(ge=0, le=1)]
    campaign: Words | None
    formula: Words | None
    assessed_at: datetime | None


class ScorePoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """The highest score within one step of the curve, and the level it stood at; what makes it up where asked for."""

    at: datetime
    score: Points
    level: LevelName
    contributions: Annotated[list[Contribution], msgspec.Meta(max_length=20)] | msgspec.UnsetType = msgspec.UNSET
    guards: Annotated[list[Words], msgspec.Meta(max_length=20)] | msgspec.UnsetType = msgspec.UNSET


class ScoreCurve(Output, frozen=True):
    """Scores over time, oldest first; steps in which nothing was assessed are left out."""

    data: Annotated[list[ScorePoint], msgspec.Meta(max_length=MOST_POINTS)]


class Volume(msgspec.Struct, frozen=True):
    """Counts of one step: mentions by sentiment, voices, reach and engagement; own posts stand apart."""

    at: datetime
    mentions: Figure
    voices: Figure
    negative: Figure
    neutral: Figure
    positive: Figure
    own: Figure
    reach: Figure
    engagement: Figure
    complaints: Figure


class VolumeSeries(Output, frozen=True):
    """Counts over time, oldest first; steps without a mention are left out."""

    data: Annotated[list[Volume], msgspec.Meta(max_length=MOST_POINTS)]


class TopAccount(msgspec.Struct, frozen=True):
    """An account that talks about the client: how often, how negatively, and to how many."""

    platform: Words
    handle: Words
    mentions: Figure
    negative: Figure
    followers: Figure
    first_at: datetime


class TopAccounts(Output, frozen=True):
    """Accounts with the most negative mentions first, then by followers."""

    data: Annotated[list[TopAccount], msgspec.Meta(max_length=100)]


Since = Annotated[
    datetime | None, QueryParameter(name="at[gte]", description="From this instant; a week ago if left out.")
]
Until = Annotated[datetime | None, QueryParameter(name="at[lt]", description="Before this instant; now if left out.")]
Explained = Annotated[bool, QueryParameter(description="Whether each point says what it is made of.")]
StepChoice = Annotated[Step, QueryParameter(description="Length of one step.")]


@get("/clients/{client_id:str}/crisis-score", scope="scores:read", summary="Read a client's crisis score")
async def get_crisis_score(
    request: AnyRequest, session: Session, principal: Caller, process: Held, now: Now, client_id: PathId
) -> Response[CrisisScore]:
    """The latest score with all that makes it up."""
    state = await clients.state_of(session, identifier(client_id))
    # Of a client that has no present, the end of its history, once all of that is assessed.
    at = state.stands_at or (state.assessed_through if state.dirty_from is None else None)
    async with tenant_connection(process.db, principal.agency_id, principal.client_id) as connection:
        latest = await scores.latest(connection, principal.agency_id, state.client_id, at)
    level = Level(latest["level"] if latest else state.level)
    contributions: Any = msgspec.json.decode(latest["contributions"]) if latest else []
    running = Circumstances(campaigns=await campaigns.explaining(session, state.client_id, since=now, now=now))
    campaign = running.running(now)
    content = CrisisScore(
        client_id=state.client_id,
        at=latest["bucket_at"] if latest else None,
        score=round(latest["score"], 1) if latest else 0.0,
        level=level.value,
        level_name_id=LEVEL_NAMES["id"][level],
        level_name_en=LEVEL_NAMES["en"][level],
        contributions=msgspec.convert(contributions, list[Contribution]),
        guards=latest["guards"] if latest else [],
        completeness=latest["completeness"] if latest else 0.0,
        campaign=campaign and campaign.name,
        formula=latest["formula"] if latest else None,
        assessed_at=latest["assessed_at"] if latest else None,
    )
    return tagged_as_it_reads(request, content)


@get("/clients/{client_id:str}/crisis-scores", scope="scores:read", summary="Read a client's score over time")
async def list_crisis_scores(
    session: Session,
    principal: Caller,
    process: Held,
    now: Now,
    client_id: PathId,
    since: Since = None,
    until: Until = None,
    step: StepChoice = "1h",
    explain: Explained = False,
) -> ScoreCurve:
    """The crisis score's curve, for drawing. With `explain`, what each point is made of: then at most 1,000 steps."""
    state = await clients.state_of(session, identifier(client_id))
    start, stop = _span(since, until, step, now, most=MOST_EXPLAINED if explain else MOST_POINTS)
    span = start, stop, STEPS[step]
    async with tenant_connection(process.db, principal.agency_id, principal.client_id) as connection:
        rows = await scores.curve(connection, principal.agency_id, state.client_id, *span, is_explained=explain)
    return ScoreCurve(data=[_point(row["at"], row, is_explained=explain) for row in rows])


@get("/clients/{client_id:str}/volumes", scope="scores:read", summary="Read a client's counts over time")
async def list_volumes(
    session: Session,
    principal: Caller,
    process: Held,
    now: Now,
    client_id: PathId,
    since: Since = None,
    until: Until = None,
    step: StepChoice = "1h",
) -> VolumeSeries:
    """Mentions, sentiment, voices, reach and engagement, from the roll-ups."""
    state = await clients.state_of(session, identifier(client_id))
    start, stop = _span(since, until, step, now)
    async with tenant_connection(process.db, principal.agency_id, principal.client_id) as connection:
        rows = await scores.volumes(connection, principal.agency_id, state.client_id, start, stop, STEPS[step])
    return VolumeSeries(data=[Volume(*row) for row in rows])


@get("/clients/{client_id:str}/top-accounts", scope="mentions:read", summary="Read who drives the talk")
async def list_top_accounts(
    session: Session,
    principal: Caller,
    process: Held,
    now: Now,
    client_id: PathId,
    since: Since = None,
    until: Until = None,
) -> TopAccounts:
    """The accounts behind the talk about a client. A portal sees none: authors are personal data."""
    state = await clients.state_of(session, identifier(client_id))
    if not sees_people(principal):
        return TopAccounts(data=[])
    start, stop = _span(since, until, "1h", now)
    async with tenant_connection(process.db, principal.agency_id, principal.client_id) as connection:
        rows = await scores.top_accounts(connection, principal.agency_id, state.client_id, start, stop)
    return TopAccounts(data=[TopAccount(*row) for row in rows])


def _point(at: datetime, row: Any, *, is_explained: bool) -> ScorePoint:
    score, level = round(row["score"], 1), row["level"]
    if not is_explained:
        return ScorePoint(at, score, level)
    return ScorePoint(
        at, score, level, msgspec.json.decode(row["contributions"], type=list[Contribution]), row["guards"]
    )


def _span(
    since: datetime | None, until: datetime | None, step: Step, now: datetime, *, most: int = MOST_POINTS
) -> tuple[datetime, datetime]:
    for name, moment in (("at[gte]", since), ("at[lt]", until)):
        if moment is not None and moment.tzinfo is None:
            problem = FieldProblem("time_zone_missing", "Say the zone: 2026-11-21T00:00:00Z.", parameter=name)
            raise Unreadable("The query cannot be read.", problems=[problem])
    stop = until or now + timedelta(minutes=5)
    start = since or stop - DEFAULT_SPAN
    if not timedelta(0) <= stop - start <= most * STEPS[step]:
        detail = f"At most {most} steps from at[gte] to at[lt]. Ask for less, or for longer steps."
        problem = FieldProblem("span", detail, parameter="at[gte]")
        raise Unreadable("The query cannot be read.", problems=[problem])
    return start, stop


router = Router(
    "/v1", route_handlers=[get_crisis_score, list_crisis_scores, list_volumes, list_top_accounts], tags=["Scores"]
)
