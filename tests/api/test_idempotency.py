"""The same request again: one effect, the first answer, whoever dies in between; and no key reaches another's answer."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from litestar import post as litestar_post

from api.app import create_app
from api.edge import turns
from api.edge.gate import Gate
from api.edge.idempotency import check_declarations
from core.idempotency import HEADER
from core.settings import Settings
from jobs.schedule import forget
from storage import clients
from storage import idempotency as records
from storage.engine import Database
from storage.session import tenant_connection
from storage.table import utc_now
from tests.api.test_mentions import item
from tests.conftest import Agency, Caller, calling, issue_key
from tests.operations import OPERATIONS
from tests.pipeline import working

# What has no effect, or none that a repeat would have twice.
WITHOUT = {"sign_in", "renew_sign_in", "sign_out", "change_password", "preview_keyword", "accept_invitation"}
WITHOUT |= {"finish_oidc_log_in", "analyse_texts", "preview_lexicon"}
NEW = {"kind": "company", "name": "Kopi Senja"}


def keyed(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or f'"{uuid4()}"'}


async def names(caller: Caller) -> list[str]:
    return [each["name"] for each in (await caller.get("/v1/clients?limit=200")).json()["data"]]


async def told(caller: Caller) -> list[str]:
    entries = (await caller.get("/v1/audit-entries")).json()["data"]
    return [each["action"] for each in entries if each["action"] != "found_agency"]


async def remembered(db: Database, agency: Agency) -> int:
    async with tenant_connection(db, agency.id) as connection:
        return await connection.fetchval("select count(*) from remembered_answers")


async def test_the_same_request_again_gets_the_first_answer_and_has_no_second_effect(caller: Caller):
    key = str(uuid4())
    first = await caller.post("/v1/clients", json=NEW, headers=keyed(f'"{key}"'))
    assert first.status_code == 201
    assert "idempotent-replayed" not in first.headers
    for spelling in (f'"{key}"', key):
        again = await caller.post("/v1/clients", json=NEW, headers=keyed(spelling))
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        for name in ("location", "etag", "content-type"):
            assert again.headers[name] == first.headers[name]
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert await names(caller) == ["Kopi Senja"]
    assert await told(caller) == ["create_client"]


async def test_without_a_key_a_repeat_is_a_new_request(caller: Caller, db: Database):
    for _ in range(2):
        assert (await caller.post("/v1/clients", json=NEW)).status_code == 201
    assert await names(caller) == ["Kopi Senja"] * 2
    assert await remembered(db, caller.agency) == 0


async def test_a_key_that_was_used_for_another_request_is_refused(caller: Caller):
    key = keyed()
    await caller.post("/v1/clients", json=NEW, headers=key)
    other = await caller.post("/v1/clients", json=NEW | {"name": "Teh Pagi"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert "idempotent-replayed" not in other.headers
    assert await names(caller) == ["Kopi Senja"]


async def test_a_key_belongs_to_one_credential_and_one_path(caller: Caller, stranger: Caller, app: Gate, db: Database):
    key = keyed()
    mine = await caller.post("/v1/clients", json=NEW, headers=key)
    client_id = mine.json()["id"]
    theirs = await stranger.post("/v1/clients", json=NEW | {"name": "Lain"}, headers=key)
    assert theirs.status_code == 201
    async with calling(app, await issue_key(db, caller.agency.id)) as http:
        colleague = await http.post("/v1/clients", json=NEW | {"name": "Rekan"}, headers=key)
    elsewhere = await caller.post("/v1/competitors", json={"client_id": client_id, "name": "Saingan"}, headers=key)
    for answer in (theirs, colleague, elsewhere):
        assert answer.status_code == 201
        assert "idempotent-replayed" not in answer.headers
    assert sorted(await names(caller)) == ["Kopi Senja", "Rekan"]
    assert await names(stranger) == ["Lain"]


@pytest.mark.parametrize(
    "key", ["", '""', '"open', "x" * 256, f'"{"x" * 256}"', "two words", '"a\\b"', "a,b\x7f", '"a";b=1']
)
async def test_a_key_that_cannot_be_read_is_refused(caller: Caller, key: str):
    answer = await caller.post("/v1/clients", json=NEW, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    (problem,) = answer.json()["errors"]
    assert (problem["code"], problem["parameter"]) == ("invalid_key", "Idempotency-Key")
    assert await names(caller) == []


async def test_two_keys_are_none(caller: Caller):
    headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
    answer = await caller.post("/v1/clients", json=NEW, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_key")


async def test_a_refusal_by_rule_is_kept_and_one_by_form_is_not(caller: Caller, db: Database):
    client_id = (await caller.post("/v1/clients", json=NEW)).json()["id"]
    new = {"client_id": client_id, "name": "merek", "query": "kopi"}
    keyword = (await caller.post("/v1/keywords", json=new)).json()["id"]
    key = keyed()
    path = f"/v1/keywords/{keyword}/backfill"
    unreadable = await caller.post(path, json={"days": "many"}, headers=key)
    assert unreadable.status_code == 400
    assert await remembered(db, caller.agency) == 0
    refused = await caller.post(path, json={}, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "keyword_inactive")
    await caller.post(f"/v1/keywords/{keyword}/activate")
    again = await caller.post(path, json={}, headers=key)
    assert (again.status_code, again.content) == (409, refused.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == "application/problem+json"
    anew = await caller.post(path, json={}, headers=keyed())
    assert anew.status_code == 202
    assert (await caller.post(f"/v1/operations/{anew.json()['id']}/cancel")).status_code == 200


async def test_what_a_refused_request_had_begun_is_undone(caller: Caller, db: Database, monkeypatch):
    async def begins(session, *args, **kwargs):
        await add(session, *args, **kwargs)
        await clients.require(session, uuid4())

    add = clients.add
    monkeypatch.setattr(clients, "add", begins)
    for _ in range(2):
        answer = await caller.post("/v1/clients", json=NEW, headers=keyed("same"))
        assert answer.status_code == 422
    assert answer.headers["idempotent-replayed"] == "true"
    assert await names(caller) == []
    assert await told(caller) == []


async def test_no_permission_is_not_kept(caller: Caller, app: Gate, db: Database):
    async with calling(app, await issue_key(db, caller.agency.id, scopes=("clients:read",))) as http:
        assert (await http.post("/v1/clients", json=NEW, headers=keyed())).status_code == 403
    assert await remembered(db, caller.agency) == 0


async def test_a_repeat_is_known_as_long_as_the_secret_key_of_its_first_answer_is_accepted(
    caller: Caller, app: Gate, monkeypatch: pytest.MonkeyPatch
):
    key, process = keyed(), app.app.state.siaga
    old: Settings = process.settings
    first = await caller.post("/v1/clients", json=NEW, headers=key)
    new = replace(old, secret_key=token_bytes(32))
    monkeypatch.setattr(process, "settings", replace(new, other_secret_keys=(old.secret_key,)))
    again = await caller.post("/v1/clients", json=NEW, headers=key)
    assert (again.status_code, again.content, again.headers["idempotent-replayed"]) == (201, first.content, "true")
    other = await caller.post("/v1/clients", json=NEW | {"name": "Teh Pagi"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert await names(caller) == ["Kopi Senja"]
    monkeypatch.setattr(process, "settings", new)
    anew = await caller.post("/v1/clients", json=NEW, headers=key)
    assert (anew.status_code, "idempotent-replayed" in anew.headers) == (201, False)


@pytest.mark.parametrize("where", ["the same process", "another process"])
async def test_while_the_first_is_running_the_second_is_told_to_wait(
    caller: Caller, settings: Settings, app: Gate, monkeypatch, where: str
):
    monkeypatch.setattr(turns, "WAIT_S", 0.1)
    another = create_app(settings)
    async with another.app.lifespan(), calling(another, caller.agency.key) as elsewhere:
        await run_twice(caller, caller.http if where == "the same process" else elsewhere, monkeypatch)
    assert app.app.state.siaga.turns == another.app.state.siaga.turns == {}


async def run_twice(caller: Caller, other: httpx.AsyncClient, monkeypatch) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    add = clients.add

    async def slow(*args, **kwargs):
        begun.set()
        await go_on.wait()
        return await add(*args, **kwargs)

    monkeypatch.setattr(clients, "add", slow)
    key = keyed()
    first = asyncio.create_task(caller.post("/v1/clients", json=NEW, headers=key))
    await asyncio.wait_for(begun.wait(), 60)
    second = await other.post("/v1/clients", json=NEW, headers=key)
    assert (second.status_code, second.json()["code"]) == (409, "request_under_way")
    assert second.headers["retry-after"] == "1"
    go_on.set()
    assert (await first).status_code == 201
    third = await other.post("/v1/clients", json=NEW, headers=key)
    assert (third.status_code, third.content) == (201, (await first).content)
    assert await names(caller) == ["Kopi Senja"]


async def test_dying_between_effect_and_commit_leaves_nothing(caller: Caller, db: Database, monkeypatch):
    key = keyed()

    async def dies(*_):
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(records, "keep", dies)
        assert (await caller.post("/v1/clients", json=NEW, headers=key)).status_code == 503
    assert (await names(caller), await remembered(db, caller.agency)) == ([], 0)
    again = await caller.post("/v1/clients", json=NEW, headers=key)
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers


async def test_an_answer_that_is_lost_on_its_way_is_given_again(caller: Caller, app: Gate):
    key = keyed("lost")
    sent = json.dumps(NEW, separators=(",", ":")).encode()

    async def lost(_: Any) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await post(app, caller.agency.key, "/v1/clients", sent, "lost", lost)
    again = await caller.post("/v1/clients", content=sent, headers=key | {"Content-Type": "application/json"})
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert await names(caller) == ["Kopi Senja"]


async def test_a_secret_is_answered_again_and_never_stands_in_the_clear(caller: Caller, db: Database):
    key = keyed()
    new = {"name": "skrip", "role": "analyst", "scopes": ["clients:read"]}
    first = await caller.post("/v1/api-keys", json=new, headers=key)
    again = await caller.post("/v1/api-keys", json=new, headers=key)
    assert again.json()["secret"] == first.json()["secret"]
    async with tenant_connection(db, caller.agency.id) as connection:
        kept = await connection.fetchval("select string_agg(r::text, '') from remembered_answers r")
    assert first.json()["secret"].encode().hex() not in kept
    assert b'"secret"'.hex() not in kept


async def test_after_a_day_a_key_is_as_good_as_new(caller: Caller, app: Gate, db: Database, settings: Settings):
    key = keyed()
    await caller.post("/v1/clients", json=NEW, headers=key)
    process = app.app.state.siaga
    clock = process.clock
    try:
        process.clock = lambda: utc_now() + timedelta(hours=23, minutes=59)
        assert "idempotent-replayed" in (await caller.post("/v1/clients", json=NEW, headers=key)).headers
        process.clock = lambda: utc_now() + timedelta(hours=24, minutes=1)
        late = await caller.post("/v1/clients", json=NEW, headers=key)
        assert "idempotent-replayed" not in late.headers
    finally:
        process.clock = clock
    assert len(await names(caller)) == 2
    async with working(settings) as context:
        for hours, left in ((47, 1), (49, 0)):
            context.clock = lambda hours=hours: utc_now() + timedelta(hours=hours)
            await forget({"context": context})
            assert await remembered(db, caller.agency) == left


async def test_posts_are_answered_again_and_a_stream_takes_no_key(caller: Caller):
    key, body = keyed(), {"items": [item(), {"platform": "x"}]}
    first = await caller.post("/v1/mentions", json=body, headers=key)
    again = await caller.post("/v1/mentions", json=body, headers=key)
    assert [each["status"] for each in again.json()["results"]] == ["created", "refused"]
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert (await caller.post("/v1/mentions", json=body)).json()["summary"]["duplicate"] == 1
    stream = await caller.post(
        "/v1/mentions", content=json.dumps(item()), headers=key | {"Content-Type": "application/x-ndjson"}
    )
    assert (stream.status_code, stream.json()["errors"][0]["code"]) == (400, "key_not_taken")


async def test_what_must_not_be_sent_twice_needs_a_key(caller: Caller):
    answer = await caller.post(f"/v1/webhook-deliveries/{uuid4()}/resend")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "key_missing")
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_the_contract_tells_of_the_key_wherever_it_is_taken():
    posts = {each.id: each.told for each in OPERATIONS if each.method == "post"}
    keys = {
        name: next((p for p in told.get("parameters", []) if p["name"] == HEADER), None) for name, told in posts.items()
    }
    assert {name for name, key in keys.items() if key is None} == WITHOUT
    assert {name for name, key in keys.items() if key and key["required"]} == {
        "resend_webhook_delivery",
        "create_invitation",
        "recover_webhook_endpoint",
        "replay_to_webhook_endpoint",
    }
    for name, told in posts.items():
        main = next(answer for status, answer in told["responses"].items() if status.startswith("2"))
        assert ("Idempotent-Replayed" in main["headers"]) is (name not in WITHOUT), name
        assert name in WITHOUT or {"409", "422"} <= set(told["responses"]), name


def test_an_operation_that_would_write_outside_of_its_turn_keeps_the_api_from_starting():
    @litestar_post("/things", scope="clients:write")
    async def create_thing() -> None:
        """Writes who knows where."""

    with pytest.raises(RuntimeError, match="create_thing takes a key without a session"):
        check_declarations(Litestar([create_thing]))


async def post(app: Gate, credential: str, path: str, body: bytes, key: str, send: Any) -> None:
    """One request, as the server hands it to the application."""
    headers = {"authorization": f"Bearer {credential}", "content-type": "application/json", "idempotency-key": key}
    headers["host"] = "api.test"
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("api.test", 80), "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    unread = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return unread.pop() if unread else await asyncio.Event().wait()

    await app(scope, receive, send)


async def test_five_hundred_keys_twenty_times_at_once_have_five_hundred_effects(
    caller: Caller, app: Gate, db: Database
):
    seats = asyncio.Semaphore(40)
    outcomes: Counter[tuple[str, int, bool]] = Counter()

    async def once(key: str, body: bytes) -> None:
        async def note(message: Any) -> None:
            if message["type"] == "http.response.start":
                is_replayed = (b"idempotent-replayed", b"true") in message["headers"]
                outcomes[key, message["status"], is_replayed] += 1

        async with seats:
            await post(app, caller.agency.key, "/v1/clients", body, key, note)

    keys = [uuid4().hex for _ in range(500)]
    bodies = {key: json.dumps(NEW | {"name": key}).encode() for key in keys}
    await asyncio.gather(*(once(key, bodies[key]) for key in keys for _ in range(20)))
    assert {status for _, status, _ in outcomes} <= {201, 409}
    assert all(outcomes[key, 201, False] == 1 for key in keys)
    assert outcomes.total() == 10_000
    async with tenant_connection(db, caller.agency.id) as connection:
        made = [row["name"] for row in await connection.fetch("select name from clients")]
    assert sorted(made) == sorted(keys)
