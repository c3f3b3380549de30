"""API keys: shown once, never wider than who made them, and over when they are revoked."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from core.access import SCOPES, Role, scopes_of
from storage.table import utc_now
from tests.conftest import Caller, calling, issue_key

NEW = {"name": "pengirim", "scopes": ["mentions:write", "clients:read"]}
ANY = {"If-Match": "*"}


async def made(caller: Caller, **more) -> tuple[str, str]:
    """Path and secret of a new key."""
    created = await caller.post("/v1/api-keys", json=NEW | more)
    assert created.status_code == 201, created.text
    return created.headers["location"], created.json()["secret"]


async def test_a_key_is_shown_once_and_does_what_its_scopes_say(app, caller: Caller):
    created = await caller.post("/v1/api-keys", json=NEW)
    body = created.json()
    assert (body["role"], body["scopes"], body["public_id"]) == ("admin", sorted(NEW["scopes"]), body["secret"][8:16])
    async with calling(app, body["secret"]) as http:
        assert (await http.get("/v1/clients")).status_code == 200
        refused = await http.post("/v1/clients", json={"kind": "company", "name": "Kopi"})
        assert (refused.status_code, refused.json()["scope"]) == (403, "clients:manage")
    path = created.headers["location"]
    for answer in (await caller.get(path), await caller.get("/v1/api-keys"), await caller.post(f"{path}/revoke")):
        assert answer.status_code == 200
        assert body["secret"] not in answer.text
        assert "secret" not in answer.text
    assert (await caller.get(path)).json()["last_used_at"] is not None


async def test_a_secret_with_a_typing_error_is_refused(app, caller: Caller):
    _, secret = await made(caller)
    wrong = secret[:20] + ("A" if secret[20] != "A" else "B") + secret[21:]
    for text in (wrong, secret + "A", secret[:-1], secret.lower(), "sk_live_", secret.replace("live", "test")):
        async with calling(app, text) as http:
            answer = await http.get("/v1/clients")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="siaga"')


async def test_a_revoked_key_is_refused_at_once_and_stays_revoked(app, caller: Caller):
    path, secret = await made(caller)
    async with calling(app, secret) as http:
        assert (await http.get("/v1/clients")).status_code == 200
        first = await caller.post(f"{path}/revoke")
        assert (first.status_code, first.json()["revoked_at"] is None) == (200, False)
        assert (await http.get("/v1/clients")).status_code == 401
    again = await caller.post(f"{path}/revoke")
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])
    assert (await caller.get(path)).json() == first.json()


async def test_another_process_refuses_a_revoked_key_within_twenty_seconds(app, caller: Caller, monkeypatch):
    path, secret = await made(caller)
    process = app.app.state.siaga
    async with calling(app, secret) as http:
        assert (await http.get("/v1/clients")).status_code == 200
        monkeypatch.setattr(type(process), "forget_key", lambda *_: None)
        await caller.post(f"{path}/revoke")
        assert (await http.get("/v1/clients")).status_code == 200
        monkeypatch.setattr(process, "clock", lambda: utc_now() + timedelta(seconds=20))
        assert (await http.get("/v1/clients")).status_code == 401


async def test_a_removed_key_is_refused_at_once_and_gone(app, caller: Caller):
    path, secret = await made(caller)
    async with calling(app, secret) as http:
        assert (await http.get("/v1/clients")).status_code == 200
        assert (await caller.delete(path)).status_code == 428
        assert (await caller.delete(path, headers=ANY)).status_code == 204
        assert (await http.get("/v1/clients")).status_code == 401
    assert (await caller.delete(path, headers=ANY)).status_code == 404
    assert (await caller.post(f"{path}/revoke")).status_code == 404


async def test_a_key_ends_when_it_was_said_to(app, caller: Caller, monkeypatch):
    _, secret = await made(caller, expires_at=(datetime.now(UTC) + timedelta(minutes=5)).isoformat())
    process = app.app.state.siaga
    async with calling(app, secret) as http:
        assert (await http.get("/v1/clients")).status_code == 200
        monkeypatch.setattr(process, "clock", lambda: utc_now() + timedelta(minutes=6))
        assert (await http.get("/v1/clients")).status_code == 401


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2020-01-01T00:00:00Z", 422),
        ("0001-01-01T00:00:00+12:00", 422),
        ("9999-12-31T23:59:59-12:00", 422),
        ("9999-12-31T23:59:59+07:00", 201),
        ("2099-01-01T00:00:00", 400),
        ("besok", 400),
        (4102444800, 400),
    ],
)
async def test_the_end_of_a_key_lies_ahead_and_names_its_zone(caller: Caller, moment: object, status: int):
    answer = await caller.post("/v1/api-keys", json=NEW | {"expires_at": moment})
    assert answer.status_code == status, answer.text
    where = answer.json()["expires_at"] if status == 201 else answer.json()["errors"][0]["pointer"]
    assert where == ("9999-12-31T16:59:59Z" if status == 201 else "/expires_at")


async def test_a_role_is_not_given_above_the_own(app, db, caller: Caller):
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.ADMIN)) as admin:
        assert (await admin.post("/v1/api-keys", json=NEW | {"role": "owner"})).status_code == 403
        assert (await admin.post("/v1/api-keys", json=NEW)).status_code == 201
    assert (await caller.post("/v1/api-keys", json=NEW | {"role": "owner"})).status_code == 201


async def test_a_scope_is_not_given_that_the_own_credential_lacks(app, db, agency):
    narrow = await issue_key(db, agency.id, scopes=("api_keys:manage", "clients:write"))
    async with calling(app, narrow) as http:
        refused = await http.post("/v1/api-keys", json=NEW)
        assert (refused.status_code, refused.json()["scope"]) == (403, "mentions:write")
        refused = await http.post("/v1/api-keys", json=NEW | {"scopes": ["clients:manage"]})
        assert (refused.status_code, refused.json()["scope"]) == (403, "clients:manage")
        assert (await http.post("/v1/api-keys", json=NEW | {"scopes": ["clients:read"]})).status_code == 201


async def test_a_scope_outside_the_role_is_refused_at_its_place(caller: Caller):
    answer = await caller.post(
        "/v1/api-keys", json=NEW | {"role": "analyst", "scopes": ["clients:read", "members:read"]}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/scopes/1")


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["*"]},
        {"scopes": ["clients:read", "clients:delete"]},
        {"scopes": "clients:read"},
        {"role": "portal_viewer"},
        {"name": " "},
        {"client_id": "kopi"},
        {"incident_id": "01890000-0000-7000-8000-000000000000"},
        {"allowed_networks": ["0.0.0.0/0"] * 51},
    ],
)
async def test_what_is_no_key_is_refused(caller: Caller, body: dict):
    assert (await caller.post("/v1/api-keys", json=NEW | body)).status_code == 400


@pytest.mark.parametrize("role", [Role.RESPONDER, Role.ANALYST, Role.READ_ONLY])
async def test_lower_roles_do_not_see_keys(app, db, agency, role: Role):
    async with calling(app, await issue_key(db, agency.id, role=role, scopes=tuple(scopes_of(role)))) as http:
        assert (await http.get("/v1/api-keys")).status_code == 403
        assert (await http.post("/v1/api-keys", json=NEW)).status_code == 403


async def test_a_key_is_renamed_and_nothing_else_of_it_changes(caller: Caller):
    path, _ = await made(caller)
    assert (await caller.patch(path, json={"name": "lain"})).status_code == 428
    changed = await caller.patch(path, json={"name": "lain"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "lain", '"2"')
    assert (await caller.patch(path, json={"name": "usang"}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await caller.patch(path, json={"scopes": list(SCOPES)}, headers=ANY)).status_code == 400


async def test_another_agency_finds_no_key(caller: Caller, stranger: Caller):
    path, _ = await made(caller)
    assert (await stranger.get(path)).status_code == 404
    assert (await stranger.patch(path, json={"name": "x"}, headers=ANY)).status_code == 404
    assert (await stranger.post(f"{path}/revoke")).status_code == 404
    assert (await stranger.delete(path, headers=ANY)).status_code == 404
    assert (await caller.get(path)).json()["revoked_at"] is None
    assert path.rsplit("/", 1)[1] not in (await stranger.get("/v1/api-keys")).text


async def test_keys_are_listed_page_by_page(caller: Caller):
    made_paths = [(await made(caller))[0] for _ in range(3)]
    first = (await caller.get("/v1/api-keys?limit=2")).json()
    rest = (await caller.get(f"/v1/api-keys?limit=200&cursor={first['next_cursor']}")).json()
    seen = [f"/v1/api-keys/{row['id']}" for row in first["data"] + rest["data"]]
    assert seen[:3] == made_paths[::-1]
    assert len(seen) == len(set(seen)) == 4


# Where a key may be used from


async def asked_from(app, peer: str, secret: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(peer, 1))
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers) as http:
        return await http.get("/v1/clients")


async def test_a_key_is_taken_from_its_networks_only_also_when_it_was_just_taken(app, caller: Caller):
    path, secret = await made(caller, allowed_networks=["203.0.113.0/24", "2001:db8::/32", "203.0.113.0/24"])
    assert (await caller.get(path)).json()["allowed_networks"] == ["203.0.113.0/24", "2001:db8::/32"]
    for peer in ("203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1"):
        assert (await asked_from(app, peer, secret)).status_code == 200
    for peer in ("203.0.114.1", "2001:db9::1", "::ffff:203.0.114.1", "", "unix:"):
        refused = await asked_from(app, peer, secret)
        assert (refused.status_code, refused.json()["code"]) == (403, "network_not_allowed")


async def test_the_networks_of_a_key_change(app, caller: Caller):
    path, secret = await made(caller)
    assert (await asked_from(app, "198.51.100.7", secret)).status_code == 200
    for networks, status in ((["203.0.113.0/24"], 403), ([], 200)):
        changed = await caller.patch(path, json={"allowed_networks": networks}, headers=ANY)
        assert changed.json()["allowed_networks"] == networks
        assert (await asked_from(app, "198.51.100.7", secret)).status_code == status


@pytest.mark.parametrize("network", ["203.0.113.1/24", "203.0.113.0/33", "1.2.3", "2001:db8::/129", "::1/-1", "all"])
async def test_what_is_no_network_is_refused_at_its_place(caller: Caller, network: str):
    answer = await caller.post("/v1/api-keys", json=NEW | {"allowed_networks": ["10.0.0.0/8", network]})
    assert answer.status_code in {400, 422}
    assert answer.json()["errors"][0]["pointer"] == "/allowed_networks/1"


# Bound to one client


async def test_a_key_bound_to_a_client_reads_that_client_by_the_databases_own_rule(app, db, caller: Caller):
    own, other = [
        (await caller.post("/v1/clients", json={"kind": "company", "name": name})).json()["id"] for name in ("A", "B")
    ]
    scopes = ["clients:read", "mentions:read"]
    created = await caller.post("/v1/api-keys", json={"name": "kantor klien", "scopes": scopes, "client_id": own})
    assert (created.status_code, created.json()["client_id"]) == (201, own), created.text
    async with calling(app, created.json()["secret"]) as http:
        assert [row["id"] for row in (await http.get("/v1/clients")).json()["data"]] == [own]
        assert (await http.get(f"/v1/clients/{other}")).status_code == 404
        assert (await http.get("/v1/incidents")).status_code == 403
    assert created.json()["id"] in (await caller.get("/v1/api-keys")).text
    assert created.json()["id"] not in (await caller.get("/v1/portal-tokens")).text


@pytest.mark.parametrize("scope", ["clients:write", "mentions:write", "api_keys:manage", "agency:read"])
async def test_a_key_bound_to_a_client_gets_no_scope_beyond_it(caller: Caller, scope: str):
    own = (await caller.post("/v1/clients", json={"kind": "company", "name": "A"})).json()["id"]
    body = {"name": "k", "scopes": ["clients:read", scope], "client_id": own}
    refused = (await caller.post("/v1/api-keys", json=body)).json()
    assert [(each["code"], each["pointer"]) for each in refused["errors"]] == [("scope_not_of_client", "/scopes/1")]


# Rotation


async def is_taken(app, secret: str) -> bool:
    async with calling(app, secret) as http:
        return (await http.get("/v1/clients")).status_code == 200


async def test_after_a_rotation_both_secrets_are_good_until_the_old_ones_end(app, caller: Caller, monkeypatch):
    path, old = await made(caller)
    assert await is_taken(app, old)
    rotated = await caller.post(f"{path}/rotate", json={})
    new = rotated.json()["secret"]
    assert (rotated.status_code, new[8:16], new == old) == (200, old[8:16], False)
    assert "secret" not in (await caller.get(path)).json()
    ends = datetime.fromisoformat(rotated.json()["previous_until"])
    assert timedelta(hours=23) < ends - datetime.now(UTC) <= timedelta(hours=24)
    assert [await is_taken(app, secret) for secret in (old, new)] == [True, True]
    # Sooner than the twenty seconds for which a key just taken is believed.
    monkeypatch.setattr(app.app.state.siaga, "clock", lambda: ends)
    assert [await is_taken(app, secret) for secret in (old, new)] == [False, True]


async def test_a_rotation_without_overlap_ends_the_old_secret_at_once(app, caller: Caller):
    path, old = await made(caller)
    assert await is_taken(app, old)
    new = (await caller.post(f"{path}/rotate", json={"overlap_hours": 0})).json()["secret"]
    assert [await is_taken(app, secret) for secret in (old, new)] == [False, True]


async def test_a_second_rotation_ends_the_oldest_secret_and_revoking_ends_all(app, caller: Caller):
    path, first = await made(caller)
    second, third = [(await caller.post(f"{path}/rotate", json={})).json()["secret"] for _ in range(2)]
    assert [await is_taken(app, secret) for secret in (first, second, third)] == [False, True, True]
    await caller.post(f"{path}/revoke")
    assert [await is_taken(app, secret) for secret in (second, third)] == [False, False]
    again = await caller.post(f"{path}/rotate", json={})
    assert (again.status_code, again.json()["code"]) == (409, "key_is_over")


async def test_nobody_rotates_a_key_that_could_do_more(app, db, caller: Caller):
    path, secret = await made(caller, role="owner", scopes=["agency:manage"])
    admin = await issue_key(db, caller.agency.id, role=Role.ADMIN)
    narrow = await issue_key(db, caller.agency.id, role=Role.OWNER, scopes=("api_keys:manage",))
    for credential in (admin, narrow):
        async with calling(app, credential) as http:
            refused = await http.post(f"{path}/rotate", json={})
            assert (refused.status_code, "secret" in refused.json()) == (403, False)
    async with calling(app, secret) as http:
        assert (await http.get("/v1/agency")).status_code == 200


async def test_another_agency_rotates_nothing(caller: Caller, stranger: Caller):
    path, _ = await made(caller)
    assert (await stranger.post(f"{path}/rotate", json={})).status_code == 404


# Last use


async def test_the_last_use_is_written_once_a_minute_however_many_ask(app, db, caller: Caller, monkeypatch):
    path, secret = await made(caller)
    process = app.app.state.siaga
    begin, seen = utc_now(), []
    for seconds in (0, 25, 50, 75):
        monkeypatch.setattr(process, "clock", lambda at=begin + timedelta(seconds=seconds): at)
        assert await is_taken(app, secret)
        seen.append(datetime.fromisoformat((await caller.get(path)).json()["last_used_at"]))
    assert seen == [begin, begin, begin, begin + timedelta(seconds=75)]
