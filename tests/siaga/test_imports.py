"""Files of posts: what is good goes in, what is not is told with its line, and nothing in a file breaks the command."""

import csv
import gzip
import io
import json
import os
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from siaga import imports
from siaga.imports.row import TOO_LONG
from siaga.imports.rows import form_of, rows
from siaga.imports.source import LONGEST_LINE, opened
from siaga.refusals import Refusal

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
HEADER = ["platform", "native_id", "published_at", "text", "author", "author_followers", "likes"]


def post(number, text="ngopi di kopisenja", at=NOW, **more):
    author = {"handle": f"warga{number}", "followers": 10}
    told = {"platform": "x", "native_id": f"p{number}", "published_at": at.isoformat(), "text": text, "author": author}
    return told | more


def ndjson(*posts):
    return b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in posts)


def table(*cells, delimiter=","):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([HEADER, *cells])
    return file.getvalue().encode()


def cells(number, text="ngopi di kopisenja", at="2026-03-02T05:00:00Z", likes="3"):
    return ["x", f"p{number}", at, text, f"@warga{number}", "10", likes]


@pytest.fixture
def file(tmp_path):
    def write(content, name="posts.ndjson"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
async def client_id(caller):
    client = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Senja"})).json()
    keyword = {"client_id": client["id"], "name": "merek", "query": "kopisenja"}
    draft = (await caller.post("/v1/keywords", json=keyword)).json()
    assert (await caller.post(f"/v1/keywords/{draft['id']}/activate")).status_code == 200
    return client["id"]


@pytest.fixture
def load(settings, caller, client_id, capsys):
    async def run(path, *, form="auto", refused=None, brand=None):
        options = {"agency": caller.agency.slug, "client": "kopi senja", "form": form, "brand": brand}
        happened = await imports.run(settings, path, refused=refused, **options)
        return happened, capsys.readouterr().out

    return run


async def texts(caller, client_id):
    found = (await caller.get(f"/v1/mentions?client_id={client_id}&limit=200")).json()["data"]
    return sorted(each["text"] for each in found)


async def test_good_rows_of_a_csv_go_in_beside_bad_ones(load, file, caller, client_id, tmp_path):
    content = table(
        cells(1, "kopisenja enak, banget\nsampai dua baris"),
        cells(2, "kopisenja", at="kemarin"),
        cells(3, "kopisenja mahal", likes="banyak"),
        cells(4, "hujan di luar"),
        cells(5, "kopisenja, lagi"),
        ["x", "p6"],
    )
    happened, told = await load(file(content, "posts.csv"), refused=tmp_path / "refused.ndjson")
    assert happened
    assert "6 rows, 3 created, 3 refused" in told
    assert "Kopi Senja: 2 mentions" in told
    assert await texts(caller, client_id) == ["kopisenja enak, banget\nsampai dua baris", "kopisenja, lagi"]
    refused = [json.loads(line) for line in (tmp_path / "refused.ndjson").read_bytes().splitlines()]
    refused.sort(key=lambda each: each["line"])
    # The first post takes two lines of the file.
    assert [each["line"] for each in refused] == [4, 5, 8]
    assert refused[2]["code"] == "wrong_number_of_cells"
    assert "/published_at" in refused[0]["detail"]
    assert "/engagement/likes" in refused[1]["detail"]
    assert "kemarin" in refused[0]["row"]


async def test_ndjson_and_gzip_load_and_the_same_file_twice_changes_nothing(load, file, caller, client_id):
    content = ndjson(post(1), b"{no json", post(2, "kopisenja tutup?"), post(1), post(3, platform="myspace"))
    happened, told = await load(file(gzip.compress(content), "posts.ndjson.gz"))
    assert happened
    assert "5 rows, 2 created, 1 duplicate, 2 refused" in told
    assert "1 malformed_json" in told
    assert "line 5: /platform: Unknown platform." in told
    before = (await caller.get(f"/v1/clients/{client_id}/volumes?step=1d&at[gte]=2026-03-01T00:00:00Z")).json()
    happened, told = await load(file(content))
    assert happened
    assert "5 rows, 3 duplicate, 2 refused" in told
    assert "Kopi Senja: 2 mentions" in told
    assert (await caller.get(f"/v1/clients/{client_id}/volumes?step=1d&at[gte]=2026-03-01T00:00:00Z")).json() == before
    assert len(await texts(caller, client_id)) == 2


async def test_a_row_is_refused_for_the_reason_it_is_refused_for_over_http(load, file, caller, tmp_path):
    bad = [
        post(1, platform="myspace"),
        post(2, at=NOW.replace(year=1999)),
        post(3, text=""),
        post(4, text="kopi\0senja"),
        post(5, likes=3),
        post(6, kind="shout"),
        [1, 2],
    ]
    over_http = (await caller.post("/v1/mentions", json={"items": bad})).json()["results"]
    happened, _ = await load(file(ndjson(*bad)), refused=tmp_path / "refused.ndjson")
    assert not happened
    refused = [json.loads(line) for line in (tmp_path / "refused.ndjson").read_bytes().splitlines()]
    assert [each["code"] for each in refused] == [each["error"]["errors"][0]["code"] for each in over_http]


async def test_a_timeline_loads_as_it_is_and_may_be_narrowed_to_one_brand(load, file, caller, client_id):
    recorded = {
        "id": "m_1",
        "platform": "x",
        "author": "u_1",
        "author_followers": 12,
        "published_at": "2026-03-02T05:00:00Z",
        "text": "kopisenja kok tutup",
        "url": None,
        "lang": "id",
        "engagement": {"likes": 2, "shares": None, "replies": 5},
        "brand": "Kopi Senja",
        "source": "crawl",
        "gold": {"sentiment": "negative", "views": 40},
    }
    other = recorded | {"id": "m_2", "brand": "Kopi Fajar"}
    nobody = recorded | {"id": "m_3", "author": None, "text": "kopisenja saja"}
    happened, told = await load(file(ndjson(recorded, other, nobody)), brand="kopi senja")
    assert happened
    assert "3 rows, 2 created, 1 of other brands, 0 refused" in told
    first, second = (await caller.get(f"/v1/mentions?client_id={client_id}")).json()["data"]
    named = first if first["author"] else second
    assert (named["author"], named["author_followers"], named["engagement"], named["native_id"]) == (
        "u_1",
        12,
        7,
        "m_1",
    )


async def test_a_crisis_of_long_ago_is_found_and_nobody_is_told(load, file, caller, client_id):
    begins = NOW - timedelta(days=12)
    quiet = [post(n, "kopisenja enak", at=begins + timedelta(hours=4 * n)) for n in range(70)]
    angry = [
        post(1000 + n, f"parah, kopisenja bikin sakit perut, {n} orang keracunan", at=NOW + timedelta(seconds=20 * n),
             platform=("x", "tiktok", "instagram")[n % 3])
        for n in range(60)
    ]  # fmt: skip
    happened, told = await load(file(ndjson(*quiet, *angry)))
    assert happened
    assert "2026-03-02 12:" in told
    (incident,) = (await caller.get(f"/v1/incidents?client_id={client_id}")).json()["data"]
    assert incident["is_silent"]
    assert (await caller.get("/v1/webhook-deliveries")).json()["data"] == []


async def test_a_spreadsheets_csv_with_semicolons_and_a_byte_order_mark_is_read(load, file, caller, client_id):
    content = b"\xef\xbb\xbf" + table(cells(1, "=HYPERLINK(1) kopisenja"), cells(2, likes="=1+1"), delimiter=";")
    happened, told = await load(file(content, "export.csv"))
    assert happened
    assert "2 rows, 1 created, 1 refused" in told
    assert await texts(caller, client_id) == ["=HYPERLINK(1) kopisenja"]


async def test_a_file_cut_short_gives_what_stands_before_and_says_so(load, file, caller, client_id):
    whole = gzip.compress(ndjson(*(post(n, f"kopisenja {n * 7919}") for n in range(3000))))
    happened, told = await load(file(whole[: len(whole) // 2], "posts.ndjson.gz"))
    assert not happened
    assert "posts.ndjson.gz is damaged after line" in told
    assert len(await texts(caller, client_id)) == 200


async def test_a_client_for_whom_nothing_is_watched_is_warned_of(settings, caller, file, capsys):
    await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi Fajar"})
    path = file(ndjson(post(1)))
    assert await imports.run(
        settings, path, agency=str(caller.agency.id), client="Kopi Fajar", form="auto", refused=None
    )
    assert "no active keyword" in capsys.readouterr().out


async def test_who_is_not_known_is_told_in_a_sentence(settings, caller, client_id, file):
    known, path = caller.agency.slug, file(ndjson(post(1)))
    with pytest.raises(Refusal, match="There is no agency 'nobody'"):
        await imports.run(settings, path, agency="nobody", client=client_id, form="auto", refused=None)
    with pytest.raises(Refusal, match=r"no client 'Teh'\. Its clients: Kopi Senja"):
        await imports.run(settings, path, agency=known, client="Teh", form="auto", refused=None)


async def test_another_agencys_client_is_as_unknown_as_any(settings, stranger, client_id, file):
    options = {"agency": stranger.agency.slug, "client": client_id, "form": "auto", "refused": None}
    with pytest.raises(Refusal, match="no client"):
        await imports.run(settings, file(ndjson(post(1))), **options)


async def test_the_file_itself_is_never_written_over(load, file):
    path = file(ndjson(post(1)))
    with pytest.raises(Refusal, match="elsewhere"):
        await load(path, refused=path)
    assert path.read_bytes() == ndjson(post(1))


def read(path, form="auto"):
    with opened(path) as source:
        return list(rows(source, form_of(source, form)))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"PK\x03\x04\x14\x00", "Excel"),
        ("platform,text\n".encode("utf-16"), "UTF-16"),
        (b"\x7fELF\x02\x00\x00\x00", "is no text"),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "compressed twice"),
        (b"\x1f\x8bnothing of the kind", "cannot be read"),
        (b"[{}]", "one JSON array"),
        (b"text,likes\nhalo,3\n", "no column platform, native_id, published_at"),
        (b"platform,native_id,published_at,text,text\n", "more than one column text"),
    ],
)
def test_what_is_no_file_of_posts_is_told_in_a_sentence(file, content, told):
    with pytest.raises(Refusal, match=told):
        read(file(content, "posts"))


