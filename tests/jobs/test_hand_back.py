"""A job that is cut short is handed back at once, and does not wait for its lease to run out."""

import asyncio
from datetime import timedelta

import pytest

from core.events import EventType
from jobs import runtime
from storage import outbox, unscoped
from storage.outbox import OutboxRow
from storage.table import new_id
from tests.jobs.webhook_desk import working


async def test_a_job_that_is_cut_short_can_be_claimed_at_once(db, settings, agency, monkeypatch):
    begun = asyncio.Event()

    async def endless(_context, _due):
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(runtime, "JOBS", {EventType.CLIENT_TOUCHED: endless})
    async with working(db, settings, agency.id) as desk:
        async with desk.session() as session:
            await outbox.append(session, EventType.CLIENT_TOUCHED, new_id(), now=desk.clock())
        claimed = await unscoped.claim_outbox(db, now=desk.clock(), lease=timedelta(seconds=30), limit=500)
        (due,) = (each for each in claimed if each.agency_id == agency.id)
        assert (await desk.only(OutboxRow)).leased_until is not None
        job = asyncio.create_task(
            runtime.follow_up({"context": desk.context}, str(due.agency_id), str(due.id), due.type)
        )
        await begun.wait()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        row = await desk.only(OutboxRow)
        assert (row.leased_until, row.attempts) == (None, 0)
