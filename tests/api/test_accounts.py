"""Monitored accounts: one of a handle, a client and a platform, and every change told to the workers."""

from uuid import UUID

import pytest

from core.attribution import WatchedAccount
from storage import accounts, agencies
from storage.engine import Database
from storage.session import tenant_session
from tests.conftest import Caller

PATH = "/v1/monitored-accounts"


async def client_of(caller: Caller) -> str:
    return (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]


async def competitor_of(caller: Caller, client_id: str) -> str:
    return (await caller.post("/v1/competitors", json={"client_id": client_id, "name": "Teh Pagi"})).json()["id"]


async def revision(db: Database, caller: Caller) -> int:
    async with tenant_session(db, caller.agency.id) as session:
        return (await agencies.get(session)).matching_revision


async def test_a_watched_account_has_its_handle_folded_and_reaches_the_worker(caller: Caller, db: Database):
    client_id = await client_of(caller)
    body = {"client_id": client_id, "platform": "x", "handle": "@KopiSenja", "kind": "owned"}
    created = await caller.post(PATH, json=body)
    assert created.status_code == 201, created.text
    assert (created.json()["handle"], created.json()["competitor_id"]) == ("kopisenja", None)
    assert (await caller.get(created.headers["location"])).json() == created.json()
    async with tenant_session(db, caller.agency.id) as session:
        watched = await accounts.watched(session)
    assert watched == [WatchedAccount(UUID(created.json()["id"]), UUID(client_id), "x", "kopisenja", "owned")]


async def test_the_same_account_is_refused_for_the_client_and_taken_for_another(caller: Caller):
    body = {"client_id": await client_of(caller), "platform": "x", "handle": "kopisenja", "kind": "owned"}
    assert (await caller.post(PATH, json=body)).status_code == 201
    again = await caller.post(PATH, json=body | {"handle": "@KOPISENJA", "kind": "watched"})
    assert (again.status_code, again.json()["code"]) == (409, "account_exists")
    assert (await caller.post(PATH, json=body | {"platform": "tiktok"})).status_code == 201
    assert (await caller.post(PATH, json=body | {"client_id": await client_of(caller)})).status_code == 201


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"platform": "friendster"}, 422, "/platform"),
        ({"client_id": "01890000-0000-7000-8000-000000000000"}, 422, "/client_id"),
        ({"handle": "﹫a﹫b"}, 422, "/handle"),
        ({"handle": "kopi senja"}, 400, "/handle"),
        ({"kind": "friend"}, 400, "/kind"),
    ],
)
async def test_an_account_that_cannot_be_is_told_which_field(caller: Caller, change, status, pointer):
    body = {"client_id": await client_of(caller), "platform": "x", "handle": "kopisenja", "kind": "owned"}
    answer = await caller.post(PATH, json=body | change)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)


async def test_a_competitor_belongs_to_the_client_and_to_no_other_kind(caller: Caller, stranger: Caller):
    client_id = await client_of(caller)
    rival = await competitor_of(caller, client_id)
    body = {"client_id": client_id, "platform": "x", "handle": "tehpagi", "kind": "competitor"}
    assert (await caller.post(PATH, json=body | {"competitor_id": rival})).json()["competitor_id"] == rival
    others = [
        await competitor_of(caller, await client_of(caller)),
        await competitor_of(stranger, await client_of(stranger)),
        "01890000-0000-7000-8000-000000000000",
    ]
    answers = [await caller.post(PATH, json=body | {"handle": "b", "competitor_id": other}) for other in others]
    assert {answer.status_code for answer in answers} == {422}
    assert len({str(answer.json()["errors"]) for answer in answers}) == 1
    unexpected = await caller.post(PATH, json=body | {"handle": "c", "kind": "watched", "competitor_id": rival})
    assert unexpected.json()["errors"][0]["code"] == "competitor_unexpected"


async def test_a_change_of_kind_drops_the_competitor_unless_it_is_named(caller: Caller):
    client_id = await client_of(caller)
    rival = await competitor_of(caller, client_id)
    body = {"client_id": client_id, "platform": "x", "handle": "tehpagi", "kind": "competitor", "competitor_id": rival}
    path = (await caller.post(PATH, json=body)).headers["location"]
    refused = await caller.patch(path, json={"kind": "watched", "competitor_id": rival}, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/competitor_id")
    changed = await caller.patch(path, json={"kind": "watched"}, headers={"If-Match": '"1"'})
    assert (changed.json()["kind"], changed.json()["competitor_id"]) == ("watched", None)
    assert changed.headers["etag"] == '"2"'
    assert (await caller.patch(path, json={"kind": "owned"}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await caller.patch(path, json={"kind": "owned"})).status_code == 428


async def test_the_list_keeps_to_client_kind_and_platform(caller: Caller):
    client_id = await client_of(caller)
    for platform, kind in [("x", "owned"), ("x", "watched"), ("tiktok", "executive")]:
        body = {"client_id": client_id, "platform": platform, "handle": f"h{kind}", "kind": kind}
        assert (await caller.post(PATH, json=body)).status_code == 201
    await caller.post(PATH, json=body | {"client_id": await client_of(caller)})

    async def found(query: str) -> list[str]:
        return [row["kind"] for row in (await caller.get(f"{PATH}?client_id={client_id}{query}")).json()["data"]]

    assert await found("") == ["executive", "watched", "owned"]
    assert await found("&kind=owned,watched") == ["watched", "owned"]
    assert await found("&platform=x&kind=owned") == ["owned"]
    assert (await caller.get(f"{PATH}?kind=friend")).status_code == 400


async def test_every_change_is_noted_for_the_workers_and_no_refusal_is(caller: Caller, db: Database):
    body = {"client_id": await client_of(caller), "platform": "x", "handle": "a", "kind": "owned"}
    before = await revision(db, caller)
    path = (await caller.post(PATH, json=body)).headers["location"]
    assert await revision(db, caller) == before + 1
    await caller.post(PATH, json=body)
    assert await revision(db, caller) == before + 1
    await caller.patch(path, json={"kind": "watched"}, headers={"If-Match": '"1"'})
    assert await revision(db, caller) == before + 2
    assert (await caller.delete(path, headers={"If-Match": "*"})).status_code == 204
    assert await revision(db, caller) == before + 3


async def test_a_competitor_takes_its_accounts_along_and_the_workers_hear_of_it(caller: Caller, db: Database):
    client_id = await client_of(caller)
    rival = await competitor_of(caller, client_id)
    body = {"client_id": client_id, "platform": "x", "handle": "tehpagi", "kind": "competitor", "competitor_id": rival}
    path = (await caller.post(PATH, json=body)).headers["location"]
    before = await revision(db, caller)
    await caller.delete(f"/v1/competitors/{rival}", headers={"If-Match": "*"})
    assert (await caller.get(path)).status_code == 404
    assert await revision(db, caller) == before + 1


async def test_another_agency_finds_no_account(caller: Caller, stranger: Caller, db: Database):
    body = {"client_id": await client_of(caller), "platform": "x", "handle": "a", "kind": "owned"}
    path = (await caller.post(PATH, json=body)).headers["location"]
    answers = [
        await stranger.get(path),
        await stranger.patch(path, json={"kind": "watched"}, headers={"If-Match": "*"}),
        await stranger.delete(path, headers={"If-Match": "*"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    async with tenant_session(db, stranger.agency.id) as session:
        assert await accounts.watched(session) == []
