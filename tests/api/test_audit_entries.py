"""The audit log over HTTP: what is done is told, by whom, and to whom it is shown."""

import asyncio
import csv
import io
import json
from uuid import UUID, uuid4

import pytest

from api.app import create_app
from api.edge import acts
from api.edge.gate import Gate
from core.access import Role
from core.settings import Settings
from storage import audit
from storage.engine import Database
from storage.session import tenant_connection
from tests.conftest import PASSWORD, Agency, Caller, calling, issue_key

# As they declare themselves with `unaudited`, and why the reason holds.
UNAUDITED = {"create_mentions", "preview_keyword", "analyse_texts", "preview_lexicon"}


async def told(caller: Caller, **filters: str) -> list[dict[str, object]]:
    answer = await caller.get("/v1/audit-entries", params={"limit": 200, **filters})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def is_whole(db: Database, agency: Agency) -> bool:
    async with tenant_connection(db, agency.id) as connection:
        return await audit.broken(connection, agency.id) is None


async def afterwards(app: Gate) -> None:
    """What the API left to do after its answers is done."""
    await asyncio.gather(*app.app.state.siaga.after)


async def test_a_change_is_told_with_who_did_it_and_what_it_was_before(caller: Caller, db: Database):
    created = await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})
    path = created.headers["location"]
    await caller.patch(
        path, json={"name": "Kopi Pagi", "risk_tier": "high"}, headers={"If-Match": "*", "X-Request-Id": "request-77"}
    )
    await caller.delete(path, headers={"If-Match": "*"})
    gone, changed, made = await told(caller, target=created.json()["id"])
    (key,) = (await caller.get("/v1/api-keys")).json()["data"]
    assert (made["action"], changed["action"], gone["action"]) == ("create_client", "change_client", "delete_client")
    assert (made["before"], made["after"]["name"], made["after"]["kind"]) == (None, "Kopi Senja", "company")
    assert changed["before"] == {"name": "Kopi Senja", "risk_tier": "standard"}
    assert changed["after"] == {"name": "Kopi Pagi", "risk_tier": "high"}
    assert (gone["before"]["name"], gone["after"]) == ("Kopi Pagi", None)
    assert (changed["actor_kind"], changed["actor_id"], changed["credential_id"]) == ("api_key", key["id"], key["id"])
    assert (changed["target_kind"], changed["request_id"], changed["address"]) == ("clients", "request-77", "127.0.0.1")
    assert changed["previous_hash"] == made["hash"]
    assert await is_whole(db, caller.agency)


async def test_what_is_refused_or_changes_nothing_is_not_told(caller: Caller):
    created = await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})
    keyword = await caller.post(
        "/v1/keywords", json={"client_id": created.json()["id"], "name": "merek", "query": "kopi"}
    )
    activate = f"/v1/keywords/{keyword.json()['id']}/activate"
    await caller.post(activate)
    before = len(await told(caller))
    refused = await caller.patch(created.headers["location"], json={"name": "x"}, headers={"If-Match": '"7"'})
    assert refused.status_code == 412
    assert (await caller.post(activate)).status_code == 200
    assert len(await told(caller)) == before


async def test_no_secret_stands_in_the_log_and_no_name_in_its_table(caller: Caller, db: Database):
    person = {"email": "rahasia@uji.test", "name": "Rina Rahasia", "role": "analyst", "password": PASSWORD}
    member = (await caller.post("/v1/members", json=person)).json()
    key = (
        await caller.post("/v1/api-keys", json={"name": "skrip", "role": "analyst", "scopes": ["clients:read"]})
    ).json()
    entries = await told(caller)
    made = next(each for each in entries if each["target_id"] == member["id"])
    assert (made["after"]["email"], made["after"]["password_hash"]) == (person["email"], "[removed]")
    assert key["secret"] not in json.dumps(entries)
    async with tenant_connection(db, caller.agency.id) as connection:
        stored = str([tuple(row) for row in await connection.fetch("select * from audit_entries")])
    assert all(text not in stored for text in ("rahasia", "Rahasia", "argon2", "127.0.0.1", key["secret"]))
    assert member["id"] in stored


async def test_what_a_destroyed_key_sealed_reads_as_erased_and_the_chain_stays_whole(caller: Caller, db: Database):
    person = {"email": f"{uuid4().hex}@uji.test", "name": "Rina", "role": "analyst", "password": PASSWORD}
    member = (await caller.post("/v1/members", json=person)).json()
    async with tenant_connection(db, caller.agency.id) as connection:
        await connection.execute("delete from audit_keys where id = $1", UUID(member["id"]))
    (made,) = await told(caller, target=member["id"])
    assert (made["after"]["email"], made["after"]["name"], made["after"]["role"]) == ("[erased]", "[erased]", "analyst")
    assert await is_whole(db, caller.agency)


