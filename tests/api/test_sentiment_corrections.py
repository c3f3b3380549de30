"""Corrections: a person's label stands beside the reader's, counts in its place, and outlives every later reading."""

from datetime import timedelta
from uuid import UUID

import pytest

from core.access import Role
from core.settings import Settings
from storage import retention
from storage.engine import Database
from storage.session import tenant_connection
from tests.api.test_mentions import item, mentions_of, send, watched_client
from tests.conftest import Caller, calling, issue_key
from tests.moment import began
from tests.pipeline import drain, working

# "Murka" is anger to the reader, and the name of a drink here.
ANGRY = "kopisenja murka banget, parah, kecewa sekali"


def later() -> str:
    return (began() + timedelta(seconds=1)).isoformat()


async def counted(caller: Caller, client_id: str) -> dict[str, int]:
    since, until = began() - timedelta(hours=3), began() + timedelta(hours=1)
    span = f"?at[gte]={since:%Y-%m-%dT%H:%M:%SZ}&at[lt]={until:%Y-%m-%dT%H:%M:%SZ}"
    rows = (await caller.get(f"/v1/clients/{client_id}/volumes{span}")).json()["data"]
    return {label: sum(row[label] for row in rows) for label in ("negative", "neutral", "positive")}


async def correct(caller: Caller, mention: dict, label: str, *, if_match: str = "*"):
    path = f"/v1/mentions/{mention['id']}/sentiment"
    return await caller.put(path, json={"sentiment": label}, headers={"If-Match": if_match})


