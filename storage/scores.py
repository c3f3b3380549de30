"""Crisis scores of a client over time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy import ForeignKeyConstraint, select
from sqlalchemy.dialects.postgresql import JSONB, REAL
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.crisis import Assessment, Level, starts_at
from storage.clients import ClientStateRow
from storage.table import Table

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection


class ScoreRow(Table):
    """The assessment of one client at one bucket; `state` lets a recomputation start from here.

    Units: `score` [0, 100]; `completeness` [0, 1].
    """

    __tablename__ = "client_scores"
    __table_args__ = (
        ForeignKeyConstraint(["agency_id", "client_id"], ["clients.agency_id", "clients.id"], ondelete="CASCADE"),
        {"postgresql_partition_by": "RANGE (bucket_at)"},
    )

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    bucket_at: Mapped[datetime] = mapped_column(primary_key=True)
    score: Mapped[float] = mapped_column(REAL)
    level: Mapped[str]
    contributions: Mapped[list[Any]] = mapped_column(JSONB)
    guards: Mapped[list[str]]
    completeness: Mapped[float] = mapped_column(REAL)
    formula: Mapped[str]
    state: Mapped[dict[str, Any]]
    assessed_at: Mapped[datetime]


_PREVIOUS = """
    select state::text from client_scores
    where agency_id = $1 and client_id = $2 and bucket_at < $3 and bucket_at >= $4
    order by bucket_at desc limit 1
"""
_RECORD = """
    insert into client_scores (agency_id, client_id, bucket_at, score, level, contributions, guards, completeness,
        formula, state, assessed_at)
    select $1, $2, t.bucket_at, t.score, t.level, t.contributions::jsonb, t.guards::text[], t.completeness,
        t.formula, t.state::jsonb, $3
    from unnest($4::timestamptz[], $5::real[], $6::text[], $7::text[], $8::text[], $9::real[], $10::text[],
        $11::text[]) as t(bucket_at, score, level, contributions, guards, completeness, formula, state)
    on conflict (agency_id, client_id, bucket_at) do update set
        score = excluded.score, level = excluded.level, contributions = excluded.contributions,
        guards = excluded.guards, completeness = excluded.completeness, formula = excluded.formula,
        state = excluded.state, assessed_at = excluded.assessed_at
"""


async def state_before(
    connection: "Connection", agency_id: UUID, client_id: UUID, bucket_at: datetime, *, since: datetime
) -> dict[str, Any] | None:
    """The state carried by the last assessment before a bucket; None when there is none from `since` on."""
    found = await connection.fetchval(_PREVIOUS, agency_id, client_id, bucket_at, since)
    return None if found is None else msgspec.json.decode(found)


async def record(
    connection: "Connection", agency_id: UUID, client_id: UUID, assessments: Sequence[Assessment], *, now: datetime
) -> None:
    """Remember assessments; one made anew for the same bucket replaces the one before."""
    await connection.execute(
        _RECORD,
        agency_id,
        client_id,
        now,
        [starts_at(a.bucket) for a in assessments],
        [a.score for a in assessments],
        [a.level.value for a in assessments],
        [msgspec.json.encode(a.contributions).decode() for a in assessments],
        ["{" + ",".join(a.guards) + "}" for a in assessments],
        [a.completeness for a in assessments],
        [a.formula for a in assessments],
        [msgspec.json.encode(a.state.to_dict()).decode() for a in assessments],
    )


_STATES = """
    select s.client_id, s.level, s.told_level, s.score, s.dirty_from, s.latest_bucket_at, s.assessed_through,
        s.stands_at, c.time_zone, c.risk_tier, c.sensitivity, c.name, c.muted_until
    from client_states s join clients c on c.agency_id = s.agency_id and c.id = s.client_id
"""
_STATE = f"{_STATES} where s.agency_id = $1 and s.client_id = $2 for update of s"
_WAITING = f"""
    {_STATES} where s.agency_id = $1 and s.client_id <> $2 and s.dirty_from >= $3 order by s.client_id limit $4
"""
_SETTLE = """
    update client_states set dirty_from = $3, assessed_through = $4, assessed_at = $5
    where agency_id = $1 and client_id = $2
"""
_STAND = """
    update client_states set level = $3, score = $4, stands_at = $5, told_level = $6
    where agency_id = $1 and client_id = $2
