"""What a person may ask: to see what is held, to be left alone, to be forgotten everywhere and for good."""

import json
import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from api.edge.gate import Gate
from core.access import Role
from core.event_bodies import EVENT_SHAPES
from core.logs import JsonLines
from core.settings import Settings
from storage import audit
from storage.engine import Database
from storage.session import tenant_connection
from storage.tables import metadata
from tests.conftest import PASSWORD, Caller, calling, issue_key
from tests.holdings import post, register
from tests.operations import CONTRACT
from tests.pipeline import drain, working

HANDLE = "Budi_Rahasia"
TEXT = "kopisenja bikin sakit perut kata budi"


def by(handle: str, text: str = TEXT, **more: object) -> dict[str, object]:
    made = post(text, author=handle, ago=timedelta(hours=2)) | {"url": f"https://x.example/{handle}/1"} | more
    made["author"] = {"handle": handle, "name": "Budi Santoso", "followers": 10}
    return made


async def send(caller: Caller, *items: dict[str, object]) -> list[str]:
    answer = await caller.post("/v1/mentions", json={"items": list(items)})
    assert answer.status_code == 200, answer.text
    return [each["status"] for each in answer.json()["results"]]


async def work(settings: Settings, *, ahead: timedelta = timedelta(0)) -> None:
    async with working(settings) as context:
        context.clock = lambda: datetime.now(UTC) + ahead
        await drain(context)


