"""Assess a span of a client's counts: when it is the client's turn, and before, where others look at how it stands."""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.alerting import policy_of
from core.clients import UTC_OFFSET_MINUTES
from core.crisis import BUCKETS_A_DAY, Assessment, History, LevelState, assess, starts_at
from jobs.counts import history_of
from storage import buckets, scores
from storage.session import driver_of

if TYPE_CHECKING:
    from asyncpg import Record

HISTORY_DAYS = 29
LIVE = timedelta(hours=48)
"""A client with a post this recent is assessed up to the present; an older one up to its last post. After so long a
time that nobody assessed, no level is carried on: the silence has ended it."""


async def assess_span(
    session: AsyncSession, client_id: UUID, state: "Record", start: int, stop: int
) -> tuple[History, list[Assessment]]:
    """The client's counts up to bucket `stop`, and the assessments of the buckets from `start` on; nothing is recorded.

    `state` is what `storage.scores` tells of the client.
    """
    agency_id: UUID = session.info["agency_id"]
    connection = await driver_of(session)
    first, begins = start - HISTORY_DAYS * BUCKETS_A_DAY, starts_at(start)
    counted = await buckets.history(connection, agency_id, client_id, starts_at(first), starts_at(stop))
    carried = await scores.state_before(connection, agency_id, client_id, begins, since=begins - LIVE)
    history = history_of(counted, first, stop)
    assessments = await asyncio.to_thread(
        assess,
        history,
        start=start,
        stop=stop,
        state=LevelState.from_dict(carried) if carried else LevelState.initial(),
        policy=policy_of(state["risk_tier"], state["sensitivity"]),
        utc_offset_minutes=UTC_OFFSET_MINUTES[state["time_zone"]],
    )
    return history, assessments


def carried_from(dirty: datetime, through: datetime | None) -> datetime:
    """From where on a client is assessed whose counts have changed from `dirty` on: no bucket is left out between."""
    if through is not None and timedelta(0) < dirty - through <= LIVE:
        return through
    return dirty
