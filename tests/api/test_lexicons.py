"""Lexicons: what would change is told before it does, and only the client's own posts are read by them."""

import asyncio
from datetime import timedelta

from core.operations import OperationKind
from jobs import operations as job
from jobs import rereadings
from tests.api.test_mentions import item, mentions_of, send, watched_client
from tests.api.test_sentiment_corrections import correct, counted
from tests.conftest import Caller
from tests.jobs.test_operations import due_step, operation
from tests.moment import began
from tests.pipeline import drain, working

NEUTRAL = {"terms": [{"term": "Murka", "polarity": "neutral"}]}
SAYS = "minum kopisenja murka tiap pagi"


def said(n: int, **fields: object) -> dict[str, object]:
    at = (began() - timedelta(minutes=100 - n)).isoformat()
    return item(text=SAYS, published_at=at, author={"handle": f"a{n}"}, **fields)


async def reread(caller: Caller, client_id: str, **body: object):
    since = (began() - timedelta(hours=2)).isoformat()
    return await caller.post(f"/v1/clients/{client_id}/rereading", json={"since": since} | body)


async def labels(caller: Caller, client_id: str) -> list[str]:
    return [each["sentiment"] for each in await mentions_of(caller, client_id)]


async def test_a_lexicon_is_tried_written_and_read_by(caller: Caller, settings):
    client_id, beside = await watched_client(caller), await watched_client(caller)
    path = f"/v1/clients/{client_id}/lexicon"
    none = await caller.get(path)
    assert (none.json()["terms"], none.json()["updated_at"], none.headers["etag"]) == ([], None, '"0"')
    async with working(settings) as context:
        await send(caller, said(1), said(2), item(text="kopisenja parah, kecewa"))
        await drain(context)
        tried = (await caller.post(f"{path}/preview", json=NEUTRAL)).json()
        assert (tried["mentions_read"], tried["mentions_with_terms"], tried["labels_changed"]) == (3, 2, 2)
        assert tried["changes"] == [{"before": "negative", "after": "neutral", "count": 2}]
        assert [each["text"] for each in tried["examples"]] == [SAYS, SAYS]
        assert (await caller.get(path)).headers["etag"] == '"0"', "a preview writes nothing"
        assert (await caller.put(path, json=NEUTRAL)).status_code == 428
        assert (await caller.put(path, json=NEUTRAL, headers={"If-Match": '"3"'})).status_code == 412
        written = await caller.put(path, json=NEUTRAL, headers={"If-Match": '"0"'})
        assert (written.status_code, written.headers["etag"]) == (200, '"1"')
        assert (await caller.put(path, json=NEUTRAL, headers={"If-Match": '"0"'})).status_code == 412
        assert (await caller.get(path)).json() == written.json()
        assert (await caller.post(f"{path}/preview", json=NEUTRAL)).json()["labels_changed"] == 0
        await send(caller, said(3))
        await drain(context)
        version = context.reader.version
    newest, *older = sorted(await mentions_of(caller, client_id), key=lambda m: m["reader_version"], reverse=True)
    assert (newest["sentiment"], newest["reader_version"]) == ("neutral", f"{version}/1")
    assert {each["sentiment"] for each in older} == {"negative"}
    told = (await caller.get(f"/v1/mentions/{newest['id']}")).json()["explanation"]
    assert "anger" not in told["labels"]
    assert (await caller.get(f"/v1/mentions/{older[0]['id']}")).json()["explanation"] is None
    # The same posts, to a client without a lexicon.
    assert set(await labels(caller, beside)) == {"negative"}


