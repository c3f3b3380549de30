"""Assess a client whose counts have changed: score, level, and what that means for its incident."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core import incidents as rules
from core.crisis import BUCKETS_A_DAY, Assessment, Level, bucket_of, starts_at
from core.event_bodies import ScoreLevelChanged
from core.events import EventType
from core.ids import ClientId
from jobs import alerts
from jobs.assessing import LIVE, assess_span, carried_from
from jobs.context import Context
from jobs.deciding import decide
from storage import events, incidents, outbox, scores
from storage.outbox import Due
from storage.session import driver_of, tenant_session

if TYPE_CHECKING:
    from asyncpg import Record

MOST_AT_ONCE = 7 * BUCKETS_A_DAY
"""Buckets assessed in one transaction: years of imported history are taken week by week, others in between."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which buckets are to be assessed, from which on incidents are to be decided, and whether the last is the present.

    It is not where only history is known: what a client went through a year ago is not how it stands.
    """

    start: int
    stop: int
    decide_from: int
    is_live: bool


async def assess_client(context: Context, due: Due) -> None:
    """Bring a client's score up to what is counted.

    May run twice: the client is locked, and a second run finds nothing left to assess.
    """
    now = context.clock()
    async with tenant_session(context.db, due.agency_id) as session:
        client_id = await outbox.subject_of(session, due.id)
        if client_id is None:
            return
        # The client first, then rows of the outbox: one assessment finishes those of all that wait for it here.
        state = await scores.lock_state(await driver_of(session), due.agency_id, client_id)
        if await outbox.find(session, due.id) is None:
            return
        is_done = True
        if state is not None and state["latest_bucket_at"] is not None:
            is_done = await _assess(context, session, ClientId(client_id), state, now)
        await outbox.finish_all(session, EventType.CLIENT_TOUCHED, client_id)
        if not is_done:
            await outbox.append(session, EventType.CLIENT_TOUCHED, client_id, now=now)


async def _assess(context: Context, session: AsyncSession, client_id: ClientId, state: "Record", now: datetime) -> bool:
    """Assess what there is, a week at most; whether that was all."""
    agency_id: UUID = session.info["agency_id"]
    connection = await driver_of(session)
    whole = await _span(session, client_id, state, now)
    if whole.start >= whole.stop:
        return True
    span = replace(whole, stop=min(whole.stop, whole.start + MOST_AT_ONCE))
    await context.months.ensure(context.db, agency_id, _months(starts_at(span.start), starts_at(span.stop)))
    history, assessments = await assess_span(session, client_id, state, span.start, span.stop)
    await scores.record(connection, agency_id, client_id, assessments, now=now)
    await decide(session, client_id, [a for a in assessments if a.bucket >= span.decide_from], history, now)
    await alerts.evaluate(session, client_id, start=span.start, stop=span.stop, history=history, now=now)
    await scores.settle(
        connection,
        agency_id,
        client_id,
        # Where incidents were decided up to: further on only, unless history was decided anew.
        through=starts_at(span.stop - 1 if span.decide_from == span.start else max(span.stop - 1, span.decide_from)),
        dirty_from=None if span.stop == whole.stop else starts_at(span.stop),
        now=now,
    )
    if whole.is_live and span.stop == whole.stop:
        known = Level(state["told_level"])
        told = await tell(session, client_id, known, assessments[-1], muted_until=state["muted_until"], now=now)
        await scores.stand(connection, agency_id, client_id, assessments[-1], told=told)
    return span.stop == whole.stop


async def _span(session: AsyncSession, client_id: ClientId, state: "Record", now: datetime) -> Span:
    """What has changed, and what has passed since.

    Incidents are decided from where the last assessment ended: what people were told is not taken back by a late
    post. Only history that nobody was told of is decided anew.
    """
    latest: datetime = state["latest_bucket_at"]
    through: datetime | None = state["assessed_through"]
    dirty: datetime = state["dirty_from"] or (through or latest)
    is_live = now - latest <= LIVE
    stop = bucket_of(max(now, latest) if is_live else latest) + 1
    start = carried_from(dirty, through)
    decide_from = max(start, through) if through is not None else start
    if now - dirty > rules.Policy().historical_after and decide_from > dirty:
        earliest = await incidents.forget_silent(session, client_id, dirty)
        start = min(start, earliest or start)
        if await incidents.find_alive(session, client_id) is None:
            decide_from = max(start, await incidents.told_until(session, client_id) or start)
    return Span(bucket_of(start), stop, bucket_of(decide_from), is_live)


def _months(start: datetime, stop: datetime) -> Iterable[datetime]:
    month = start.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= stop:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)


async def tell(
    session: AsyncSession,
    client_id: ClientId,
    known: Level,
    latest: Assessment,
    *,
    muted_until: datetime | None,
    now: datetime,
) -> Level:
    """Tell of a present level that is another than people know of, unless it is long past; the one they know of then.

    While the client is muted nothing is told; what has changed by then is told with the first assessment after.
    """
    at = starts_at(latest.bucket)
    is_muted = muted_until is not None and now < muted_until
    if latest.level is known or is_muted or now - at > rules.Policy().historical_after:
        return known
    client = f"/v1/clients/{client_id}"
    data = ScoreLevelChanged(
        client_id=client_id,
        level=latest.level.value,
        previous_level=known.value,
        score=latest.score,
        at=at,
        links={"client": client, "crisis_score": f"{client}/crisis-score"},
    )
    await events.publish(session, EventType.SCORE_LEVEL_CHANGED, client_id=client_id, data=data, now=now)
    return latest.level
