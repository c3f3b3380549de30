"""What the HTTP server itself refuses: told as everything else is, once, and within a time that has an end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from api.edge.server import MAX_HEAD, protocol
from tests.hostile.judging import is_problem
from tests.hostile.raw import post, request
from tests.hostile.sending import Answer, answers_in

PATIENCE = {"head_within_s": 0.2, "body_pause_s": 0.3}


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the size of the body, once it is whole; `/early` answers before."""
    size = 0
    while scope["path"] != "/early":
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message["more_body"]:
            break
    body = str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server with little patience."""
    kind, state = protocol("http://api.test", **PATIENCE), ServerState()
    config = Config(echo, log_config=None, ws="none", timeout_keep_alive=1)
    server = await asyncio.get_running_loop().create_server(lambda: kind(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def answers(port: int, *pieces: bytes, pause_s: float = 0.0) -> list[Answer]:
    """All that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause_s)
    async with asyncio.timeout(60):
        received = await reader.read()
    writer.close()
    return answers_in(received)


def refusals(found: list[Answer]) -> list[int]:
    """The statuses; every refusal among them is a problem document, and ends the connection."""
    for answer in found:
        if answer.status >= 400:
            assert is_problem(answer), answer
            assert answer.headers["connection"] == "close"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    return [answer.status for answer in found]


async def test_what_is_no_http_is_a_problem_document(port: int):
    assert refusals(await answers(port, b"\x16\x03\x01\x02\x00")) == [400]
    assert refusals(await answers(port, b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n")) == [400]
    assert refusals(await answers(port, request(b"/", b"Connection: close"))) == [200]


async def test_a_head_has_a_longest_size_whether_it_ends_or_not(port: int):
    assert refusals(await answers(port, b"GET / HTTP/1.1\r\nX: " + b"a" * (MAX_HEAD + 1))) == [431]
    assert refusals(await answers(port, request(b"/", b"X: " + b"a" * MAX_HEAD))) == [431]
    fits = request(b"/", b"Connection: close", b"X: " + b"a" * (MAX_HEAD - 200))
    assert refusals(await answers(port, fits)) == [200]


async def test_a_request_that_does_not_come_whole_is_given_up(port: int):
    assert refusals(await answers(port, b"GET / HTTP/1.1\r\nHost: a\r\n")) == [408]
    assert refusals(await answers(port, post(b"Content-Length: 9", body=b"{"))) == [408]
    assert refusals(await answers(port, post(b"Transfer-Encoding: chunked", body=b"9\r\n{"))) == [408]


async def test_nothing_at_all_and_blank_lines_are_hung_up_on_in_silence(port: int):
    assert await answers(port, b"") == []
    assert await answers(port, b"\r\n" * 3) == []
    assert refusals(await answers(port, request(), b"\r\n", pause_s=0.05)) == [200]


async def test_a_slow_body_is_waited_for_as_long_as_it_comes(port: int):
    head = post(b"Content-Length: 6", b"Connection: close")
    found = await answers(port, head, *[b"x"] * 6, pause_s=0.1)
    assert [(each.status, each.body) for each in found] == [(200, b"6")]


async def test_a_broken_body_is_refused_once(port: int):
    broken = b"Transfer-Encoding: chunked"
    assert refusals(await answers(port, post(broken, body=b"zz\r\n"))) == [400]
    early = request(b"/early", broken, method=b"POST", body=b"2\r\nxx\r\n")
    assert refusals(await answers(port, early, b"zz\r\n", pause_s=0.1)) == [200]


async def test_what_was_asked_before_is_answered_before_the_refusal(port: int):
    broken = post(b"Transfer-Encoding: chunked", body=b"zz\r\n")
    assert refusals(await answers(port, request() * 2 + broken)) == [200, 200, 400]
    assert refusals(await answers(port, request() * 2 + b"\x01")) == [200, 200]


async def test_another_protocol_is_not_spoken_and_what_follows_is_not_read(port: int):
    upgrade = request(b"/", b"Connection: Upgrade", b"Upgrade: h2c")
    found = await answers(port, upgrade + request())
    assert (refusals(found), found[0].headers["connection"]) == ([200], "close")
