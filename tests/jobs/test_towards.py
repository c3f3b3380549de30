"""A post that names several brands has a sentiment of its own towards each client."""

from datetime import timedelta

from core.settings import Settings
from tests.api.test_lexicons import reread
from tests.api.test_mentions import item, mentions_of, send, watched_client
from tests.conftest import Caller
from tests.jobs.test_operations import operation
from tests.moment import began
from tests.pipeline import drain, working

POSTS = {
    "kopisenja hambar, untung ada Warkop Lapak": ("negative", None),
    "kopisenja hambar, untung ada tehpagi": ("negative", "positive"),
    "tehpagi jauh lebih enak dari kopisenja": ("negative", "positive"),
    "daripada Warkop Lapak mending kopisenja": ("positive", None),
    "kopisenja enak banget, mantap": ("positive", None),
}


async def test_each_client_has_what_is_said_of_it(caller: Caller, settings: Settings):
    first, second = await watched_client(caller), await watched_client(caller, "tehpagi AND (enak OR ada)")
    rival = {"client_id": first, "name": "Kedai Lama"}
    answer = await caller.post("/v1/competitors", json=rival)
    renamed = f"/v1/competitors/{answer.json()['id']}"
    async with working(settings) as context:
        # What a competitor is called from now on is known to a worker that runs already.
        await caller.patch(renamed, json={"name": "Warkop Lapak"}, headers={"If-Match": answer.headers["etag"]})
        await send(caller, *(item(text=text) for text in POSTS))
        await drain(context)
    told = {
        client: {mention["text"]: mention["sentiment"] for mention in await mentions_of(caller, client)}
        for client in (first, second)
    }
    assert told[first] == {text: sentiment for text, (sentiment, _) in POSTS.items()}
    assert told[second] == {text: sentiment for text, (_, sentiment) in POSTS.items() if sentiment}
    # Why it reads so speaks of the same: of what is said of this client, and not of the other.
    for mention in await mentions_of(caller, second):
        why = (await caller.get(f"/v1/mentions/{mention['id']}")).json()["explanation"]
        assert why["read_from"] in {"part", "contrast"}
        assert why["strengths"]["positive"] > -why["strengths"]["negative"]
        assert "hambar" not in {span["text"] for span in why["spans"]}
        assert all(mention["text"][span["start"] : span["end"]] == span["text"] for span in why["spans"])
    whole = next(each for each in await mentions_of(caller, first) if "mantap" in each["text"])
    explanation = (await caller.get(f"/v1/mentions/{whole['id']}")).json()["explanation"]
    assert explanation["read_from"] == "post"
    # A lexicon is tried on what is said of the client, and not of the whole post.
    bland = {"terms": [{"term": "hambar", "polarity": "neutral"}]}
    of_first = (await caller.post(f"/v1/clients/{first}/lexicon/preview", json=bland)).json()
    of_second = (await caller.post(f"/v1/clients/{second}/lexicon/preview", json=bland)).json()
    assert (of_first["mentions_with_terms"], of_second["mentions_with_terms"]) == (2, 1)
    assert of_second["labels_changed"] == 0


async def test_reading_again_says_what_reading_now_would(caller: Caller, settings: Settings):
    """All that a first reading looks at counts: terms that ask for more than words, and who else is concerned."""
    first = await watched_client(caller, "kopisenja AND lang:id")
    second = await watched_client(caller, "tehpagi AND author:budi")
    text = "kopisenja hambar, untung ada tehpagi"
    async with working(settings) as context:
        early = item(text=text, lang="id", author={"handle": "budi"})
        await send(caller, early)
        await drain(context)
        before = {client: (await mentions_of(caller, client))[0] for client in (first, second)}
        assert [before[client]["sentiment"] for client in (first, second)] == ["negative", "positive"]
        for client in (first, second):
            empty = {"terms": [{"term": "tidak ada di mana pun", "polarity": "neutral"}]}
            await caller.put(f"/v1/clients/{client}/lexicon", json=empty, headers={"If-Match": "*"})
            await reread(caller, client)
        await drain(context)
        after = {client: (await mentions_of(caller, client))[0] for client in (first, second)}
        for client in (first, second):
            assert after[client]["reader_version"] == f"{before[client]['reader_version']}/1"
            assert after[client]["sentiment"] == before[client]["sentiment"]
            assert after[client]["polarity"] == before[client]["polarity"]
        # A brand that is named to us only now is read beside from then on, and so are past posts, when that is asked.
        await send(caller, item(text="kopisenja hambar, Warkop Lapak enak mantap juara", lang="id"))
        await drain(context)
        mixed = next(each for each in await mentions_of(caller, first) if "Lapak" in each["text"])
        await caller.post("/v1/competitors", json={"client_id": first, "name": "Warkop Lapak"})
        stale = (await caller.get(f"/v1/mentions/{mixed['id']}")).json()
        context.clock = lambda: began() + timedelta(minutes=3)
        started = (await reread(caller, first)).json()["id"]
        await drain(context)
        anew = (await caller.get(f"/v1/mentions/{mixed['id']}")).json()
        assert (stale["sentiment"], stale["explanation"]) == ("positive", None)
        assert (anew["sentiment"], anew["explanation"]["read_from"]) == ("negative", "part")
        assert (await operation(caller, started))["counts"]["mentions_read"] == 1
