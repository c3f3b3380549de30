"""Who is told of what: held back and told later, and what people declare, contain and dismiss, over HTTP and the jobs."""

import asyncio
from datetime import timedelta

from core.settings import Settings
from jobs.schedule import look_again_at
from tests.api.test_mentions import send, watched_client
from tests.conftest import Caller
from tests.jobs.test_scores import incidents_of, quiet, storm
from tests.moment import began
from tests.pipeline import drain, working

ANY = {"If-Match": "*"}


async def told(caller: Caller, of: str = "incident.") -> list[str]:
    types = [event["type"] for event in (await caller.get("/v1/events?limit=200")).json()["data"]]
    return [each for each in types if each.startswith(of)]


async def assessed(caller: Caller, context, minutes: int) -> None:
    context.clock = lambda: began() + timedelta(minutes=minutes)
    await look_again_at(context, caller.agency.id)
    await drain(context)


async def test_what_a_mute_holds_back_is_told_when_it_ends(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    path = f"/v1/clients/{client_id}/alerting"
    until = (began() + timedelta(minutes=20)).isoformat()
    muted = await caller.patch(path, json={"muted_until": until, "cooldown_minutes": 0}, headers=ANY)
    assert (muted.status_code, (await caller.get(path)).json()) == (200, muted.json())
    async with working(settings) as context:
        await send(caller, *quiet(began() - timedelta(days=10), 10), *storm(began() - timedelta(minutes=25)))
        await drain(context)
        (held,) = await incidents_of(caller, client_id)
        assert (held["is_silent"], held["held_by"], held["alerted_at"]) == (True, "mute", None)
        assert await told(caller, of="") == []
        assert (held["topic"], held["outcome"]) == ("merek", None)
        assert [each["minutes"] for each in held["cost_of_delay"]["further"]] == [30, 60]
        assert held["cost_of_delay"]["velocity"] >= 40
        await assessed(caller, context, 21)
    (after,) = await incidents_of(caller, client_id)
    assert (after["id"], after["is_silent"], after["held_by"]) == (held["id"], False, None)
    assert after["alerted_at"] > held["detected_at"]
    assert await told(caller) == ["incident.opened"]
    assert await told(caller, of="score.") == ["score.level_changed"]


async def test_an_event_that_hits_sibling_brands_alike_is_said_to_be_so(caller: Caller, settings: Settings):
    now, words = began(), ("kopipagi", "kopisore", "kopimalam")
    posts = [*quiet(now - timedelta(days=10), 10), *storm(now - timedelta(minutes=25))]
    said: list[bool] = []
    async with working(settings) as context:
        for word in words:
            client_id = await watched_client(caller, word)
            fresh = [{**post, "native_id": f"{word}{n}"} for n, post in enumerate(posts)]
            await send(caller, *({**post, "text": f"{post['text']} {word}"} for post in fresh))
            await drain(context)
            (incident,) = await incidents_of(caller, client_id)
            said.append(any("Other brands have risen" in each for each in incident["reasons"]["en"]))
    assert said == [False, False, True]


async def test_a_campaign_explains_what_is_said_while_half_of_it_holds_its_words(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    span = {
        "starts_at": (began() - timedelta(hours=2)).isoformat(),
        "ends_at": (began() + timedelta(hours=2)).isoformat(),
    }
    made = await caller.post("/v1/campaigns", json={"client_id": client_id, "name": "Ulang tahun", **span})
    words = await caller.patch(made.headers["location"], json={"words": [" #Senja10 "]}, headers={"If-Match": '"1"'})
    assert (words.json()["words"], words.headers["etag"]) == (["#senja10"], '"2"')
    backwards = await caller.patch(made.headers["location"], json={"ends_at": span["starts_at"]}, headers=ANY)
    assert (backwards.status_code, backwards.json()["errors"][0]["pointer"]) == (422, "/ends_at")
    async with working(settings) as context:
        await send(caller, *quiet(began() - timedelta(days=10), 10), *storm(began() - timedelta(minutes=25)))
        await drain(context)
    (incident,) = await incidents_of(caller, client_id)
    assert (incident["held_by"], incident["campaign"]) == (None, None)
    score = f"/v1/clients/{client_id}/crisis-score"
    assert (await caller.get(score)).json()["campaign"] is None
    named = await caller.patch(made.headers["location"], json={"words": ["kopisenja"]}, headers=ANY)
    assert named.status_code == 200
    assert (await caller.get(score)).json()["campaign"] == "Ulang tahun"
    async with working(settings) as context:
        await assessed(caller, context, 6)
    (incident,) = await incidents_of(caller, client_id)
    assert incident["campaign"] == "Ulang tahun"


async def test_people_declare_contain_resolve_and_dismiss(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *quiet(began() - timedelta(days=10), 10), *storm(began() - timedelta(minutes=25)))
        await drain(context)
    (scored,) = await incidents_of(caller, client_id)
    body = {"client_id": client_id, "title": " Produk ditarik ", "level": "watch", "note": "dari telepon"}
    made = await caller.post("/v1/incidents", json=body)
    assert made.status_code == 201, made.text
    assert (await caller.get(made.headers["location"])).json() == made.json()
    declared = made.json()
    assert (declared["title"], declared["level"], declared["status"]) == ("Produk ditarik", scored["level"], "open")
    assert declared["first_seen_at"] == scored["first_seen_at"]
    absorbed = (await caller.get(f"/v1/incidents/{scored['id']}")).json()
    assert (absorbed["status"], absorbed["outcome"]) == ("closed", "absorbed")
    again = await caller.post("/v1/incidents", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "incident_state")
    where = made.headers["location"]
    contained = await caller.post(f"{where}/contain", json={"note": "pernyataan tayang"})
    assert (contained.json()["status"], contained.headers["etag"]) == ("contained", '"2"')
    assert (await caller.post(f"{where}/dismiss", json={"reason": ""})).status_code in {400, 422}
    dismissed = (await caller.post(f"{where}/dismiss", json={"reason": "akun tiruan"})).json()
    assert (dismissed["status"], dismissed["outcome"], dismissed["resolution"]) == (
        "resolved", "false_alarm", "akun tiruan",
    )  # fmt: skip
    alarms = (await caller.get(f"/v1/incidents?client_id={client_id}&outcome=false_alarm")).json()["data"]
    assert [each["id"] for each in alarms] == [declared["id"]]
    kinds = [line["kind"] for line in (await caller.get(f"{where}/timeline")).json()["data"]]
    assert kinds == ["dismissed", "contained", "declared"]
    assert set(await told(caller)) >= {"incident.declared", "incident.contained", "incident.dismissed"}


async def test_quiet_hours_that_last_all_day_are_refused(caller: Caller):
    client_id = await watched_client(caller)
    path = f"/v1/clients/{client_id}/alerting"
    hours = {"start": "22:00", "end": "06:00", "up_to": "warning"}
    assert (await caller.patch(path, json={"quiet_hours": hours}, headers=ANY)).json()["quiet_hours"] == hours
    refused = await caller.patch(path, json={"quiet_hours": hours | {"end": "22:00"}}, headers=ANY)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/quiet_hours/end")
    crisis = await caller.patch(path, json={"quiet_hours": hours | {"up_to": "crisis"}}, headers=ANY)
    assert crisis.status_code == 400
    assert (await caller.patch(path, json={"quiet_hours": None}, headers=ANY)).json()["quiet_hours"] is None


async def test_of_many_who_declare_at_once_one_is_first_and_the_others_are_told(caller: Caller):
    client_id = await watched_client(caller)
    body = {"client_id": client_id, "title": "Produk ditarik", "level": "warning"}
    answers = await asyncio.gather(*[caller.post("/v1/incidents", json=body) for _ in range(6)])
    assert sorted(each.status_code for each in answers) == [201, *[409] * 5]
    assert len((await caller.get("/v1/incidents")).json()["data"]) == 1
