import asyncio
import gzip
import json
import os
import socket
import ssl
import time
from ipaddress import ip_network
from pathlib import Path

import pytest
import uvloop

from egress.client import Egress, EgressFailed, Limits
from egress.judge import RefusedAddress
from tests.egress.receivers import (
    OK,
    Receiver,
    answering,
    drip_body,
    drip_headers,
    endless_body,
    endless_headers,
    endless_interim_answers,
    hang,
    resolving,
    tls_contexts,
)

LOOPBACK = (ip_network("127.0.0.1/32"),)
# Short, so that a receiver that stalls costs the test little; the shape of the limits is the real one.
QUICK = Limits(total_s=1, connect_s=0.8)

SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
HOSTILE = SHARED / "data" / "badinput" / "ssrf_urls.ndjson"


def egress(**settings):
    return Egress(**({"allowed_networks": LOOPBACK, "production": False, "limits": QUICK} | settings))


async def failure_of(client, url, body=b"{}", headers=None):
    started = time.monotonic()
    with pytest.raises(EgressFailed) as failed:
        await client.post(url, body, headers or {})
    assert time.monotonic() - started < QUICK.total_s + 2  # slack for a busy machine
    return failed.value.code


@pytest.fixture
def tls_for(tmp_path):
    """Contexts for a receiver of that name and for a client that trusts its certificate."""
    return lambda name: tls_contexts(name, tmp_path)


async def test_a_delivery_arrives_byte_for_byte_and_its_answer_comes_back():
    async with (
        Receiver(answering(b"HTTP/1.1 202 Fine\r\nX-Id: 7\r\nContent-Length: 2\r\n\r\nok")) as receiver,
        egress() as client,
    ):
        answer = await client.post(receiver.url + "?a=%2F", b'{"a":"\xc3\xa9"}', {"webhook-id": "evt_1"})
    assert (answer.status, answer.body_cut, answer.is_cut, answer.headers["x-id"]) == (202, b"ok", False, "7")
    assert 0 <= answer.duration_ms < 5000
    line, headers, body = receiver.requests[0]
    assert (line, body) == ("POST /in?a=%2F HTTP/1.1", b'{"a":"\xc3\xa9"}')
    assert (headers["webhook-id"], headers["host"]) == ("evt_1", f"127.0.0.1:{receiver.port}")
    assert (headers["accept-encoding"], headers["user-agent"]) == ("identity", "siaga-webhooks/1")


async def test_deliveries_to_one_host_share_a_connection():
    async with Receiver(answering(OK)) as receiver, egress() as client:
        for _ in range(5):
            assert (await client.post(receiver.url, b"{}", {})).status == 200
    assert (receiver.connections, len(receiver.requests)) == (1, 5)


async def test_the_name_is_kept_for_tls_and_host_while_the_judged_address_is_reached(tls_for):
    serving, trusting = tls_for("hooks.agency.example")
    asked = []
    serving.sni_callback = lambda _socket, name, _context: asked.append(name)
    async with (
        Receiver(answering(OK), tls=serving) as receiver,
        egress(tls=trusting, resolve=resolving(["127.0.0.1"])) as client,
    ):
        answer = await client.post(f"https://hooks.agency.example:{receiver.port}/in", b"{}", {})
    assert answer.status == 200
    assert asked == ["hooks.agency.example"]
    assert receiver.requests[0][1]["host"] == f"hooks.agency.example:{receiver.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_not_followed(status):
    async with Receiver(answering(OK)) as elsewhere:
        redirect = f"HTTP/1.1 {status} Go\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n".encode()
        async with Receiver(answering(redirect)) as receiver, egress() as client:
            answer = await client.post(receiver.url, b"{}", {})
    assert answer.status == status
    assert (len(receiver.requests), elsewhere.connections) == (1, 0)