async def test_a_mention_tells_how_sure_the_reader_was(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    own = {"client_id": client_id, "platform": "x", "handle": "kopisenja", "kind": "owned"}
    assert (await caller.post("/v1/monitored-accounts", json=own)).status_code == 201
    async with working(settings) as context:
        await send(caller, item(text=ANGRY), item(text="kopisenja buka", author={"handle": "kopisenja"}))
        await drain(context)
        version = context.reader.version
    angry, theirs = sorted(await mentions_of(caller, client_id), key=lambda each: each["is_own"])
    told = angry["probabilities"]
    assert sum(told.values()) == pytest.approx(1, abs=1e-5)
    assert told["negative"] == max(told.values()) > 0.5
    assert told["positive"] - told["negative"] == pytest.approx(angry["polarity"], abs=1e-5)
    assert (angry["machine_sentiment"], angry["is_corrected"], angry["corrected_by"]) == ("negative", False, None)
    assert angry["reader_version"] == version
    assert theirs["probabilities"] is None


async def test_a_correction_counts_and_no_later_reading_changes_it(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    about = item(text=ANGRY, author={"handle": "budi"})
    async with working(settings) as context:
        await send(caller, about, item(text="kopisenja enak banget, suka"))
        await drain(context)
        assert await counted(caller, client_id) == {"negative": 1, "neutral": 0, "positive": 1}
        (wrong,) = await mentions_of(caller, client_id, "&sentiment=negative")
        right = await correct(caller, wrong, "positive")
        assert right.status_code == 200, right.text
        told = right.json()
        assert (told["sentiment"], told["machine_sentiment"], told["is_corrected"]) == ("positive", "negative", True)
        assert told["corrected_by"]
        assert (told["polarity"], told["probabilities"]) == (wrong["polarity"], wrong["probabilities"])
        assert await counted(caller, client_id) == {"negative": 0, "neutral": 0, "positive": 2}
        assert await drain(context) == 1, "the client is assessed again"
        assert await mentions_of(caller, client_id, "&sentiment=negative") == []
        assert len(await mentions_of(caller, client_id, "&sentiment=positive")) == 2
        await send(caller, about | {"text": "kopisenja jam berapa buka?", "edited_at": later()})
        await drain(context)
        edited = (await caller.get(f"/v1/mentions/{wrong['id']}")).json()
        assert edited["text"] == "kopisenja jam berapa buka?"
        assert (edited["sentiment"], edited["machine_sentiment"]) == ("positive", "neutral")
        taken = await caller.delete(f"/v1/mentions/{wrong['id']}/sentiment", headers={"If-Match": "*"})
        assert taken.status_code == 204
        now = (await caller.get(f"/v1/mentions/{wrong['id']}")).json()
        assert (now["sentiment"], now["is_corrected"], now["corrected_by"]) == ("neutral", False, None)
        assert await counted(caller, client_id) == {"negative": 0, "neutral": 1, "positive": 1}
        again = await caller.delete(f"/v1/mentions/{wrong['id']}/sentiment", headers={"If-Match": "*"})
        assert again.status_code == 404


async def test_a_label_for_a_text_that_was_edited_since_is_refused(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    about = item(text=ANGRY)
    async with working(settings) as context:
        await send(caller, about)
        await drain(context)
        (mention,) = await mentions_of(caller, client_id)
        read = (await caller.get(f"/v1/mentions/{mention['id']}")).headers["etag"]
        path = f"/v1/mentions/{mention['id']}/sentiment"
        assert (await caller.put(path, json={"sentiment": "neutral"})).status_code == 428
        assert (await caller.delete(path)).status_code == 428
        odd = await correct(caller, mention, "neutral", if_match="apa")
        assert (odd.status_code, odd.json()["errors"][0]["parameter"]) == (400, "If-Match")
        assert (await correct(caller, mention, "marah")).status_code == 400
        await send(caller, about | {"text": "kopisenja ternyata enak", "edited_at": later()})
        assert (await correct(caller, mention, "neutral", if_match=read)).status_code == 412
        fresh = (await caller.get(f"/v1/mentions/{mention['id']}")).headers["etag"]
        done = await correct(caller, mention, "positive", if_match=fresh)
        assert (done.status_code, done.headers["etag"] != fresh) == (200, True)
        assert (await correct(caller, mention, "neutral", if_match=fresh)).status_code == 412
        assert (await correct(caller, mention, "neutral", if_match=done.headers["etag"])).status_code == 200


async def test_corrections_are_listed_as_lines_to_learn_from(caller: Caller, db: Database, settings: Settings):
    client_id = await watched_client(caller)
    gone = item(text=ANGRY)
    async with working(settings) as context:
        await send(caller, item(text="kopisenja gitu deh", title="Judul", lang="id"), gone)
        await drain(context)
        first, second = sorted(await mentions_of(caller, client_id), key=lambda each: each["text"] == ANGRY)
        for mention, label in ((first, "negative"), (second, "neutral"), (first, "positive")):
            assert (await correct(caller, mention, label)).status_code == 200
        await send(caller, gone | {"is_deleted": True})
        await drain(context)
    listed = (await caller.get(f"/v1/sentiment-corrections?client_id={client_id}")).json()["data"]
    assert [(row["mention_id"], row["label"], row["text"]) for row in listed] == [
        (second["id"], "neutral", None),
        (first["id"], "positive", "Judul\nkopisenja gitu deh"),
    ]
    assert (listed[1]["lang"], listed[1]["machine_sentiment"]) == ("id", first["machine_sentiment"])
    one = await caller.get("/v1/sentiment-corrections?limit=1")
    rest = await caller.get(f"/v1/sentiment-corrections?limit=1&cursor={one.json()['next_cursor']}")
    assert one.json()["data"] + rest.json()["data"] == listed
    # Labels go with their mentions, when the client's retention has them deleted.
    async with tenant_connection(db, caller.agency.id) as connection:
        while await retention.forget_mentions(connection, caller.agency.id, UUID(client_id), began() + timedelta(1)):
            pass
    assert (await caller.get("/v1/sentiment-corrections")).json()["data"] == []


async def test_analysts_correct_and_responders_only_read(caller: Caller, app, db: Database, settings: Settings):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, item(text=ANGRY))
        await drain(context)
    (mention,) = await mentions_of(caller, client_id)
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.ANALYST)) as http:
        assert (await correct(Caller(http, caller.agency), mention, "neutral")).status_code == 200
    async with calling(app, await issue_key(db, caller.agency.id, role=Role.RESPONDER)) as http:
        refused = await correct(Caller(http, caller.agency), mention, "neutral")
        assert (refused.status_code, refused.json()["scope"]) == (403, "sentiment:write")
        assert len((await http.get("/v1/sentiment-corrections")).json()["data"]) == 1
