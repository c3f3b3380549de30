"""What a plan allows, refused beyond it, and told."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from core import plans
from core.access import Role
from core.plans import PLANS
from storage.engine import Database
from storage.session import tenant_connection
from storage.table import utc_now
from tests.conftest import PASSWORD, Caller, calling, issue_key, put_on


async def standing(caller: Caller, quota: str) -> dict[str, object]:
    told = (await caller.get("/v1/limits")).json()
    return next(each for each in told["quotas"] if each["quota"] == quota)


def register(caller: Caller, number: int = 0):
    return caller.post("/v1/clients", json={"kind": "company", "name": f"Klien {number}"})


async def make(caller: Caller, noun: str, client_id: str):
    bodies = {
        "monitored-accounts": {
            "client_id": client_id, "platform": "x", "handle": f"a{uuid4().hex[:8]}", "kind": "owned"
        },
        "keywords": {"client_id": client_id, "name": "merek", "query": "kopi"},
        "members": {"email": f"{uuid4().hex}@uji.test", "name": "Orang", "role": "analyst", "password": PASSWORD},
    }  # fmt: skip
    return await caller.post(f"/v1/{noun}", json=bodies[noun])


async def test_of_two_hundred_at_once_against_fifty_exactly_fifty_come_to_be(caller: Caller, db: Database):
    await put_on(db, caller.agency, "studio")
    answers = await asyncio.gather(*(register(caller, number) for number in range(200)))
    assert Counter(answer.status_code for answer in answers) == {201: 50, 403: 150}
    assert await standing(caller, "clients") == {"quota": "clients", "limit": 50, "used": 50, "resets_at": None}


async def test_a_refusal_tells_which_quota_its_limit_and_what_is_used(caller: Caller, stranger: Caller, db: Database):
    await put_on(db, caller.agency, "trial")
    assert [(await register(caller)).status_code for _ in range(3)] == [201] * 3
    refused = await register(caller)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (403, "quota_exceeded")
    assert {name: problem[name] for name in ("quota", "limit", "used", "resets_at")} == {
        "quota": "clients", "limit": 3, "used": 3, "resets_at": None
    }  # fmt: skip
    assert "The plan trial allows 3 clients" in problem["detail"]
    assert (await register(stranger)).status_code == 201
    await put_on(db, caller.agency, "starter")
    assert (await register(caller)).status_code == 201


@pytest.mark.parametrize(
    ("noun", "quota"), [("monitored-accounts", "accounts"), ("keywords", "keywords"), ("members", "seats")]
)
async def test_what_a_plan_limits_is_refused_at_its_limit_and_free_again_once_removed(
    noun: str, quota: str, caller: Caller, db: Database, monkeypatch
):
    client_id = (await register(caller)).json()["id"]
    # Two of each; the agency's owner has a seat already.
    monkeypatch.setitem(PLANS, "trial", plans.Plan(name="trial", accounts=2, keywords=2, seats=3))
    await put_on(db, caller.agency, "trial")
    made = [await make(caller, noun, client_id) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    refused = await make(caller, noun, client_id)
    assert (refused.status_code, refused.json()["quota"]) == (403, quota)
    await caller.delete(f"/v1/{noun}/{made[0].json()['id']}", headers={"If-Match": "*"})
    assert (await make(caller, noun, client_id)).status_code == 201


async def test_a_disabled_member_leaves_the_seat_and_needs_one_to_come_back(caller: Caller, db: Database):
    await put_on(db, caller.agency, "trial")
    first, _ = [(await make(caller, "members", "")).json()["id"] for _ in range(2)]

    async def disable(is_disabled: bool) -> int:
        body = {"is_disabled": is_disabled}
        return (await caller.patch(f"/v1/members/{first}", json=body, headers={"If-Match": "*"})).status_code

    assert await disable(True) == 200
    assert (await make(caller, "members", "")).status_code == 201
    assert await disable(False) == 403
    assert (await standing(caller, "seats"))["used"] == 3


async def meter(db: Database, caller: Caller, client_id: str, mentions: int) -> None:
    async with tenant_connection(db, caller.agency.id) as connection:
        await connection.execute(
            "insert into client_usage values ($1, $2, $3, $4)",
            caller.agency.id, plans.month_of(utc_now()), client_id, mentions,
        )  # fmt: skip


async def test_usage_is_told_by_client_the_most_first_and_against_the_plan(caller: Caller, db: Database):
    await put_on(db, caller.agency, "trial")
    quiet, loud, gone = [(await register(caller, number)).json()["id"] for number in range(3)]
    for client_id, mentions in ((quiet, 5), (loud, 10_000), (gone, 7)):
        await meter(db, caller, client_id, mentions)
    await caller.delete(f"/v1/clients/{gone}", headers={"If-Match": "*"})
    told = (await caller.get("/v1/usage")).json()
    assert (told["plan"], told["mentions"], told["quota"], told["over_quota"]) == ("trial", 10_012, 10_000, 12)
    assert [(each["client_id"], each["client_name"], each["mentions"]) for each in told["clients"]] == [
        (loud, "Klien 1", 10_000), (gone, None, 7), (quiet, "Klien 0", 5)
    ]  # fmt: skip
    assert (await standing(caller, "mentions"))["resets_at"] == told["resets_at"]
    before = (await caller.get("/v1/usage?month=2025-12")).json()
    assert (before["mentions"], before["clients"], before["resets_at"]) == (0, [], "2026-01-01T00:00:00Z")


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "november", "2026-11-01"])
async def test_a_month_that_is_none_is_refused(month: str, caller: Caller):
    refused = await caller.get(f"/v1/usage?month={month}")
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "month")


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+62 Kopi", "-1", "@kopi"])
async def test_the_export_runs_nothing_in_a_spreadsheet(name: str, caller: Caller, db: Database):
    client_id = (await caller.post("/v1/clients", json={"kind": "company", "name": name})).json()["id"]
    await meter(db, caller, client_id, 3)
    answer = await caller.get("/v1/usage/export", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    month = f"{plans.month_of(utc_now()):%Y-%m}"
    quoted = "'" + name if '"' not in name else "\"'" + name.replace('"', '""') + '"'
    assert answer.text == f"month,client_id,client_name,mentions\r\n{month},{client_id},{quoted},3\r\n"
    assert (await caller.get("/v1/usage/export", headers={"Accept": "image/png"})).status_code == 406


async def test_usage_is_for_owners_and_admins(caller: Caller, app, db: Database):
    for role, expected in ((Role.ADMIN, 200), (Role.ANALYST, 403)):
        async with calling(app, await issue_key(db, caller.agency.id, role=role)) as http:
            assert (await http.get("/v1/usage")).status_code == expected
            assert (await http.get("/v1/limits")).status_code == 200
