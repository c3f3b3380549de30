"""Whether the agency's other clients have risen too, also those whose turn to be assessed has not come yet."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core import siblings as rules
from core.crisis import Level, bucket_of
from jobs.assessing import assess_span, carried_from
from storage import portfolio, scores
from storage.session import driver_of

RECENT = timedelta(minutes=30)
"""Where a client stood that was assessed this lately is where it stands."""

WAITED = timedelta(hours=6)
"""Counts that changed longer ago are history, and say nothing of how a client stands."""

MOST_WAITING = 50


async def are_known_to_rise(session: AsyncSession, client_id: UUID, *, now: datetime) -> bool:
    """Whether more of the other clients stand above normal than chance would have it."""
    return rules.is_shared((await _known(session, client_id, now)).values())


async def rise_too(session: AsyncSession, client_id: UUID, *, now: datetime) -> bool:
    """The same, with those that wait for their turn as they will stand then: who comes first does not decide.

    They are assessed here one after the other until no other one could change the answer.
    """
    beside = await _known(session, client_id, now)
    waiting = await scores.waiting(
        await driver_of(session),
        session.info["agency_id"],
        client_id,
        since=now - WAITED,
        limit=MOST_WAITING,
    )
    # Nobody among them is known to have risen, until that is looked at; and everybody might have.
    for state in waiting:
        beside[state["client_id"]] = Level.NORMAL
    open_ones = {state["client_id"] for state in waiting}
    for state in waiting:
        if rules.is_shared(beside.values()) or not rules.is_shared(
            Level.CRISIS if client in open_ones else level for client, level in beside.items()
        ):
            break
        start = bucket_of(carried_from(state["dirty_from"], state["assessed_through"]))
        _, assessments = await assess_span(session, state["client_id"], state, start, bucket_of(now) + 1)
        beside[state["client_id"]] = assessments[-1].level
        open_ones.discard(state["client_id"])
    return rules.is_shared(beside.values())


async def _known(session: AsyncSession, client_id: UUID, now: datetime) -> dict[UUID, Level]:
    return dict(await portfolio.levels_beside(session, client_id, since=now - RECENT))
