"""Keywords: drafted, tried, put in force only when their own examples come out as told, changed by versions."""

import asyncio
from time import perf_counter
from uuid import UUID

import pytest

from storage import agencies, keywords
from storage.engine import Database
from storage.session import tenant_session
from tests.conftest import Caller, calling, issue_key

PATH = "/v1/keywords"
QUERY = '"kopi senja" NOT lowongan'
GOOD = {"text": "Kopi Senja enak sekali"}
BAD = {"text": "Lowongan barista di Kopi Senja"}
UNKNOWN = "01890000-0000-7000-8000-000000000000"


async def client_of(caller: Caller) -> str:
    return (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()["id"]


async def body_of(caller: Caller, **changes) -> dict:
    body = {"client_id": await client_of(caller), "name": "Merek", "query": QUERY}
    return body | {"must_match": [GOOD], "must_not_match": [BAD]} | changes


async def keyword_of(caller: Caller, **changes) -> str:
    created = await caller.post(PATH, json=await body_of(caller, **changes))
    assert created.status_code == 201, created.text
    return created.headers["location"]


async def active(db: Database, caller: Caller) -> list[keywords.ActiveKeyword]:
    async with tenant_session(db, caller.agency.id) as session:
        return await keywords.active(session)


async def revision(db: Database, caller: Caller) -> int:
    async with tenant_session(db, caller.agency.id) as session:
        return (await agencies.get(session)).matching_revision


async def test_a_new_keyword_is_a_draft_that_catches_nothing(caller: Caller, db: Database):
    created = await caller.post(PATH, json=await body_of(caller))
    found = created.json()
    assert created.status_code == 201, created.text
    assert (found["status"], found["version_number"], found["must_match"]) == ("draft", 1, [GOOD])
    assert found["examples"] == {"passed": True, "failed": []}
    assert (await caller.get(created.headers["location"])).json() == found
    assert await active(db, caller) == []


async def test_a_sample_keeps_what_was_told_and_nothing_else(caller: Caller):
    sample = {"text": "Kopi Senja", "author": "sari", "likes": 3, "is_reply": True, "links": ["https://a.example/b"]}
    path = await keyword_of(caller, query='"kopi senja" author:sari', must_match=[sample], must_not_match=[GOOD])
    read = (await caller.get(path)).json()
    assert (read["must_match"], read["examples"]["passed"]) == ([sample], True)
    same = await caller.patch(path, json={"must_match": [sample]}, headers={"If-Match": "*"})
    assert same.json()["version_number"] == 1


async def test_a_client_of_another_agency_is_as_unknown_as_any(caller: Caller, stranger: Caller):
    body = await body_of(caller)
    foreign = await caller.post(PATH, json=body | {"client_id": await client_of(stranger)})
    unknown = await caller.post(PATH, json=body | {"client_id": UNKNOWN})
    assert (foreign.status_code, unknown.status_code) == (422, 422)
    assert foreign.json()["errors"] == unknown.json()["errors"]


@pytest.mark.parametrize(
    ("query", "code", "place"),
    [
        ("indomie AND (basi OR ulat", "unbalanced_parenthesis", "At offset 12, length 1."),
        ("  NOT indomie", "negation_only", "At offset 2, length 11."),
        ("indomie lng:id", "unknown_field", "At offset 8"),
        ("   ", "empty_query", "At offset 0"),
        ("indomie sentiment:negative", "late_filter", "At offset 8"),
    ],
)
async def test_a_query_that_cannot_be_read_is_told_where(caller: Caller, query, code, place):
    answer = await caller.post(PATH, json=await body_of(caller, query=query))
    assert (answer.status_code, answer.json()["code"]) == (422, "query_syntax")
    first = answer.json()["errors"][0]
    assert (first["pointer"], first["code"]) == ("/query", code)
    assert place in first["detail"]


async def test_a_problem_comes_with_what_to_write_instead(caller: Caller):
    answer = await caller.post(PATH, json=await body_of(caller, query="indomie AND (basi OR ulat"))
    assert answer.json()["errors"][0]["detail"].endswith("Suggestion: indomie AND (basi OR ulat)")


async def test_a_warning_knows_its_place_and_both_languages(caller: Caller):
    found = (await caller.post(PATH, json=await body_of(caller, query="mandiri"))).json()
    warning = found["warnings"][0]
    assert (warning["code"], warning["offset"], warning["length"]) == ("common_word", 0, 7)
    assert warning["message_id"] != warning["message_en"]
    assert (await caller.post(PATH, json=await body_of(caller))).json()["warnings"] == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"must_match": [{"text": "a", "txet": "b"}]}, "/must_match"),
        ({"must_match": [{"title": "a"}]}, "/must_match"),
        ({"must_not_match": [{"text": "a\u0000"}]}, "/must_not_match"),
        ({"must_match": [GOOD] * 51}, "/must_match"),
        ({"query": "a" * 8193}, "/query"),
    ],
)
async def test_what_is_not_of_the_shape_is_pointed_at(caller: Caller, change, pointer):
    answer = await caller.post(PATH, json=await body_of(caller, **change))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


