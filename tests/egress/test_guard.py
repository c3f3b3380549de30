"""What nobody may reach through a webhook: every line of the corpora, as registered, as sent, and as it changes later."""

import asyncio
import re
import socket
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network

import httpx
import pytest

from api.edge import targets
from core.egress_rules import MAX_URL_CHARS
from core.events import EventType
from egress.client import Egress, Limits
from storage.deliveries import DeliveryRow
from tests.egress.receivers import OK, Receiver, answering, resolving, tls_contexts
from tests.hostile import corpora
from tests.jobs.webhook_desk import working

pytestmark = pytest.mark.skipif(not corpora.are_here(), reason="the shared test data are not here")

QUICK = Limits(total_s=2, connect_s=1)
LOOPBACK = (ip_network("127.0.0.1/32"),)
NAME = "hooks.agency.example"
CREATED = {"event_types": ["incident.opened"]}


def urls():
    return [line["url"] for line in corpora.lines("ssrf_urls")] if corpora.are_here() else []


def aimed(url, port):
    """The same address at this port and over https: nothing but the host is left to refuse."""
    return re.sub(r"^https?://([^/?#]*?)(:\d+)?(?=[/?#]|$)", rf"https://\1:{port}", url, flags=re.IGNORECASE)


# Hooks of the interpreter stay for good: one for the file, that counts where a test asks it to.
_HEARD: list[object] = []
_IS_HEARING: list[bool] = []


def _hear(event, arguments):
    if event == "socket.connect" and _IS_HEARING:
        _HEARD.append(arguments[1])


sys.addaudithook(_hear)


@pytest.fixture
def connects():
    """Every address that this process tries to connect to, whoever listens there."""
    _HEARD.clear()
    _IS_HEARING.append(True)
    yield _HEARD
    _IS_HEARING.clear()


@asynccontextmanager
async def listeners():
    """Receivers where a loose guard would let somebody in: loopback of either family, and every address at once."""
    async with AsyncExitStack() as stack:
        hosts = ["127.0.0.1", "127.0.0.2", *(["::1"] if socket.has_dualstack_ipv6() else [])]
        receivers = [await stack.enter_async_context(Receiver(answering(OK), host=host)) for host in hosts]
        yield receivers


@pytest.fixture
async def strict(app, settings, caller, monkeypatch):
    """The API of an installation that opens no private network, where every name is public."""
    process = app.app.state.siaga
    monkeypatch.setattr(process, "settings", replace(settings, allow_private_webhook_targets=()))
    async with Egress(production=False, resolve=resolving(["8.8.8.8", "2606:4700::1111"])) as egress:
        monkeypatch.setattr(process, "opened_egress", egress)
        yield caller.http


async def test_every_url_is_refused_when_it_is_registered_and_names_its_field(strict: httpx.AsyncClient):
    good = (await strict.post("/v1/webhook-endpoints", json={"url": f"https://{NAME}/in", **CREATED})).json()
    path, same = f"/v1/webhook-endpoints/{good['id']}", {"If-Match": "*"}
    for url in urls():
        for answer in (
            await strict.post("/v1/webhook-endpoints", json={"url": url, **CREATED}),
            await strict.patch(path, json={"url": url}, headers=same),
        ):
            # What is too long to be an address at all is told so by the shape of the body.
            expected = 422 if len(url) <= MAX_URL_CHARS else 400
            pointers = [each["pointer"] for each in answer.json()["errors"]]
            assert (answer.status_code, pointers) == (expected, ["/url"]), url[:80]
    assert len((await strict.get("/v1/webhook-endpoints")).json()["data"]) == 1
    assert (await strict.get(path)).json()["url"] == good["url"]


