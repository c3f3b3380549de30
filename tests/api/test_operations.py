"""Operations are seen and cancelled by those who may do what they do, and one of a kind works on one thing at a time."""

import pytest

from api.edge.gate import Gate
from core.access import Role
from core.settings import Settings
from storage.engine import Database
from tests.conftest import Caller, calling, issue_key
from tests.jobs.test_operations import new_keyword, started
from tests.pipeline import drain, working


@pytest.fixture
async def keyword(caller: Caller) -> str:
    client = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    return await new_keyword(caller, client, "kopisenja")


async def test_an_operation_is_followed_to_its_end(caller: Caller, settings: Settings, keyword: str):
    answer = await caller.post(f"/v1/keywords/{keyword}/backfill", json={"days": 3})
    where = answer.headers["location"]
    queued = await caller.get(where)
    assert queued.json() == answer.json()
    assert answer.headers["retry-after"] == queued.headers["retry-after"] == "2"
    assert queued.headers["etag"] == answer.headers["etag"]
    unchanged = await caller.get(where, headers={"If-None-Match": queued.headers["etag"]})
    assert (unchanged.status_code, unchanged.headers["retry-after"]) == (304, "2")
    async with working(settings) as context:
        await drain(context)
    ended = await caller.get(where, headers={"If-None-Match": queued.headers["etag"]})
    assert (ended.status_code, ended.json()["status"]) == (200, "succeeded")
    assert "retry-after" not in ended.headers
    assert ended.json()["finished_at"] >= ended.json()["started_at"] >= ended.json()["created_at"]


async def test_one_operation_of_a_kind_works_on_one_thing_at_a_time(caller: Caller, keyword: str):
    first = await started(caller, keyword)
    second = await caller.post(f"/v1/keywords/{keyword}/backfill", json={})
    assert (second.status_code, second.json()["code"]) == (409, "operation_under_way")
    for _ in range(2):
        cancelled = await caller.post(f"/v1/operations/{first}/cancel")
        assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    third = await started(caller, keyword)
    listed = (await caller.get("/v1/operations")).json()["data"]
    assert [each["id"] for each in listed] == [third, first]
    assert [each["id"] for each in (await caller.get("/v1/operations?status=cancelled")).json()["data"]] == [first]
    assert (await caller.get("/v1/operations?status=asleep")).status_code == 400


async def test_what_has_ended_is_not_cancelled(caller: Caller, settings: Settings, keyword: str):
    operation = await started(caller, keyword)
    async with working(settings) as context:
        await drain(context)
    answer = await caller.post(f"/v1/operations/{operation}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "operation_finished")


@pytest.mark.parametrize("days", [0, 367, "30", None])
async def test_how_far_back_is_bounded(caller: Caller, keyword: str, days: object):
    answer = await caller.post(f"/v1/keywords/{keyword}/backfill", json={"days": days})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/days")


async def test_a_keyword_that_is_not_in_force_finds_no_past(caller: Caller, keyword: str):
    await caller.post(f"/v1/keywords/{keyword}/pause")
    answer = await caller.post(f"/v1/keywords/{keyword}/backfill", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "keyword_inactive")


async def test_an_operation_is_seen_and_cancelled_by_who_may_do_what_it_does(
    caller: Caller, app: Gate, db: Database, keyword: str
):
    operation = await started(caller, keyword)
    scopes = ("operations:write", "clients:read")
    async with calling(app, await issue_key(db, caller.agency.id, scopes=scopes)) as http:
        assert (await http.get(f"/v1/operations/{operation}")).status_code == 200
        refused = await http.post(f"/v1/operations/{operation}/cancel")
        assert (refused.status_code, refused.json()["scope"]) == (403, "clients:write")
    async with calling(app, await issue_key(db, caller.agency.id, scopes=("operations:manage",))) as http:
        assert (await http.get(f"/v1/operations/{operation}")).status_code == 404
        assert (await http.get("/v1/operations")).json()["data"] == []
        assert (await http.post(f"/v1/operations/{operation}/cancel")).status_code == 404
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.READ_ONLY)) as http:
        assert (await http.get(f"/v1/operations/{operation}")).json()["status"] == "queued"
        assert (await http.post(f"/v1/operations/{operation}/cancel")).status_code == 403