@pytest.mark.parametrize(
    ("behave", "code"),
    [
        (hang, "timeout"),
        (drip_headers, "timeout"),
        (drip_body, "timeout"),
        (endless_interim_answers, "timeout"),
        (endless_headers, "bad_answer"),
        (answering(b"", then="close"), "closed_early"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Le", then="close"), "closed_early"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", then="close"), "closed_early"),
        (answering(b"\x00\xff rubbish \r\n\r\n" * 20, then="close"), "bad_answer"),
        (answering(b"SSH-2.0-OpenSSH_9.9\r\n", then="close"), "bad_answer"),
        (answering(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9000 + b"\r\n\r\n"), "bad_answer"),
        (answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "bad_answer"),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok"), "bad_answer"),
    ],
)
async def test_a_bad_receiver_costs_one_failed_try_within_the_limit(behave, code):
    async with Receiver(behave) as receiver, egress() as client:
        assert await failure_of(client, receiver.url) == code
        assert receiver.connections == 1
        await asyncio.sleep(0.05)
    assert len(receiver.requests) == 1


async def test_a_bad_receiver_leaves_the_client_fit_for_the_next():
    async with Receiver(hang) as bad, Receiver(answering(OK)) as good, egress() as client:
        outcomes = await asyncio.gather(failure_of(client, bad.url), client.post(good.url, b"{}", {}))
        assert (outcomes[0], outcomes[1].status) == ("timeout", 200)
        assert (await client.post(good.url, b"{}", {})).status == 200


@pytest.mark.parametrize(("size", "kept", "is_cut"), [(0, 0, False), (16384, 16384, False), (16385, 16384, True)])
async def test_an_answer_is_kept_up_to_16_kilobytes(size, kept, is_cut):
    data = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size
    async with Receiver(answering(data)) as receiver, egress() as client:
        answer = await client.post(receiver.url, b"{}", {})
    assert (len(answer.body_cut), answer.is_cut) == (kept, is_cut)


async def test_an_endless_answer_is_cut_and_its_connection_closed():
    async with Receiver(endless_body) as receiver, egress() as client:
        answer = await client.post(receiver.url, b"{}", {})
        assert (answer.status, len(answer.body_cut), answer.is_cut) == (200, 16384, True)
        await client.post(receiver.url, b"{}", {})
    assert receiver.connections == 2


async def test_a_compressed_answer_is_not_unpacked():
    packed = gzip.compress(b"\0" * 1_000_000)
    data = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed
    async with Receiver(answering(data)) as receiver, egress() as client:
        assert (await client.post(receiver.url, b"{}", {})).body_cut == packed


async def test_no_cookie_is_kept_or_shown():
    data = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=secret\r\nContent-Length: 0\r\n\r\n"
    async with Receiver(answering(data)) as receiver, egress() as client:
        first = await client.post(receiver.url, b"{}", {})
        await client.post(receiver.url, b"{}", {})
    assert "set-cookie" not in first.headers
    assert "cookie" not in receiver.requests[1][1]


async def test_headers_that_no_database_takes_are_made_fit():
    data = b"HTTP/1.1 200 OK\r\nX-Odd: a\xff\xfeb\r\nX-Long: " + b"y" * 5000 + b"\r\nContent-Length: 0\r\n\r\n"
    async with Receiver(answering(data)) as receiver, egress() as client:
        headers = (await client.post(receiver.url, b"{}", {})).headers
    assert headers["x-odd"].encode("utf-8").startswith(b"a")
    assert len(headers["x-long"]) == 1024


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    async with Receiver(answering(OK)) as proxy, Receiver(answering(OK)) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with egress() as client:
            assert (await client.post(receiver.url, b"{}", {})).status == 200
    assert (proxy.connections, receiver.connections) == (0, 1)


@pytest.mark.parametrize("trusted", ["by nobody", "for another name"])
async def test_a_wrong_certificate_fails_before_anything_is_sent(tls_for, trusted):
    serving, trusting = tls_for("hooks.agency.example")
    client_tls = {"by nobody": ssl.create_default_context(), "for another name": trusting}[trusted]
    host = {"by nobody": "hooks.agency.example", "for another name": "other.agency.example"}[trusted]
    async with (
        Receiver(answering(OK), tls=serving) as receiver,
        egress(tls=client_tls, resolve=resolving(["127.0.0.1"])) as client,
    ):
        assert await failure_of(client, f"https://{host}:{receiver.port}/") == "tls_certificate"
    assert receiver.requests == []


