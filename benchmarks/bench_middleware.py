"""G1: what stands before and behind every handler, against the framework alone.

Two trivial reads, each with the same answer from an application of one handler and nothing else: one that is open to
all, and one, of this benchmark's own, for which an API key is asked, known and its scope checked. Neither touches the
database.
"""

import asyncio
import json
from typing import Any

from litestar import Litestar, get

from api.health import Alive
from benchmarks.house import Agency, ask, found_agency, house
from benchmarks.measure import Result, Work, at_least, medians

ROUNDS = 11
REQUESTS = 500
ROUTES = (("an open route", "/health/live"), ("a route behind an API key", "/v1/trivial"))


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    results: list[Result] = []
    async with house() as where:
        agency = await found_agency(where.db)
        where.app.app.register(_behind_a_key())
        bare = _bare()
        for name, path in ROUTES:
            apps = {"ours": where.app, "bare": bare}
            answers = [json.loads(await ask(app, path, key=agency.key)) for app in apps.values()]
            assert answers[0] == answers[1], "the contenders disagree"
            contenders = {each: _asking(app, path, agency) for each, app in apps.items()}
            spent = await medians(where.meter, contenders, rounds=ROUNDS)
            results.append(at_least(f"G1 {name} to bare Litestar", spent["bare"] / spent["ours"], 0.35))
    return results


def _behind_a_key() -> Any:
    @get("/v1/trivial", scope="webhooks:read")
    async def get_trivial() -> Alive:
        return Alive(status="alive")

    return get_trivial


def _bare() -> Litestar:
    @get("/health/live")
    async def get_liveness() -> Alive:
        return Alive(status="alive")

    @get("/v1/trivial")
    async def get_trivial() -> Alive:
        return Alive(status="alive")

    return Litestar([get_liveness, get_trivial], openapi_config=None, logging_config=None)


def _asking(app: Any, path: str, agency: Agency) -> Work:
    async def work() -> int:
        for _ in range(REQUESTS):
            await ask(app, path, key=agency.key)
        return REQUESTS

    return work
