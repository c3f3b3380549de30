"""The portfolio: all clients of an agency by the trouble they are in."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crisis import Level
from storage import paging
from storage.clients import ClientRow, ClientStateRow
from storage.paging import Asked, Page

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

TREND = timedelta(hours=1)


async def page(session: AsyncSession, asked: Asked) -> Page[ClientStateRow]:
    """Where the agency's clients stand."""
    statement = select(ClientStateRow).join(
        ClientRow, (ClientRow.agency_id == ClientStateRow.agency_id) & (ClientRow.id == ClientStateRow.client_id)
    )
    return await paging.page_of(session, statement, ClientStateRow, asked, words=(ClientRow.name,))


# The instants bound the months that are looked into; each client's own is an hour before where it stands.
_BESIDE = """
    select c.id, c.name, b.score as score_before,
        array(
            select i.id from incidents i
            where i.agency_id = c.agency_id and i.client_id = c.id and i.status <> 'closed' and not i.is_silent
                and i.resolved_at is null
            order by i.opened_at desc limit 20
        ) as incident_ids
    from clients c
    join client_states s on s.agency_id = c.agency_id and s.client_id = c.id
    left join client_scores b on b.agency_id = c.agency_id and b.client_id = c.id
        and b.bucket_at = s.stands_at - $3::interval and b.bucket_at >= $4 and b.bucket_at <= $5
    where c.agency_id = $1 and c.id = any($2::uuid[])
"""


async def levels_beside(session: AsyncSession, client_id: UUID, *, since: datetime) -> list[tuple[UUID, Level]]:
    """Where the agency's other clients stand, of those whose present was assessed since then."""
    statement = select(ClientStateRow.client_id, ClientStateRow.level).where(
        ClientStateRow.client_id != client_id, ClientStateRow.stands_at >= since
    )
    return [(row.client_id, Level(row.level)) for row in await session.execute(statement)]


async def beside(
    connection: "Connection", agency_id: UUID, clients: Collection[UUID], *, since: datetime, until: datetime
) -> "dict[UUID, Record]":
    """By client: its name, its score an hour before the last, and its incidents that are not over.

    `since` and `until` are the earliest and the latest of the instants at which the clients stand.
    """
    found = await connection.fetch(_BESIDE, agency_id, list(clients), TREND, since - TREND, until - TREND)
    return {row["id"]: row for row in found}
