"""API and worker as real processes: what they tell of themselves, and how they end when they are asked to."""

import asyncio
import base64
import json
import os
import secrets
import signal
import sys
from contextlib import asynccontextmanager

import httpx
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from siaga.serving import GRACE_S
from tests.journeys.test_kill import free_port

# More than a busy machine takes to start a process and to answer: who waits longer waits for what never comes.
PATIENCE_S = 60


class Process:
    """One process of the house, and the lines it logs."""

    def __init__(self, process):
        self.process = process
        self.lines = []

    async def read(self):
        async for line in self.process.stderr:
            self.lines.append(json.loads(line))

    async def says(self, **wanted):
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for line in self.lines:
                    if wanted.items() <= line.items():
                        return line
                await asyncio.sleep(0.02)

    async def end(self):
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)


@asynccontextmanager
async def running(servers, command, **more):
    environ = os.environ | {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "ALLOW_PRIVATE_WEBHOOK_TARGETS": "127.0.0.0/8",
        **more,
    }
    started = Process(
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "siaga", command, env=environ, stderr=asyncio.subprocess.PIPE
        )
    )
    reading = asyncio.create_task(started.read())
    try:
        yield started
    finally:
        if started.process.returncode is None:
            started.process.kill()
        await started.process.wait()
        await reading


async def answering(http, path):
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                answer = await http.get(path)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                if answer.status_code == 200:
                    return answer


async def refusing(port):
    """Wait until nobody takes a call any more."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.05)


@asynccontextmanager
async def collecting():
    """A collector of traces: the spans that reached it."""
    spans = []

    async def take(request):
        batch = ExportTraceServiceRequest.FromString(await request.read())
        spans.extend(span for each in batch.resource_spans for scope in each.scope_spans for span in scope.spans)
        return web.Response(content_type="application/x-protobuf")

    collector = web.Application()
    collector.router.add_post("/v1/traces", take)
    runner = web.AppRunner(collector)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}", spans
    finally:
        await runner.cleanup()


async def test_an_api_tells_of_itself_and_ends_in_order_when_asked_to(servers, settings, db, agency):
    port, inner = free_port(), free_port()
    base = f"http://127.0.0.1:{port}"
    head = {"Authorization": f"Bearer {agency.key}", "X-Request-Id": "langkah-pertama"}
    async with (
        collecting() as (collector, spans),
        running(
            servers, "api", API_PORT=str(port), METRICS_PORT=str(inner), OTEL_EXPORTER_OTLP_ENDPOINT=collector
        ) as api,
        httpx.AsyncClient(timeout=PATIENCE_S) as http,
    ):
        await answering(http, f"{base}/health/ready")
        assert (await http.get(f"{base}/v1/clients", headers=head)).status_code == 200
        told = await api.says(request_id="langkah-pertama")
        assert told["message"] == "request"
        assert (told["operation"], told["status"], told["agency_id"]) == ("list_clients", 200, str(agency.id))
        assert agency.key not in json.dumps(api.lines)
        figures = (await http.get(f"http://127.0.0.1:{inner}/metrics")).text
        assert 'siaga_requests_total{operation="list_clients",status="200"} 1.0' in figures
        assert 'siaga_request_seconds_count{operation="list_clients"} 1.0' in figures
        # Strangers at the front door are told nothing.
        assert (await http.get(f"{base}/metrics")).status_code == 404

        ended_at = None
        async with http.stream("GET", f"{base}/v1/events/stream", headers=head) as stream:
            chunks = stream.aiter_raw()
            await anext(chunks)
            ended_at = asyncio.get_running_loop().time()
            api.process.send_signal(signal.SIGTERM)
            assert [chunk async for chunk in chunks] == []
        assert await asyncio.wait_for(api.process.wait(), PATIENCE_S) == 0
        # Nothing waits for the stream until the grace is over.
        assert asyncio.get_running_loop().time() - ended_at < GRACE_S / 2
        assert {"GET /v1/clients", "GET /v1/events/stream"} <= {span.name for span in spans}


async def test_a_request_that_runs_is_finished_while_readiness_is_gone(servers, settings, agency):
    port = free_port()
    base, line = f"http://127.0.0.1:{port}", b'{"platform": "x"}\n'
    going_on = asyncio.Event()

    async def slow_body():
        yield line
        await going_on.wait()
        yield line

    head = {"Authorization": f"Bearer {agency.key}", "Content-Type": "application/x-ndjson"}
    async with running(servers, "api", API_PORT=str(port)) as api, httpx.AsyncClient(timeout=PATIENCE_S) as http:
        await answering(http, f"{base}/health/ready")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        probe = b"GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n"
        sending = asyncio.create_task(http.post(f"{base}/v1/mentions", headers=head, content=slow_body()))
        await asyncio.sleep(0.5)
        # Both arrive together: the signal is answered before the next request is.
        api.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.05)
        writer.write(probe)
        answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
        assert answer == b"" or b"503" in answer.split(b"\r\n")[0]
        writer.close()
        await refusing(port)
        going_on.set()
        assert (await sending).status_code == 200
        assert await asyncio.wait_for(api.process.wait(), PATIENCE_S) == 0


async def test_a_worker_finishes_its_job_names_its_request_and_ends(servers, settings, db, agency, caller):
    posted = asyncio.Event()
    answer_now = asyncio.Event()
    received = []

    async def take(request):
        received.append({name.lower(): value for name, value in request.headers.items()})
        posted.set()
        await answer_now.wait()
        return web.Response(status=204)

    receiver = web.Application()
    receiver.router.add_post("/", take)
    runner = web.AppRunner(receiver)
    await runner.setup()
    port, inner = free_port(), free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    made = await caller.post("/v1/webhook-endpoints", json={"url": f"http://127.0.0.1:{port}/", "event_types": ["*"]})
    key = base64.b64encode(settings.secret_key).decode()
    try:
        async with running(servers, "worker", SECRET_KEY=key, METRICS_PORT=str(inner - 1)) as worker:
            await caller.post(
                f"/v1/webhook-endpoints/{made.json()['id']}/test", headers={"X-Request-Id": "uji-titik-akhir"}
            )
            await asyncio.wait_for(posted.wait(), PATIENCE_S)
            async with httpx.AsyncClient() as http:
                figures = (await http.get(f"http://127.0.0.1:{inner}/metrics")).text
            assert 'siaga_jobs_total{event="webhook_endpoint.tested",outcome="done"} 1.0' in figures
            assert 'siaga_outbox_due{event="posts.received"}' in figures
            ending = asyncio.create_task(worker.end())
            await asyncio.sleep(0.3)
            assert not ending.done()
            answer_now.set()
            assert await ending == 0
            # Deliveries that other tests left behind are sent as well.
            told = await worker.says(event="webhook_delivery.due", request_id="uji-titik-akhir")
        assert told["outcome"] == "done"
        assert received[0]["x-request-id"] == "uji-titik-akhir"
        delivery = (await caller.get("/v1/webhook-deliveries")).json()["data"][0]
        assert delivery["status"] == "delivered"
    finally:
        await runner.cleanup()
