"""Where clients stand: the portfolio by risk, the curve with what made it up, and the event of a changed level."""

from datetime import UTC, datetime, timedelta

from core.settings import Settings
from tests.api.test_mentions import send, watched_client
from tests.conftest import Caller, calling
from tests.jobs.test_scores import PAST, quiet, storm
from tests.pipeline import drain, working


async def test_a_client_in_trouble_leads_the_portfolio_and_its_curve_says_why(
    caller: Caller, stranger: Caller, settings: Settings, app
):
    now = datetime.now(UTC)
    calm = (await caller.post("/v1/clients", json={"kind": "company", "name": "Teh Pagi"})).json()["id"]
    client_id = await watched_client(caller)
    path = f"/v1/clients/{client_id}"
    async with working(settings) as context:
        await send(caller, *quiet(now - timedelta(days=10), 10), *storm(now - timedelta(minutes=25)))
        await drain(context)

    listed = (await caller.get("/v1/portfolio?include_total=true")).json()
    (incident,) = (await caller.get("/v1/incidents")).json()["data"]
    score = (await caller.get(f"{path}/crisis-score")).json()
    first, second = listed["data"]
    assert (first["client_id"], second["client_id"], listed["total"]) == (client_id, calm, 2)
    assert (first["level"], first["level_name_id"]) == ("crisis", "Awas")
    assert (first["score"], first["at"]) == (score["score"], score["at"])
    assert first["trend"] == first["score"]
    assert first["incident_ids"] == [incident["id"]]
    assert (second["level"], second["score"], second["trend"], second["incident_ids"]) == ("normal", 0, None, [])

    page = (await caller.get("/v1/portfolio?limit=1")).json()
    rest = (await caller.get(f"/v1/portfolio?limit=1&cursor={page['next_cursor']}")).json()
    assert [row["client_id"] for row in page["data"] + rest["data"]] == [client_id, calm]
    assert (page["has_more"], rest["has_more"]) == (True, False)
    upwards = (await caller.get("/v1/portfolio?sort=score&level=normal,crisis")).json()["data"]
    assert [row["client_id"] for row in upwards] == [calm, client_id]
    assert (await caller.get("/v1/portfolio?level=watch")).json()["data"] == []
    assert [row["name"] for row in (await caller.get("/v1/portfolio?q=teh")).json()["data"]] == ["Teh Pagi"]
    assert (await stranger.get("/v1/portfolio")).json()["data"] == []
    lately = (await caller.get("/v1/portfolio?assessed_at[gte]=2026-01-01T00:00:00Z")).json()["data"]
    assert [row["client_id"] for row in lately] == [client_id]
    assert (await caller.get("/v1/portfolio?sort=name")).status_code == 400

    span = f"at[gte]={now - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}&step=5m"
    plain = (await caller.get(f"{path}/crisis-scores?{span}")).json()["data"]
    explained = (await caller.get(f"{path}/crisis-scores?{span}&explain=true")).json()["data"]
    assert [(point["at"], point["score"]) for point in plain] == [(point["at"], point["score"]) for point in explained]
    assert not any("contributions" in point for point in plain)
    for point in explained:
        assert round(sum(each["points"] for each in point["contributions"]), 1) == point["score"]
    assert explained[-1]["contributions"][0]["name"] == "negative"
    assert (await caller.get(f"{path}/crisis-scores?step=5m&explain=true")).status_code == 400

    (event,) = [
        each for each in (await caller.get("/v1/events")).json()["data"] if each["type"] == "score.level_changed"
    ]
    told = event["data"]
    assert (told["client_id"], told["previous_level"], told["level"]) == (client_id, "normal", "crisis")
    assert told["links"]["crisis_score"] == f"{path}/crisis-score"

    made = await caller.post("/v1/portal-tokens", json={"client_id": client_id, "name": "portal"})
    async with calling(app, made.json()["secret"]) as http:
        portal = Caller(http, caller.agency)
        assert [row["client_id"] for row in (await portal.get("/v1/portfolio")).json()["data"]] == [client_id]
        seen = (await portal.get(f"{path}/crisis-scores?{span}&explain=true")).json()["data"]
        assert seen == explained
        shown = (await portal.get(f"/v1/incidents/{incident['id']}")).json()
        assert not {"acknowledged_by", "resolved_by", "resolution"} & set(shown)
        assert (await portal.get(f"/v1/clients/{calm}/crisis-scores")).status_code == 404


async def test_a_level_is_told_when_it_changes_now_and_not_of_the_past(caller: Caller, settings: Settings):
    now = datetime.now(UTC)
    await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *quiet(PAST, 14), *storm(PAST + timedelta(days=13, hours=20)))
        await drain(context)
        assert await levels_told(caller) == []
        await send(caller, *quiet(now - timedelta(days=3), 3))
        await drain(context)
        assert await levels_told(caller) == []
        await send(caller, *storm(now - timedelta(minutes=25)))
        await drain(context)
        assert await levels_told(caller) == [("normal", "crisis")]
        later = now + timedelta(hours=16)
        context.clock = lambda: later
        await send(caller, *quiet(now - timedelta(hours=1), 0), *storm(now - timedelta(minutes=20), 1))
        await drain(context)
        assert await levels_told(caller) == [("normal", "crisis"), ("crisis", "normal")]


async def levels_told(caller: Caller) -> list[tuple[str, str]]:
    told = (await caller.get("/v1/events")).json()["data"]
    return [
        (each["data"]["previous_level"], each["data"]["level"])
        for each in told
        if each["type"] == "score.level_changed"
    ]
