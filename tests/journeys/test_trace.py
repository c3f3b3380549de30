"""One trace from the post that comes in to the webhook that goes out, and one request's name on all of it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from storage import tracing
from tests.jobs.webhook_desk import receiving
from tests.journeys.test_crisis import client_with_keyword, post
from tests.pipeline import drain, working

ORDER = ["POST /v1/mentions", "job match_posts", "job assess_client", "job fan_out", "job deliver", "webhook attempt"]


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    stop = tracing.start("siaga-tests", SimpleSpanProcessor(exporter))
    yield exporter.get_finished_spans
    stop()


async def test_a_post_its_matches_its_score_and_its_webhook_are_one_trace(caller, settings, spans):
    client_id = await client_with_keyword(caller)
    now = datetime.now(UTC)
    quiet = [
        post("Ngopi dulu di kopisenja", author=f"q{n}", at=now - timedelta(days=1 + n // 6, hours=n % 6 * 3))
        for n in range(54)
    ]
    angry = [
        post(
            f"Parah, kopisenja bikin sakit perut, sudah {n} orang keracunan, tolong ditarik!",
            author=f"angry{n}", at=now - timedelta(seconds=600 - n * 10), platform=("x", "tiktok", "instagram")[n % 3],
        )
        for n in range(50)
    ]  # fmt: skip
    async with receiving(204) as receiver, working(settings) as context:
        await caller.post("/v1/mentions", json={"items": quiet})
        await drain(context)
        await caller.post(
            "/v1/webhook-endpoints",
            json={"url": receiver.url, "event_types": ["incident.opened"], "client_id": client_id},
        )
        head = {"X-Request-Id": "keracunan-01", "Authorization": caller.http.headers["Authorization"]}
        theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        await caller.post("/v1/mentions", json={"items": angry}, headers={**head, "traceparent": theirs})
        await drain(context)
    (received,) = receiver.received
    assert received.headers["x-request-id"] == "keracunan-01"
    trace = [each for each in spans() if f"{each.context.trace_id:032x}" == theirs[3:35]]
    # Other events follow from the post too: the one that was sent tells which of them the chain goes through.
    by_id = {each.context.span_id: each for each in trace}
    (sent,) = [each for each in trace if each.name == ORDER[-1]]
    chain = [sent]
    while chain[0].parent.span_id in by_id:
        chain.insert(0, by_id[chain[0].parent.span_id])
    assert [each.name for each in chain] == ORDER
    assert f"{chain[0].parent.span_id:016x}" == theirs[36:52]
    for cause, effect in pairwise(chain):
        assert effect.end_time >= effect.start_time >= cause.start_time
    last = chain[-1].context
    assert received.headers["traceparent"] == f"00-{last.trace_id:032x}-{last.span_id:016x}-01"
    told = repr([dict(each.attributes) for each in trace])
    assert "keracunan-01" in told
    assert "kopisenja" not in told
    assert caller.agency.key not in told


async def test_a_refusal_is_a_span_too_and_an_accident_is_marked(caller, spans, monkeypatch):
    await caller.get("/v1/clients", headers={"Accept": "text/csv"})
    monkeypatch.setattr("api.clients.records.page", None)
    assert (await caller.get("/v1/clients")).status_code == 500
    refused, failed = spans()[-2:]
    assert (refused.attributes["http.response.status_code"], refused.status.is_ok) == (406, True)
    assert (failed.name, failed.attributes["error.type"], failed.status.is_ok) == ("GET /v1/clients", "500", False)


async def test_without_a_collector_there_is_no_trace_and_no_cost_but_the_request_keeps_its_name(caller, settings):
    with tracing.span("anything") as span:
        assert (span.is_recorded, span.traceparent) == (False, None)
    async with receiving(204) as receiver, working(settings) as context:
        made = await caller.post("/v1/webhook-endpoints", json={"url": receiver.url, "event_types": ["*"]})
        head = {"X-Request-Id": "tanpa-jejak", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        await caller.post(f"/v1/webhook-endpoints/{made.json()['id']}/test", headers=head)
        await drain(context)
    (received,) = receiver.received
    assert received.headers["x-request-id"] == "tanpa-jejak"
    assert "traceparent" not in received.headers