async def ask(caller: Caller, **body: object) -> dict[str, object]:
    answer = await caller.post("/v1/data-subject-requests", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def fulfilled(caller: Caller, request: dict[str, object]) -> dict[str, object]:
    answer = await caller.post(f"/v1/data-subject-requests/{request['id']}/fulfil", json={})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def everything(db: Database, agency_id: UUID) -> str:
    """Every row of the agency, as text."""
    async with tenant_connection(db, agency_id) as connection:
        tables = [name for name, table in metadata.tables.items() if "agency_id" in table.columns]
        return "\n".join([str(await connection.fetch(f"select to_jsonb(t) from {name} t")) for name in tables])


async def test_a_request_is_due_three_days_after_it_was_received(caller: Caller):
    received = datetime.now(UTC) - timedelta(hours=5)
    made = await ask(caller, kind="access", platform="x", handle="@Budi", received_at=received.isoformat())
    assert (made["status"], made["handle"], made["proof"]) == ("received", "budi", None)
    due = datetime.fromisoformat(made["due_at"])
    assert due == received + timedelta(hours=72)
    read = await caller.get(f"/v1/data-subject-requests/{made['id']}")
    assert read.json() == made
    assert read.headers["etag"] == '"1"'
    assert (await caller.get("/v1/data-subject-requests?status=received")).json()["data"] == [made]
    assert (await caller.get("/v1/data-subject-requests?status=refused")).json()["data"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "access"}, "subject_needed"),
        ({"kind": "access", "platform": "x"}, "subject_needed"),
        ({"kind": "access", "handle": "budi"}, "subject_needed"),
        ({"kind": "access", "platform": "x", "handle": "budi", "email": "a@b.test"}, "subject_needed"),
        ({"kind": "access", "platform": "x", "email": "a@b.test"}, "subject_needed"),
        ({"kind": "access", "platform": "friendster", "handle": "budi"}, "unknown_platform"),
        ({"kind": "restriction", "email": "a@b.test"}, "not_for_members"),
        ({"kind": "access", "platform": "x", "handle": "b", "received_at": "2100-01-01T00:00:00Z"}, "in_the_future"),
    ],
)
async def test_a_request_that_names_nobody_is_refused(caller: Caller, body: dict[str, object], code: str):
    answer = await caller.post("/v1/data-subject-requests", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_a_request_is_decided_once(caller: Caller):
    made = await ask(caller, kind="correction", platform="x", handle="budi")
    refused = await caller.post(f"/v1/data-subject-requests/{made['id']}/refuse", json={"note": "tanpa bukti diri"})
    assert (refused.json()["status"], refused.json()["note"]) == ("refused", "tanpa bukti diri")
    for verb in ("fulfil", "refuse"):
        again = await caller.post(f"/v1/data-subject-requests/{made['id']}/{verb}", json={})
        assert (again.status_code, again.json()["code"]) == (409, "request_state")


async def test_everything_held_of_an_author_is_exported_and_nothing_of_others(caller: Caller, settings: Settings):
    ids = await register(caller, "Kopi Senja", "kopisenja")
    await caller.post(
        "/v1/monitored-accounts",
        json={"client_id": ids["client_id"], "platform": "x", "handle": HANDLE, "kind": "watched"},
    )
    await send(caller, by(HANDLE), by(f"@{HANDLE.upper()}"), by("orang_lain"), by(HANDLE, platform="tiktok"))
    await work(settings)
    made = await ask(caller, kind="copy", platform="x", handle=HANDLE)
    answer = await caller.get(
        f"/v1/data-subject-requests/{made['id']}/export", headers={"Accept": "application/x-ndjson"}
    )
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert sorted(line["table"] for line in lines) == ["mentions", "mentions", "monitored_accounts", "posts", "posts"]
    assert {line["row"]["author"] for line in lines if line["table"] == "posts"} == {HANDLE, HANDLE.upper()}
    assert "orang_lain" not in answer.text


async def test_an_author_who_is_erased_is_gone_everywhere_while_counts_and_chain_stay(
    caller: Caller, settings: Settings, db: Database
):
    ids = await register(caller, "Kopi Senja", "kopisenja")
    await caller.post(
        "/v1/monitored-accounts",
        json={"client_id": ids["client_id"], "platform": "x", "handle": HANDLE, "kind": "watched"},
    )
    first, again = by(HANDLE), by(HANDLE, "kopisenja enak kata budi juga")
    reply = post("kopisenja mantap", author="orang_lain", ago=timedelta(hours=1)) | {
        "reply_to": HANDLE,
        "kind": "reply",
    }
    await send(caller, first, again, reply)
    await work(settings)
    other = await ask(caller, kind="access", platform="x", handle=HANDLE, note="Budi Santoso, lewat surat")
    made = await ask(caller, kind="erasure", platform="x", handle=f"@{HANDLE}")
    agency_id = caller.agency.id
    async with tenant_connection(db, agency_id) as connection:
        counted = await connection.fetch(
            "select client_id, bucket_at, mentions, voices from client_buckets order by 1, 2"
        )
    assert HANDLE in await everything(db, agency_id)
    assert (await fulfilled(caller, made))["status"] == "running"
    # From now on nothing more is stored of the author, by whatever spelling.
    assert await send(caller, by(HANDLE), by(f"@{HANDLE.lower()}"), first) == ["deleted", "deleted", "duplicate"]
    await work(settings, ahead=timedelta(minutes=1))
    done = (await caller.get(f"/v1/data-subject-requests/{made['id']}")).json()
    assert (done["status"], done["handle"]) == ("fulfilled", None)
    assert done["proof"]["counts"] == {
        "posts": 2, "mentions": 2, "replies": 1, "monitored_accounts": 1, "audit_keys": 3,
    }  # fmt: skip
    assert len(done["proof"]["sha256"]) == 64
    left = (await everything(db, agency_id)).lower()
    assert all(text.lower() not in left for text in (HANDLE, "Budi Santoso", TEXT, "x.example"))
    assert (await caller.get(f"/v1/data-subject-requests/{other['id']}")).json()["note"] is None
    assert await send(caller, by(HANDLE), first) == ["deleted", "duplicate"]
    async with tenant_connection(db, agency_id) as connection:
        assert counted == await connection.fetch(
            "select client_id, bucket_at, mentions, voices from client_buckets order by 1, 2"
        )
        voices = await connection.fetch(
            "select count(distinct author_key) as n from mentions m join posts p on p.id = m.post_id where p.deleted_at is not null"
        )
        assert voices[0]["n"] == 1
    async with tenant_connection(db, agency_id) as connection:
        assert await audit.broken(connection, agency_id) is None
    entries = (await caller.get("/v1/audit-entries?limit=200")).json()["data"]
    proof = next(each for each in entries if each["action"] == "erase_data_subject")
    assert (proof["actor_kind"], proof["after"]["posts"]) == ("job", 2)
    assert proof["after"]["proof_sha256"] == done["proof"]["sha256"]
    assert "budi" not in json.dumps(entries).lower()
    assert "[erased]" in json.dumps(entries)


async def test_an_erasure_waits_for_intake_that_is_under_way(caller: Caller, settings: Settings, db: Database):
    await send(caller, by(HANDLE))
    made = await ask(caller, kind="erasure", platform="x", handle=HANDLE)
    await fulfilled(caller, made)
    await work(settings)
    assert (await caller.get(f"/v1/data-subject-requests/{made['id']}")).json()["status"] == "running"
    await work(settings, ahead=timedelta(minutes=1))
    assert (await caller.get(f"/v1/data-subject-requests/{made['id']}")).json()["proof"]["counts"]["posts"] == 1


async def test_whoever_is_restricted_is_not_stored_again_and_what_is_there_stays(caller: Caller):
    await send(caller, by(HANDLE))
    made = await ask(caller, kind="restriction", platform="x", handle=HANDLE)
    assert (await fulfilled(caller, made))["status"] == "fulfilled"
    assert await send(caller, by(HANDLE), by("orang_lain"), by(HANDLE, platform="tiktok")) == [
        "deleted",
        "created",
        "created",
    ]


async def test_an_agency_that_forgets_an_author_does_not_forget_for_others(caller: Caller, stranger: Caller):
    made = await ask(caller, kind="restriction", platform="x", handle=HANDLE)
    await fulfilled(caller, made)
    assert await send(stranger, by(HANDLE)) == ["created"]
    assert (await stranger.get(f"/v1/data-subject-requests/{made['id']}/export")).status_code == 404


async def test_a_member_who_is_erased_cannot_sign_in_and_is_named_nowhere(
    caller: Caller, settings: Settings, db: Database, nobody
):
    person = {
        "email": f"rina.{uuid4().hex[:8]}@uji.test",
        "name": "Rina Wijaya",
        "role": "analyst",
        "password": PASSWORD,
    }
    # Invited once, before the address was that of a member.
    invited = await caller.post(
        "/v1/invitations",
        json={"email": person["email"], "role": "analyst"},
        headers={"Idempotency-Key": f'"{uuid4()}"'},
    )
    assert invited.status_code == 201, invited.text
    assert (await caller.post("/v1/members", json=person)).status_code == 201
    signed_in = await nobody.post("/v1/auth/token", json={"email": person["email"], "password": PASSWORD})
    assert signed_in.status_code == 200
    made = await ask(caller, kind="erasure", email=person["email"].upper())
    held = await caller.get(f"/v1/data-subject-requests/{made['id']}/export")
    assert [json.loads(line)["table"] for line in held.text.splitlines()] == [
        "members",
        "refresh_tokens",
        "invitations",
    ]
    assert "argon2" not in held.text
    await fulfilled(caller, made)
    await work(settings, ahead=timedelta(minutes=1))
    left = await everything(db, caller.agency.id)
    assert person["email"] not in left
    assert "Rina" not in left
    again = await nobody.post("/v1/auth/token", json={"email": person["email"], "password": PASSWORD})
    assert again.status_code == 401
    entries = (await caller.get("/v1/audit-entries?action=sign_in")).json()["data"]
    assert [each["address"] for each in entries] == ["[erased]"]
    async with tenant_connection(db, caller.agency.id) as connection:
        assert await audit.broken(connection, caller.agency.id) is None


async def test_the_last_owner_is_not_erased(caller: Caller):
    made = await ask(caller, kind="erasure", email=caller.agency.email)
    answer = await caller.post(f"/v1/data-subject-requests/{made['id']}/fulfil", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")


async def test_only_owners_and_admins_see_what_people_asked(app: Gate, caller: Caller, db: Database):
    made = await ask(caller, kind="access", platform="x", handle=HANDLE)
    for role in (Role.RESPONDER, Role.ANALYST, Role.READ_ONLY):
        async with calling(app, await issue_key(db, caller.agency.id, role=role)) as http:
            for path in ("", f"/{made['id']}", f"/{made['id']}/export"):
                assert (await http.get(f"/v1/data-subject-requests{path}")).status_code == 403


def tagged(part: object, name: str = "") -> set[str]:
    """Names of the fields that the contract marks as personal."""
    if isinstance(part, list):
        return {found for each in part for found in tagged(each, name)}
    if not isinstance(part, dict):
        return set()
    own = {name} if part.get("x-personal-data") else set()
    inner = {
        found for key, value in part.items() for found in tagged(value, name if key in {"anyOf", "oneOf"} else key)
    }
    return own | inner


def test_what_names_a_person_is_marked_and_no_event_or_problem_holds_such_a_field():
    names = tagged(CONTRACT["components"]["schemas"])
    assert names == {"author", "author_name", "bio", "email", "handle", "name", "text", "title", "url"}
    told = {name for shape in EVENT_SHAPES.values() for name in shape.__struct_fields__}
    assert told & (names - {"name"}) == set()
    assert set(CONTRACT["components"]["schemas"]["Problem"]["properties"]) & names <= {"title"}
    assert "x-personal-data" not in json.dumps(CONTRACT["components"]["schemas"]["Problem"])


async def test_no_log_event_or_problem_holds_what_names_a_person(
    caller: Caller, settings: Settings, db: Database, caplog: pytest.LogCaptureFixture
):
    secret = "zebra77"
    formatter = JsonLines()
    person = {"email": f"{secret}@uji.test", "name": f"{secret} nama", "role": "analyst", "password": PASSWORD}
    problems = []
    with caplog.at_level(logging.DEBUG):
        await caller.post("/v1/members", json=person)
        problems.append(await caller.post("/v1/members", json=person))
        problems.append(await caller.post("/v1/members", json=person | {"email": f"{secret} {secret}@x"}))
        problems.append(await caller.post("/v1/members", json=person | {"name": [secret]}))
        ids = await register(caller, "Kopi Senja", "kopisenja")
        account = {"client_id": ids["client_id"], "platform": "x", "handle": secret, "kind": "watched"}
        await caller.post("/v1/monitored-accounts", json=account)
        problems.append(await caller.post("/v1/monitored-accounts", json=account))
        problems.append(await caller.post("/v1/monitored-accounts", json=account | {"handle": f"{secret} @"}))
        problems.append(await caller.post("/v1/data-subject-requests", json={"kind": "access", "handle": secret}))
        problems.append(await caller.get(f"/v1/mentions?author={secret}&author={secret}"))
        items = [by(secret, f"kopisenja {secret} {n}") for n in range(3)]
        problems.append(
            await caller.post("/v1/mentions", json={"items": [*items, by(secret, published_at="1999-01-01T00:00:00Z")]})
        )
        await work(settings)
    assert all(secret not in answer.text for answer in problems)
    assert [answer.status_code for answer in problems] == [409, 400, 400, 409, 400, 422, 400, 200]
    assert all(secret not in formatter.format(record) for record in caplog.records if record.name.startswith("siaga"))
    async with tenant_connection(db, caller.agency.id) as connection:
        assert secret not in str(await connection.fetch("select to_jsonb(e) from events e"))
        assert secret not in str(await connection.fetch("select to_jsonb(o) from outbox o"))


def test_a_log_line_loses_what_names_a_person_even_where_the_database_says_it():
    said = (
        'duplicate key value violates unique constraint "members_agency_id_email_key"\n'
        "DETAIL:  Key (agency_id, email)=(019a, zebra77@uji.test) already exists."
    )
    record = logging.makeLogRecord({"name": "siaga.api", "msg": said, "handle": "zebra77", "email": "zebra77@uji.test"})
    line = JsonLines().format(record)
    assert "zebra77" not in line
    assert "members_agency_id_email_key" in line
