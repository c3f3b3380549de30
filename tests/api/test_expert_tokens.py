"""Outside experts: one incident for a while, bound by the database, and nothing besides."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.access import NO_CLIENT, Role
from storage.session import tenant_session
from storage.table import utc_now
from tests.conftest import Caller, calling, issue_key
from tests.holdings import plant_incident

ANY = {"If-Match": "*"}


def soon(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


async def two_incidents(db, caller: Caller) -> tuple[str, str]:
    """Of one client: one still open, and one that is over."""
    client = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    return (
        await plant_incident(db, caller.agency.id, client),
        await plant_incident(db, caller.agency.id, client, status="closed"),
    )


async def invited(caller: Caller, incident_id: str, **more):
    return await caller.post(
        "/v1/expert-tokens", json={"incident_id": incident_id, "name": "Ahli", "expires_at": soon(days=2)} | more
    )


async def test_an_expert_reads_one_incident_and_its_timeline(app, db, caller: Caller):
    own, beside = await two_incidents(db, caller)
    created = await invited(caller, own)
    assert (created.status_code, created.json()["incident_id"]) == (201, own), created.text
    async with calling(app, created.json()["secret"]) as expert:
        assert (await expert.get(f"/v1/incidents/{own}")).json()["id"] == own
        assert [row["id"] for row in (await expert.get("/v1/incidents")).json()["data"]] == [own]
        assert (await expert.get(f"/v1/incidents/{own}/timeline")).status_code == 200
        for path in (f"/v1/incidents/{beside}", f"/v1/incidents/{beside}/timeline", f"/v1/incidents/{uuid4()}"):
            assert (await expert.get(path)).status_code == 404
        refused = await expert.post(f"/v1/incidents/{own}/acknowledge")
        assert (refused.status_code, refused.json()["scope"]) == (403, "incidents:write")
        for path in ("clients", "mentions", "members", "api-keys", "expert-tokens", "agency"):
            assert (await expert.get(f"/v1/{path}")).status_code == 403


async def test_an_expert_is_bound_by_the_database_too(db, caller: Caller):
    own, _ = await two_incidents(db, caller)
    async with db.driver.acquire() as connection, connection.transaction():
        await connection.execute(
            f"set local app.agency_id = '{caller.agency.id}'; set local app.client_id = '{NO_CLIENT}';"
            f"set local app.incident_id = '{own}'"
        )
        seen = [str(row["id"]) for row in await connection.fetch("select id from incidents")]
        tables = ("clients", "mentions", "posts", "keywords", "members", "api_keys", "client_scores", "events")
        hidden = [await connection.fetchval(f"select count(*) from {table}") for table in tables]
    assert (seen, hidden) == ([own], [0] * len(tables))


async def test_a_transaction_is_bound_only_to_a_parsed_id(db, caller: Caller):
    with pytest.raises(RuntimeError, match="parsed UUID"):
        async with tenant_session(db, caller.agency.id, NO_CLIENT, incident_id="x' or true --") as session:  # type: ignore[arg-type]
            await session.connection()


async def test_an_experts_access_ends_by_time_and_by_revocation(app, db, caller: Caller, monkeypatch):
    own, _ = await two_incidents(db, caller)
    brief, long = await invited(caller, own, expires_at=soon(minutes=5)), await invited(caller, own)
    process = app.app.state.siaga
    async with calling(app, brief.json()["secret"]) as first, calling(app, long.json()["secret"]) as second:
        for expert in (first, second):
            assert (await expert.get(f"/v1/incidents/{own}")).status_code == 200
        assert (await caller.post(f"{long.headers['location']}/revoke")).status_code == 200
        assert (await second.get(f"/v1/incidents/{own}")).status_code == 401
        monkeypatch.setattr(process, "clock", lambda: utc_now() + timedelta(minutes=6))
        assert (await first.get(f"/v1/incidents/{own}")).status_code == 401


@pytest.mark.parametrize(
    ("ahead", "code"), [({"days": -1}, "not_in_the_future"), ({"days": 31}, "too_far_ahead")], ids=["past", "too long"]
)
async def test_an_experts_token_ends_within_thirty_days(db, caller: Caller, ahead: dict, code: str):
    own, _ = await two_incidents(db, caller)
    refused = await invited(caller, own, expires_at=soon(**ahead))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    assert (await invited(caller, own, expires_at=None)).status_code == 400


async def test_an_unknown_incident_and_another_agencys_are_refused_in_the_same_words(
    db, caller: Caller, stranger: Caller
):
    own, _ = await two_incidents(db, caller)
    foreign, unknown = await invited(stranger, own), await invited(stranger, str(uuid4()))
    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (422, "/incident_id")
    assert foreign.json()["errors"] == unknown.json()["errors"]


async def test_who_may_not_read_incidents_lets_nobody_else(app, db, caller: Caller):
    own, _ = await two_incidents(db, caller)
    narrow = await issue_key(db, caller.agency.id, role=Role.ADMIN, scopes=("api_keys:manage", "clients:read"))
    async with calling(app, narrow) as http:
        body = {"incident_id": own, "name": "Ahli", "expires_at": soon(days=1)}
        assert (await http.post("/v1/expert-tokens", json=body)).status_code == 403


async def test_an_experts_token_is_found_in_its_own_place_only(caller: Caller, stranger: Caller, db):
    own, _ = await two_incidents(db, caller)
    token = (await invited(caller, own)).json()
    assert "secret" not in (await caller.get(f"/v1/expert-tokens/{token['id']}")).json()
    assert [row["id"] for row in (await caller.get("/v1/expert-tokens")).json()["data"]] == [token["id"]]
    for place in ("api-keys", "portal-tokens"):
        assert (await caller.get(f"/v1/{place}/{token['id']}")).status_code == 404
        assert token["id"] not in (await caller.get(f"/v1/{place}")).text
    assert (await stranger.get(f"/v1/expert-tokens/{token['id']}")).status_code == 404
