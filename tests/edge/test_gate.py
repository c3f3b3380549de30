"""What every request must be, and what every answer carries, whichever operation is asked."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from api.edge.bodies import MAX_BODY, MAX_DEPTH, check_json
from api.edge.gate import MAX_QUERY, Gate
from api.edge.problems import KINDS, Problem
from api.edge.refusals import Refused
from tests.conftest import Caller
from tests.operations import OPERATIONS

JSON = {"Content-Type": "application/json"}
CLIENT = {"kind": "company", "name": "Kopi Senja"}
PATHS = sorted({(each.path, tuple(o.method.upper() for o in OPERATIONS if o.path == each.path)) for each in OPERATIONS})


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem document of an answer that must be one, complete and consistent."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    msgspec.convert(told, Problem, strict=True)
    assert set(told) <= set(Problem.__struct_encode_fields__)
    assert told["type"] == f"http://api.test/errors/{KINDS[kind].page or kind}"
    assert (told["title"], told["status"]) == (KINDS[kind].title, status)
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["detail"].endswith(".")
    guarded(answer)
    return told


def guarded(answer: httpx.Response) -> None:
    """The headers that every answer has."""
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r"[A-Za-z0-9_-]{8,64}", answer.headers["x-request-id"])


async def send(caller: Caller, body: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await caller.post("/v1/clients", content=body, headers=JSON | named)


async def test_every_answer_carries_the_security_headers(caller: Caller):
    made = await caller.post("/v1/clients", json=CLIENT)
    assert made.status_code == 201
    guarded(made)


async def test_a_request_id_is_taken_over_where_it_is_one_and_made_where_it_is_not(caller: Caller):
    for sent, is_kept in (("trace-0123456789", True), ("kort", False), ("a" * 65, False), ("<script>alert(1)", False)):
        answer = await caller.get("/v1/clients", headers={"X-Request-Id": sent})
        assert (answer.headers["x-request-id"] == sent) is is_kept
        guarded(answer)


@pytest.mark.parametrize(("path", "methods"), PATHS, ids=[path for path, _ in PATHS])
async def test_options_and_405_list_every_method_of_the_resource(path: str, methods: tuple[str, ...], caller: Caller):
    address = re.sub(r"{\w+}", "0192f5c0-0000-7000-8000-000000000000", path)
    wanted = sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))
    listed = await caller.http.options(address)
    assert (listed.status_code, listed.headers["allow"], listed.content) == (204, ", ".join(wanted), b"")
    other = next(each for each in ("PUT", "DELETE", "PATCH") if each not in methods)
    refused = await caller.http.request(other, address, json={})
    problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == ", ".join(wanted)


async def test_options_of_nothing_is_refused_as_anything_else(caller: Caller):
    problem(await caller.http.options("/v1/nothing"), 404, "not_found")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "QUERY"])
async def test_a_method_that_is_not_spoken_is_refused(caller: Caller, method: str):
    answer = await raw(caller, method, "/v1/clients")
    assert problem(answer, 405, "method_not_allowed")["instance"] == "/v1/clients"


@pytest.mark.parametrize("path", ["/v1/clients", "/health/live", "/openapi.json", "/v1/clients/unknown"])
async def test_head_answers_as_get_does_without_a_body(caller: Caller, path: str):
    whole, head = await caller.get(path), await caller.http.head(path)
    assert head.content == b""
    assert head.status_code == whole.status_code
    assert head.headers.get("content-length") == whole.headers.get("content-length")
    assert head.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize(
    "accept", ["text/html", "application/json;q=0", "application/xml, text/*", "*/*;q=0.0", "json"]
)
async def test_who_accepts_no_json_is_told_so(caller: Caller, accept: str):
    problem(await caller.get("/v1/clients", headers={"Accept": accept}), 406, "not_acceptable")


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json;q=0.1", "text/html, application/*", "APPLICATION/JSON", ""]
)
async def test_who_accepts_json_in_any_way_is_answered(caller: Caller, accept: str):
    assert (await caller.get("/v1/clients", headers={"Accept": accept})).status_code == 200


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json5", "", "*/*"],
)
async def test_a_body_of_another_type_is_refused_with_the_types_that_are_read(caller: Caller, media_type: str):
    body = json.dumps(CLIENT).encode()
    answer = await caller.post("/v1/clients", content=body, headers={"Content-Type": media_type})
    problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept"] == "application/json"


async def test_the_same_body_is_read_whatever_stands_behind_its_type(caller: Caller):
    body = json.dumps(CLIENT).encode()
    headers = {"Content-Type": "Application/JSON ; charset=utf-8"}
    assert (await caller.post("/v1/clients", content=body, headers=headers)).status_code == 201


async def parts(size: int) -> AsyncIterator[bytes]:
    """A body in chunks, whose size nobody tells."""
    for _ in range(size // 65_536):
        yield b" " * 65_536
    yield b" " * (size % 65_536)


async def test_a_body_over_the_limit_is_refused_whether_its_size_is_told_or_not(caller: Caller):
    problem(await send(caller, b" " * (MAX_BODY + 1)), 413, "too_large")
    problem(await send(caller, parts(MAX_BODY + 1)), 413, "too_large")
    # Within the limit it is read, and is not JSON.
    problem(await send(caller, b" " * MAX_BODY), 400, "unreadable")
    problem(await send(caller, parts(MAX_BODY)), 400, "unreadable")


async def test_a_size_that_is_only_told_is_refused_before_anything_is_read(caller: Caller):
    problem(await send(caller, b"{}", Content_Length=str(10**15)), 413, "too_large")


@pytest.mark.parametrize("told", ["-1", "+1", "1e3", "0x10", "", "9" * 400, "１"])
async def test_a_size_that_is_no_number_is_refused(caller: Caller, told: str):
    answer = await raw(caller, "POST", "/v1/clients", {"content-length": told.encode()}, b"{}")
    assert answer.status_code in {400, 413}
    problem(answer, answer.status_code, {400: "unreadable", 413: "too_large"}[answer.status_code])


@pytest.mark.parametrize("body", [b'{"name":"\xff"}', b"\xff\xfe{\x00}\x00", b'{"name":"\xed\xa0\x80"}', b'"\xc0\xaf"'])
async def test_a_body_that_is_not_utf_8_is_refused(caller: Caller, body: bytes):
    assert "UTF-8" in problem(await send(caller, body), 400, "unreadable")["detail"]


@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
async def test_a_body_that_is_nested_too_deeply_is_refused_however_deep(caller: Caller, bracket: bytes):
    for depth in (MAX_DEPTH + 1, 100_000):
        assert "deeper" in problem(await send(caller, bracket * depth), 400, "unreadable")["detail"]


@pytest.mark.parametrize("bracket", [b"[]", b"{}"])
def test_only_what_is_nested_deeper_than_the_deepest_is_too_deep(bracket: bytes):
    opens, closes = bracket[:1], bracket[1:]
    flat = b"[[],{}]" * MAX_DEPTH

    check_json(opens * (MAX_DEPTH - 2) + flat + closes * (MAX_DEPTH - 2))
    with pytest.raises(Refused):
        check_json(opens * (MAX_DEPTH - 1) + flat + closes * (MAX_DEPTH - 1))
    with pytest.raises(Refused):
        check_json(flat + closes + opens * (MAX_DEPTH + 2))


async def test_brackets_within_a_text_are_no_nesting(caller: Caller):
    made = await caller.post("/v1/clients", json=CLIENT | {"name": '[{"' * 60})
    assert (made.status_code, made.json()["name"]) == (201, '[{"' * 60)


@pytest.mark.parametrize("name", ["a\0b", "\0", "Kopi\x00"])
async def test_text_with_nul_is_refused_with_its_place(caller: Caller, name: str):
    told = problem(await caller.post("/v1/clients", json=CLIENT | {"name": name}), 400, "unreadable")
    assert told["errors"][0]["pointer"] == "/name"


@pytest.mark.parametrize("name", [r"\ud800", r"a\udc00b", r"\udc00\ud800", r"\ud83d"])
async def test_text_with_half_a_character_is_refused(caller: Caller, name: str):
    body = f'{{"kind": "company", "name": "{name}"}}'.encode()
    problem(await send(caller, body), 400, "unreadable")


async def test_an_unknown_field_is_refused_by_its_name(caller: Caller):
    told = problem(await caller.post("/v1/clients", json=CLIENT | {"agency_id": "1"}), 400, "unreadable")
    assert "agency_id" in told["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limt=5", "unknown_parameter", "limt"),
        ("limit=5&limit=6", "repeated_parameter", "limit"),
        ("limit=0", "not_as_declared", "limit"),
        ("limit=201", "not_as_declared", "limit"),
        ("limit=%EF%BC%95", "not_as_declared", "limit"),
        ("cursor=%00", "invalid_cursor", "cursor"),
        ("%00=1", "unknown_parameter", "\0"),
        ("agency_id=1", "unknown_parameter", "agency_id"),
    ],
)
async def test_a_query_is_read_strictly(caller: Caller, query: str, code: str, parameter: str):
    told = problem(await caller.get(f"/v1/clients?{query}"), 400, "unreadable")
    assert [(each["code"], each["parameter"]) for each in told["errors"]] == [(code, parameter)]
    assert (await caller.get("/v1/clients?limit=5")).status_code == 200


async def test_a_parameter_that_is_needed_and_missing_is_named(caller: Caller):
    answer = await caller.get("/v1/auth/oidc/0192f5c0-0000-7000-8000-000000000000/start")
    (error,) = problem(answer, 400, "unreadable")["errors"]
    assert (error["parameter"], error["detail"]) == ("redirect_uri", "This parameter is needed.")


async def test_a_query_of_any_length_or_bytes_is_answered(caller: Caller):
    problem(await raw(caller, "GET", "/v1/clients", query=b"limit=" + b"1" * MAX_QUERY), 400, "unreadable")
    problem(await raw(caller, "GET", "/v1/clients", query=b"limit=\xff"), 400, "unreadable")
    problem(await raw(caller, "GET", "/v1/clients", query=b"&&=&;=%zz%&"), 400, "unreadable")


@pytest.mark.parametrize(
    "path", ["/v1/clients/", "//v1/clients", "/v1//clients", "/v1/clients/a\0b", "/v2/clients", "/v1"]
)
async def test_a_resource_has_one_address(caller: Caller, path: str):
    problem(await raw(caller, "GET", path), 404, "not_found")


@pytest.mark.parametrize("hosts", [[], [b"a", b"b"], [b"a", b"a"]], ids=["none", "two", "the same twice"])
async def test_a_request_names_one_host(caller: Caller, hosts: list[bytes]):
    problem(await raw(caller, "GET", "/v1/clients", hosts=hosts), 400, "unreadable")
    assert (await raw(caller, "GET", "/v1/clients", hosts=[b"a"])).status_code == 200


async def test_an_accident_beyond_the_framework_is_told_as_one(app: Gate, caller: Caller, monkeypatch):
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(type(app.app), "__call__", lambda self, *args: broken(*args))
    answer = await caller.get("/v1/clients")
    assert "inside" not in json.dumps(problem(answer, 500, "internal"))


async def raw(
    caller: Caller,
    method: str,
    path: str,
    headers: dict[str, bytes] | None = None,
    body: bytes = b"",
    *,
    query: bytes = b"",
    hosts: list[bytes] | None = None,
) -> httpx.Response:
    """A request as no client would write it, handed over as the server would."""
    named = [(b"host", host) for host in ([b"api.test"] if hosts is None else hosts)]
    credential = caller.http.headers["authorization"].encode()
    given = [(name.encode(), value) for name, value in (headers or {}).items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": [*named, (b"authorization", credential), (b"content-type", b"application/json"), *given],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
    }
    pending = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return pending.pop() if pending else {"type": "http.disconnect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    await caller.http._transport.app(scope, receive, keep)
    start, *bodies = sent
    return httpx.Response(start["status"], headers=start["headers"], content=b"".join(b["body"] for b in bodies))


async def test_what_has_no_operation_is_told_before_the_type_of_its_body(caller: Caller):
    path = (await caller.post("/v1/clients", json={"kind": "company", "name": "Kopi"})).headers["location"]
    head = {"Content-Type": "application/merge-patch+json"}
    missing = await caller.put(path, content=b"{}", headers=head)
    assert (missing.status_code, missing.headers["allow"]) == (405, "DELETE, GET, HEAD, OPTIONS, PATCH")
    assert (await caller.post("/v1/moons", content=b"{}", headers=head)).status_code == 404
    assert (await caller.post("/v1/clients", content=b"{}", headers=head)).status_code == 415