@asynccontextmanager
async def resolved_by(app, monkeypatch, resolve):
    """Names lead where this says, when they are registered."""
    with monkeypatch.context() as patched:
        async with Egress(production=False, resolve=resolve) as egress:
            patched.setattr(app.app.state.siaga, "opened_egress", egress)
            yield


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["64:ff9b::a9fe:a9fe"]])
async def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_registered(
    app, strict, monkeypatch, addresses
):
    body = {"url": f"https://{NAME}/in", **CREATED}
    created = await strict.post("/v1/webhook-endpoints", json=body)
    assert created.status_code == 201
    path, same = f"/v1/webhook-endpoints/{created.json()['id']}", {"If-Match": "*"}
    async with resolved_by(app, monkeypatch, resolving(addresses)):
        for answer in (
            await strict.post("/v1/webhook-endpoints", json=body),
            await strict.patch(path, json={"url": body["url"]}, headers=same),
        ):
            (problem,) = answer.json()["errors"]
            assert (answer.status_code, problem["pointer"]) == (422, "/url")
            assert problem["code"] == "forbidden_target"
            assert not any(address in answer.text for address in addresses)
        # What says nothing of the address does not have it judged.
        assert (await strict.patch(path, json={"description": "pager"}, headers=same)).status_code == 200


async def test_a_name_that_leads_nowhere_yet_or_not_in_time_is_left_to_the_tries(app, strict, monkeypatch):
    async def never(_name):
        await asyncio.sleep(30)

    async def unknown(_name):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(targets, "LOOKUP_S", 0.05)
    for resolve in (never, unknown):
        async with resolved_by(app, monkeypatch, resolve):
            started = time.monotonic()
            bodies = [{"url": f"https://{NAME}/in/{n}", **CREATED} for n in range(4)]
            # Two are looked up, and the others wait for nobody.
            answers = await asyncio.gather(*(strict.post("/v1/webhook-endpoints", json=body) for body in bodies))
            assert [answer.status_code for answer in answers] == [201] * 4
            assert time.monotonic() - started < 3


async def test_no_url_leads_to_a_connection_as_it_stands_or_aimed_at_who_listens(connects):
    async with listeners() as receivers:
        for resolved in ("127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1"):
            async with Egress(production=False, limits=QUICK, resolve=resolving([resolved])) as client:
                for url in urls():
                    for each in (url, *(aimed(url, receiver.port) for receiver in receivers)):
                        with pytest.raises(Exception, match="forbidden_target"):
                            await client.post(each, b"{}", {})
        assert [receiver.connections for receiver in receivers] == [0] * len(receivers)
    assert connects == []


async def test_who_listens_would_have_been_reached(connects):
    """The counts above can count: the same request with the network opened arrives."""
    async with (
        Receiver(answering(OK)) as receiver,
        Egress(allowed_networks=LOOPBACK, production=False, limits=QUICK) as client,
    ):
        assert (await client.post(receiver.url, b"{}", {})).status == 200
        assert receiver.connections == 1
    assert ("127.0.0.1", receiver.port) in connects


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, settings, agency.id) as desk:
        yield desk


async def test_no_url_that_was_once_let_in_is_reached_by_the_job(desk):
    """Rows as an older rule, or a hand in the database, might have left them."""
    to_loopback = resolving(["127.0.0.1"])
    async with listeners() as receivers, Egress(production=False, limits=QUICK, resolve=to_loopback) as closed:
        desk.context.egress = closed
        client_id = await desk.client()
        told = [url for url in urls() if "\0" not in url][::5] + [receiver.url for receiver in receivers]
        told += [aimed(url, receivers[0].port) for url in urls() if url.startswith("http://")][::5]
        for url in told:
            await desk.endpoint(url, "incident.opened")
        await desk.happens(client_id)
        await desk.work()
        assert [receiver.connections for receiver in receivers] == [0] * len(receivers)
    attempts = await desk.attempts()
    assert [attempt.error for attempt in attempts] == ["forbidden_target"] * len(told)
    assert {delivery.status for delivery in await desk.all(DeliveryRow)} == {"pending"}


async def one_attempt(desk, url):
    """What one try at this address came to."""
    await desk.endpoint(url, "incident.opened")
    await desk.happens(await desk.client(), EventType.INCIDENT_OPENED)
    await desk.work()
    attempt, delivery = await desk.attempt(), await desk.only(DeliveryRow)
    assert (delivery.status, delivery.attempt_count) == ("pending", 1)
    return attempt


