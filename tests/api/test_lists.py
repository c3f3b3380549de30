"""Lists: pages that neither repeat nor skip while rows come and go, sorts, searches, counts and cursors."""

from collections.abc import Mapping
from dataclasses import replace
from secrets import token_bytes
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.edge.gate import Gate
from tests.conftest import Caller
from tests.operations import OPERATIONS, Operation

LISTS = [
    each
    for each in OPERATIONS
    if each.method == "get" and any(p["name"] == "sort" for p in each.told.get("parameters", []))
]
NAMES = ("Cempaka", "anggrek", "Melati", "anggrek", "Dahlia", "Zinnia", "Bakung", "Melati", "100%_sari", "ßeta")


async def made(caller: Caller, path: str, **values: object) -> dict[str, Any]:
    answer = await caller.post(path, json=values)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def new_row(caller: Caller, path: str, client_id: str, name: str) -> dict[str, Any]:
    """A row of the list at this path, called `name` where it has one."""
    if path == "/v1/clients":
        return await made(caller, path, kind="company", name=name)
    if path == "/v1/monitored-accounts":
        handle = f"{name}{uuid4().hex[:6]}".replace("%", "")
        return await made(caller, path, client_id=client_id, platform="x", handle=handle, kind="watched")
    return await made(caller, path, client_id=client_id, name=name, note="catatan")


async def remove(caller: Caller, path: str, row: Mapping[str, Any]) -> None:
    assert (await caller.delete(f"{path}/{row['id']}", headers={"If-Match": "*"})).status_code == 204


@pytest.fixture
async def client_id(caller: Caller) -> str:
    return (await made(caller, "/v1/clients", kind="company", name="Kopi Senja"))["id"]


@pytest.mark.parametrize(
    ("path", "sort"),
    [
        ("/v1/clients", None),
        ("/v1/clients", "name"),
        ("/v1/clients", "-name,created_at"),
        ("/v1/competitors", "created_at"),
        ("/v1/competitors", "name,-updated_at"),
        ("/v1/monitored-accounts", "-handle"),
        ("/v1/monitored-accounts", "-updated_at,handle"),
    ],
)
async def test_pages_neither_repeat_nor_skip_while_rows_come_and_go(
    caller: Caller, client_id: str, path: str, sort: str | None
):
    rows = [await new_row(caller, path, client_id, name) for name in NAMES]
    query = f"{path}?limit=2" + (f"&sort={sort}" if sort else "")
    whole = await caller.get(query.replace("limit=2", "limit=200"))
    ordered = [row["id"] for row in whole.json()["data"]]
    doomed = [rows[number] for number in (1, 4, 7)]
    lasting = [each for each in ordered if each not in {row["id"] for row in doomed}]
    seen: list[str] = []
    address: str | None = query
    while address:
        page = await caller.get(address)
        assert page.status_code == 200, page.text
        seen += [row["id"] for row in page.json()["data"]]
        # One name before all the others, one amid, one behind; and rows that go, shown or not.
        for name in ("Aaa", "Dahlia", "zzz"):
            if len(seen) < len(NAMES):
                await new_row(caller, path, client_id, name)
        if doomed:
            await remove(caller, path, doomed.pop())
        address = page.links.get("next", {}).get("url")
        assert (address is not None) == page.json()["has_more"]
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each in set(lasting)] == lasting


@pytest.mark.parametrize("operation", LISTS, ids=lambda each: each.id)
def test_every_list_declares_what_the_law_of_lists_asks(operation: Operation):
    known = {parameter["name"]: parameter["schema"] for parameter in operation.told["parameters"]}
    assert {"limit", "cursor", "sort", "include_total"} <= known.keys()
    assert (known["limit"]["minimum"], known["limit"]["maximum"], known["limit"]["default"]) == (1, 200, 50)
    assert len([name for name in known if name.endswith(("[gte]", "[lt]"))]) == 2
    assert "Link" in operation.told["responses"]["200"]["headers"]


async def test_a_sort_by_several_columns_orders_by_each_in_turn(caller: Caller, client_id: str):
    for name in ("b", "a", "b", "a"):
        await new_row(caller, "/v1/competitors", client_id, name)
    rows = (await caller.get("/v1/competitors?sort=name,-created_at")).json()["data"]
    by_age = sorted(rows, key=lambda row: row["created_at"], reverse=True)
    assert rows == sorted(by_age, key=lambda row: row["name"])
    assert [row["name"] for row in rows] == ["a", "a", "b", "b"]


async def test_a_search_takes_every_word_in_any_order_and_means_signs_as_they_are(caller: Caller):
    for name, sector in (("Kopi Senja", "minuman"), ("Teh Senja", None), ("Kopi 100%", "kedai")):
        await made(caller, "/v1/clients", kind="company", name=name, sector=sector)

    async def found(query: str) -> list[str]:
        return sorted(row["name"] for row in (await caller.get(f"/v1/clients?q={query}")).json()["data"])

    assert await found("SENJA") == ["Kopi Senja", "Teh Senja"]
    assert await found("minuman%20kopi") == ["Kopi Senja"]
    assert await found("0%25") == ["Kopi 100%"]
    assert await found("_") == []
    assert await found("kopi%20teh") == []


