"""A client's portal keeps its client's own webhook endpoints, and reaches no other's and none of the agency's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select

from storage import audit
from storage.outbox import OutboxRow
from storage.session import tenant_connection, tenant_session
from tests.api.test_idempotency import keyed
from tests.api.test_webhooks import NEW, PATH, created
from tests.conftest import Caller, calling

SCOPES = ["clients:read", "operations:write", "webhooks:manage"]
ANY = {"If-Match": "*"}


@dataclass(frozen=True, slots=True)
class Two:
    """A portal of the first client, and the ids of both."""

    portal: Caller
    own: str
    other: str


@pytest.fixture
async def two(caller: Caller, app) -> AsyncIterator[Two]:
    own, other = [
        (await caller.post("/v1/clients", json={"kind": "company", "name": name})).json()["id"]
        for name in ("Kopi Senja", "Teh Pagi")
    ]
    asked = {"client_id": own, "name": "portal", "scopes": SCOPES}
    made = await caller.post("/v1/portal-tokens", json=asked)
    assert made.json()["scopes"] == SCOPES
    async with calling(app, made.json()["secret"]) as http:
        yield Two(Caller(http, caller.agency), own, other)


async def test_a_portal_registers_changes_tests_rotates_and_removes_its_own(two: Two, caller: Caller, db):
    made = await created(two.portal, headers={"x-key": "geheim-1234"})
    assert made["client_id"] == two.own
    path = f"{PATH}/{made['id']}"
    assert (await two.portal.patch(path, json={"ordered": True}, headers=ANY)).json()["ordered"] is True
    assert (await two.portal.post(f"{path}/rotate-secret")).status_code == 200
    tested = await two.portal.post(f"{path}/test", headers=keyed())
    assert tested.status_code == 202
    async with tenant_session(db, caller.agency.id) as session:
        wanted = OutboxRow.subject_id == UUID(tested.json()["event_id"])
        assert (await session.execute(select(OutboxRow).where(wanted))).scalar_one().type == "webhook_endpoint.tested"
    read = await two.portal.get(path)
    assert "geheim" not in read.text
    assert (await two.portal.delete(path, headers=ANY)).status_code == 204
    acts = [each["action"] for each in (await caller.get("/v1/audit-entries")).json()["data"]]
    assert {"create_webhook_endpoint", "test_webhook_endpoint", "delete_webhook_endpoint"} <= set(acts)
    async with tenant_connection(db, caller.agency.id) as connection:
        assert await audit.broken(connection, caller.agency.id) is None


async def test_a_portals_repeat_under_a_key_is_answered_as_before(two: Two):
    key = keyed()
    first = await two.portal.post(PATH, json=NEW, headers=key)
    again = await two.portal.post(PATH, json=NEW, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await two.portal.get(PATH)).json()["data"]) == 1
    refused = await two.portal.post(PATH, json=NEW | {"headers": {"host": "x"}}, headers=keyed())
    assert refused.status_code == 422


async def test_a_portal_finds_none_of_anothers_and_none_of_the_agency(two: Two, caller: Caller):
    for foreign in (await created(caller, client_id=two.other), await created(caller)):
        path = f"{PATH}/{foreign['id']}"
        for answer in (
            await two.portal.get(path),
            await two.portal.patch(path, json={"is_enabled": False}, headers=ANY),
            await two.portal.delete(path, headers=ANY),
            await two.portal.post(f"{path}/test"),
            await two.portal.post(f"{path}/rotate-secret"),
        ):
            assert answer.status_code == 404
        assert (await two.portal.get(f"/v1/webhook-deliveries?endpoint_id={foreign['id']}")).json()["data"] == []
    assert (await two.portal.get(PATH)).json()["data"] == []
    own = await created(caller, client_id=two.own)
    assert [each["id"] for each in (await two.portal.get(PATH)).json()["data"]] == [own["id"]]


async def test_a_portal_registers_nothing_for_another_client(two: Two, stranger: Caller):
    foreign = (await stranger.post("/v1/clients", json={"kind": "company", "name": "Jauh"})).json()["id"]
    for client_id in (two.other, foreign):
        refused = await two.portal.post(PATH, json=NEW | {"client_id": client_id})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_client")


async def test_the_database_itself_keeps_a_portal_from_the_agencys_endpoints(two: Two, caller: Caller, db):
    wide = await created(caller)
    columns = "agency_id, id, url, event_types, secret_sealed, is_enabled, created_at, updated_at"
    insert = f"insert into webhook_endpoints ({columns}) values ($1, gen_random_uuid(), 'x', '{{*}}', '', true, now(), now())"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tenant_connection(db, caller.agency.id, UUID(two.own)) as connection:
            await connection.execute(insert, caller.agency.id)
    async with tenant_connection(db, caller.agency.id, UUID(two.own)) as connection:
        changed = await connection.execute("update webhook_endpoints set url = 'y' where id = $1", UUID(wide["id"]))
        assert changed == "UPDATE 0"
        for table in ("outbox", "audit_entries", "remembered_answers", "event_counters"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0


async def test_nobody_makes_a_portal_that_may_more_than_oneself(caller: Caller, two: Two, app):
    asked = {"name": "kunci", "role": "admin", "scopes": ["api_keys:manage", "clients:read", "webhooks:read"]}
    key = (await caller.post("/v1/api-keys", json=asked)).json()["secret"]
    async with calling(app, key) as narrow:
        for scopes, status in ((["clients:read", "webhooks:read"], 201), (["webhooks:manage"], 403)):
            answer = await narrow.post("/v1/portal-tokens", json={"client_id": two.own, "name": "p", "scopes": scopes})
            assert answer.status_code == status
    unknown = {"client_id": two.own, "name": "p", "scopes": ["members:manage"]}
    assert (await caller.post("/v1/portal-tokens", json=unknown)).status_code == 400


async def test_a_portal_follows_and_cancels_what_it_began_and_sees_nothing_that_others_did(two: Two, caller: Caller):
    own = (await created(two.portal))["id"]
    agencys = (await created(caller))["id"]
    since = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    begun = {
        whose: (await by.post(f"{PATH}/{endpoint}/recover", json={"since": since}, headers=keyed())).json()["id"]
        for whose, by, endpoint in (("portal", two.portal, own), ("agency", caller, agencys))
    }
    followed = await two.portal.get(f"/v1/operations/{begun['portal']}")
    assert (followed.status_code, followed.json()["kind"]) == (200, "webhook.recovery")
    assert [each["id"] for each in (await two.portal.get("/v1/operations")).json()["data"]] == [begun["portal"]]
    cancelled = await two.portal.post(f"/v1/operations/{begun['portal']}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await two.portal.get(f"/v1/operations/{begun['agency']}")).status_code == 404
    assert (await two.portal.post(f"/v1/operations/{begun['agency']}/cancel")).status_code == 404
    assert len((await caller.get("/v1/operations")).json()["data"]) == 2