def behaviour(name):
    """What the corpus says of a receiver, so that a line of it that nobody plays is noticed."""
    (line,) = [line for line in corpora.lines("ssrf_behaviours") if line["name"] == name]
    return line["expect"]


async def test_a_redirect_to_loopback_fails_the_try_and_makes_no_second_request(desk):
    assert behaviour("redirect_to_loopback") == "attempt fails, no second request"
    async with Receiver(answering(OK)) as elsewhere:
        moved = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n".encode()
        async with Receiver(answering(moved)) as receiver:
            attempt = await one_attempt(desk, receiver.url)
        assert (attempt.status_code, len(receiver.requests), elsewhere.connections) == (302, 1, 0)


async def test_a_redirect_that_would_keep_the_body_does_not_send_it_again(desk):
    assert behaviour("redirect_307_keeps_body") == "attempt fails, body not re-sent"
    async with Receiver(answering(OK), host="127.0.0.2") as elsewhere:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n".encode()
        async with Receiver(answering(moved)) as receiver:
            attempt = await one_attempt(desk, receiver.url)
        assert (attempt.status_code, len(receiver.requests), elsewhere.connections) == (307, 1, 0)


async def test_a_name_that_leads_to_loopback_once_it_is_registered_is_refused_when_it_is_connected_to(
    desk, strict, connects
):
    assert behaviour("dns_rebinding") == "refused at connect time"
    async with Receiver(answering(OK)) as receiver:
        url = f"https://{NAME}:{receiver.port}/in"
        assert (await strict.post("/v1/webhook-endpoints", json={"url": url, **CREATED})).status_code == 201
        # Public when it was looked at first; from the first connection on it is ours.
        async with Egress(production=False, limits=QUICK, resolve=resolving(["127.0.0.1"])) as client:
            desk.context.egress = client
            await desk.happens(await desk.client())
            connects.clear()
            await desk.work()
        attempt = await desk.attempt()
        assert (attempt.error, receiver.connections) == ("forbidden_target", 0)
        assert ("127.0.0.1", receiver.port) not in connects
        assert "127.0.0.1" not in attempt.detail


async def test_a_name_that_changes_between_two_tries_is_judged_again(desk, tmp_path):
    serving, trusting = tls_contexts(NAME, tmp_path)
    failing = answering(b"HTTP/1.1 503 Later\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", then="close")
    async with Receiver(failing, tls=serving) as receiver, Receiver(answering(OK), host="127.0.0.2") as inner:
        rebinding = resolving(["127.0.0.1"], ["127.0.0.2"])
        settled = {"allowed_networks": LOOPBACK, "production": False, "limits": QUICK}
        async with Egress(**settled, tls=trusting, resolve=rebinding) as client:
            desk.context.egress = client
            assert (await one_attempt(desk, f"https://{NAME}:{receiver.port}/in")).status_code == 503
            desk.clock.forward(minutes=1)
            await desk.work()
        assert (receiver.connections, inner.connections) == (1, 0)
    second = max(await desk.attempts(), key=lambda attempt: attempt.number)
    assert (second.number, second.error) == (2, "forbidden_target")


@pytest.mark.parametrize("addresses", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"]])
async def test_a_name_with_one_private_address_is_refused_whole(desk, connects, addresses):
    assert behaviour("two_answers") == "refused"
    async with (
        Receiver(answering(OK)) as receiver,
        Egress(production=False, limits=QUICK, resolve=resolving(addresses)) as client,
    ):
        desk.context.egress = client
        attempt = await one_attempt(desk, f"https://{NAME}:{receiver.port}/in")
        assert (attempt.error, receiver.connections) == ("forbidden_target", 0)
        assert not [each for each in connects if each[0] in addresses and each[1] == receiver.port]


def test_every_behaviour_of_the_corpus_is_played_here():
    played = {"redirect_to_loopback", "redirect_307_keeps_body", "dns_rebinding", "two_answers"}
    assert {line["name"] for line in corpora.lines("ssrf_behaviours")} == played
