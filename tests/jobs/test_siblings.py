"""One event that hits several brands alike is said to be so of each of them, whoever is assessed first."""

from datetime import timedelta

from core.settings import Settings
from jobs.schedule import look_again_at
from tests.api.test_mentions import item, send
from tests.conftest import Caller
from tests.moment import began
from tests.pipeline import drain, working

BRANDS = ("kopisenja", "tehpagi", "rotisore", "jusmalam")
SHARED = "Other brands have risen in the same hours"


def quiet(brand: str) -> list[dict[str, object]]:
    start = began() - timedelta(days=3)
    return [
        item(
            text=f"{brand} nomor {n} enak",
            published_at=(start + timedelta(hours=3 * n)).isoformat(),
            author={"handle": f"{brand}{n}"},
        )
        for n in range(24)
    ]


def storm(brand: str, *, minutes_ago: int = 10) -> list[dict[str, object]]:
    start = began() - timedelta(minutes=minutes_ago)
    return [
        item(
            text=f"parah, {brand} bikin sakit perut, korban ke-{n}, kecewa",
            published_at=(start + timedelta(seconds=n)).isoformat(),
            author={"handle": f"s{brand}{n}"},
        )
        for n in range(40)
    ]


async def watched(caller: Caller) -> dict[str, str]:
    """The brands' names by the ids of their clients."""
    names = {}
    for brand in BRANDS:
        client = (await caller.post("/v1/clients", json={"kind": "company", "name": brand})).json()["id"]
        new = {"client_id": client, "name": "merek", "query": brand}
        keyword = (await caller.post("/v1/keywords", json=new)).json()["id"]
        assert (await caller.post(f"/v1/keywords/{keyword}/activate")).status_code == 200
        names[client] = brand
    return names


async def said_to_be_shared(caller: Caller, names: dict[str, str]) -> dict[str, bool]:
    """By brand with an incident: whether its reasons say so."""
    found = (await caller.get("/v1/incidents")).json()["data"]
    return {names[each["client_id"]]: any(SHARED in told for told in each["reasons"]["en"]) for each in found}


async def test_all_brands_of_one_event_hear_of_it_with_the_first_word(caller: Caller, settings: Settings):
    names = await watched(caller)
    async with working(settings) as context:
        await send(caller, *(post for brand in BRANDS for post in quiet(brand)))
        await drain(context)
        await send(caller, *(post for brand in BRANDS for post in storm(brand)))
        await drain(context)
    assert await said_to_be_shared(caller, names) == dict.fromkeys(BRANDS, True)
    events = (await caller.get("/v1/events")).json()["data"]
    opened = [each["data"] for each in events if each["type"] == "incident.opened"]
    assert len(opened) == 4
    assert all(any(SHARED in told for told in each["reasons"]["en"]) for each in opened)


async def test_a_brand_that_was_hit_first_hears_of_the_others_when_they_follow(caller: Caller, settings: Settings):
    names = await watched(caller)
    first, *others, last = BRANDS
    async with working(settings) as context:
        await send(caller, *(post for brand in BRANDS for post in quiet(brand)))
        await drain(context)
        for brand in (first, *others):
            await send(caller, *storm(brand))
            await drain(context)
        # Two of three others are no more than chance may raise.
        assert await said_to_be_shared(caller, names) == dict.fromkeys((first, *others), False)
        await send(caller, *storm(last))
        await drain(context)
        assert (await said_to_be_shared(caller, names))[last]
        context.clock = lambda: began() + timedelta(minutes=7)
        await look_again_at(context, caller.agency.id)
        await drain(context)
        assert await said_to_be_shared(caller, names) == dict.fromkeys(BRANDS, True)
        # It stays said, once, when the incident rises on.
        await send(caller, *(post | {"text": f"{post['text']} lagi"} for post in storm(first, minutes_ago=2)))
        await drain(context)
    told = (await caller.get("/v1/incidents")).json()["data"]
    assert [sum(SHARED in each for each in incident["reasons"]["en"]) for incident in told] == [1, 1, 1, 1]
