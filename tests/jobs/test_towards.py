"""A post that names several brands has a sentiment of its own towards each client."""

from core.settings import Settings
from tests.api.test_mentions import item, mentions_of, send, watched_client
from tests.conftest import Caller
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