def test_a_line_without_end_costs_no_memory_and_loses_no_neighbour(file):
    good = ndjson(post(1))
    path = file(gzip.compress(good + b"x" * (64 << 20) + b"\n" + good), "posts.ndjson.gz")
    tracemalloc.start()
    try:
        found = read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(row.line, row.problem) for row in found] == [(1, None), (2, TOO_LONG), (3, None)]
    assert peak < 8 * LONGEST_LINE


def test_a_quotation_mark_too_many_costs_one_row(file):
    lines = table(cells(1), cells(2), cells(3)).splitlines(keepends=True)
    found = read(file(b"".join([lines[0], b'x,p0,2026-03-02T05:00:00Z,"halo\n', *lines[1:]]), "posts.csv"))
    assert [row.problem[0] if row.problem else None for row in found] == ["malformed_csv", None, None, None]
    assert [row.line for row in found] == [2, 3, 4, 5]


def test_a_row_in_another_encoding_is_refused_beside_its_neighbours(file):
    content = table(cells(1), cells(2, "caf\xe9")).decode().encode("latin-1") + table(cells(3)).split(b"\n", 1)[1]
    found = read(file(content, "posts.csv"))
    assert [row.problem[0] if row.problem else None for row in found] == [None, "not_utf8", None]


def test_rows_without_end_in_one_csv_row_end_somewhere(file):
    content = table(cells(1)) + b'x,p9,"' + b'x","y\n' * 600_000
    found = read(file(content, "posts.csv"))
    assert found[0].problem is None
    assert {row.problem[0] for row in found[1:]} <= {"line_too_long", "malformed_csv", "wrong_number_of_cells"}


def test_the_recorded_timelines_are_recognised_by_their_shape():
    shared = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
    folder = shared / "data" / "timelines"
    if not folder.is_dir():
        pytest.skip("the shared data is not here")
    with opened(folder / "biznet_2025_dev.jsonl.gz") as source:
        assert form_of(source, "auto") == "timeline"
        found = list(rows(source, "timeline"))
    assert len(found) == 1117
    assert all(row.post and row.brand == "Biznet" for row in found)