async def test_a_port_that_speaks_no_tls_fails():
    async with Receiver(answering(OK)) as receiver, egress() as client:
        assert await failure_of(client, f"https://127.0.0.1:{receiver.port}/") in {"tls_failed", "connect_timeout"}
    assert receiver.requests == []


async def test_a_handshake_or_a_resolver_that_hangs_is_given_up_after_the_time_to_connect():
    async def never(_name):
        await asyncio.sleep(60)

    limits = Limits(total_s=5, connect_s=0.2)
    async with Receiver(hang) as receiver:
        async with egress(limits=limits) as client:
            assert await failure_of(client, f"https://127.0.0.1:{receiver.port}/") == "connect_timeout"
        async with egress(limits=limits, resolve=never) as client:
            assert await failure_of(client, "https://hooks.agency.example/") == "connect_timeout"


async def test_a_closed_port_and_an_unknown_name_are_told_apart():
    async def unknown(_name):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        async with egress(resolve=unknown) as client:
            assert await failure_of(client, f"http://127.0.0.1:{held.getsockname()[1]}/") == "connect_failed"
            assert await failure_of(client, "https://hooks.agency.example/") == "name_not_resolved"
    async with egress(resolve=resolving([])) as client:
        assert await failure_of(client, "https://hooks.agency.example/") == "name_not_resolved"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "localhost",
        "0",
        "a@127.0.0.1",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("settings", [{"allowed_networks": ()}, {"production": True}])
async def test_a_forbidden_address_is_never_connected_to(scheme, host, settings):
    async with Receiver(answering(OK)) as receiver, egress(**settings) as client:
        assert await failure_of(client, f"{scheme}://{host}:{receiver.port}/in") == "forbidden_target"
    assert receiver.connections == 0


@pytest.mark.skipif(not HOSTILE.exists(), reason="the shared test data are not here")
async def test_no_hostile_url_leads_to_a_connection_even_if_its_name_resolves_to_loopback():
    urls = [json.loads(line)["url"] for line in HOSTILE.read_text(encoding="ascii").splitlines()]
    async with (
        Receiver(answering(OK)) as receiver,
        egress(allowed_networks=(), resolve=resolving(["127.0.0.1"])) as client,
    ):
        for url in urls:
            opened = url.replace("http://", "https://").replace(":80/", "/").replace(".io/", f".io:{receiver.port}/")
            assert await failure_of(client, url) == "forbidden_target"
            assert await failure_of(client, opened) == "forbidden_target"
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["2606:4700::1111", "::1"],
        ["8.8.8.8", "fe80::1%1"],
        ["8.8.8.8", "::ffff:10.0.0.1"],
        ["8.8.8.8", "no address"],
    ],
)
async def test_a_name_with_one_forbidden_address_is_refused_whole(addresses, monkeypatch):
    opened = []
    monkeypatch.setattr(socket, "socket", lambda *a, **k: opened.append(a))
    async with egress(allowed_networks=(), resolve=resolving(addresses)) as client:
        assert await failure_of(client, "https://hooks.agency.example/") == "forbidden_target"
    assert opened == []


async def test_a_refused_name_does_not_tell_its_address():
    async with egress(resolve=resolving(["10.1.2.3"])) as client:
        with pytest.raises(EgressFailed) as failed:
            await client.post("https://hooks.agency.example/", b"{}", {})
    assert "10.1.2.3" not in str(failed.value)


async def test_a_name_that_moves_to_a_forbidden_address_is_refused_at_the_next_connection(tls_for):
    serving, trusting = tls_for("hooks.agency.example")
    closing = answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", then="close")
    async with Receiver(closing, tls=serving) as receiver:
        rebinding = resolving(["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"])
        async with egress(tls=trusting, resolve=rebinding) as client:
            url = f"https://hooks.agency.example:{receiver.port}/"
            assert (await client.post(url, b"{}", {})).status == 200
            assert await failure_of(client, url) == "forbidden_target"
            assert (await client.post(url, b"{}", {})).status == 200
    assert receiver.connections == 2


