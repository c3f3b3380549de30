"""Webhooks sent again by hand, step by step: what failed at an endpoint, or the events of a time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from core.operations import Step
from jobs.context import Context
from storage import recoveries, turns
from storage import webhooks as endpoints
from storage.operations import OperationRow
from storage.recoveries import Place, Seen
from storage.session import driver_of
from storage.webhooks import EndpointRow

ROWS_A_STEP = 500
MOST_WAITING = 500
"""Deliveries begun anew that wait to be sent, in an agency: no more are made due until some of them are gone."""

REST = timedelta(seconds=0.25)


async def recover(context: Context, session: AsyncSession, operation: OperationRow) -> Step:
    """Send the next deliveries again that had failed. What fails anew meanwhile is not taken up a second time.

    Raises: `NotFound` where the endpoint was removed; `Conflict` where it was switched off.
    """
    asked, now = operation.parameters, context.clock()
    endpoint = await _endpoint(session, operation, now)
    since, until = datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])
    place = _place(operation.cursor, since)
    connection = await driver_of(session)
    if await recoveries.are_enough(connection, endpoint.agency_id, most=MOST_WAITING, now=now):
        return _pause(place)
    seen = await recoveries.recover(connection, endpoint, after=place, until=until, limit=ROWS_A_STEP, now=now)
    counts = {"deliveries_read": seen.rows, "sent_again": seen.again}
    return _step(seen, since, until, counts, _deliveries(endpoint, since))


async def replay(context: Context, session: AsyncSession, operation: OperationRow) -> Step:
    """Tell the next events again, the oldest first, each under the id that it has always had.

    Raises: as `recover`.
    """
    asked, now = operation.parameters, context.clock()
    endpoint = await _endpoint(session, operation, now)
    since, until = datetime.fromisoformat(asked["after"]), datetime.fromisoformat(asked["before"])
    place, types = _place(operation.cursor, since), asked["event_types"]
    connection = await driver_of(session)
    if await recoveries.are_enough(connection, endpoint.agency_id, most=MOST_WAITING, now=now):
        return _pause(place)
    seen = await recoveries.replay(
        connection, endpoint, types=types, after=place, until=until, limit=ROWS_A_STEP, now=now
    )
    counts = {"events_read": seen.rows, "begun": seen.begun, "sent_again": seen.again}
    return _step(seen, since, until, counts, _deliveries(endpoint, None))


async def _endpoint(session: AsyncSession, operation: OperationRow, now: datetime) -> EndpointRow:
    endpoint = await endpoints.find_locked(session, UUID(operation.parameters["endpoint_id"]))
    if endpoint is None:
        raise NotFound
    endpoints.require_enabled(endpoint)
    if operation.cursor is None:
        await turns.let_probe(session, endpoint, now=now)
    return endpoint


def _place(cursor: Mapping[str, Any] | None, since: datetime) -> Place:
    if cursor is None:
        return since, UUID(int=0)
    return datetime.fromisoformat(cursor["at"]), UUID(cursor["id"])


def _pause(place: Place) -> Step:
    """Nothing now, and the same a little later."""
    return Step(cursor=_cursor(place), rest=REST)


def _cursor(place: Place) -> Mapping[str, Any]:
    at, last = place
    return {"at": at.isoformat(), "id": str(last)}


def _step(seen: Seen, since: datetime, until: datetime, counts: Mapping[str, int], result: str) -> Step:
    if seen.place is None or seen.rows < ROWS_A_STEP:
        return Step(cursor=None, result=result, counts=counts)
    progress = (seen.place[0] - since) / (until - since)
    return Step(cursor=_cursor(seen.place), progress=progress, counts=counts)


def _deliveries(endpoint: EndpointRow, since: datetime | None) -> str:
    query = {"endpoint_id": str(endpoint.id)}
    if since is not None:
        query["created_at[gte]"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return "/v1/webhook-deliveries?" + urlencode(query)
