"""Breaches of personal data: a clock of three days, a record that only grows."""

from datetime import UTC, datetime, timedelta

import pytest

from core.access import Role
from tests.conftest import Caller, calling, issue_key

PATH = "/v1/data-breaches"
ANY = {"If-Match": "*"}


async def test_a_breach_is_due_three_days_after_it_was_found_and_open_until_both_were_told(caller: Caller):
    found = datetime.now(UTC) - timedelta(hours=5)
    made = await caller.post(PATH, json={"data": " nama dan akun ", "discovered_at": found.isoformat()})
    assert made.status_code == 201, made.text
    assert (made.json()["status"], made.json()["data"]) == ("open", "nama dan akun")
    assert datetime.fromisoformat(made.json()["due_at"]) == found + timedelta(hours=72)
    path, now = made.headers["location"], datetime.now(UTC).isoformat()
    told = await caller.patch(path, json={"subjects_notified_at": now}, headers={"If-Match": made.headers["etag"]})
    assert (told.status_code, told.json()["status"]) == (200, "open")
    stale = await caller.patch(path, json={"cause": "salah kirim"}, headers={"If-Match": made.headers["etag"]})
    assert stale.status_code == 412
    both = await caller.patch(path, json={"authority_notified_at": now, "affected_subjects": 312}, headers=ANY)
    assert both.json()["status"] == "notified"
    assert (await caller.get(f"{PATH}?status=open")).json()["data"] == []
    closed = await caller.patch(path, json={"closed_at": now}, headers=ANY)
    assert closed.json()["status"] == "closed"
    assert (await caller.get(path)).json() == closed.json()
    assert (await caller.get(f"{PATH}?status=closed")).json()["data"] == [closed.json()]
    assert (await caller.delete(path, headers=ANY)).status_code == 405


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"data": "x", "discovered_at": "2999-01-01T00:00:00Z"}, 422, "/discovered_at"),
        ({"data": "  "}, 400, "/data"),
        ({"data": "x", "affected_subjects": -1}, 400, "/affected_subjects"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(caller: Caller, body, status: int, pointer: str):
    answer = await caller.post(PATH, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)


async def test_nothing_is_said_to_be_done_that_lies_ahead(caller: Caller):
    path = (await caller.post(PATH, json={"data": "nama"})).headers["location"]
    answer = await caller.patch(path, json={"subjects_notified_at": "2999-01-01T00:00:00Z"}, headers=ANY)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/subjects_notified_at")


async def test_a_breach_is_the_business_of_owners_and_admins(caller: Caller, db, app):
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.ANALYST)) as analyst:
        assert (await analyst.get(PATH)).status_code == 403
        assert (await analyst.post(PATH, json={"data": "nama"})).status_code == 403
