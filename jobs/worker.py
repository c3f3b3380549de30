"""What arq runs: the one function that follows events up, the clock's jobs, start-up and shut-down."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, cast

from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func
from msgspec.msgpack import decode, encode
from redis.exceptions import RedisError

from core.settings import Settings
from egress.client import Egress, Limits
from jobs.context import Context
from jobs.dispatch import Dispatcher
from jobs.outbox import measure, relay
from jobs.runtime import follow_up
from jobs.schedule import CRON
from jobs.watchlist import Watchlist
from storage import metrics
from storage.engine import open_database
from storage.models import reader_of

log = logging.getLogger("siaga.worker")

# Each job holds at most one connection of each pool: fewer jobs than connections cannot wait for each other.
MOST_JOBS = 8
POLL_S = 0.03
JOB_TIMEOUT_S = 120
RETRY_S = 0.5
FINISH_S = 20
"""How long a worker that is asked to end lets its jobs run on: longer than a webhook may take."""


async def main(settings: Settings) -> None:
    """Work until cancelled. Redis may come and go: what is due stands in PostgreSQL."""
    async with open_context(settings) as context:
        doing = (_tell(context), _work_on(settings, context), _look_ahead(context))
        tasks = [asyncio.create_task(each) for each in doing]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                # Once: a second time would cut short the orderly end that the first has begun.
                if not task.cancelling():
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _tell(context: Context) -> None:
    """Webhooks need no queue: they go on while Redis is away."""
    dispatcher = Dispatcher(context)
    try:
        await dispatcher.run()
    finally:
        await dispatcher.finish(FINISH_S)


async def _look_ahead(context: Context) -> None:
    """Read all watch lists before their posts come. No job waits for it: whose list is not read yet has it read."""
    try:
        await context.watchlist.load()
    except Exception:
        log.exception("watch lists are read as posts come")


async def _work_on(settings: Settings, context: Context) -> None:
    while True:
        try:
            await _work(settings, context)
        except (RedisError, OSError):
            log.exception("Redis does not answer; trying again")
            await asyncio.sleep(RETRY_S)


async def _work(settings: Settings, context: Context) -> None:
    queue = await create_pool(
        RedisSettings.from_dsn(settings.redis_url), job_serializer=encode, job_deserializer=decode
    )
    worker = _worker(settings, context, queue)
    relaying = asyncio.create_task(relay(context, queue))
    try:
        await worker.async_run()
    finally:
        relaying.cancel()
        with suppress(asyncio.CancelledError):
            await relaying
        await _finish(worker)
        with suppress(RedisError, OSError):
            await worker.close()


async def _finish(worker: Worker) -> None:
    """Let the jobs that run come to their end; those that take too long are cut, and hand their rows back."""
    worker.allow_pick_jobs = False
    running = list(worker.tasks.values())
    if running:
        log.info("finishing %s jobs", len(running))
        _, late = await asyncio.wait(running, timeout=FINISH_S)
        for job in late:
            job.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    worker.tasks.clear()


@asynccontextmanager
async def open_context(settings: Settings) -> AsyncGenerator[Context, None]:
    """Everything a worker holds, opened and closed."""
    limits = Limits(total_s=settings.webhook_timeout_s)
    egress = Egress(
        allowed_networks=settings.allow_private_webhook_targets, production=settings.is_production, limits=limits
    )
    async with open_database(settings) as db, egress:
        context = Context(settings=settings, db=db, egress=egress, reader=reader_of(settings), watchlist=Watchlist(db))
        with metrics.measuring(partial(measure, context)):
            yield context


def _worker(settings: Settings, context: Context, queue: ArqRedis) -> Worker:
    ctx: dict[Any, Any] = {"context": context}
    return Worker(
        functions=[func(cast("WorkerCoroutine", follow_up), name="follow_up", keep_result=0, max_tries=1)],
        cron_jobs=CRON,
        redis_pool=queue,
        job_serializer=encode,
        job_deserializer=decode,
        ctx=ctx,
        max_jobs=min(MOST_JOBS, max(1, settings.database_pool_size - 2)),
        poll_delay=POLL_S,
        job_timeout=JOB_TIMEOUT_S,
        keep_result=0,
        handle_signals=False,
    )
