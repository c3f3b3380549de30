"""Bytes that are not quite HTTP, or HTTP that two readers read differently: what no client library would write."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import httptools

from tests.hostile import corpora
from tests.hostile.judging import HANG, MISFIT, NO_PROBLEM, SERVER_ERROR, is_problem
from tests.hostile.sending import ANSWER_WITHIN_S, Answer, answers_in

# What the server gives a request that does not come whole, and a little more.
PATIENCE_S = 24.0
OUR_OWN = "our own"
AT_ONCE = 12
# A server that answers a request twice does so at once.
SURPLUS_S = 0.3
BAD = range(400, 500)
ANY = range(200, 500)
MORE = "more answers than requests"
FORBIDDEN = (SERVER_ERROR, HANG, NO_PROBLEM, MISFIT, MORE)


@dataclass(frozen=True, slots=True)
class Bytes:
    """What is written to one connection, in pieces with pauses between.

    `requests` is how many requests it holds at most; `least` how many of them have to be answered.
    """

    corpus: str
    name: str
    pieces: tuple[bytes, ...]
    expect: range | tuple[int, ...] = BAD
    requests: int = 1
    least: int = 1
    pause_s: float = 0.0
    within_s: float = ANSWER_WITHIN_S
    half_closes: bool = False


def every() -> Iterator[Bytes]:
    """All of them."""
    if corpora.are_here():
        for line in corpora.lines("http_raw"):
            expect = (400,) if line["expect"] == "400" else BAD
            yield Bytes("http_raw", line["name"], (corpora.content(line),), expect)
    for make in (_framing, _heads, _targets, _protocols, _sequences, _slow):
        yield from make()


def request(target: bytes = b"/health/live", *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"Host: a", *headers, b"", body])


def post(*headers: bytes, body: bytes = b"") -> bytes:
    media_type = b"Content-Type: application/json"
    return request(b"/v1/auth/logout", media_type, *headers, method=b"POST", body=body)


CHUNKED = b"Transfer-Encoding: chunked"
HIDDEN = request(b"/openapi.json")
JSON = b'{"refresh_token":"rt_x"}'


def _own(name: str, *pieces: bytes, **more: object) -> Bytes:
    return Bytes(OUR_OWN, name, pieces, **more)  # type: ignore[arg-type]


def _framing() -> Iterator[Bytes]:
    """Bodies whose length is told wrongly, twice, or in a way that somebody else might read otherwise."""
    for name, chunks in {
        "chunk_size_not_hex": b"zz\r\n{}\r\n0\r\n\r\n",
        "chunk_size_negative": b"-2\r\n{}\r\n0\r\n\r\n",
        "chunk_size_prefixed": b"0x2\r\n{}\r\n0\r\n\r\n",
        "chunk_size_too_wide": b"f" * 17 + b"\r\n{}\r\n0\r\n\r\n",
        "chunk_size_spaced": b"2 \r\n{}\r\n0\r\n\r\n",
        "chunk_without_end": b"2\r\n{}0\r\n\r\n",
        "chunk_longer_than_told": b"2\r\n{}{}\r\n0\r\n\r\n",
        "chunk_bare_lf": b"2\n{}\n0\n\n",
        "chunk_extension_long": b"2;" + b"a" * 100_000 + b"\r\n{}\r\n0\r\n\r\n",
        "chunk_trailer_broken": b"2\r\n{}\r\n0\r\nno colon\r\n\r\n",
        "chunk_trailers_many": b"2\r\n{}\r\n0\r\n" + b"T: 1\r\n" * 20_000 + b"\r\n",
    }.items():
        yield _own(name, post(CHUNKED, body=chunks))
    for name, headers in {
        "te_then_cl": (CHUNKED, b"Content-Length: 4"),
        "te_twice": (CHUNKED, CHUNKED),
        "te_twice_unlike": (CHUNKED, b"Transfer-Encoding: identity"),
        "te_not_last": (b"Transfer-Encoding: chunked, identity",),
        "te_vertical_tab": (b"Transfer-Encoding: \x0bchunked",),
        "te_quoted": (b'Transfer-Encoding: "chunked"',),
        "cl_list": (b"Content-Length: 0, 0",),
        "cl_twice_alike": (b"Content-Length: 0", b"Content-Length: 0"),
        "cl_hex": (b"Content-Length: 0x0",),
        "cl_fraction": (b"Content-Length: 0.0",),
        "cl_too_wide": (b"Content-Length: " + b"9" * 30,),
        "cl_petabyte": (b"Content-Length: 1000000000000000",),
        "cl_max": (b"Content-Length: 18446744073709551615",),
    }.items():
        yield _own(name, post(*headers, body=b"0\r\n\r\n" + HIDDEN), requests=2)
    hidden = b"Content-Length: %d" % len(HIDDEN)
    yield _own("request_within_body", post(hidden, body=HIDDEN))
    yield _own("request_within_body_of_get", request(b"/health/live", hidden, body=HIDDEN), expect=(200,))


def _heads() -> Iterator[Bytes]:
    """Heads that are too large, or of lines that are no headers."""
    yield _own("ten_thousand_headers", request(b"/health/live", *[b"X-%d: 1" % n for n in range(10_000)]))
    yield _own("headers_without_end", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-A: 1\r\n" * 100_000)
    yield _own("header_without_end", b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 1_000_000)
    yield _own("name_without_end", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a" * 1_000_000)
    yield _own("target_without_end", b"GET /" + b"a" * 1_000_000)
    yield _own("method_without_end", b"G" * 1_000_000)
    yield _own("target_of_30k", request(b"/v1/clients/" + b"a" * 30_000))
    yield _own("query_of_30k", request(b"/v1/clients?limit=" + b"1" * 30_000))
    for name, line in {
        "no_colon": b"no colon",
        "empty_name": b": a",
        "name_with_space": b"X A: a",
        "name_with_nul": b"X\0A: a",
        "name_not_ascii": "X-É: a".encode(),
        "bare_cr": b"X-A: a\rX-B: b",
        "value_with_escape": b"X-A: \x1b[2J",
        "host_with_path": b"Host: a/b",
    }.items():
        expect = BAD if name != "value_with_escape" else ANY
        yield _own(name, request(b"/health/live", line), expect=expect)
    yield _own("bare_lf", request().replace(b"\r\n", b"\n"))
    yield _own("expect_nonsense", post(b"Expect: 42", b"Content-Length: 24", body=JSON), expect=ANY)
    yield _own("two_credentials", request(b"/v1/clients", b"Authorization: Bearer a", b"Authorization: Bearer b"))
    yield _own("two_types", post(b"Content-Type: text/plain", b"Content-Length: 24", body=JSON), expect=ANY)
    yield _own("encoded_body", post(b"Content-Encoding: gzip", b"Content-Length: 24", body=JSON), expect=ANY)


def _targets() -> Iterator[Bytes]:
    """Addresses that are misspelt, or of another form."""
    for name, target in {
        "percent_alone": b"/v1/clients/%",
        "percent_not_hex": b"/v1/clients/%zz",
        "percent_overlong": b"/v1/clients/%c0%af",
        "percent_surrogate": b"/v1/clients/%ed%a0%80",
        "percent_nul": b"/v1/clients/%00",
        "percent_slash": b"/v1/clients/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "percent_newline": b"/v1/clients/%0d%0aX-A:%20a",
        "bytes_not_ascii": b"/v1/clients/\xff\xfe",
        "dots": b"/v1/../../etc/passwd",
        "backslash": b"\\v1\\clients",
        "spaces": b"/v1/clients/a b",
        "fragment": b"/v1/clients#a",
        "user_in_address": b"http://u:p@a/v1/clients",
        "other_host": b"http://evil.test/v1/clients",
        "other_scheme": b"gopher://a/v1/clients",
        "nothing": b"",
        "query_alone": b"?a",
    }.items():
        yield _own(f"target_{name}", request(target))
    yield _own("target_asterisk", request(b"*", method=b"OPTIONS"), expect=ANY)


def _protocols() -> Iterator[Bytes]:
    """Other protocols, and other versions of this one."""
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__")
    yield _own("h2c", request(b"/health/live", *upgrade), expect=(200,))
    yield _own("h2c_with_body", post(*upgrade, b"Content-Length: 24", body=JSON), expect=ANY)
    yield _own("h2c_then_more", request(b"/health/live", *upgrade) + HIDDEN, expect=(200,), requests=1)
    websocket = (
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Key: AAAA",
        b"Sec-WebSocket-Version: 13",
    )
    yield _own("websocket", request(b"/v1/clients", *websocket))
    yield _own("connect", b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n")
    yield _own("http2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    yield _own("http09", b"GET /health/live\r\n\r\n")
    yield _own("http10_without_host", b"GET /health/live HTTP/1.0\r\n\r\n", expect=(200,))
    yield _own("http10_chunked", post(CHUNKED, body=b"0\r\n\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"), expect=ANY)
    yield _own("http37", b"GET / HTTP/3.7\r\nHost: a\r\n\r\n")
    yield _own("http_lower", b"get / http/1.1\r\nhost: a\r\n\r\n")
    yield _own("tls", bytes.fromhex("160301020001000001fc0303") + bytes(500))
    yield _own("zeros", bytes(100_000))
    yield _own("random", bytes(range(256)) * 400)
    yield _own("redis", b"*1\r\n$4\r\nPING\r\n")
    yield _own("smtp", b"EHLO a\r\n")


def _sequences() -> Iterator[Bytes]:
    """Several requests on one connection: each answered once, in order, and nothing after what cannot be read."""
    good, last = request(), request(b"/health/live", b"Connection: close")
    yield _own("pipelined", good * 2 + last, expect=(200,), requests=3, least=3)
    yield _own("pipelined_hundred", good * 99 + last, expect=(200,), requests=100, least=100)
    yield _own("good_then_garbage", good + b"\x01\x02\r\n\r\n", expect=(200, 400), requests=2)
    yield _own("good_then_flood", good + b"GET /" + b"a" * 200_000, expect=(200, 431), requests=2)
    broken = post(CHUNKED, body=b"zz\r\n")
    yield _own("good_then_broken_body", good * 2 + broken, expect=(200, 400), requests=3, least=2)
    yield _own("refused_then_rest_of_body", post(b"Content-Length: 5000000", body=b" " * 5_000_000))
    yield _own("half_closed", last, expect=(200,), half_closes=True)
    yield _own("half_closed_in_body", post(b"Content-Length: 10", body=b"{"), half_closes=True, least=0)
    yield _own("nothing_at_all", b"", half_closes=True, least=0)
    yield _own("byte_by_byte", *(last[n : n + 1] for n in range(len(last))), expect=(200,), pause_s=0.01)


def _slow() -> Iterator[Bytes]:
    """Requests that never come whole: given up after a time, with an answer where there is a request at all."""
    forever = {"within_s": PATIENCE_S, "expect": (408,)}
    yield _own("slow_head", b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-A: ", **forever)
    yield _own("slow_body", post(b"Content-Length: 24", body=b"{"), **forever)
    yield _own("slow_chunk", post(CHUNKED, body=b"ff\r\n{"), **forever)
    yield _own("slow_second", request() + b"GET /health", within_s=PATIENCE_S, expect=(200, 408), requests=2)
    continues = post(b"Expect: 100-continue", b"Content-Length: 24")
    yield _own("continue_without_body", continues, **forever)
    yield _own("silence", b"", within_s=PATIENCE_S, least=0)
    yield _own("blank_lines", b"\r\n" * 10, within_s=PATIENCE_S, least=0)


def is_slow(attack: Bytes) -> bool:
    return attack.within_s > ANSWER_WITHIN_S


async def exchange(port: int, attack: Bytes) -> list[Answer]:
    """All the answers to one connection's bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = bytearray()
    writing = asyncio.create_task(_write(writer, attack))
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(attack.within_s) as patience:
            while arrived := await reader.read(65_536):
                received += arrived
                if len(answers_in(bytes(received))) >= attack.requests:
                    patience.reschedule(asyncio.get_running_loop().time() + SURPLUS_S)
    writing.cancel()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return answers_in(bytes(received))


async def _write(writer: asyncio.StreamWriter, attack: Bytes) -> None:
    with suppress(ConnectionError):
        for piece in attack.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(attack.pause_s)
        if attack.half_closes:
            writer.write_eof()


def judge(attack: Bytes, answers: list[Answer]) -> Iterator[str]:
    """Each forbidden outcome of this exchange."""
    if len(answers) < attack.least:
        yield HANG
    if len(answers) > attack.requests:
        yield MORE
    for answer in answers:
        if answer.status >= 500:
            yield SERVER_ERROR
        elif answer.status not in attack.expect:
            yield MISFIT
        if answer.status >= 400 and not is_problem(answer):
            yield NO_PROBLEM


async def run(port: int, attacks: list[Bytes]) -> list[tuple[Bytes, list[Answer], list[str]]]:
    """Each attack on a connection of its own, some at once; with what was answered and what is wrong with it."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(attack: Bytes) -> tuple[Bytes, list[Answer], list[str]]:
        async with gate:
            try:
                answers = await exchange(port, attack)
            except httptools.HttpParserError:
                return attack, [], [NO_PROBLEM]
        return attack, answers, list(judge(attack, answers))

    return await asyncio.gather(*map(one, attacks))
