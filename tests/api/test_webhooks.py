"""Webhook endpoints and deliveries as their owner sees them, and as nobody else does."""

import base64
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select

from api.webhooks import Subscription
from core.events import PUBLIC_EVENTS, EventType
from storage import attempts, deliveries, events, subscribers
from storage import webhooks as endpoints
from storage.attempts import Attempt
from storage.session import tenant_connection, tenant_session
from storage.table import new_id, utc_now
from storage.webhooks import DeliveryRow, EndpointRow
from tests.api.test_idempotency import keyed
from tests.conftest import Caller, calling, issue_key

SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
HOSTILE = SHARED / "data" / "badinput" / "ssrf_urls.ndjson"

PATH = "/v1/webhook-endpoints"
URL = "https://hooks.example.com/siaga"
NEW = {"url": URL, "event_types": ["incident.opened"]}


async def created(caller: Caller, **changes):
    answer = await caller.post(PATH, json=NEW | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def delivered_to(db, caller: Caller, *, status=deliveries.PENDING):
    """A test event of a new endpoint, fanned out by hand; the delivery's path and its endpoint's."""
    endpoint = await created(caller)
    path = f"{PATH}/{endpoint['id']}"
    event_id = (await caller.post(f"{path}/test")).json()["event_id"]
    now = utc_now()
    async with tenant_connection(db, caller.agency.id) as connection:
        await subscribers.tell_next(connection, caller.agency.id, lambda due: due.provenance, now=now, limit=10)
    async with tenant_session(db, caller.agency.id) as session:
        row = (await session.execute(select(DeliveryRow).where(DeliveryRow.event_id == event_id))).scalar_one()
        told = Attempt(now, 12, 500, response_headers={"server": "x"}, response="no", id=new_id().hex)
        await attempts.record(session, row, told)
        await deliveries.change(session, row, now=now, status=status)
    return f"/v1/webhook-deliveries/{row.id}", path


async def test_a_new_endpoint_shows_its_secret_once(caller: Caller):
    made = await created(caller, description="Sistem Kopi Senja")
    assert made["secret"].startswith("whsec_")
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    read = await caller.get(f"{PATH}/{made['id']}")
    assert read.json() == {name: value for name, value in made.items() if name != "secret"}
    assert read.headers["etag"] == '"1"'
    listed = (await caller.get(PATH)).json()["data"]
    assert listed == [read.json()]


async def test_the_secret_does_not_lie_in_the_database(caller: Caller, db):
    made = await created(caller)
    async with tenant_session(db, caller.agency.id) as session:
        row = (await session.execute(select(EndpointRow))).scalar_one()
    assert made["secret"] not in repr(vars(row))
    assert base64.b64decode(made["secret"].removeprefix("whsec_")) not in row.secret_sealed


async def test_one_endpoint_too_many_is_refused_until_one_is_gone(caller: Caller, monkeypatch):
    monkeypatch.setattr(endpoints, "MOST_OF_A_CLIENT", 2)
    monkeypatch.setattr(endpoints, "MOST_OF_AN_AGENCY", 4)
    ours, other = [
        (await caller.post("/v1/clients", json={"kind": "company", "name": name})).json()["id"] for name in "ab"
    ]
    first, _ = [await created(caller, client_id=ours) for _ in range(2)]
    body = {"url": "https://hooks.example.com/in", "event_types": ["*"]}

    async def refusal(client_id):
        answer = await caller.post(PATH, json=body | {"client_id": client_id})
        assert answer.status_code == 409, answer.text
        return answer.json()["code"], answer.json()["detail"].split(" has ")[0]

    assert await refusal(ours) == ("too_many_endpoints", "A client")
    await created(caller, client_id=other)
    await created(caller)
    assert await refusal(other) == ("too_many_endpoints", "An agency")
    version = (await caller.get(f"{PATH}/{first['id']}")).headers["etag"]
    assert (await caller.delete(f"{PATH}/{first['id']}", headers={"if-match": version})).status_code == 204
    await created(caller, client_id=ours)


async def test_a_rotated_secret_is_another_and_the_endpoint_has_changed(caller: Caller):
    made = await created(caller)
    path = f"{PATH}/{made['id']}"
    rotated = await caller.post(f"{path}/rotate-secret")
    assert rotated.status_code == 200
    assert rotated.json()["secret"].startswith("whsec_")
    assert rotated.json()["secret"] != made["secret"]
    read = await caller.get(path)
    assert read.headers["etag"] == '"2"'
    assert read.json()["secret_rotated_at"] is not None
    assert "secret" not in read.json()


async def test_an_endpoint_of_one_client_is_listed_by_its_client(caller: Caller):
    client_id = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    await created(caller)
    mine = await created(caller, client_id=client_id)
    listed = (await caller.get(f"{PATH}?client_id={client_id}")).json()["data"]
    assert [row["id"] for row in listed] == [mine["id"]]


async def test_a_client_of_another_agency_is_as_unknown_as_any(caller: Caller, stranger: Caller):
    foreign = (await stranger.post("/v1/clients", json={"kind": "company", "name": "Teh Pagi"})).json()["id"]
    for client_id in (foreign, "01890000-0000-7000-8000-000000000000"):
        answer = await caller.post(PATH, json=NEW | {"client_id": client_id})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_client")


async def test_an_endpoint_is_changed_and_removed_by_its_version(caller: Caller):
    path = f"{PATH}/{(await created(caller))['id']}"
    assert (await caller.patch(path, json={"is_enabled": False})).status_code == 428
    off = await caller.patch(path, json={"is_enabled": False}, headers={"If-Match": '"1"'})
    assert (off.status_code, off.json()["disabled_reason"]) == (200, "switched_off")
    stale = await caller.patch(path, json={"is_enabled": True}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    changes = {"is_enabled": True, "url": "HTTPS://Hooks.Example.com", "event_types": ["*", "incident.closed"]}
    on = (await caller.patch(path, json=changes, headers={"If-Match": '"2"'})).json()
    assert (on["is_enabled"], on["disabled_reason"]) == (True, None)
    assert (on["url"], on["event_types"]) == ("https://hooks.example.com/", ["*"])
    assert (await caller.delete(path, headers={"If-Match": '"3"'})).status_code == 204
    assert (await caller.delete(path, headers={"If-Match": '"3"'})).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"event_types": []}, {"event_types": ["incident.imagined"]}, {"url": ""}, {"secret": "whsec_mine"}, {"url": None}],
    ids=str,
)
async def test_a_body_of_another_shape_is_refused(caller: Caller, changes):
    assert (await caller.post(PATH, json=NEW | changes)).status_code == 400


