"""The portfolio: all clients of an agency, those in trouble first."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get

from api.edge.lists import Asked, Listed, Listing, listed, one_of
from api.edge.schema import Output
from api.edge.tenancy import AnyRequest, Caller, Held, Session
from core.crisis import LEVEL_NAMES, Level
from storage import portfolio as records
from storage.clients import ClientStateRow
from storage.session import tenant_connection

if TYPE_CHECKING:
    from asyncpg import Record

LevelName = Literal["normal", "watch", "warning", "crisis"]
Points = Annotated[float, msgspec.Meta(ge=0, le=100)]
Words = Annotated[str, msgspec.Meta(max_length=200)]

_NEVER = datetime(2000, 1, 2, tzinfo=UTC)


class ClientRisk(Output, frozen=True):
    """How a client stands: its last score, what has become of it within the hour, and its incidents that are not over.

    `trend` is the score less that of an hour before, null where there was none; `at` begins the last five minutes
    that were the present when they were assessed, null where only history is known.
    """

    client_id: UUID
    name: Words
    level: LevelName
    level_name_id: Words
    level_name_en: Words
    score: Points
    trend: Annotated[float, msgspec.Meta(ge=-100, le=100)] | None
    at: datetime | None
    assessed_at: datetime | None
    incident_ids: Annotated[list[UUID], msgspec.Meta(max_length=20)]


class Portfolio(Listed, frozen=True, kw_only=True):
    """A page of clients by risk: the highest level first, and within a level the highest score."""

    data: Annotated[list[ClientRisk], msgspec.Meta(max_length=200)]


_LISTING = Listing(
    sorts=("risk", "score"), filters={"level": one_of(LevelName)}, searches="the client's name", bounded="assessed_at"
)


@get("/portfolio", scope="scores:read", summary="List clients by risk", listing=_LISTING)
async def list_portfolio(
    request: AnyRequest, session: Session, principal: Caller, process: Held, asked: Asked
) -> Response[Portfolio]:
    """Where all clients stand now, those in trouble first. A portal sees its own client."""
    page = await records.page(session, asked)
    times = [row.stands_at for row in page.rows if row.stands_at is not None]
    async with tenant_connection(process.db, principal.agency_id, principal.client_id) as connection:
        beside = await records.beside(
            connection,
            principal.agency_id,
            [row.client_id for row in page.rows],
            since=min(times, default=_NEVER),
            until=max(times, default=_NEVER),
        )
    found = [_risk(row, beside[row.client_id]) for row in page.rows if row.client_id in beside]
    return listed(request, Portfolio, found, page)


def _risk(row: ClientStateRow, beside: "Record") -> ClientRisk:
    level, before = Level(row.level), beside["score_before"]
    return ClientRisk(
        client_id=row.client_id,
        name=beside["name"],
        level=level.value,
        level_name_id=LEVEL_NAMES["id"][level],
        level_name_en=LEVEL_NAMES["en"][level],
        score=round(row.score, 1),
        trend=None if before is None else round(row.score - before, 1),
        at=row.stands_at,
        assessed_at=row.assessed_at,
        incident_ids=beside["incident_ids"],
    )


router = Router("/v1", route_handlers=[list_portfolio], tags=["Scores"])
