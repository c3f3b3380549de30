"""G9: deliveries taken, signed, sent and settled, against bare aiohttp POSTs of the same bytes to the same receiver.

Deliveries that are due lie ready before a round begins, in which a worker's loop starts, sends and settles all of them,
and ends. The receiver is a process of its own that both contenders load alike, and as many requests are on their way at
a time. Its CPU is not counted, ours and PostgreSQL's is. Both run on the loop that workers run on.

How many a second one endpoint hears of, from their fan-out to the last settled, where it asks for nothing, for an
order, or for the highest rate there is: these take turns.

And how long an event waits from its commit to the first attempt, while a hundred a second are committed: API and worker
run as `siaga up` runs them, and PostgreSQL keeps the times of its commits.
"""

import asyncio
import secrets
import statistics
import time
from datetime import timedelta
from typing import Any

import aiohttp
import asyncpg
import uvloop

from benchmarks.bench_latency import serving, until_done
from benchmarks.house import Agency, House, found_agency, house
from benchmarks.measure import Result, at_least, at_most, medians, told
from benchmarks.receiver import receiver
from core import event_bodies, sealing
from core import webhooks as rules
from core.events import EventType
from core.ids import EndpointId
from core.settings import Settings
from jobs.dispatch import AT_ONCE, Dispatcher
from jobs.worker import open_context
from storage import events
from storage import webhooks as endpoints
from storage.engine import Database, open_database
from storage.session import tenant_session
from storage.table import new_id, utc_now

ROUNDS = 21
DELIVERIES = 1_000
EVENTS = 1_500
EVENTS_A_SECOND = 100
AT_A_TIME = 5
LOOKS_EVERY_S = 0.2
"""How often it is asked whether all are told: asking costs as much as a few deliveries, and is no part of them."""
IN_TURN = 300
ASKED = {"nothing": {}, "an order": {"ordered": True}, "a rate of 6,000 a minute": {"rate_per_minute": 6_000}}
"""A tenth of a minute's rate may come at once: no delivery of so few waits for it."""

REASONS = ["Keluhan naik enam kali dari biasanya.", "Dua pertiga penyebutan bernada negatif."]
BODY_BYTES = 900
"""As long as an incident with two reasons in two languages."""

_EVENTS = """
    insert into events (agency_id, id, client_id, type, occurred_at, body)
    select $1, n.id, $2, 'incident.opened', now(), $4 from unnest($3::uuid[]) as n (id)
"""
_DELIVERIES = """
    insert into webhook_deliveries (agency_id, id, event_id, endpoint_id, event_type, status, next_attempt_at,
        created_at, updated_at)
    select $1, n.id, n.id, $2, 'incident.opened', 'pending', now(), now(), now() from unnest($3::uuid[]) as n (id)
"""
_DUE = """
    insert into outbox (agency_id, id, type, subject_id, payload, occurred_at, available_at)
    select $1, n.id, 'webhook_delivery.due', n.id, '{}', $3, $3 from unnest($2::uuid[]) as n (id)
"""

_WAITS = """
    select extract(epoch from
        (d.attempts -> 0 ->> 'started_at')::timestamptz - pg_xact_commit_timestamp(e.xmin))::float8 as wait_s
    from events e join webhook_deliveries d on d.agency_id = e.agency_id and d.event_id = e.id
    where e.agency_id = $1
"""
_READY = "update outbox set available_at = now() where agency_id = $1 and id = any($2)"
_LEFT = "select exists (select from outbox where agency_id = $1 and available_at <= now() + interval '2 hours')"
# Who waits for a turn looks again within the hour; what lies in stock is due a day later.


def run() -> list[Result]:
    return [*uvloop.run(_to_bare_posts()), *_from_commit_to_attempt()]


async def _to_bare_posts() -> list[Result]:
    with receiver() as url:
        async with house(ALLOW_PRIVATE_WEBHOOK_TARGETS="127.0.0.0/8") as where:
            agency = await found_agency(where.db)
            endpoint_id = await _endpoint(where.db, where.settings, agency, url)
            stock = [await _stock(where, agency, endpoint_id) for _ in range(ROUNDS + 1)]
            await where.owner.execute("vacuum analyze")
            return [*await _compared(where, agency, url, stock), *await _in_turn(where, url)]


