"""What an endpoint may ask for: own headers, a rate, an order, signatures; and its secrets, one after another."""

import base64

import pytest
from sqlalchemy import select

from storage.session import tenant_session
from storage.webhooks import EndpointRow
from tests.api.test_webhooks import NEW, PATH, created
from tests.conftest import Caller

ANY = {"If-Match": "*"}
VALUE = "Bearer s3cr3t-t0ken"


async def stored(db, caller: Caller) -> EndpointRow:
    async with tenant_session(db, caller.agency.id) as session:
        return (await session.execute(select(EndpointRow))).scalar_one()


async def test_a_new_endpoint_asks_for_nothing_and_its_circuit_is_closed(caller: Caller):
    made = await created(caller)
    assert (made["header_names"], made["rate_per_minute"], made["ordered"]) == ([], None, False)
    assert (made["signatures"], made["public_key"]) == (["v1"], None)
    assert made["circuit"] == {"state": "closed", "until": None}


async def test_own_headers_are_told_by_name_alone_and_lie_sealed(caller: Caller, db):
    made = await created(caller, headers={"Authorization": VALUE, "X-Team": "night"})
    assert made["header_names"] == ["authorization", "x-team"]
    read = await caller.get(f"{PATH}/{made['id']}")
    assert VALUE not in str(made)
    assert VALUE not in read.text + (await caller.get(PATH)).text
    row = await stored(db, caller)
    assert VALUE not in repr(vars(row))
    assert b"s3cr3t" not in row.headers_sealed
    audit = await caller.get("/v1/audit-entries?limit=200")
    assert "s3cr3t" not in audit.text


async def test_headers_change_one_by_one_and_go_with_null(caller: Caller):
    path = f"{PATH}/{(await created(caller, headers={'x-a': '1', 'x-b': '2'}))['id']}"
    changed = await caller.patch(path, json={"headers": {"X-A": None, "x-c": "3"}}, headers=ANY)
    assert changed.json()["header_names"] == ["x-b", "x-c"]
    assert (await caller.patch(path, json={"ordered": True}, headers=ANY)).json()["header_names"] == ["x-b", "x-c"]
    assert (await caller.patch(path, json={"headers": None}, headers=ANY)).json()["header_names"] == []


@pytest.mark.parametrize(
    "headers", [{"Host": "inner"}, {"webhook-id": "1"}, {"x-a": "b\r\nHost: c"}, {"Webhook_Id": "1"}, {"x-a": "é"}]
)
async def test_a_header_that_steers_is_refused_with_its_reason(caller: Caller, headers):
    path = f"{PATH}/{(await created(caller))['id']}"
    for answer in (
        await caller.post(PATH, json=NEW | {"headers": headers}),
        await caller.patch(path, json={"headers": headers}, headers=ANY),
    ):
        assert answer.status_code == 422
        (problem,) = answer.json()["errors"]
        assert (problem["code"], problem["pointer"]) == ("forbidden_header", "/headers")


async def test_an_eleventh_header_is_refused_when_it_comes_by_a_change(caller: Caller):
    path = f"{PATH}/{(await created(caller, headers={f'x-{n}': 'v' for n in range(10)}))['id']}"
    assert (await caller.patch(path, json={"headers": {"x-more": "v"}}, headers=ANY)).status_code == 422
    swapped = await caller.patch(path, json={"headers": {"x-more": "v", "x-0": None}}, headers=ANY)
    assert len(swapped.json()["header_names"]) == 10


@pytest.mark.parametrize("changes", [{"rate_per_minute": 0}, {"rate_per_minute": 6001}, {"headers": {"x": 1}}], ids=str)
async def test_what_is_out_of_bounds_is_refused(caller: Caller, changes):
    assert (await caller.post(PATH, json=NEW | changes)).status_code == 400


@pytest.mark.parametrize("signatures", [["v1a"], ["v1", "v1"]])
async def test_v1_is_always_among_the_signatures(caller: Caller, signatures):
    refused = await caller.post(PATH, json=NEW | {"signatures": signatures})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "invalid_signatures")


async def test_a_public_key_is_told_at_any_time_and_its_private_one_never(caller: Caller, db):
    made = await created(caller, signatures=["v1a", "v1"])
    path = f"{PATH}/{made['id']}"
    assert made["signatures"] == ["v1", "v1a"]
    assert len(base64.b64decode(made["public_key"].removeprefix("whpk_"))) == 32
    assert (await caller.get(path)).json()["public_key"] == made["public_key"]
    assert "whsk_" not in repr(vars(await stored(db, caller)))
    same = await caller.patch(path, json={"signatures": ["v1", "v1a"]}, headers=ANY)
    assert same.json()["public_key"] == made["public_key"]
    off = await caller.patch(path, json={"signatures": ["v1"]}, headers=ANY)
    assert off.json()["public_key"] is None
    assert (await stored(db, caller)).signing_key_sealed is None
    again = await caller.patch(path, json={"signatures": ["v1", "v1a"]}, headers=ANY)
    assert again.json()["public_key"] not in {None, made["public_key"]}


async def test_a_rotation_keeps_three_old_secrets_and_a_leaked_one_ends_at_once(caller: Caller, db):
    path = f"{PATH}/{(await created(caller))['id']}/rotate-secret"
    for kept in (0, 1, 2, 2):
        answer = (await caller.post(path, json={})).json()
        row = await stored(db, caller)
        assert row.previous_secret_sealed is not None
        assert len(row.older_secrets_sealed) == len(row.older_secrets_until) == kept
    ended = (await caller.post(path, json={"end_previous": True})).json()
    assert ended["previous_secret_until"] < answer["previous_secret_until"]
    row = await stored(db, caller)
    assert (row.previous_secret_sealed, row.older_secrets_sealed) == (None, [])


async def test_a_rotation_tells_no_more_than_it_knows(caller: Caller, stranger: Caller):
    path = f"{PATH}/{(await created(caller))['id']}/rotate-secret"
    assert (await stranger.post(path, json={"end_previous": True})).status_code == 404
    assert (await caller.post(path, json={"at_once": True})).status_code == 400
    assert (await caller.post(path)).status_code == 200