async def test_an_activated_keyword_reaches_the_workers_until_it_is_paused(caller: Caller, db: Database):
    path = await keyword_of(caller)
    before = await revision(db, caller)
    activated = await caller.post(f"{path}/activate")
    assert (activated.status_code, activated.json()["status"], activated.headers["etag"]) == (200, "active", '"2"')
    assert [(found.keyword_id, found.query) for found in await active(db, caller)] == [
        (UUID(activated.json()["id"]), QUERY)
    ]
    assert str((await active(db, caller))[0].version_id) == activated.json()["version_id"]
    assert await revision(db, caller) == before + 1
    again = await caller.post(f"{path}/activate")
    assert (again.json(), await revision(db, caller)) == (activated.json(), before + 1)
    paused = await caller.post(f"{path}/pause")
    assert (paused.status_code, paused.json()["status"], await active(db, caller)) == (200, "paused", [])
    assert await revision(db, caller) == before + 2
    assert (await caller.post(f"{path}/pause")).json() == paused.json()


async def test_a_draft_cannot_be_paused(caller: Caller):
    answer = await caller.post(f"{await keyword_of(caller)}/pause")
    assert (answer.status_code, answer.json()["code"]) == (409, "keyword_is_draft")


async def test_a_keyword_whose_own_examples_fail_cannot_be_activated(caller: Caller, db: Database):
    path = await keyword_of(caller, must_match=[GOOD, BAD], must_not_match=[GOOD])
    answer = await caller.post(f"{path}/activate")
    assert (answer.status_code, answer.json()["code"]) == (409, "examples_fail")
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("/must_match/1", "must_match_missed"),
        ("/must_not_match/0", "must_not_match_caught"),
    ]
    read = (await caller.get(path)).json()
    assert read["examples"] == {
        "passed": False,
        "failed": [
            {"pointer": "/must_match/1", "must_match": True},
            {"pointer": "/must_not_match/0", "must_match": False},
        ],
    }
    assert (read["status"], await active(db, caller)) == ("draft", [])


async def test_another_query_is_another_version_and_another_name_is_not(caller: Caller):
    path = await keyword_of(caller)
    renamed = await caller.patch(path, json={"name": "Nama"}, headers={"If-Match": '"1"'})
    assert (renamed.json()["name"], renamed.json()["version_number"], renamed.headers["etag"]) == ("Nama", 1, '"2"')
    same = await caller.patch(path, json={"query": QUERY}, headers={"If-Match": '"2"'})
    assert same.json()["version_number"] == 1
    changed = await caller.patch(path, json={"query": '"kopi senja"'}, headers={"If-Match": "*"})
    assert (changed.status_code, changed.json()["version_number"]) == (200, 2)
    assert changed.json()["must_match"] == [GOOD]
    assert changed.json()["examples"]["passed"] is False
    versions = (await caller.get(f"{path}/versions")).json()["data"]
    assert [(each["number"], each["query"]) for each in versions] == [(2, '"kopi senja"'), (1, QUERY)]
    first = await caller.get(f"/v1/keyword-versions/{versions[1]['id']}")
    assert (first.json()["must_not_match"], first.json()["number"]) == ([BAD], 1)


