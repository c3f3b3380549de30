"""Competitors: noted for a client of the own agency only."""

from tests.conftest import Caller

CLIENT = {"kind": "company", "name": "Kopi Senja"}


async def client_of(caller: Caller) -> str:
    return (await caller.post("/v1/clients", json=CLIENT)).json()["id"]


async def test_a_noted_competitor_is_read_back(caller: Caller):
    body = {"client_id": await client_of(caller), "name": " Teh Pagi "}
    created = await caller.post("/v1/competitors", json=body)
    assert created.status_code == 201, created.text
    assert (created.json()["name"], created.json()["note"]) == ("Teh Pagi", None)
    read = await caller.get(created.headers["location"])
    assert (read.json(), read.headers["etag"]) == (created.json(), '"1"')


async def test_a_client_of_another_agency_is_as_unknown_as_any(caller: Caller, stranger: Caller):
    foreign = await caller.post("/v1/competitors", json={"client_id": await client_of(stranger), "name": "Teh Pagi"})
    unknown_id = "01890000-0000-7000-8000-000000000000"
    unknown = await caller.post("/v1/competitors", json={"client_id": unknown_id, "name": "Teh Pagi"})
    assert (foreign.status_code, unknown.status_code) == (422, 422)
    assert foreign.json()["errors"] == unknown.json()["errors"]
    assert foreign.json()["errors"][0]["pointer"] == "/client_id"


async def test_a_list_keeps_to_the_client_that_is_asked_for(caller: Caller):
    ours, others = await client_of(caller), await client_of(caller)
    made = [
        (await caller.post("/v1/competitors", json={"client_id": ours, "name": f"Teh {n}"})).json()["id"]
        for n in range(3)
    ]
    await caller.post("/v1/competitors", json={"client_id": others, "name": "Susu"})
    first = await caller.get(f"/v1/competitors?client_id={ours}&limit=2")
    second = await caller.get(f"/v1/competitors?client_id={ours}&limit=2&cursor={first.json()['next_cursor']}")
    assert [row["id"] for row in first.json()["data"] + second.json()["data"]] == made[::-1]
    assert not second.json()["has_more"]
    assert len((await caller.get("/v1/competitors")).json()["data"]) == 4
    assert (await caller.get("/v1/competitors?client_id=tidak")).status_code == 400


async def test_a_change_names_its_version_and_a_removal_happens_once(caller: Caller):
    body = {"client_id": await client_of(caller), "name": "Teh Pagi"}
    path = (await caller.post("/v1/competitors", json=body)).headers["location"]
    assert (await caller.patch(path, json={"note": "murah"})).status_code == 428
    changed = await caller.patch(path, json={"note": "murah"}, headers={"If-Match": '"1"'})
    assert (changed.json()["note"], changed.json()["name"], changed.headers["etag"]) == ("murah", "Teh Pagi", '"2"')
    assert (await caller.delete(path, headers={"If-Match": '"1"'})).status_code == 412
    assert (await caller.delete(path, headers={"If-Match": '"2"'})).status_code == 204
    assert (await caller.delete(path, headers={"If-Match": '"2"'})).status_code == 404


async def test_another_agency_finds_no_competitor(caller: Caller, stranger: Caller):
    body = {"client_id": await client_of(caller), "name": "Teh Pagi"}
    path = (await caller.post("/v1/competitors", json=body)).headers["location"]
    answers = [
        await stranger.get(path),
        await stranger.patch(path, json={"name": "x"}, headers={"If-Match": "*"}),
        await stranger.delete(path, headers={"If-Match": "*"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert (await stranger.get("/v1/competitors")).json()["data"] == []
    assert (await caller.get(path)).status_code == 200
