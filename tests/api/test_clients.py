"""Clients: registered, read, changed and removed, by their own agency only."""

from tests.conftest import Caller

NEW = {"kind": "company", "name": "Kopi Senja", "sector": "minuman"}


async def test_a_registered_client_is_read_back_with_its_defaults(caller: Caller):
    created = await caller.post("/v1/clients", json=NEW)
    assert created.status_code == 201, created.text
    assert created.headers["location"] == f"/v1/clients/{created.json()['id']}"
    read = await caller.get(created.headers["location"])
    assert read.json() == created.json()
    assert read.json()["time_zone"] == "Asia/Jakarta"
    assert read.headers["etag"] == '"1"'


async def test_an_unknown_field_is_told_by_name(caller: Caller):
    answer = await caller.post("/v1/clients", json=NEW | {"sektor": "kopi"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "sektor" in answer.json()["errors"][0]["detail"]


async def test_a_change_needs_the_version_it_was_made_from(caller: Caller):
    path = (await caller.post("/v1/clients", json=NEW)).headers["location"]
    assert (await caller.patch(path, json={"name": "Kopi Fajar"})).status_code == 428
    changed = await caller.patch(path, json={"name": "Kopi Fajar"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "Kopi Fajar", '"2"')
    stale = await caller.patch(path, json={"name": "Kopi Lain"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_another_agency_finds_nothing_and_learns_nothing(caller: Caller, stranger: Caller):
    path = (await caller.post("/v1/clients", json=NEW)).headers["location"]
    foreign = await stranger.get(path)
    unknown = await stranger.get("/v1/clients/01890000-0000-7000-8000-000000000000")
    malformed = await stranger.get("/v1/clients/not-an-id")
    assert [foreign.status_code, unknown.status_code, malformed.status_code] == [404, 404, 404]
    blank = {"instance": "", "request_id": ""}
    assert foreign.json() | blank == unknown.json() | blank == malformed.json() | blank
    assert (await stranger.delete(path, headers={"If-Match": "*"})).status_code == 404
    assert (await caller.get(path)).status_code == 200


async def test_pages_follow_each_other_without_repeating_or_skipping(caller: Caller):
    made = [(await caller.post("/v1/clients", json=NEW)).json()["id"] for _ in range(5)]
    first = (await caller.get("/v1/clients?limit=2")).json()
    await caller.post("/v1/clients", json=NEW)
    seen = [row["id"] for row in first["data"]]
    cursor = first["next_cursor"]
    while cursor:
        page = await caller.get(f"/v1/clients?limit=2&cursor={cursor}")
        seen += [row["id"] for row in page.json()["data"]]
        cursor = page.json()["next_cursor"]
    assert seen == made[::-1]


async def test_a_cursor_of_another_agency_is_refused(caller: Caller, stranger: Caller):
    for _ in range(2):
        await caller.post("/v1/clients", json=NEW)
    cursor = (await caller.get("/v1/clients?limit=1")).json()["next_cursor"]
    answer = await stranger.get(f"/v1/clients?limit=1&cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
