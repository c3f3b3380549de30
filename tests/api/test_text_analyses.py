"""Texts are read on demand, each on its own: with the words that decided, and a refusal for those that cannot be."""

from api import text_analyses
from tests.api.test_mentions import item, mentions_of, send, watched_client
from tests.api.test_sentiment_corrections import ANGRY
from tests.conftest import Caller
from tests.pipeline import drain, working


async def read(caller: Caller, *items: object):
    return await caller.post("/v1/text/analyses", json={"items": list(items)})


async def test_each_text_is_read_with_the_words_that_decided(caller: Caller):
    angry = "Pelayanannya tidak ramah 😡, kecewa!"
    answer = await read(caller, {"id": "a", "text": angry}, {"text": "mantap, suka banget"}, {"text": "  "})
    assert answer.status_code == 200, answer.text
    first, second, third = answer.json()["results"]
    assert [(each["index"], each["status"]) for each in (first, second, third)] == [
        (0, "read"),
        (1, "read"),
        (2, "read"),
    ]
    assert (first["id"], "id" in second) == ("a", False)
    reading = first["reading"]
    assert (reading["label"], reading["language"], reading["undetermined"]) == ("negative", "id", None)
    assert reading["score"] < -0.5 < 0.5 < reading["probabilities"]["negative"]
    assert (reading["strengths"]["negative"], reading["strengths"]["positive"]) == (-5, 1)
    assert all(angry[span["start"] : span["end"]] == span["text"] for span in reading["spans"])
    assert {"tidak ramah", "kecewa"} <= {span["text"] for span in reading["spans"] if span["weight"] < 0}
    assert (second["reading"]["label"], third["reading"]["undetermined"]) == ("positive", "empty")
    assert answer.json()["reader_version"].startswith("sentiment-")


async def test_a_bad_text_never_loses_its_neighbours(caller: Caller):
    good = {"text": "enak"}
    answer = await read(caller, good, {"teks": "enak"}, {"text": "a" * 20_001}, {"text": 5}, {"text": "a\0b"}, good)
    results = answer.json()["results"]
    assert [each["status"] for each in results] == ["read", "refused", "refused", "refused", "read", "read"]
    assert {each["error"]["code"] for each in results if "error" in each} == {"not_as_declared"}
    assert results[2]["error"]["errors"][0]["pointer"] == "/text"
    nothing = await read(caller)
    assert (nothing.status_code, nothing.json()["code"]) == (400, "empty")
    assert (await read(caller, *[good] * 1001)).status_code == 413
    assert (await caller.post("/v1/text/analyses", content=b'{"items": [', headers=JSON)).status_code == 400


JSON = {"Content-Type": "application/json"}


async def test_a_thousand_texts_are_answered_in_order_and_reading_ends_in_time(caller: Caller, monkeypatch):
    many = [{"id": str(n), "text": f"{'tidak ' * (n % 2)}enak nomor {n}"} for n in range(1000)]
    results = (await read(caller, *many)).json()["results"]
    assert [(each["index"], each["id"]) for each in results] == [(n, str(n)) for n in range(1000)]
    assert {each["reading"]["label"] for each in results[1::2]} == {"negative"}
    monkeypatch.setattr(text_analyses, "LONGEST_S", 0)
    late = (await read(caller, *many[:60])).json()["results"]
    assert {(each["status"], each["error"]["code"]) for each in late} == {("refused", "out_of_time")}


async def test_a_mention_is_explained_as_long_as_its_reader_is_at_hand(caller: Caller, settings, monkeypatch):
    client_id = await watched_client(caller)
    own = {"client_id": client_id, "platform": "x", "handle": "kopisenja", "kind": "owned"}
    assert (await caller.post("/v1/monitored-accounts", json=own)).status_code == 201
    gone = item(text=ANGRY)
    async with working(settings) as context:
        await send(caller, item(text=ANGRY, title="Kopi"), item(text="kopisenja", author={"handle": "kopisenja"}), gone)
        await drain(context)
        await send(caller, gone | {"is_deleted": True})
        found = await mentions_of(caller, client_id)
    assert all("explanation" not in each for each in found)
    titled = next(each for each in found if each["title"])
    answer = await caller.get(f"/v1/mentions/{titled['id']}")
    told = answer.json()["explanation"]
    assert all(f"Kopi\n{ANGRY}"[span["start"] : span["end"]] == span["text"] for span in told["spans"])
    assert {"parah", "murka"} <= {span["text"] for span in told["spans"] if span["weight"] < 0}
    assert (told["strengths"], "anger" in told["labels"]) == ({"positive": 1, "negative": -5}, True)
    same = await caller.get(f"/v1/mentions/{titled['id']}", headers={"If-None-Match": answer.headers["etag"]})
    assert same.status_code == 304
    for other in found:
        if other is not titled:
            assert (await caller.get(f"/v1/mentions/{other['id']}")).json()["explanation"] is None