"""


async def lock_state(connection: "Connection", agency_id: UUID, client_id: UUID) -> "Record | None":
    """Where the client stands, locked; None when the client is gone."""
    return await connection.fetchrow(_STATE, agency_id, client_id)


async def waiting(
    connection: "Connection", agency_id: UUID, client_id: UUID, *, since: datetime, limit: int
) -> "list[Record]":
    """Other clients whose counts have changed since then and are not assessed yet, held by nobody."""
    return await connection.fetch(_WAITING, agency_id, client_id, since, limit)


async def settle(
    connection: "Connection",
    agency_id: UUID,
    client_id: UUID,
    *,
    through: datetime,
    dirty_from: datetime | None,
    now: datetime,
) -> None:
    """Note how far the counts are assessed, and from where they are not."""
    await connection.execute(_SETTLE, agency_id, client_id, dirty_from, through, now)


async def stand(
    connection: "Connection", agency_id: UUID, client_id: UUID, present: Assessment, *, told: Level
) -> None:
    """Note where the present assessment leaves the client, and the level that people know of."""
    figures = (present.level.value, present.score, starts_at(present.bucket), told.value)
    await connection.execute(_STAND, agency_id, client_id, *figures)


async def stale(session: AsyncSession, *, live_since: datetime, assessed_before: datetime) -> Sequence[UUID]:
    """Clients with recent posts whose assessment has fallen behind the clock."""
    statement = select(ClientStateRow.client_id).where(
        ClientStateRow.latest_bucket_at >= live_since, ClientStateRow.assessed_through < assessed_before
    )
    return (await session.execute(statement)).scalars().all()


_LATEST = """
    select bucket_at, score, level, contributions, guards, completeness, formula, assessed_at
    from client_scores
    where agency_id = $1 and client_id = $2 and bucket_at <= $3 and bucket_at > $3 - interval '1 day'
"""


async def latest(connection: "Connection", agency_id: UUID, client_id: UUID, at: datetime | None) -> "Record | None":
    """The assessment of a client where it stands; None before the first."""
    if at is None:
        return None
    return await connection.fetchrow(f"{_LATEST} order by bucket_at desc limit 1", agency_id, client_id, at)


# The highest score of each step, with the level it had.
_CURVE = """
    select distinct on (at) date_bin($5, bucket_at, '2000-01-01 00:00+00') as at, score, level,
        case when $6 then contributions::text end as contributions, guards
    from client_scores
    where agency_id = $1 and client_id = $2 and bucket_at >= $3 and bucket_at < $4
    order by at, score desc
"""


async def curve(
    connection: "Connection",
    agency_id: UUID,
    client_id: UUID,
    start: datetime,
    stop: datetime,
    step: timedelta,
    *,
    is_explained: bool = False,
) -> "list[Record]":
    """Score and level over time, oldest first; with what made them up where that is asked for."""
    return await connection.fetch(_CURVE, agency_id, client_id, start, stop, step, is_explained)


_VOLUMES = """
    select date_bin($5, bucket_at, '2000-01-01 00:00+00') as at, sum(mentions), sum(voices), sum(negative),
        sum(neutral), sum(positive), sum(own), sum(reach)::bigint, sum(engagement)::bigint, sum(complaints)
    from client_buckets
    where agency_id = $1 and client_id = $2 and bucket_at >= $3 and bucket_at < $4
    group by at order by at
"""


async def volumes(
    connection: "Connection", agency_id: UUID, client_id: UUID, start: datetime, stop: datetime, step: timedelta
) -> "list[Record]":
    """Counts over time from the roll-ups, oldest first."""
    return await connection.fetch(_VOLUMES, agency_id, client_id, start, stop, step)


_TOP = """
    select p.platform, p.author, count(*), count(*) filter (where m.sentiment = 'negative'), max(p.followers),
        min(m.published_at)
    from mentions m
    join posts p on p.agency_id = m.agency_id and p.published_at = m.published_at and p.id = m.post_id
    where m.agency_id = $1 and m.client_id = $2 and m.published_at >= $3 and m.published_at < $4
        and m.is_counted and p.author is not null
    group by p.platform, p.author
    order by 4 desc, 5 desc, 3 desc, 2 limit 20
"""


async def top_accounts(
    connection: "Connection", agency_id: UUID, client_id: UUID, start: datetime, stop: datetime
) -> "list[Record]":
    """Who talked about the client: the most negative mentions first."""
    return await connection.fetch(_TOP, agency_id, client_id, start, stop)