async def test_the_last_gate_opens_no_socket_to_a_forbidden_address():
    async with Receiver(answering(OK)) as receiver, egress(allowed_networks=()) as client:
        gate = client._judge.open_socket
        with pytest.raises(RefusedAddress, match="not public"):
            gate((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", receiver.port)))
        gate((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 443))).close()


@pytest.mark.parametrize("headers", [{"x": "a\r\ny: z"}, {"Host": "inner"}, {"a b": "c"}, {"Content-Length": "0"}])
async def test_a_header_that_breaks_or_steers_the_request_is_refused(headers):
    async with Receiver(answering(OK)) as receiver, egress() as client:
        assert await failure_of(client, receiver.url, headers=headers) == "forbidden_header"
    assert receiver.connections == 0


async def test_a_shorter_limit_may_be_given_for_one_try():
    async with Receiver(hang) as receiver, egress(limits=Limits()) as client:
        with pytest.raises(EgressFailed) as failed:
            await client.post(receiver.url, b"{}", {}, timeout_s=0.1)
    assert failed.value.code == "timeout"
    assert 90 <= failed.value.duration_ms < 5000


async def test_each_request_on_a_kept_connection_has_a_time_of_its_own():
    waits = iter([0.0, 0.4, 60.0, 60.0])

    async def answer_later(writer):
        await asyncio.sleep(next(waits))
        await answering(OK)(writer)

    async with Receiver(answer_later) as receiver, egress(limits=Limits()) as client:
        await client.post(receiver.url, b"{}", {}, timeout_s=0.3)
        # Longer than the first may last, shorter than itself may: the first one's clock rings in between.
        assert (await client.post(receiver.url, b"{}", {}, timeout_s=5)).status == 200
        assert receiver.connections == 1
        for limit_s in (0.2, 0.1):
            with pytest.raises(EgressFailed) as failed:
                await client.post(receiver.url, b"{}", {}, timeout_s=limit_s)
            assert failed.value.code == "timeout"
            assert limit_s * 900 <= failed.value.duration_ms < 3000


async def test_of_what_stands_behind_a_chunked_body_nothing_is_taken_for_a_header():
    answer = (
        b"HTTP/1.1 200 OK\r\nX-Id: 7\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Id: 8\r\nX-More: 9\r\n\r\n"
    )
    async with Receiver(answering(answer)) as receiver, egress() as client:
        for _ in range(2):
            told = await client.post(receiver.url, b"{}", {})
            assert (told.headers["x-id"], "x-more" in told.headers, told.body_cut) == ("7", False, b"ok")
    assert receiver.connections == 1


async def test_a_header_told_in_two_spellings_is_sent_once_and_a_percent_sign_as_it_is():
    async with Receiver(answering(OK)) as receiver, egress() as client:
        await client.post(receiver.url + "?a=100%25s", b"{}", {"X-%s": "a  b", "x-%S": "%d c", "Accept": "text/plain"})
    line, headers, _ = receiver.requests[0]
    assert line == "POST /in?a=100%25s HTTP/1.1"
    assert (headers["x-%s"], headers["accept"]) == ("%d c", "text/plain")


def test_the_promised_limits_are_the_ones_set():
    assert Limits() == Limits(total_s=15, connect_s=5, body_bytes=16 * 1024)


def test_the_loop_of_the_worker_sends_reads_and_refuses_the_same(tls_for):
    """Its transports and its errors are of other kinds than those of the loop that tests run on."""
    serving, trusting = tls_for("hooks.agency.example")

    async def outcomes():
        async with (
            Receiver(answering(OK)) as plain,
            Receiver(answering(OK), tls=serving) as secure,
            Receiver(hang) as silent,
            Receiver(endless_body) as flood,
            egress(tls=trusting, resolve=resolving(["127.0.0.1"])) as client,
        ):
            answers = [await client.post(plain.url, b"{}", {}) for _ in range(3)]
            answers.append(await client.post(f"https://hooks.agency.example:{secure.port}/", b"{}", {}))
            answers.append(await client.post(flood.url, b"{}", {}))
            failures = [
                await failure_of(client, silent.url),
                await failure_of(client, f"https://other.agency.example:{secure.port}/"),
            ]
            return answers, failures, plain.connections

    answers, failures, connections = uvloop.run(outcomes())
    assert [(answer.status, len(answer.body_cut)) for answer in answers] == [(200, 2)] * 4 + [(200, 16384)]
    assert failures == ["timeout", "tls_certificate"]
    assert connections == 1
