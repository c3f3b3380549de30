"""How many mentions of a client are to come."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, get

from api.edge.schema import Output, PathId, identifier
from api.edge.tenancy import AnyRequest, Now, Session
from api.edge.versions import tagged_as_it_reads
from core import forecast as rules
from storage import alarms, clients
from storage.session import driver_of

Amount = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
Figure = Annotated[int, msgspec.Meta(ge=0)]


class Horizon(msgspec.Struct, frozen=True):
    """Mentions expected within so many hours from now, and the interval that holds the truth four times of five.

    `past_error` is the mean absolute error of such forecasts over the last `judged` hours, `naive_error` that of
    expecting the last hours again, `coverage` how often the interval held.
    """

    hours: Figure
    expected: Amount
    low: Amount
    high: Amount
    past_error: Amount
    naive_error: Amount
    coverage: Annotated[float, msgspec.Meta(ge=0, le=1)]
    judged: Figure


class ClientForecast(Output, frozen=True):
    """What is to come within 1, 6 and 24 hours; nothing where less than four days are known."""

    client_id: UUID
    at: datetime
    history_hours: Figure
    forecasts: Annotated[list[Horizon], msgspec.Meta(max_length=10)]


@get("/clients/{client_id:str}/forecast", scope="scores:read", summary="Forecast a client's mentions")
async def get_client_forecast(
    request: AnyRequest, session: Session, now: Now, client_id: PathId
) -> Response[ClientForecast]:
    """Mentions to be expected from the usual profile of the day and the present level, with their past error."""
    state = await clients.state_of(session, identifier(client_id))
    at = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    count = rules.MOST_DAYS * rules.DAY
    connection = await driver_of(session)
    counts = await alarms.hours(connection, state.agency_id, state.client_id, until=at, count=count)
    found = await asyncio.to_thread(rules.forecast, counts)
    horizons = [
        Horizon(
            each.hours,
            each.expected,
            each.low,
            each.high,
            each.past_error,
            each.naive_error,
            each.coverage,
            each.judged,
        )
        for each in found
    ]
    content = ClientForecast(client_id=state.client_id, at=at, history_hours=len(counts), forecasts=horizons)
    return tagged_as_it_reads(request, content)


router = Router("/v1", route_handlers=[get_client_forecast], tags=["Scores"])
