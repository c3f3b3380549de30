"""Alert rules over HTTP and in the jobs: every kind alerts once, late posts of history alert nobody."""

from datetime import timedelta
from typing import Any

from core.crisis.policy import Policy
from core.settings import Settings
from tests.api.test_mentions import item, send, watched_client
from tests.conftest import Caller
from tests.jobs.test_scores import quiet, storm
from tests.moment import began
from tests.pipeline import drain, working

ANY = {"If-Match": "*"}


async def ruled(caller: Caller, client_id: str, kind: str, threshold: float, **more: Any) -> str:
    body = {"client_id": client_id, "name": f"aturan {kind}", "kind": kind, "threshold": threshold, **more}
    made = await caller.post("/v1/alert-rules", json=body)
    assert made.status_code == 201, made.text
    assert (await caller.get(made.headers["location"])).json() == made.json()
    return made.json()["id"]


async def test_every_kind_of_rule_alerts_once_and_history_alerts_nobody(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    keyword = (await caller.get(f"/v1/keywords?client_id={client_id}")).json()["data"][0]["id"]
    account = {"client_id": client_id, "platform": "x", "handle": "si_pengamat", "kind": "watched"}
    watched = (await caller.post("/v1/monitored-accounts", json=account)).json()["id"]
    await ruled(caller, client_id, "volume", 50)
    await ruled(caller, client_id, "negative_count", 50)
    await ruled(caller, client_id, "negative_share", 0.9)
    await ruled(caller, client_id, "reach", 1)
    await ruled(caller, client_id, "keyword", 50, keyword_id=keyword)
    await ruled(caller, client_id, "author", 2, account_id=watched)
    await ruled(caller, client_id, "score", Policy().watch_score)
    unreached = await ruled(caller, client_id, "volume", 5000)
    switched_off = await ruled(caller, client_id, "volume", 1, is_enabled=False)
    seen = [
        item(text=f"kopisenja {n}", published_at=(began() - timedelta(minutes=n)).isoformat(), engagement={"views": 50},
             author={"handle": "si_pengamat", "followers": 900})
        for n in range(2)
    ]  # fmt: skip
    answer = item(text="@si_pengamat kopisenja tidak begitu", published_at=(began() - timedelta(minutes=3)).isoformat())
    async with working(settings) as context:
        await send(caller, *quiet(began() - timedelta(days=10), 10), *storm(began() - timedelta(hours=14)))
        await drain(context)
        assert (await caller.get("/v1/alerts")).json()["data"] == []
        await send(caller, *storm(began() - timedelta(minutes=25)), answer, *seen)
        await drain(context)
        alerts = (await caller.get(f"/v1/alerts?client_id={client_id}")).json()["data"]
        await send(caller, item(text="kopisenja lagi", published_at=(began() - timedelta(minutes=20)).isoformat()))
        await drain(context)
    kinds = ["author", "keyword", "negative_count", "negative_share", "reach", "score", "volume"]
    assert sorted(alert["kind"] for alert in alerts) == kinds
    assert len((await caller.get("/v1/alerts")).json()["data"]) == len(kinds)
    assert not {unreached, switched_off} & {alert["rule_id"] for alert in alerts}
    (by_author,) = [alert["observed"] for alert in alerts if alert["kind"] == "author"]
    assert by_author == 2
    assert all(alert["observed"] >= alert["threshold"] and alert["held_by"] is None for alert in alerts)
    events = (await caller.get("/v1/events?limit=200")).json()["data"]
    (told,) = [e["data"] for e in events if e["type"] == "alert.triggered" and e["data"]["kind"] == "negative_count"]
    (listed,) = [alert for alert in alerts if alert["kind"] == "negative_count"]
    assert (told["alert_id"], told["observed"]) == (listed["id"], listed["observed"])
    assert told["reasons"]["en"][0].endswith("negative mentions within 60 minutes; the threshold is 50.")


async def test_a_muted_client_alerts_nobody_and_the_list_says_why(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    until = (began() + timedelta(hours=1)).isoformat()
    await caller.patch(f"/v1/clients/{client_id}/alerting", json={"muted_until": until}, headers=ANY)
    rule = await ruled(caller, client_id, "volume", 2, cooldown_minutes=600)
    async with working(settings) as context:
        await send(caller, *storm(began() - timedelta(minutes=5), count=3))
        await drain(context)
    (alert,) = (await caller.get(f"/v1/alerts?rule_id={rule}")).json()["data"]
    assert alert["held_by"] == "mute"
    events = (await caller.get("/v1/events?limit=200")).json()["data"]
    assert [event for event in events if event["type"].startswith("alert.")] == []


async def test_a_rule_is_changed_by_version_and_refused_where_it_makes_no_sense(caller: Caller, stranger: Caller):
    client_id = await watched_client(caller)
    foreign = await watched_client(stranger)
    keyword = (await stranger.get(f"/v1/keywords?client_id={foreign}")).json()["data"][0]["id"]
    body = {"client_id": client_id, "name": "rasa", "kind": "keyword", "threshold": 3, "keyword_id": keyword}
    refused = await caller.post("/v1/alert-rules", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/keyword_id")
    path = f"/v1/alert-rules/{await ruled(caller, client_id, 'negative_share', 0.5)}"
    beyond = await caller.patch(path, json={"threshold": 2}, headers={"If-Match": '"1"'})
    assert (beyond.status_code, beyond.json()["errors"][0]["code"]) == (422, "never_reached")
    changed = await caller.patch(path, json={"threshold": 0.7}, headers={"If-Match": '"1"'})
    assert (changed.json()["threshold"], changed.headers["etag"]) == (0.7, '"2"')
    assert (await caller.delete(path, headers={"If-Match": '"1"'})).status_code == 412
    assert (await caller.delete(path, headers={"If-Match": '"2"'})).status_code == 204
