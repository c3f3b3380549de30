"""Blind samples: drawn once by lot, labelled without the reader's labels, and then a figure with its interval."""

from datetime import UTC, datetime, timedelta

from core.access import Role
from core.events import EventType
from jobs.context import Context
from jobs.runtime import run
from storage import unscoped
from tests.api.test_mentions import item, mentions_of, send, watched_client
from tests.api.test_sentiment_corrections import correct
from tests.conftest import Caller, calling, issue_key
from tests.operations import months_ago
from tests.pipeline import working

MONTH = months_ago(1)


def past(n: int, **fields: object) -> dict[str, object]:
    text = ("kopisenja parah, kecewa", "kopisenja enak banget, suka")[n % 2]
    at = datetime.fromisoformat(f"{MONTH}-10T05:{n:02}:00+00:00").astimezone(UTC).isoformat()
    return item(text=f"{text} {n}", published_at=at, author={"handle": f"p{n}"}, **fields)


async def match(context: Context, caller: Caller) -> None:
    """Match what came, and leave the score of the weeks since alone."""
    claimed = await unscoped.claim_outbox(context.db, now=context.clock(), lease=timedelta(seconds=30), limit=500)
    for due in claimed:
        if due.agency_id == caller.agency.id and due.type == EventType.POSTS_RECEIVED:
            await run(context, due)
    await unscoped.release_outbox(context.db, [due for due in claimed if due.type != EventType.POSTS_RECEIVED])


async def draw(caller: Caller, client_id: str, **body: object):
    return await caller.post("/v1/sentiment-samples", json={"client_id": client_id, "month": MONTH} | body)


async def label(caller: Caller, path: str, *labels: tuple[str, str | None], if_match: str = "*"):
    body = {"labels": [{"item_id": item_id, "label": given} for item_id, given in labels]}
    return await caller.patch(path, json=body, headers={"If-Match": if_match})


async def test_people_label_a_month_blindly_and_the_readers_figure_comes_of_it(caller: Caller, app, db, settings):
    client_id = await watched_client(caller)
    own = {"client_id": client_id, "platform": "x", "handle": "kopisenja", "kind": "owned"}
    assert (await caller.post("/v1/monitored-accounts", json=own)).status_code == 201
    async with working(settings) as context:
        gone = past(50, native_id="hapus")
        theirs = past(51) | {"author": {"handle": "kopisenja"}}
        await send(caller, *[past(n) for n in range(40)], gone, theirs, item(text="kopisenja bulan ini"))
        await match(context, caller)
        await send(caller, gone | {"is_deleted": True})
        # What people corrected is judged by what the reader said.
        wrong = await mentions_of(caller, client_id, "&sentiment=negative")
        assert (await correct(caller, wrong[0], "positive")).status_code == 200
    drawn = await draw(caller, client_id, size=32)
    assert drawn.status_code == 201, drawn.text
    path, sample = drawn.headers["location"], drawn.json()
    assert (sample["size"], sample["labelled"], sample["result"], sample["month"]) == (32, 0, None, MONTH)
    assert set(sample["items"][0]) == {"id", "published_at", "text", "label"}
    assert len({each["text"] for each in sample["items"]}) == 32
    assert not {each["id"] for each in sample["items"]} & {each["id"] for each in await mentions_of(caller, client_id)}
    assert not [each for each in sample["items"] if each["text"].endswith((" 50", " 51"))]
    again = await draw(caller, client_id)
    assert (again.status_code, again.json()["code"]) == (409, "sampled_already")

    truth = {each["id"]: ("negative", "positive")["enak" in each["text"]] for each in sample["items"]}
    first, *rest = truth
    analyst = await issue_key(db, caller.agency.id, role=Role.ANALYST)
    async with calling(app, analyst) as http:
        one = await label(Caller(http, caller.agency), path, (first, truth[first]), if_match=drawn.headers["etag"])
    assert (one.status_code, one.json()["labelled"], one.headers["etag"]) == (200, 1, '"2"')
    assert (await label(caller, path, (first, "neutral"), if_match='"1"')).status_code == 412
    assert (await caller.patch(path, json={"labels": [{"item_id": first, "label": None}]})).status_code == 428
    strange = await label(caller, path, (first, "neutral"), (sample["id"], "neutral"))
    assert (strange.status_code, strange.json()["errors"][0]["pointer"]) == (422, "/labels/1/item_id")
    assert (await label(caller, path, (first, "bagus"))).status_code == 400
    most = await label(caller, path, *[(each, truth[each]) for each in rest[:-1]])
    assert (most.json()["labelled"], most.json()["result"]) == (31, None)
    whole = await label(caller, path, (rest[-1], "unclear"))
    result = whole.json()["result"]
    assert (result["judged"], result["macro_f1"]["value"], result["f1_neutral"]) == (31, 1.0, None)
    assert 0.8 < result["macro_f1"]["low"] < result["macro_f1"]["high"] == 1.0
    assert sum(cell["count"] for cell in result["confusion"] if cell["person"] == cell["reader"]) == 31
    contrary = await label(caller, path, (first, "neutral"))
    assert contrary.json()["result"]["accuracy"]["value"] == round(30 / 31, 4)
    read = await caller.get(path)
    assert (read.json(), read.headers["etag"]) == (contrary.json(), contrary.headers["etag"])
    (listed,) = (await caller.get(f"/v1/sentiment-samples?client_id={client_id}")).json()["data"]
    assert listed == {name: value for name, value in read.json().items() if name != "items"}
    back = await label(caller, path, (first, None))
    assert (back.json()["labelled"], back.json()["result"]) == (31, None)
    assert (await caller.delete(f"/v1/clients/{client_id}", headers={"If-Match": "*"})).status_code == 204
    assert (await caller.get(path)).status_code == 404


async def test_a_month_that_is_not_over_or_says_nothing_is_refused(caller: Caller):
    client_id = await watched_client(caller)
    running = await draw(caller, client_id, month=f"{datetime.now(UTC):%Y-%m}")
    assert (running.status_code, running.json()["errors"][0]["code"]) == (422, "in_the_future")
    nothing = await draw(caller, client_id)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_sample")
    assert (await draw(caller, client_id, month="2026-13")).status_code == 400
    assert (await draw(caller, client_id, size=29)).status_code == 400
    unknown = await draw(caller, "01890000-0000-7000-8000-000000000000")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/client_id")