@pytest.fixture
def closed_network(app, monkeypatch):
    """The API as it stands in production: no private network is open."""
    process = app.app.state.siaga
    monkeypatch.setattr(process, "settings", replace(process.settings, allow_private_webhook_targets=()))


@pytest.mark.usefixtures("closed_network")
async def test_no_hostile_address_is_ever_registered(caller: Caller):
    if not HOSTILE.exists():
        pytest.skip(f"{HOSTILE} is not here")
    path = f"{PATH}/{(await created(caller))['id']}"
    for line in HOSTILE.read_text(encoding="utf-8").splitlines():
        url = json.loads(line)["url"]
        body = json.dumps({**NEW, "url": url})
        answer = await caller.post(PATH, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}, f"{url!r}: {answer.status_code}"
        assert answer.json()["errors"][0]["pointer"] == "/url"
        change = await caller.patch(path, json={"url": url}, headers={"If-Match": "*"})
        assert change.status_code == answer.status_code
    assert len((await caller.get(PATH)).json()["data"]) == 1


@pytest.mark.usefixtures("closed_network")
@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://10.0.0.1/", f" {URL}", "https://localhost/"])
async def test_a_refused_address_is_told_with_its_reason(caller: Caller, url):
    answer = await caller.post(PATH, json=NEW | {"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "forbidden_target")
    (problem,) = answer.json()["errors"]
    assert (problem["code"], problem["pointer"]) == ("forbidden_target", "/url")
    assert len(problem["detail"]) > 20


async def test_a_test_is_accepted_and_refused_for_an_endpoint_that_is_off(caller: Caller, db):
    path = f"{PATH}/{(await created(caller))['id']}"
    tested = await caller.post(f"{path}/test")
    assert tested.status_code == 202
    async with tenant_session(db, caller.agency.id) as session:
        event = await events.find(session, tested.json()["event_id"])
    assert event is not None
    assert event.type == EventType.ENDPOINT_TESTED
    await caller.patch(path, json={"is_enabled": False}, headers={"If-Match": "*"})
    refused = await caller.post(f"{path}/test")
    assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_disabled")


async def test_a_delivery_is_listed_by_each_filter_and_read_with_its_attempts(caller: Caller, db):
    path, _ = await delivered_to(db, caller)
    await delivered_to(db, caller, status=deliveries.DELIVERED)
    read = (await caller.get(path)).json()
    (attempt,) = read.pop("attempts")
    assert (attempt["number"], attempt["status_code"], attempt["response"]) == (1, 500, "no")
    assert (await caller.get(path)).headers["etag"]
    last = {name: attempt[name] for name in ("number", "started_at", "status_code", "error", "detail")}
    queries = (
        f"endpoint_id={read['endpoint_id']}",
        f"event_id={read['event_id']}",
        "status=pending,exhausted",
        f"status=pending&event_type=incident.opened,{read['event_type']}",
    )
    for query in queries:
        assert (await caller.get(f"/v1/webhook-deliveries?{query}")).json()["data"] == [read | {"last_attempt": last}]
    assert (await caller.get("/v1/webhook-deliveries?event_type=incident.opened")).json()["data"] == []
    assert len((await caller.get("/v1/webhook-deliveries")).json()["data"]) == 2


@pytest.mark.parametrize("query", ["status=lost", "endpoint_id=x", "event_id=%00", "state=pending"])
async def test_a_filter_that_cannot_be_read_is_refused(caller: Caller, query):
    answer = await caller.get(f"/v1/webhook-deliveries?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("status", deliveries.STATUSES)
async def test_a_delivery_is_sent_again_whatever_became_of_it(caller: Caller, db, status):
    path, _ = await delivered_to(db, caller, status=status)
    again = await caller.post(f"{path}/resend", headers=keyed())
    assert again.status_code == 202
    assert (again.headers["location"], again.json()["status"]) == (path, "pending")
    assert again.json()["next_attempt_at"] is not None


async def test_nothing_is_sent_again_to_an_endpoint_that_is_off(caller: Caller, db):
    path, endpoint = await delivered_to(db, caller, status=deliveries.EXHAUSTED)
    await caller.patch(endpoint, json={"is_enabled": False}, headers={"If-Match": "*"})
    refused = await caller.post(f"{path}/resend", headers=keyed())
    assert (refused.status_code, refused.json()["code"]) == (409, "endpoint_disabled")
    assert (await caller.get(path)).json()["status"] == "exhausted"


async def test_another_agency_finds_no_endpoint_and_no_delivery(caller: Caller, stranger: Caller, db):
    delivery, endpoint = await delivered_to(db, caller)
    anything = {"If-Match": "*"}
    for answer in (
        await stranger.get(endpoint),
        await stranger.patch(endpoint, json={"is_enabled": False}, headers=anything),
        await stranger.delete(endpoint, headers=anything),
        await stranger.post(f"{endpoint}/test"),
        await stranger.post(f"{endpoint}/rotate-secret"),
        await stranger.get(delivery),
        await stranger.post(f"{delivery}/resend", headers=keyed()),
    ):
        assert answer.status_code == 404
    for path in (PATH, "/v1/webhook-deliveries", f"/v1/webhook-deliveries?endpoint_id={endpoint.rpartition('/')[2]}"):
        assert (await stranger.get(path)).json()["data"] == []
    assert (await caller.get(endpoint)).headers["etag"] == '"1"'


async def test_who_may_only_read_webhooks_changes_nothing(caller: Caller, app, db):
    path = f"{PATH}/{(await created(caller))['id']}"
    key = await issue_key(db, caller.agency.id, scopes=("webhooks:read",))
    async with calling(app, key) as reader:
        assert (await reader.get(path)).status_code == 200
        assert (await reader.post(PATH, json=NEW)).json()["scope"] == "webhooks:manage"
        assert (await reader.post(f"{path}/rotate-secret")).status_code == 403


async def test_a_portal_that_was_made_to_look_sees_no_webhooks(caller: Caller, app):
    client_id = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    made = await caller.post("/v1/portal-tokens", json={"client_id": client_id, "name": "portal"})
    async with calling(app, made.json()["secret"]) as portal:
        assert (await portal.get(PATH)).status_code == 403
        assert (await portal.get("/v1/webhook-deliveries")).status_code == 403


async def test_the_listed_event_types_are_those_one_may_subscribe_to(caller: Caller):
    listed = (await caller.get("/v1/event-types")).json()["data"]
    assert {row["type"] for row in listed} == set(PUBLIC_EVENTS) == set(get_args(Subscription)) - {"*"}
    assert all(row["description"].endswith(".") for row in listed)
    webhooks = (await caller.get("/openapi.json")).json()["webhooks"]
    for row in listed:
        content = webhooks[row["type"]]["post"]["requestBody"]["content"]["application/json"]
        assert content["example"] == row["body_example"]
        assert row["body_example"]["type"] == row["body_schema"]["properties"]["type"]["const"] == row["type"]