async def test_the_history_is_walked_page_by_page(caller: Caller):
    path = await keyword_of(caller)
    for number in range(4):
        await caller.patch(path, json={"query": f"kopi{number}"}, headers={"If-Match": "*"})
    seen: list[int] = []
    address: str | None = f"{path}/versions?limit=2"
    while address:
        page = (await caller.get(address)).json()
        seen += [each["number"] for each in page["data"]]
        address = f"{path}/versions?limit=2&cursor={page['next_cursor']}" if page["has_more"] else None
    assert seen == [5, 4, 3, 2, 1]


async def test_a_stale_change_is_refused(caller: Caller):
    path = await keyword_of(caller)
    assert (await caller.patch(path, json={"name": "a"})).status_code == 428
    assert (await caller.patch(path, json={"name": "a"}, headers={"If-Match": '"1"'})).status_code == 200
    assert (await caller.patch(path, json={"query": "kopi"}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await caller.get(path)).json()["version_number"] == 1


async def test_two_changes_at_once_do_not_both_win(caller: Caller):
    path = await keyword_of(caller)
    both = [caller.patch(path, json={"query": f"kopi{n}"}, headers={"If-Match": '"1"'}) for n in range(2)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*both)) == [200, 412]


async def test_an_active_keyword_keeps_its_version_when_the_new_one_fails(caller: Caller, db: Database):
    path = await keyword_of(caller)
    await caller.post(f"{path}/activate")
    before, known = await revision(db, caller), await active(db, caller)
    failing = await caller.patch(path, json={"query": '"kopi senja"'}, headers={"If-Match": "*"})
    assert (failing.status_code, failing.json()["code"]) == (422, "examples_fail")
    assert failing.json()["errors"][0]["pointer"] == "/must_not_match/0"
    unreadable = await caller.patch(path, json={"query": '"kopi senja'}, headers={"If-Match": "*"})
    assert (unreadable.status_code, unreadable.json()["code"]) == (422, "query_syntax")
    assert (await active(db, caller), await revision(db, caller)) == (known, before)
    passing = await caller.patch(path, json={"query": '"kopi senja" NOT barista'}, headers={"If-Match": "*"})
    assert (passing.status_code, passing.json()["version_number"]) == (200, 2)
    now = await active(db, caller)
    assert [each.query for each in now] == ['"kopi senja" NOT barista']
    assert (str(now[0].version_id), await revision(db, caller)) == (passing.json()["version_id"], before + 1)


async def test_the_list_keeps_to_client_and_status(caller: Caller):
    first = await body_of(caller)
    paths = [(await caller.post(PATH, json=first | {"name": f"k{n}"})).headers["location"] for n in range(3)]
    await keyword_of(caller)
    await caller.post(f"{paths[0]}/activate")

    async def names(query: str) -> list[str]:
        address = f"{PATH}?client_id={first['client_id']}{query}"
        return [row["name"] for row in (await caller.get(address)).json()["data"]]

    assert await names("") == ["k2", "k1", "k0"]
    assert await names("&status=active") == ["k0"]
    assert await names("&status=active,draft") == ["k2", "k1", "k0"]
    assert (await caller.get(f"{PATH}?status=on")).status_code == 400


