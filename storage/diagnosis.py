"""What a diagnosis reads: the posts of an incident's span and a sample of the week before, bounded in number."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crisis import Level
from core.diagnosis.findings import BASELINE, LEAD_IN, Background, Span, names_of
from core.diagnosis.remarks import MOST_READ, Remark
from storage import versions
from storage.accounts import AccountRow
from storage.clients import ClientRow
from storage.incidents import IncidentRow

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection

LONGEST = timedelta(days=7)
"""How much of an incident is read, from its first sign on."""

USUAL_A_DAY = 400
"""Posts of each day of the week before that stand for what is usual."""

REMEMBERED = timedelta(days=90)
HISTORY = timedelta(days=365)

_COLUMNS = """
    m.id, m.published_at, m.platform, m.author_key, concat_ws(E'\\n', p.title, p.text), m.sentiment, p.kind, m.reach,
    m.engagement, p.followers, m.hoax_cue, m.is_own, p.author, p.url, (p.more ->> 'account_since')::timestamptz,
    p.native_id, (p.more ->> 'parent')::bigint, (p.more ->> 'conversation')::bigint
"""
_JOIN = "join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id"
_OF_CLIENT = "m.agency_id = $1 and m.client_id = $2 and (m.is_counted or m.is_own)"
_SPAN = f"""
    select {_COLUMNS} from (
        select * from mentions m where {_OF_CLIENT} and m.published_at >= $3 and m.published_at < $4
        order by m.published_at, m.id limit (select $5::int)
    ) m {_JOIN} and p.published_at >= $3 and p.published_at < $4
    where p.deleted_at is null order by m.published_at, m.id
"""  # noqa: S608 - the names are our own
_USUAL = f"""
    select {_COLUMNS} from generate_series(0, $4::int - 1) day cross join lateral (
        select * from mentions m where {_OF_CLIENT}
            and m.published_at >= $3::timestamptz + day * interval '1 day'
            and m.published_at < $3::timestamptz + (day + 1) * interval '1 day'
        order by m.published_at desc, m.id desc limit (select $5::int)
    ) m {_JOIN} and p.published_at >= $3::timestamptz and p.published_at < $3::timestamptz + $4::int * interval '1 day'
    where p.deleted_at is null order by m.published_at, m.id
"""  # noqa: S608 - the names are our own


def end_of(incident: IncidentRow, now: datetime) -> datetime:
    """Until when the talk is an incident's: its end, or now, and a week at most."""
    return min(incident.closed_at or now + timedelta(minutes=5), incident.first_seen_at + LONGEST)


async def read(session: AsyncSession, connection: "Connection", incident: IncidentRow, *, now: datetime) -> Span:
    """The talk of an incident, of the hours before it, and of the week before those."""
    since, until = incident.first_seen_at, end_of(incident, now)
    names = await _names(session, incident.client_id)
    of_client = (incident.agency_id, incident.client_id)
    found = await connection.fetch(_SPAN, *of_client, since, until, MOST_READ + 1)
    lead_in = await connection.fetch(_SPAN, *of_client, since - LEAD_IN, since, MOST_READ)
    start = since - LEAD_IN - BASELINE
    usual = await connection.fetch(_USUAL, *of_client, start, BASELINE.days, USUAL_A_DAY)
    # While it goes on, it reaches to the last that was said: the same posts are the same answer.
    last = found[:MOST_READ][-1]["published_at"] if found else since
    return Span(
        since=since,
        until=last + timedelta(minutes=5) if incident.closed_at is None else until,
        now=[_remark(row) for row in found[:MOST_READ]],
        lead_in=[_remark(row) for row in lead_in],
        before=[_remark(row) for row in usual],
        is_capped=len(found) > MOST_READ,
        names=names,
    )


def _remark(row: "Record") -> Remark:
    return Remark(*row)


async def _names(session: AsyncSession, client_id: UUID) -> frozenset[str]:
    client = await versions.get(session, ClientRow, client_id)
    own = select(AccountRow.handle).where(AccountRow.client_id == client_id, AccountRow.kind == "owned")
    return names_of(client.name, (await session.execute(own)).scalars().all())


_COMPLETENESS = """
    select avg(completeness) from client_scores
    where agency_id = $1 and client_id = $2 and bucket_at >= $3 and bucket_at < $4
"""
_AS_HIGH = """
    select max(bucket_at) filter (where score >= $5), min(bucket_at) from client_scores
    where agency_id = $1 and client_id = $2 and bucket_at >= $3 and bucket_at < $4
"""


async def background(connection: "Connection", incident: IncidentRow, *, now: datetime) -> Background:
    """How complete the data of an incident are, and when in the 90 days before the score was last as high."""
    of_client = (incident.agency_id, incident.client_id)
    since = incident.first_seen_at
    complete = await connection.fetchval(_COMPLETENESS, *of_client, since, end_of(incident, now))
    before: Any = await connection.fetchrow(_AS_HIGH, *of_client, since - REMEMBERED, since, incident.peak_score)
    return Background(None if complete is None else float(complete), before[0], before[1])


async def earlier_crises(session: AsyncSession, incident: IncidentRow) -> int:
    """How many incidents of level warning and above the client had in the year before this one; silent ones count."""
    high = [Level.WARNING.value, Level.CRISIS.value]
    counted = select(func.count()).where(
        IncidentRow.client_id == incident.client_id,
        IncidentRow.id != incident.id,
        IncidentRow.opened_at < incident.opened_at,
        IncidentRow.opened_at >= incident.opened_at - HISTORY,
        IncidentRow.peak_level.in_(high),
    )
    return (await session.execute(counted)).scalar_one()


_EVIDENCE = f"""
    select m.id as mention_id, m.post_id, m.platform, p.native_id, p.url, p.author, p.author_name, p.followers, p.kind,
        p.reply_to, m.published_at, p.received_at, p.edited_at, p.title, p.text, p.likes, p.shares, p.comments, p.views,
        m.sentiment, m.is_own
    from (
        select * from mentions m where {_OF_CLIENT} and m.published_at >= $3 and m.published_at < $4
        order by m.published_at, m.id limit (select $5::int)
    ) m {_JOIN} and p.published_at >= $3 and p.published_at < $4
    where p.deleted_at is null order by m.published_at, m.id
"""  # noqa: S608 - the names are our own


async def evidence(connection: "Connection", incident: IncidentRow, *, now: datetime) -> list[dict[str, Any]]:
    """The posts of an incident and of the hours before it as they are held, the earliest first."""
    since, until = incident.first_seen_at - LEAD_IN, end_of(incident, now)
    of_client = (incident.agency_id, incident.client_id)
    rows = await connection.fetch(_EVIDENCE, *of_client, since, until, MOST_READ + 1)
    return [dict(row) for row in rows]
