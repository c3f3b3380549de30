"""The worker without its queue: what is due is followed up in turn, here and now."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from core.settings import Settings
from jobs.context import Context
from jobs.runtime import run
from jobs.worker import open_context
from storage import unscoped


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Context]:
    """A worker's context; nothing runs until a test drains it."""
    async with open_context(settings) as context:
        yield context


async def drain(context: Context, *, rounds: int = 50) -> int:
    """Follow up all that is due until nothing is; how many rows it took."""
    followed = 0
    for _ in range(rounds):
        due = await unscoped.claim_outbox(context.db, now=context.clock(), lease=timedelta(seconds=30), limit=500)
        if not due:
            return followed
        # Who tells endpoints takes rows that nobody holds.
        await unscoped.release_outbox(context.db, [row for row in due if row.type in unscoped.TOLD])
        for row in due:
            await run(context, row)
            followed += 1
    raise AssertionError("the outbox does not run dry")