async def test_a_total_is_told_when_it_is_asked_for_and_of_what_is_filtered(caller: Caller, client_id: str):
    for name in ("satu", "dua", "tiga"):
        await new_row(caller, "/v1/competitors", client_id, name)
    assert "total" not in (await caller.get("/v1/competitors")).json()
    page = (await caller.get("/v1/competitors?include_total=true&limit=2")).json()
    assert (page["total"], len(page["data"])) == (3, 2)
    assert (await caller.get("/v1/competitors?include_total=true&q=ua")).json()["total"] == 1
    assert (await caller.get(f"/v1/competitors?include_total=true&client_id={uuid4()}")).json()["total"] == 0


async def test_a_filter_takes_any_of_several_values(caller: Caller, client_id: str):
    other = (await made(caller, "/v1/clients", kind="person", name="Budi"))["id"]
    for each in (client_id, other, other):
        await new_row(caller, "/v1/competitors", each, "saingan")
    assert len((await caller.get(f"/v1/competitors?client_id={other}")).json()["data"]) == 2
    assert len((await caller.get(f"/v1/competitors?client_id={other},{client_id}")).json()["data"]) == 3
    kinds = await caller.get("/v1/clients?kind=person,institution")
    assert [row["name"] for row in kinds.json()["data"]] == ["Budi"]


async def test_times_bound_a_list_from_the_first_and_before_the_last(caller: Caller):
    rows = [await made(caller, "/v1/clients", kind="company", name=name) for name in ("a", "b", "c")]
    times = [row["created_at"] for row in rows]
    page = await caller.get(f"/v1/clients?created_at[gte]={times[1]}&created_at[lt]={times[2]}")
    assert [row["name"] for row in page.json()["data"]] == ["b"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("sort=colour", "sort"), ("sort=name,name", "sort"), ("sort=name,-name", "sort"), ("sort=", "sort"),
        ("sort=--name", "sort"), ("include_total=yes", "include_total"), ("q=%20", "q"), ("q=a%00b", "q"),
        ("q=" + "+".join("abcdefghijk"), "q"), ("kind=company,", "kind"), ("kind=alien", "kind"), ("limit=0", "limit"),
        ("limit=201", "limit"), ("limit=1.0", "limit"), ("created_at[gte]=0001-01-01T00:00:00%2B14:00", "created_at[gte]"),
        ("created_at[lt]=2026-01-01T00:00:00", "created_at[lt]"), ("name=Kopi", "name"),
    ],
)  # fmt: skip
async def test_what_a_list_cannot_be_asked_is_refused_by_name(caller: Caller, query: str, named: str):
    answer = await caller.get(f"/v1/clients?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
    assert [each["parameter"] for each in answer.json()["errors"]] == [named]


async def test_a_cursor_holds_for_its_list_filter_and_sort_and_for_nothing_else(caller: Caller, client_id: str):
    for name in ("satu", "dua"):
        await made(caller, "/v1/clients", kind="company", name=name)
        await new_row(caller, "/v1/competitors", client_id, name)
    cursor = (await caller.get("/v1/clients?limit=1&sort=name")).json()["next_cursor"]
    assert (await caller.get(f"/v1/clients?limit=2&sort=name&cursor={cursor}")).status_code == 200
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for path in (
        f"/v1/clients?cursor={cursor}", f"/v1/clients?sort=-name&cursor={cursor}",
        f"/v1/clients?sort=name&kind=company&cursor={cursor}", f"/v1/competitors?sort=name&cursor={cursor}",
        f"/v1/clients?sort=name&cursor={flipped}", f"/v1/clients?sort=name&cursor={cursor}A",
    ):  # fmt: skip
        answer = await caller.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), path


@pytest.mark.parametrize("path", ["/v1/clients?limit=1", "/v1/events?limit=1"])
async def test_a_cursor_in_a_callers_hands_lives_as_long_as_its_secret_key_is_accepted(
    caller: Caller, client_id: str, app: Gate, monkeypatch: pytest.MonkeyPatch, path: str
):
    await made(caller, "/v1/clients", kind="company", name="dua")
    name = "cursor" if "clients" in path else "after"
    first = (await caller.get(path)).json()
    cursor = first["next_cursor"] or first["resume_after"]
    process, known = app.app.state.siaga, app.app.state.siaga.settings
    new = replace(known, secret_key=token_bytes(32))
    answers: dict[str, httpx.Response] = {}
    for told, settings in {
        "the old one": replace(new, secret_key=known.secret_key, other_secret_keys=(new.secret_key,)),
        "the new one, and the old one accepted": replace(new, other_secret_keys=(known.secret_key,)),
        "the new one alone": new,
    }.items():
        monkeypatch.setattr(process, "settings", settings)
        answers[told] = await caller.get(f"{path}&{name}={cursor}")
    assert [answer.status_code for answer in answers.values()] == [200, 200, 400]
    kept, changed, refused = (answer.json() for answer in answers.values())
    assert changed["data"] == kept["data"]
    assert (refused["code"], refused["errors"][0]["parameter"]) == ("invalid_cursor", name)


async def test_the_link_to_the_next_page_comes_from_the_settings_and_not_from_the_host(caller: Caller):
    for name in ("satu", "dua"):
        await made(caller, "/v1/clients", kind="company", name=name)
    page = await caller.get(
        "/v1/clients?limit=1&kind=company", headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"}
    )
    assert page.links["next"]["url"].startswith("http://api.test/v1/clients?kind=company&limit=1&cursor=")
