"""A receiver that hangs, drips, floods, redirects, hangs up, babbles or shows a wrong certificate costs one attempt."""

import asyncio
import gc
import resource
import time
import tracemalloc
from dataclasses import replace

import pytest

from core.events import EventType
from egress.client import Egress, Limits
from jobs.subscriptions import JOBS
from storage import events
from storage.webhooks import DeliveryRow, EndpointRow
from tests.egress import receivers
from tests.egress.receivers import Receiver, answering, resolving, tls_contexts
from tests.jobs.webhook_desk import receiving, working

TIMEOUT_S = 0.5
MOST_BYTES = 8 * 1024 * 1024
NAME = "hooks.agency.example"


@pytest.fixture
async def desk(db, settings, agency):
    async with working(db, replace(settings, webhook_timeout_s=TIMEOUT_S), agency.id) as desk:
        yield desk


async def settled(desk, bad_url):
    """The attempt at a bad receiver, made in one round with one at a good receiver."""
    async with receiving(204) as good:
        bad, _ = await desk.endpoint(bad_url, "incident.opened")
        healthy, _ = await desk.endpoint(good.url, "incident.opened")
        await desk.happens(await desk.client())
        started = time.monotonic()
        await desk.work()
        assert time.monotonic() - started < TIMEOUT_S + 3  # slack for a busy machine
    assert len(good.received) == 1
    told = {row.endpoint_id: row for row in await desk.all(DeliveryRow)}
    assert (told[healthy].status, told[healthy].attempt_count) == ("delivered", 1)
    assert told[bad].attempt_count == 1
    attempt = await desk.attempt(DeliveryRow.id == told[bad].id)
    endpoint = await desk.only(EndpointRow, EndpointRow.id == bad)
    assert endpoint.is_enabled
    # Nothing else happened: no event beside the one that was told, nothing due but the next try.
    assert len(await desk.all(events.EventRow)) == 1
    assert await desk.due() == []
    return attempt, told[bad], endpoint


def flooding(status):
    async def behave(writer):
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {8 * 1024**3}\r\n\r\n".encode())
        chunk = b"x" * 65536
        while True:
            writer.write(chunk)
            await writer.drain()
            behave.sent += len(chunk)

    behave.sent = 0
    return behave


RUBBISH = b"\x00\xff rubbish \r\n\r\n" * 20
MOVED = b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("behave", "error", "status"),
    [
        (receivers.hang, "timeout", None),
        (receivers.drip_headers, "timeout", None),
        (receivers.drip_body, "timeout", None),
        (receivers.endless_interim_answers, "timeout", None),
        (receivers.endless_headers, "bad_answer", None),
        (answering(RUBBISH, then="close"), "bad_answer", None),
        (answering(b"SSH-2.0-OpenSSH_9.9\r\n", then="close"), "bad_answer", None),
        (answering(b"", then="close"), "closed_early", None),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", then="close"), "closed_early", None),
        (answering(MOVED), None, 301),
    ],
    ids=[
        "hangs", "drips its headers", "drips its body", "says again and again that it will answer",
        "never ends its headers", "speaks rubbish", "speaks another protocol", "closes at once", "closes early",
        "redirects",
    ],
)  # fmt: skip
async def test_a_bad_receiver_costs_one_attempt_and_nothing_else(desk, behave, error, status):
    async with Receiver(behave) as receiver:
        attempt, delivery, endpoint = await settled(desk, receiver.url)
        assert (receiver.connections, len(receiver.requests)) == (1, 1)
    assert (attempt.error, attempt.status_code) == (error, status)
    assert attempt.duration_ms < (TIMEOUT_S + 2) * 1000
    assert delivery.status == "pending"
    assert 5 <= (delivery.next_attempt_at - desk.clock()).total_seconds() <= 5.5
    assert endpoint.failing_since is not None


@pytest.mark.parametrize(("status", "ends"), [(200, "delivered"), (500, "pending")])
async def test_a_receiver_that_sends_gigabytes_is_read_no_further_than_what_is_kept(desk, status, ends):
    behave = flooding(status)
    gc.collect()
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    try:
        async with Receiver(behave) as receiver:
            attempt, delivery, _ = await settled(desk, receiver.url)
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (attempt.status_code, delivery.status) == (status, ends)
    assert len(attempt.response) == 16 * 1024
    # Of eight gigabytes, what fits into the buffers of two sockets in the moment that it took.
    assert behave.sent < MOST_BYTES
    assert peak < MOST_BYTES
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident < 64 * 1024


@pytest.mark.parametrize("host", [NAME, "other.agency.example"], ids=["by nobody we trust", "for another name"])
async def test_a_wrong_certificate_costs_one_attempt_and_is_sent_nothing(desk, tmp_path, host):
    serving, trusting = tls_contexts(NAME, tmp_path)
    limits = Limits(total_s=TIMEOUT_S, connect_s=TIMEOUT_S)
    opened = {"allowed_networks": desk.context.settings.allow_private_webhook_targets, "production": False}
    tls = {} if host == NAME else {"tls": trusting}
    async with (
        Receiver(answering(receivers.OK), tls=serving) as receiver,
        Egress(**opened, limits=limits, resolve=resolving(["127.0.0.1"]), **tls) as client,
    ):
        desk.context.egress = client
        attempt, delivery, _ = await settled(desk, f"https://{host}:{receiver.port}/in")
        assert receiver.requests == []
    assert (attempt.error, attempt.status_code, delivery.status) == ("tls_certificate", None, "pending")


async def test_bad_receivers_together_take_no_longer_than_the_slowest_and_the_good_one_is_told(desk):
    """Ten that hang, tried at once as a worker does, hold nobody else up."""
    async with Receiver(receivers.hang) as bad, receiving(204) as good:
        for _ in range(10):
            await desk.endpoint(bad.url, "incident.opened")
        await desk.endpoint(good.url, "incident.opened")
        await desk.happens(await desk.client())
        (event,) = await desk.due()
        await JOBS[EventType(event.type)](desk.context, event)
        started = time.monotonic()
        await asyncio.gather(*(JOBS[EventType(each.type)](desk.context, each) for each in await desk.due()))
        assert time.monotonic() - started < TIMEOUT_S * 4 + 2
    assert len(good.received) == 1
    assert sorted(row.status for row in await desk.all(DeliveryRow)) == ["delivered", *["pending"] * 10]
