"""Backtests over HTTP and in the jobs: what a rule and a sensitivity would have done on a client's past."""

from datetime import timedelta
from typing import Any

from core.settings import Settings
from jobs.context import Context
from tests.api.test_mentions import send, watched_client
from tests.conftest import Caller
from tests.jobs.test_scores import incidents_of, quiet, storm
from tests.moment import began
from tests.pipeline import drain, working

AGO = timedelta(days=4)


async def ran(caller: Caller, context: Context, client_id: str, **body: Any) -> dict[str, Any]:
    begun = await caller.post("/v1/alert-rules/backtests", json={"client_id": client_id, **body})
    assert begun.status_code == 202, begun.text
    await drain(context)
    operation = (await caller.get(begun.headers["location"])).json()
    assert operation["status"] == "succeeded", operation
    backtest = (await caller.get(operation["result"])).json()
    assert backtest["finished_at"] is not None
    return backtest["result"]


async def test_a_past_crisis_is_caught_and_false_alarms_are_told(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *quiet(began() - timedelta(days=20), 20), *storm(began() - AGO))
        await drain(context)
        (incident,) = await incidents_of(caller, client_id)
        events = (await caller.get("/v1/events?limit=200")).json()["data"]

        rule = {"kind": "negative_count", "threshold": 20, "window_minutes": 30, "cooldown_minutes": 1440}
        result = await ran(caller, context, client_id, rule=rule, days=10)
        assert [(each["verdict"], each["incident_id"]) for each in result["alerts"]] == [("caught", incident["id"])]
        assert (result["precision"], result["recall"], result["false_count"]) == (1, 1, 0)
        (found,) = result["incidents"]
        assert -30 <= found["lead_minutes"] <= 0
        assert result["per_week"] == 0.7

        before = (await caller.get(f"/v1/clients/{client_id}/sensitivities")).json()["data"]
        assert [(each["sensitivity"], each["is_chosen"], each["price"]) for each in before] == [
            ("low", False, None), ("normal", True, None), ("high", False, None),
        ]  # fmt: skip
        policy = await ran(caller, context, client_id, sensitivity="normal", days=10)
        assert policy["recall"] == 1
        assert policy["levels_per_week"]["crisis"] > 0
        # What would have been told is what was found: the same evaluation.
        assert policy["alerts"][0]["at"] == incident["opened_at"]
        after = (await caller.get(f"/v1/clients/{client_id}/sensitivities")).json()["data"]
        assert after[1]["price"]["levels_per_week"] == policy["levels_per_week"]

        dismissed = await caller.post(f"/v1/incidents/{incident['id']}/dismiss", json={"reason": "uji coba"})
        assert dismissed.json()["outcome"] == "false_alarm"
        again = await ran(caller, context, client_id, rule=rule, days=10)
        assert ([each["verdict"] for each in again["alerts"]], again["recall"]) == (["false"], None)
    told = (await caller.get("/v1/events?limit=200")).json()["data"]
    assert [e["type"] for e in told if e not in events] == ["incident.dismissed"]


async def test_a_backtest_is_of_one_thing_that_can_be(caller: Caller, stranger: Caller):
    client_id = await watched_client(caller)
    path = "/v1/alert-rules/backtests"
    neither = await caller.post(path, json={"client_id": client_id})
    assert (neither.status_code, neither.json()["errors"][0]["code"]) == (422, "one_of_two")
    share = {"kind": "negative_share", "threshold": 30}
    beyond = await caller.post(path, json={"client_id": client_id, "rule": share})
    assert (beyond.status_code, beyond.json()["errors"][0]["pointer"]) == (422, "/rule/threshold")
    assert (await caller.post(path, json={"client_id": client_id, "sensitivity": "low", "days": 91})).status_code == 400
    foreign = await stranger.post(path, json={"client_id": client_id, "sensitivity": "low"})
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (422, "/client_id")
