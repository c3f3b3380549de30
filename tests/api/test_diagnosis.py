"""An incident is explained, traced, evidenced, and its cause confirmed, over HTTP."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from api.edge.gate import Gate
from core.access import Role
from core.diagnosis.evidence import faults
from core.settings import Settings
from storage.engine import Database
from tests.conftest import Caller, calling, found_agency, issue_key
from tests.holdings import register, trouble
from tests.pipeline import drain, working


@pytest.fixture(scope="module")
async def troubled(app: Gate, db: Database, settings: Settings):
    """An agency with a client in a crisis."""
    agency = await found_agency(db)
    async with calling(app, agency.key) as http:
        caller = Caller(http, agency)
        ids = await register(caller, "Kopi Diagnosa", "kopidiagnosa")
        ids |= await trouble(caller, settings, ids["client_id"], "kopidiagnosa")
        yield caller, ids


async def test_a_diagnosis_says_what_is_new_by_which_posts_and_what_it_asks_for(troubled):
    caller, ids = troubled
    told = (await caller.get(f"/v1/incidents/{ids['incident_id']}/diagnosis")).json()
    assert told["posts_read"] >= 50
    assert not told["is_capped"]
    assert "sakit perut" in {phrase["text"] for phrase in told["phrases"]}
    assert told["causes"][0]["cause"] == told["began_as"] == "product_quality"
    assert {each["name"] for each in told["aspects"]} >= {"safety"}
    assert sum(each["weight"] for each in told["causes"]) + told["unclear"] == pytest.approx(1, abs=0.02)
    shown = await caller.get(f"/v1/mentions/{told['causes'][0]['mention_ids'][0]}")
    assert shown.json()["text"]
    assert {each["platform"] for each in told["platforms"]} == {"x", "tiktok", "instagram"}
    assert len(told["summary"]["id"]) == len(told["summary"]["en"]) >= 3
    advice = told["advice"]
    assert (advice["cause"], advice["is_confirmed"], advice["cluster"]) == ("product_quality", False, "accidental")


async def test_originators_are_told_to_the_agency_and_not_to_a_portal(troubled, app: Gate, db: Database):
    caller, ids = troubled
    path = f"/v1/incidents/{ids['incident_id']}/originators"
    told = (await caller.get(path)).json()
    assert told["first_posts"][0]["handle"].startswith("angry")
    assert told["amplifiers"]
    assert told["clusters"][0]["account_count"] >= 40
    key = await issue_key(db, caller.agency.id, role=Role.PORTAL_VIEWER, client_id=ids["client_id"])
    async with calling(app, key) as portal:
        hidden = (await portal.get(path)).json()
        seen = await portal.get(f"/v1/incidents/{ids['incident_id']}/diagnosis")
        evidence = await portal.get(f"/v1/incidents/{ids['incident_id']}/evidence")
    assert (hidden["first_posts"], hidden["amplifiers"], hidden["clusters"]) == ([], [], [])
    assert seen.status_code == 200
    assert "angry" not in seen.text
    assert evidence.status_code == 403


async def test_the_evidence_is_sealed_and_whole(troubled):
    caller, ids = troubled
    answer = await caller.get(f"/v1/incidents/{ids['incident_id']}/evidence")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert faults(answer.content) == []
    *posts, manifest = map(json.loads, answer.text.splitlines())
    assert manifest["posts"] == len(posts) >= 50
    assert manifest["incident_id"] == ids["incident_id"]
    assert {"author", "text", "native_id", "published_at", "received_at", "sha256"} <= set(posts[0])


async def test_a_person_confirms_the_cause_once_and_changes_it_only_as_last_read(troubled):
    caller, ids = troubled
    path = f"/v1/incidents/{ids['incident_id']}/cause"
    unconfirmed = await caller.get(path)
    assert (unconfirmed.json()["cause"], unconfirmed.headers["etag"]) == (None, '"0"')
    missing = await caller.http.put(path, json={"cause": "hoax"})
    stale = await caller.http.put(path, json={"cause": "hoax"}, headers={"If-Match": '"3"'})
    unknown = await caller.http.put(path, json={"cause": "cuaca"}, headers={"If-Match": '"0"'})
    assert (missing.status_code, stale.status_code, unknown.status_code) == (428, 412, 400)
    body = {"cause": "staff_misconduct", "note": "dapur cabang"}
    confirmed = await caller.http.put(path, json=body, headers={"If-Match": '"0"'})
    assert (confirmed.status_code, confirmed.headers["etag"]) == (200, '"1"')
    again = await caller.http.put(path, json=body, headers={"If-Match": '"0"'})
    assert again.status_code == 412
    advice = (await caller.get(f"/v1/incidents/{ids['incident_id']}/diagnosis")).json()["advice"]
    assert (advice["cause"], advice["is_confirmed"], advice["cluster"]) == ("staff_misconduct", True, "preventable")
    assert (await caller.get(path)).json()["note"] == "dapur cabang"
    assert (await caller.http.put(path, json=body, headers={"If-Match": "*"})).headers["etag"] == '"2"'


async def test_a_conversation_that_escalates_is_told_once_posts_say_what_they_answer(
    troubled, app: Gate, db: Database, settings: Settings
):
    caller, ids = troubled
    path = f"/v1/incidents/{ids['incident_id']}/diagnosis"
    assert (await caller.get(path)).json()["threads"] == []
    now = datetime.now(UTC)
    chain = [
        {
            "platform": "x",
            "native_id": f"jawab-{n}",
            "published_at": (now - timedelta(seconds=90 - n)).isoformat(),
            "text": f"kopidiagnosa mengecewakan, jawaban ke-{n}",
            "author": {"handle": f"penjawab{n}"},
            "kind": "reply",
            "parent_id": f"jawab-{n - 1}",
            "conversation_id": "keluhan-pertama",
        }
        for n in range(6)
    ]
    async with working(settings) as context:
        bad = chain[0] | {"native_id": "lain", "conversation_id": "a\0b"}
        answer = (await caller.post("/v1/mentions", json={"items": [*chain, bad]})).json()
        assert [each["status"] for each in answer["results"]] == ["created"] * 6 + ["refused"]
        await drain(context)
    (thread,) = (await caller.get(path)).json()["threads"]
    assert (thread["posts"], thread["voices"], thread["depth"], thread["pace"]) == (6, 6, 6, 6)
    shown = (await caller.get(f"/v1/mentions/{thread['mention_id']}")).json()
    assert shown["native_id"] == "jawab-0"
    key = await issue_key(db, caller.agency.id, role=Role.PORTAL_VIEWER, client_id=ids["client_id"])
    async with calling(app, key) as portal:
        assert (await portal.get(path)).json()["threads"] == [thread]
