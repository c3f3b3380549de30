"""G2: the list of mentions against the same list written by hand and with the ORM. G10: what months of data cost it.

G10 compares two houses, one that has seen one month and one that has seen ten: partitions are the house's, not the
agency's. The dashboard is a client's counts of seven days by the hour; the list is a client's latest fifty.
"""

import asyncio
import json
from typing import Any

from benchmarks import history, list_contenders
from benchmarks.house import Agency, House, ask, found_agency, house, texts
from benchmarks.measure import Result, Work, at_least, at_most, medians
from benchmarks.plans import most_partitions, statements

ROUNDS = 9
REQUESTS = 80
LIST = "limit=50"
PAGES = (
    ("7-day dashboard", "/v1/clients/{}/volumes", "step=1h"),
    ("list", "/v1/mentions", LIST),
    ("list of a client", "/v1/mentions", "limit=50&client_id={}"),
)


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    async with house() as young, house() as old:
        newcomer, regular = await found_agency(young.db), await found_agency(old.db)
        posts = texts(5_000)
        await history.write(young, newcomer, posts, days=30)
        await history.write(old, regular, posts, days=300)
        return [*await _against_others(old, regular), *await _over_months((young, newcomer), (old, regular))]


async def _against_others(where: House, agency: Agency) -> list[Result]:
    apps = {
        "ours": where.app,
        "hand": list_contenders.by_hand(where.db, agency),
        "orm": list_contenders.by_orm(where.db, agency),
    }
    answers = {
        name: json.loads(await ask(app, "/v1/mentions", key=agency.key, query=LIST)) for name, app in apps.items()
    }
    assert answers["ours"]["data"] == answers["hand"]["data"] == answers["orm"]["data"], "the contenders disagree"
    assert len(answers["ours"]["data"]) == 50
    spent = await medians(
        where.meter, {name: _asking(app, "/v1/mentions", agency) for name, app in apps.items()}, rounds=ROUNDS
    )
    return [
        at_least("G2 list of 50 to hand-written", spent["hand"] / spent["ours"], 0.75),
        at_least("G2 list of 50 to the ORM", spent["orm"] / spent["ours"], 2),
    ]


async def _over_months(young: tuple[House, Agency], old: tuple[House, Agency]) -> list[Result]:
    meter = young[0].meter + old[0].meter
    results: list[Result] = []
    for name, path, query in PAGES:
        ages = {"young": young, "old": old}
        contenders = {
            age: _asking(where.app, path.format(agency.client_id), agency, query.format(agency.client_id))
            for age, (where, agency) in ages.items()
        }
        spent = await medians(meter, contenders, rounds=ROUNDS)
        results.append(at_most(f"G10 {name} at ten months to one", spent["old"] / spent["young"], 1.3))
        partitions = await _partitions(*old, path.format(old[1].client_id), query.format(old[1].client_id))
        results.append(at_most(f"G10 {name}: partitions of a table in the plan", partitions, 2))
    return results


async def _partitions(where: House, agency: Agency, path: str, query: str) -> int:
    with statements() as heard:
        await ask(where.app, path, key=agency.key, query=query)
    return await most_partitions(where.db, agency.id, heard)


def _asking(app: Any, path: str, agency: Agency, query: str = LIST) -> Work:
    async def work() -> int:
        for _ in range(REQUESTS):
            await ask(app, path, key=agency.key, query=query)
        return REQUESTS

    return work
