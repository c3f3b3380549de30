"""Mentions: posts come in item by item, concern the right clients, and are read back."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core.access import Role
from core.settings import Settings
from storage import versions
from storage.clients import ClientRow
from storage.engine import Database
from storage.session import tenant_session
from tests.conftest import Agency, Caller, calling, issue_key
from tests.moment import began
from tests.pipeline import drain, working


def item(**fields: object) -> dict[str, object]:
    return {
        "platform": "x",
        "native_id": uuid4().hex,
        "published_at": began().isoformat(),
        "text": "kopisenja enak",
    } | fields


async def watched_client(caller: Caller, query: str = "kopisenja") -> str:
    """A client with one active keyword."""
    client_id = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    new = {"client_id": client_id, "name": "merek", "query": query}
    keyword = (await caller.post("/v1/keywords", json=new)).json()["id"]
    assert (await caller.post(f"/v1/keywords/{keyword}/activate")).status_code == 200
    return client_id


async def send(caller: Caller, *items: dict[str, object]) -> dict:
    answer = await caller.post("/v1/mentions", json={"items": list(items)})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def mentions_of(caller: Caller, client_id: str, query: str = "") -> list[dict]:
    return (await caller.get(f"/v1/mentions?client_id={client_id}&limit=200{query}")).json()["data"]


async def test_a_bad_item_never_loses_its_neighbours(caller: Caller):
    good, late = item(), item(native_id="same")
    bad_time = item(published_at=(began() + timedelta(days=2)).isoformat())
    answer = await send(caller, good, {"platform": "x"}, bad_time, item(platform="friendster"), item(text="a\0b"), late)
    statuses = [result["status"] for result in answer["results"]]
    assert statuses == ["created", "refused", "refused", "refused", "refused", "created"]
    errors = [result["error"]["code"] for result in answer["results"] if result["status"] == "refused"]
    assert errors == ["not_as_declared", "impossible_time", "unknown_platform", "nul"]
    assert answer["summary"]["created"] == 2


async def test_the_same_post_again_changes_nothing(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    once = item()
    async with working(settings) as context:
        first = await send(caller, once, once)
        assert [r["status"] for r in first["results"]] == ["created", "duplicate"]
        again = await send(caller, once | {"text": "lain", "published_at": (began() - timedelta(days=40)).isoformat()})
        assert again["results"] == [{"index": 0, "status": "duplicate", "post_id": first["results"][0]["post_id"]}]
        await drain(context)
    (mention,) = await mentions_of(caller, client_id)
    assert mention["text"] == once["text"]


async def test_lines_are_taken_as_they_come(caller: Caller):
    lines = [json.dumps(item()), "", "{", json.dumps(item())]
    answer = await caller.post(
        "/v1/mentions", content="\r\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
    )
    assert [r["status"] for r in answer.json()["results"]] == ["created", "refused", "created"]


async def test_more_than_a_thousand_items_are_refused_whole(caller: Caller):
    answer = await caller.post("/v1/mentions", json={"items": [{}] * 1001})
    assert answer.status_code == 413
    assert (await caller.post("/v1/mentions", json={"items": []})).status_code == 400


async def test_an_edit_is_read_anew_and_an_older_edit_changes_nothing(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    first = item(text="kopisenja enak banget, mantap")
    async with working(settings) as context:
        await send(caller, first)
        await drain(context)
        edit = first | {"text": "kopisenja bikin sakit perut, parah, kecewa", "edited_at": began().isoformat()}
        edit["edited_at"] = (began() + timedelta(seconds=60)).isoformat()
        assert (await send(caller, edit))["results"][0]["status"] == "edited"
        old = first | {"text": "kopisenja basi", "edited_at": (began() + timedelta(seconds=30)).isoformat()}
        assert (await send(caller, old))["results"][0]["status"] == "duplicate"
        await drain(context)
    (mention,) = await mentions_of(caller, client_id)
    assert (mention["text"], mention["sentiment"]) == (edit["text"], "negative")


@pytest.mark.parametrize("known_at", [(0, 3), (1, 2)])
async def test_new_edited_deleted_and_repeated_posts_come_together(
    caller: Caller, settings: Settings, known_at: tuple[int, int]
):
    """Whether what is known stands first among them or not, each is told for itself and counted once."""
    client_id = await watched_client(caller)
    edited, repeated, deleted = (item(text=f"kopisenja {number} mantap") for number in range(3))
    async with working(settings) as context:
        await send(caller, edited, repeated, deleted)
        await drain(context)
        edit = edited | {"text": "kopisenja parah, kecewa", "edited_at": (began() + timedelta(seconds=60)).isoformat()}
        items = [item(text=f'kopisenja \\u0000 "{number}" {{}}, NULL\n') for number in range(6)]
        items[known_at[0]], items[known_at[1]], items[4] = edit, repeated, deleted | {"is_deleted": True}
        told = [result["status"] for result in (await send(caller, *items))["results"]]
        await drain(context)
    expected = ["created"] * 6
    expected[known_at[0]], expected[known_at[1]], expected[4] = "edited", "duplicate", "deleted"
    assert told == expected
    found = {mention["text"]: mention["sentiment"] for mention in await mentions_of(caller, client_id)}
    new = [each["text"] for each, status in zip(items, told, strict=True) if status == "created"]
    assert set(found) == {edit["text"], repeated["text"], "", *new}
    assert found[str(edit["text"])] == "negative"
    (volume,) = (await caller.get(f"/v1/clients/{client_id}/volumes")).json()["data"]
    assert volume["mentions"] == 6


async def test_a_deletion_takes_the_text_and_leaves_the_count(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    gone = item(text="kopisenja parah, kecewa", author={"handle": "budi"})
    async with working(settings) as context:
        await send(caller, gone)
        await drain(context)
        before = (await caller.get(f"/v1/clients/{client_id}/volumes")).json()["data"]
        assert (await send(caller, gone | {"is_deleted": True}))["results"][0]["status"] == "deleted"
        await drain(context)
    (mention,) = await mentions_of(caller, client_id)
    assert (mention["text"], mention["author"], mention["is_deleted"]) == ("", None, True)
    assert (await caller.get(f"/v1/clients/{client_id}/volumes")).json()["data"] == before


async def test_a_deletion_that_comes_before_its_post_keeps_the_post_out(caller: Caller):
    post = item()
    await send(caller, post | {"is_deleted": True})
    assert (await send(caller, post))["results"][0]["status"] == "deleted"


async def test_a_late_post_lands_in_its_publication_time(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    then = began() - timedelta(days=3)
    async with working(settings) as context:
        await send(caller, item(published_at=then.isoformat()))
        await drain(context)
    query = f"?at[gte]={(then - timedelta(hours=1)).isoformat()}&at[lt]={(then + timedelta(hours=1)).isoformat()}"
    volumes = await caller.get(f"/v1/clients/{client_id}/volumes{query.replace('+', '%2B')}")
    assert [point["mentions"] for point in volumes.json()["data"]] == [1]


async def test_an_address_that_is_none_holds_no_neighbour_back(caller: Caller, settings: Settings):
    client_id = await watched_client(caller, "site:berita.example OR kopisenja")
    sites = (
        "https://berita.example/a?b",
        "HTTPS://u@Berita.example:8443/a",
        "http://[berita",
        "berita.example",
        "",
        None,
    )
    items = [item(native_id=f"u{n}", url=url, text="kopi" if n < 2 else "kopisenja") for n, url in enumerate(sites)]
    async with working(settings) as context:
        await send(caller, *items)
        await drain(context)
    found = {mention["native_id"] for mention in await mentions_of(caller, client_id)}
    assert found == {f"u{n}" for n in range(len(sites))}


@pytest.mark.parametrize(
    ("value", "status"),
    [(json.dumps("[" * 900), 200), (json.dumps('[{" \\' * 900), 200), ("[" * 64 + '"]]]]"' + "]" * 64, 400)],
)
async def test_nesting_is_counted_outside_of_texts(caller: Caller, value: str, status: int):
    body = json.dumps({"items": [item(text="TEXT")]}).replace('"TEXT"', value)
    answer = await caller.post("/v1/mentions", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert ("nested" in answer.text) is (status == 400)


async def test_an_account_reaches_its_client_without_a_keyword_and_own_posts_hold_no_opinion(
    caller: Caller, settings: Settings
):
    client_id = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]
    account = {"client_id": client_id, "platform": "x", "handle": "@KopiSenja", "kind": "owned"}
    assert (await caller.post("/v1/monitored-accounts", json=account)).status_code == 201
    async with working(settings) as context:
        await send(
            caller,
            item(text="halo @kopisenja kapan buka"),
            item(text="tolong dibalas dong", reply_to="KopiSenja"),
            item(text="Kami minta maaf", author={"handle": "kopisenja"}),
            item(text="halo @kopisenja", platform="instagram"),
            item(text="email ke a@kopisenja.com ya"),
        )
        await drain(context)
    found = await mentions_of(caller, client_id)
    assert sorted((m["text"], m["is_own"], m["is_counted"]) for m in found) == [
        ("Kami minta maaf", True, False),
        ("halo @kopisenja kapan buka", False, True),
        ("tolong dibalas dong", False, True),
    ]
    (own,) = [m for m in found if m["is_own"]]
    assert (own["sentiment"], own["polarity"]) == ("neutral", 0)


async def test_filters_narrow_the_list_and_pages_cover_it(caller: Caller, settings: Settings):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        for n in range(7):
            at = (began() - timedelta(minutes=n)).isoformat()
            await send(caller, item(published_at=at, platform=("x", "tiktok")[n % 2], author={"handle": f"a{n}"}))
        await drain(context)
    assert len(await mentions_of(caller, client_id, "&platform=tiktok")) == 3
    assert [m["author"] for m in await mentions_of(caller, client_id, "&author=A3")] == ["a3"]
    assert len(await mentions_of(caller, client_id, "&platform=tiktok,x&sentiment=negative")) == 0
    seen: list[str] = []
    path: str | None = f"/v1/mentions?client_id={client_id}&limit=3"
    while path:
        page = await caller.get(path)
        seen += [m["id"] for m in page.json()["data"]]
        path = page.links.get("next", {}).get("url")
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "colour=red", "client_id=1", "limit=1&limit=2", "sentiment=angry",
              "published_at[gte]=yesterday", "cursor=AAAA"],
)  # fmt: skip
async def test_a_query_that_cannot_be_read_names_its_parameter(caller: Caller, query: str):
    answer = await caller.get(f"/v1/mentions?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == query.split("=", maxsplit=1)[0]


async def test_a_mention_is_found_by_its_id_and_by_its_own_agency_only(
    caller: Caller, stranger: Caller, settings: Settings
):
    client_id = await watched_client(caller)
    async with working(settings) as context:
        await send(caller, item())
        await drain(context)
    (mention,) = await mentions_of(caller, client_id)
    one = (await caller.get(f"/v1/mentions/{mention['id']}")).json()
    assert one == mention | {"explanation": one["explanation"]}
    assert (await stranger.get(f"/v1/mentions/{mention['id']}")).status_code == 404
    assert (await stranger.get(f"/v1/mentions?client_id={client_id}")).json()["data"] == []


@pytest.mark.parametrize("is_told", [True, False], ids=["before the posts came", "while they were matched"])
async def test_posts_of_a_client_that_was_removed_stop_nobody_elses(
    caller: Caller, agency: Agency, db: Database, settings: Settings, is_told: bool
):
    gone, stays = await watched_client(caller), await watched_client(caller, "kopifajar")
    async with working(settings) as context:
        await send(caller, item())
        await drain(context)
        if is_told:
            await caller.delete(f"/v1/clients/{gone}", headers={"If-Match": "*"})
        else:  # The worker matches by the list it read before.
            async with tenant_session(db, agency.id) as session:
                await versions.remove(session, ClientRow, UUID(gone), version=None)
        await send(caller, item(), item(text="kopisenja atau kopifajar"))
        await drain(context)
    assert await mentions_of(caller, gone) == []
    assert len(await mentions_of(caller, stays)) == 1


async def test_a_portal_sees_its_clients_mentions_without_their_authors(
    caller: Caller, agency: Agency, app, db, settings: Settings
):
    mine, other = await watched_client(caller), await watched_client(caller, "kopifajar")
    async with working(settings) as context:
        await send(caller, item(author={"handle": "budi"}), item(text="kopifajar enak"))
        await drain(context)
    scopes = ("mentions:read", "scores:read")
    token = await issue_key(db, agency.id, role=Role.PORTAL_VIEWER, scopes=scopes, client_id=UUID(mine))
    async with calling(app, token) as portal:
        (seen,) = (await portal.get("/v1/mentions")).json()["data"]
        assert (seen["client_id"], "budi" in str(seen), "author" in seen) == (mine, False, False)
        assert (await portal.get(f"/v1/mentions?client_id={other}")).json()["data"] == []
        assert (await portal.get(f"/v1/clients/{other}/crisis-score")).status_code == 404
        assert (await portal.get(f"/v1/clients/{mine}/top-accounts")).json()["data"] == []
        assert (await portal.post("/v1/mentions", json={"items": [item()]})).status_code == 403