async def _in_turn(where: House, url: str) -> list[Result]:
    results: list[Result] = []
    for words, asked in ASKED.items():
        agency = await found_agency(where.db)
        await _endpoint(where.db, where.settings, agency, url, **asked)
        for _ in range(IN_TURN // AT_A_TIME):
            await _publish(where.db, agency)
        async with open_context(where.settings) as context:
            begins = time.monotonic()
            await _until_told(where, Dispatcher(context), agency, 0.02)
            results.append(
                told(f"one endpoint that asks for {words}", IN_TURN / (time.monotonic() - begins), "a second")
            )
    return results


async def _until_told(where: House, dispatcher: Dispatcher, agency: Agency, every_s: float = LOOKS_EVERY_S) -> None:
    running = asyncio.create_task(dispatcher.run())
    while await where.owner.fetchval(_LEFT, agency.id):  # noqa: ASYNC110 - another process's rows
        await asyncio.sleep(every_s)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await dispatcher.finish(5)


def _from_commit_to_attempt() -> list[Result]:
    with serving() as running, receiver() as url:
        return uvloop.run(_paced(running.settings, running.installation.environ["DATABASE_URL"], url))


async def _paced(settings: Settings, address: str, url: str) -> list[Result]:
    """Events committed a few at a time, at a steady pace, by one more process beside API, worker and receiver."""
    async with open_database(settings) as db:
        agency = await found_agency(db)
        await _endpoint(db, settings, agency, url)
        begins = time.monotonic()
        for number in range(0, EVENTS, AT_A_TIME):
            await asyncio.sleep(max(0.0, begins + number / EVENTS_A_SECOND - time.monotonic()))
            await _publish(db, agency)
        pace = EVENTS / (time.monotonic() - begins)
    owner = await asyncpg.connect(address)
    try:
        await until_done(owner)
        waits = [row["wait_s"] for row in await owner.fetch(_WAITS, agency.id)]
    finally:
        await owner.close()
    assert len(waits) == EVENTS, f"{len(waits)} of {EVENTS} were delivered"
    return [
        at_most(
            f"G9 from commit to first attempt at {EVENTS_A_SECOND} a second, 95th percentile in seconds",
            statistics.quantiles(waits, n=20)[-1],
            1,
        ),
        told("median", statistics.median(waits), "s"),
        told("events committed a second", pace, ""),
    ]


async def _publish(db: Database, agency: Agency) -> None:
    now = utc_now()
    links = {"incident": "/v1/incidents/x", "client": f"/v1/clients/{agency.client_id}"}
    data = event_bodies.IncidentEvent(
        incident_id=new_id(),
        client_id=agency.client_id,
        status="open",
        level="warning",
        score=61.0,
        peak_score=61.0,
        opened_at=now,
        version=1,
        reasons=event_bodies.EventReasons(id=REASONS, en=REASONS),
        links=links,
    )
    async with tenant_session(db, agency.id) as session:
        for _ in range(AT_A_TIME):
            await events.publish(session, EventType.INCIDENT_OPENED, client_id=agency.client_id, data=data, now=now)


async def _endpoint(db: Database, settings: Settings, agency: Agency, url: str, **asked: Any) -> EndpointId:
    endpoint_id, now = EndpointId(new_id()), utc_now()
    secret, nonce = rules.new_secret(secrets.token_bytes(32)), secrets.token_bytes(12)
    sealed = sealing.seal(settings.secret_key, secret, nonce=nonce, agency_id=agency.id, row_id=endpoint_id)
    values = {"url": url, "event_types": ["*"], "client_id": None, "description": None, **asked}
    async with tenant_session(db, agency.id) as session:
        await endpoints.add(session, endpoint_id, values, secret_sealed=sealed, now=now)
    return endpoint_id


async def _stock(where: House, agency: Agency, endpoint_id: EndpointId) -> list[object]:
    """Deliveries of one round, not due yet."""
    ids = [new_id() for _ in range(DELIVERIES)]
    later = utc_now() + timedelta(days=1)
    await where.owner.execute(_EVENTS, agency.id, agency.client_id, ids, secrets.token_bytes(BODY_BYTES))
    await where.owner.execute(_DELIVERIES, agency.id, endpoint_id, ids)
    await where.owner.execute(_DUE, agency.id, ids, later)
    return list(ids)


async def _compared(where: House, agency: Agency, url: str, stock: list[list[object]]) -> list[Result]:
    async with open_context(where.settings) as context, aiohttp.ClientSession() as http:
        body = secrets.token_bytes(BODY_BYTES)
        headers = {"content-type": "application/json", "webhook-id": str(new_id())}

        async def lay_ready() -> None:
            await where.owner.execute(_READY, agency.id, stock.pop())

        async def ours() -> int:
            await _until_told(where, Dispatcher(context), agency)
            return DELIVERIES

        async def bare() -> int:
            pending = iter(range(DELIVERIES))

            async def some() -> None:
                for _ in pending:
                    async with http.post(url, data=body, headers=headers) as answer:
                        await answer.read()

            await asyncio.gather(*(some() for _ in range(AT_ONCE)))
            return DELIVERIES

        spent = await medians(where.meter, {"ours": ours, "bare": bare}, rounds=ROUNDS, before=lay_ready)
    delivered = await where.owner.fetchval("select count(*) from webhook_deliveries where status = 'delivered'")
    assert delivered == DELIVERIES * (ROUNDS + 1), f"{delivered} were delivered"
    return [
        at_least("G9 take, sign, send and settle, to bare POSTs", spent["bare"] / spent["ours"], 0.65),
        told("CPU of one delivery", spent["ours"] * 1e6, "us"),
        told("CPU of one bare POST", spent["bare"] * 1e6, "us"),
    ]
