"""G1: what stands before and behind every handler, against the framework alone.

Two trivial reads, each with the same answer from an application of one handler and nothing else: one that is open to
all, and one for which an API key is asked, known and its scope checked. Neither touches the database.
"""

import asyncio
import json
from typing import Any

from litestar import Litestar, get

from api.event_types import EventTypeList, described
from api.health import Alive
from benchmarks.house import Agency, ask, found_agency, house
from benchmarks.measure import Result, Work, at_least, medians
from core.events import PUBLIC_EVENTS, EventType

ROUNDS = 11
REQUESTS = 500
ROUTES = (("an open route", "/health/live"), ("a route behind an API key", "/v1/event-types"))


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    results: list[Result] = []
    async with house() as where:
        agency = await found_agency(where.db)
        bare = _bare()
        for name, path in ROUTES:
            apps = {"ours": where.app, "bare": bare}
            answers = [json.loads(await ask(app, path, key=agency.key)) for app in apps.values()]
            assert answers[0] == answers[1], "the contenders disagree"
            contenders = {each: _asking(app, path, agency) for each, app in apps.items()}
            spent = await medians(where.meter, contenders, rounds=ROUNDS)
            results.append(at_least(f"G1 {name} to bare Litestar", spent["bare"] / spent["ours"], 0.35))
    return results


def _bare() -> Litestar:
    @get("/health/live")
    async def get_liveness() -> Alive:
        return Alive(status="alive")

    @get("/v1/event-types")
    async def list_event_types() -> EventTypeList:
        data = [described(event) for event in EventType if event in PUBLIC_EVENTS]
        return EventTypeList(data=data, next_cursor=None, has_more=False)

    return Litestar([get_liveness, list_event_types], openapi_config=None, logging_config=None)


def _asking(app: Any, path: str, agency: Agency) -> Work:
    async def work() -> int:
        for _ in range(REQUESTS):
            await ask(app, path, key=agency.key)
        return REQUESTS

    return work