async def test_log_ins_are_told_whether_they_succeed_or_fail(app: Gate, nobody, caller: Caller):
    agency = caller.agency
    good = {"email": agency.email, "password": PASSWORD}
    assert (await nobody.post("/v1/auth/token", json=good | {"password": "salah sekali"})).status_code == 401
    signed_in = (await nobody.post("/v1/auth/token", json=good)).json()
    renewed = (await nobody.post("/v1/auth/refresh", json={"refresh_token": signed_in["refresh_token"]})).json()
    assert (await nobody.post("/v1/auth/logout", json={"refresh_token": renewed["refresh_token"]})).status_code == 204
    await afterwards(app)
    entries = {(each["action"], each["outcome"]): each for each in await told(caller, target=str(agency.owner_id))}
    failed, begun = entries["sign_in", "refused"], entries["sign_in", "done"]
    assert (failed["actor_kind"], failed["actor_id"], failed["address"]) == ("nobody", None, "127.0.0.1")
    assert (begun["actor_kind"], begun["actor_id"]) == ("member", str(agency.owner_id))
    sign_in = begun["after"]["sign_in_id"]
    assert begun["credential_id"] == sign_in
    assert entries["renew_sign_in", "done"]["after"] == {"sign_in_id": sign_in, "status": "renewed"}
    assert entries["sign_out", "done"]["after"] == {"sign_in_id": sign_in, "status": "ended"}
    assert [each["outcome"] for each in await told(caller, outcome="refused")] == ["refused"]


async def test_a_log_in_to_an_unknown_address_is_nobodys_to_tell(app: Gate, nobody, caller: Caller):
    before = len(await told(caller))
    answer = await nobody.post("/v1/auth/token", json={"email": "tidak@ada.test", "password": PASSWORD})
    await afterwards(app)
    assert answer.status_code == 401
    assert len(await told(caller)) == before


async def test_entries_are_filtered_and_paged(caller: Caller):
    for number in range(5):
        await caller.post("/v1/clients", json={"kind": "company", "name": f"Klien {number}"})
    made = await told(caller, action="create_client")
    assert [each["after"]["name"] for each in made] == [f"Klien {number}" for number in range(4, -1, -1)]
    middle = made[2]["at"]
    assert await told(caller, **{"action": "create_client", "at[gte]": middle}) == made[:3]
    assert await told(caller, **{"action": "create_client", "at[lt]": middle}) == made[3:]
    assert await told(caller, actor=str(uuid4())) == []
    assert await told(caller, actor=made[0]["actor_id"], action="create_client") == made
    walked, cursor = [], None
    while True:
        asked = {"limit": 2, "action": "create_client"} | ({"cursor": cursor} if cursor else {})
        page = (await caller.get("/v1/audit-entries", params=asked)).json()
        walked += page["data"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert walked == made


@pytest.mark.parametrize(
    "query", ["actor=x", "outcome=maybe", "at[gte]=2026-01-01T00:00:00", "at[lt]=yesterday", "limit=0"]
)
async def test_a_filter_that_cannot_be_read_is_refused(caller: Caller, query: str):
    for path in ("/v1/audit-entries", "/v1/audit-entries/export"):
        if not (path.endswith("export") and "limit" in query):
            answer = await caller.get(f"{path}?{query}")
            assert (answer.status_code, answer.json()["code"]) == (400, "unreadable"), answer.text


async def test_the_log_is_exported_whole_as_lines_and_as_a_table(caller: Caller):
    await caller.post("/v1/clients", json={"kind": "company", "name": "=2+5"})
    shown = await told(caller)
    lines = await caller.get("/v1/audit-entries/export", headers={"Accept": "application/x-ndjson"})
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in lines.text.splitlines()] == shown
    table = await caller.get("/v1/audit-entries/export?format=csv&action=create_client", headers={"Accept": "text/csv"})
    (row,) = csv.DictReader(io.StringIO(table.text, newline=""))
    assert table.headers["content-type"].startswith("text/csv")
    assert json.loads(row["after"])["name"] == "=2+5"
    assert (row["hash"], row["before"]) == (shown[0]["hash"], "")


async def test_another_agency_and_lower_roles_read_nothing_of_it(
    app: Gate, caller: Caller, stranger: Caller, db: Database
):
    client = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()
    assert await told(stranger, target=client["id"]) == []
    assert client["id"] not in (await stranger.get("/v1/audit-entries/export")).text
    for role in (Role.RESPONDER, Role.ANALYST, Role.READ_ONLY):
        async with calling(app, await issue_key(db, caller.agency.id, role=role)) as http:
            for path in ("/v1/audit-entries", "/v1/audit-entries/export"):
                answer = await http.get(path)
                assert (answer.status_code, answer.json()["scope"]) == (403, "audit:read")


async def test_many_writers_of_one_agency_leave_one_whole_chain(caller: Caller, db: Database):
    bodies = [{"kind": "company", "name": f"Klien {number}"} for number in range(12)]
    answers = await asyncio.gather(*(caller.post("/v1/clients", json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await told(caller, action="create_client")) == len(bodies)
    assert await is_whole(db, caller.agency)


async def test_a_change_that_is_undone_leaves_no_entry(db: Database, agency: Agency, app: Gate, caller: Caller):
    before = await told(caller)
    taken = {"email": agency.email, "name": "Lain", "role": "analyst", "password": PASSWORD}
    assert (await caller.post("/v1/members", json=taken)).json()["code"] == "email_taken"
    assert await told(caller) == before


def test_the_house_does_not_open_with_an_operation_that_nobody_tells_of(settings: Settings):
    app = create_app(settings).app
    handler = next(
        h
        for r in app.routes
        for h, _ in getattr(r, "route_handler_map", {}).values()
        if h.handler_name == "create_mentions"
    )
    reason = handler.opt.pop("unaudited")
    try:
        with pytest.raises(RuntimeError, match="create_mentions writes, and nothing tells of it"):
            acts.check_declarations(app)
    finally:
        handler.opt["unaudited"] = reason
    declared = {
        h.handler_name
        for r in app.routes
        for h, _ in getattr(r, "route_handler_map", {}).values()
        if h.opt.get("unaudited")
    }
    assert declared == UNAUDITED