async def test_a_removed_keyword_is_gone_with_its_versions(caller: Caller, db: Database):
    path = await keyword_of(caller)
    version = (await caller.post(f"{path}/activate")).json()["version_id"]
    assert (await caller.delete(path, headers={"If-Match": '"2"'})).status_code == 204
    answers = [await caller.get(each) for each in (path, f"{path}/versions", f"/v1/keyword-versions/{version}")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert await active(db, caller) == []


async def test_another_agency_finds_no_keyword(caller: Caller, stranger: Caller, db: Database):
    path = await keyword_of(caller)
    version = (await caller.post(f"{path}/activate")).json()["version_id"]
    answers = [
        await stranger.get(path),
        await stranger.get(f"{path}/versions"),
        await stranger.get(f"/v1/keyword-versions/{version}"),
        await stranger.post(f"{path}/activate"),
        await stranger.post(f"{path}/pause"),
        await stranger.patch(path, json={"name": "x"}, headers={"If-Match": "*"}),
        await stranger.delete(path, headers={"If-Match": "*"}),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert (await stranger.get(PATH)).json()["data"] == []
    assert await active(db, stranger) == []


async def test_a_reader_may_try_a_query_and_store_nothing(caller: Caller, app, db: Database):
    key = await issue_key(db, caller.agency.id, scopes=("clients:read",))
    posts = [{"text": "Ada Kopi Senja!"}, {"text": "kopi pagi"}, {"title": "Kopi senja", "text": ""}]
    async with calling(app, key) as http:
        tried = await http.post(f"{PATH}/preview", json={"query": QUERY, "posts": posts})
        assert (await http.post(PATH, json=await body_of(caller))).status_code == 403
    assert tried.status_code == 200, tried.text
    assert tried.json() == {
        "warnings": [],
        "results": [
            {"index": 0, "matches": True, "spans": [{"field": "text", "start": 4, "end": 14}]},
            {"index": 1, "matches": False, "spans": []},
            {"index": 2, "matches": True, "spans": [{"field": "title", "start": 0, "end": 10}]},
        ],
    }
    assert (await caller.get(PATH)).json()["data"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [({"posts": []}, 400), ({"posts": [GOOD] * 101}, 400), ({"query": "(kopi"}, 422), ({"name": "x"}, 400)],
)
async def test_a_preview_of_the_wrong_shape_is_refused(caller: Caller, change, status):
    answer = await caller.post(f"{PATH}/preview", json={"query": QUERY, "posts": [GOOD]} | change)
    assert answer.status_code == status


async def test_spans_stand_in_the_text_as_it_was_sent(caller: Caller):
    posts = [{"text": "  e\u0301 kopi senja"}]
    tried = await caller.post(f"{PATH}/preview", json={"query": '  "kopi senja"', "posts": posts})
    span = tried.json()["results"][0]["spans"][0]
    assert posts[0]["text"][span["start"] : span["end"]] == "kopi senja"


@pytest.mark.parametrize(
    "query",
    [
        " OR ".join(["(" + " SENTENCE ".join(["a"] * 13) + ")"] * 38),
        " OR ".join(['"' + "a b " * 20 + '"~50'] * 80),
        " OR ".join(["(a NEAR/50 b)"] * 250),
        " OR ".join(["a"] * 500),
        ")" * 8192,
    ],
)
async def test_a_query_made_to_be_costly_is_refused_before_it_costs(caller: Caller, query):
    started = perf_counter()
    answer = await caller.post(f"{PATH}/preview", json={"query": query, "posts": [{"text": "a b " * 1000}] * 100})
    assert answer.status_code == 422
    assert answer.json()["code"] in {"query_too_costly", "query_syntax"}
    assert perf_counter() - started < 5  # unguarded, those that can be read take minutes


async def test_a_long_query_on_many_honest_posts_is_answered(caller: Caller):
    words = " OR ".join(f'"kopi senja{n}" NEAR/5 (basi OR pahit)' for n in range(80))
    posts = [{"text": f"Tadi beli kopi senja{n}, rasanya pahit sekali " + "dan lama " * 20} for n in range(100)]
    tried = await caller.post(f"{PATH}/preview", json={"query": words, "posts": posts})
    assert tried.status_code == 200, tried.text
    assert sum(result["matches"] for result in tried.json()["results"]) == 80