async def test_a_lexicon_that_contradicts_itself_or_says_nothing_is_refused(caller: Caller):
    path = f"/v1/clients/{await watched_client(caller)}/lexicon"
    twice = {"terms": [*NEUTRAL["terms"], {"term": " murka ", "polarity": "positive"}]}
    for answer in (
        await caller.put(path, json=twice, headers={"If-Match": "*"}),
        await caller.post(f"{path}/preview", json=twice),
    ):
        assert answer.status_code == 422
        assert [(each["code"], each["pointer"]) for each in answer.json()["errors"]] == [
            ("repeated_term", "/terms/1/term")
        ]
    for term in ("m", "!!", "a" * 101, "a\nb"):
        body = {"terms": [{"term": term, "polarity": "neutral"}]}
        assert (await caller.put(path, json=body, headers={"If-Match": "*"})).status_code == 400
    many = {"terms": [{"term": f"kata{n}", "polarity": "neutral"} for n in range(101)]}
    assert (await caller.put(path, json=many, headers={"If-Match": "*"})).status_code == 400


async def test_past_mentions_are_read_again_and_nothing_is_counted_twice(caller: Caller, settings, monkeypatch):
    monkeypatch.setattr(rereadings, "MENTIONS_A_STEP", 2)
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, *[said(n) for n in range(5)], said(90, native_id="hapus"), item(text="kopisenja, suka!"))
        await drain(context)
        await send(caller, said(90, native_id="hapus") | {"is_deleted": True})
        await drain(context)
        old = await mentions_of(caller, client_id)
        corrected = min((each for each in old if each["text"] == SAYS), key=lambda each: each["published_at"])
        assert (await correct(caller, corrected, "positive")).status_code == 200
        await drain(context)
        assert await counted(caller, client_id) == {"negative": 5, "neutral": 0, "positive": 2}
        await caller.put(f"/v1/clients/{client_id}/lexicon", json=NEUTRAL, headers={"If-Match": "*"})
        started = await reread(caller, client_id)
        assert started.status_code == 202, started.text
        again = await reread(caller, client_id)
        assert (again.status_code, again.json()["code"]) == (409, "operation_under_way")
        operation_id = started.json()["id"]
        for _ in range(2):
            await job.advance(context, await due_step(context, caller))
        halfway = await operation(caller, operation_id)
        assert (halfway["status"], halfway["counts"]["mentions_read"]) == ("running", 2)
        assert 0 < halfway["progress"] < 1

        async def killed(*args, **kwargs):
            await rereadings.read_again(*args, **kwargs)
            raise asyncio.CancelledError

        due = await due_step(context, caller)
        with monkeypatch.context() as patch:
            patch.setitem(job.STEPS, OperationKind.CLIENT_REREADING, killed)
            try:
                await job.advance(context, due)
            except asyncio.CancelledError:
                halfway_still = await operation(caller, operation_id)
        assert halfway_still == halfway
        context.clock = lambda: began() + timedelta(minutes=3)
        await drain(context)
        ended = await operation(caller, operation_id)
        assert (ended["status"], ended["error"]) == ("succeeded", None)
        assert ended["counts"] == {"mentions_found": 6, "mentions_read": 6, "labels_changed": 5}
        # The deleted post cannot be read again, and what a person said stays.
        assert await counted(caller, client_id) == {"negative": 1, "neutral": 4, "positive": 2}
        told = (await caller.get(f"/v1/mentions/{corrected['id']}")).json()
        assert (told["sentiment"], told["machine_sentiment"], told["is_corrected"]) == ("positive", "neutral", True)
        assert len((await caller.get(ended["result"])).json()["data"]) == 7
        once_more = (await reread(caller, client_id)).json()["id"]
        await drain(context)
        assert (await operation(caller, once_more))["counts"]["mentions_read"] == 0
        cancelled = (await reread(caller, client_id)).json()["id"]
        assert (await caller.post(f"/v1/operations/{cancelled}/cancel")).json()["status"] == "cancelled"
        await drain(context)


async def test_a_time_that_cannot_be_read_again_is_refused(caller: Caller):
    client_id = await watched_client(caller)
    ahead = await reread(caller, client_id, since=(began() + timedelta(days=1)).isoformat())
    turned = await reread(caller, client_id, until=(began() - timedelta(days=1)).isoformat())
    assert [
        (a.status_code, a.json()["errors"][0]["code"], a.json()["errors"][0]["pointer"]) for a in (ahead, turned)
    ] == [
        (422, "in_the_future", "/since"),
        (422, "span", "/until"),
    ]
