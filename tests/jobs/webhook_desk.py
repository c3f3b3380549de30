"""A client's system on loopback, and one agency's worker driven by hand with a clock of its own."""

import asyncio
import json
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from core import sealing
from core import webhooks as rules
from core.events import PUBLIC_EVENTS, EventType
from core.ids import EndpointId
from egress.client import Egress, Limits
from jobs import webhooks
from jobs.context import Context
from jobs.subscriptions import JOBS
from storage import attempts, clients, deliveries, events, parcels, turns
from storage import webhooks as endpoints
from storage.outbox import Due, OutboxRow
from storage.session import tenant_connection, tenant_session
from storage.table import new_id, utc_now
from storage.webhooks import DeliveryRow

OURS = {EventType.DELIVERY_DUE, *PUBLIC_EVENTS}


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self):
        self.now = utc_now()

    def __call__(self):
        return self.now

    def forward(self, **by):
        self.now += timedelta(**by)


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self):
        return self.headers["webhook-id"]

    @property
    def content(self):
        return json.loads(self.body)

    def verifies(self, secret):
        """Whether the official library takes it now."""
        try:
            Webhook(secret).verify(self.body, self.headers)
        except WebhookVerificationError:
            return False
        return True

    def is_signed_by(self, secret):
        """Whether the official library signs the same at the time the try names, which may be days from now."""
        at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        return Webhook(secret).sign(self.id, at, self.body.decode()) in self.headers["webhook-signature"].split()


@dataclass
class Receiver:
    """A client's system on loopback; answers what the test has laid out, the last of it for ever."""

    answers: list = field(default_factory=lambda: [200])
    received: list[Received] = field(default_factory=list)
    url: str = ""
    pause_s: float = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request):
        body = await request.read()
        self.received.append(Received({k.lower(): v for k, v in request.headers.items()}, body))
        self.arrived.set()
        await asyncio.sleep(self.pause_s)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return answer if isinstance(answer, web.Response) else web.Response(status=answer)


@asynccontextmanager
async def receiving(*answers):
    receiver = Receiver(list(answers) or [200])
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@dataclass
class Desk:
    """One agency with a worker of its own, driven by hand."""

    context: Context
    agency_id: object
    clock: Clock

    def session(self):
        return tenant_session(self.context.db, self.agency_id)

    async def endpoint(self, url, *types, client_id=None, **asked):
        endpoint_id, secret = EndpointId(new_id()), rules.new_secret(secrets.token_bytes(32))
        values = {"url": url, "event_types": list(types) or ["*"], "client_id": client_id, "description": None, **asked}
        async with self.session() as session:
            sealed = self.sealed(endpoint_id, secret)
            await endpoints.add(session, endpoint_id, values, secret_sealed=sealed, now=self.clock())
        return endpoint_id, secret

    def sealed(self, endpoint_id, secret):
        key, nonce = self.context.settings.secret_key, secrets.token_bytes(12)
        return sealing.seal(key, secret, nonce=nonce, agency_id=self.agency_id, row_id=endpoint_id)

    async def client(self):
        values = {"kind": "company", "name": "Kopi Senja", "sector": None, "risk_tier": "standard"}
        values |= {"time_zone": "Asia/Jakarta", "languages": ["id"]}
        async with self.session() as session:
            return (await clients.add(session, values, now=self.clock())).id

    async def happens(self, client_id, event=EventType.INCIDENT_OPENED, session=None):
        """An event, in a transaction of its own unless one is given."""
        if session is None:
            async with self.session() as session:
                return await self.happens(client_id, event, session)
        data = incident(client_id, self.clock())
        return await events.publish(session, event, client_id=client_id, data=data, now=self.clock())

    async def due(self):
        async with self.session() as session:
            free = OutboxRow.leased_until.is_(None) | (OutboxRow.leased_until <= self.clock())
            statement = select(OutboxRow).where(OutboxRow.type.in_(OURS), OutboxRow.available_at <= self.clock(), free)
            rows = (await session.execute(statement.order_by(OutboxRow.id))).scalars().all()
        return [Due(row.agency_id, row.id, row.type) for row in rows]

    async def work(self):
        """Follow up everything that is due by now, and what becomes due by it."""
        while due := await self.due():
            for each in due:
                await JOBS[EventType(each.type)](self.context, each)

    async def take_delivery_due(self):
        """Fan out, and hand back the delivery's row of the outbox without delivering."""
        for each in await self.due():
            await webhooks.fan_out(self.context, each)
        (only,) = await self.due()
        return only

    async def take(self, due):
        """Hold a delivery as a worker does before it sends."""
        (parcel,) = (await self.take_all(due)).parcels
        return parcel

    async def take_all(self, *dues):
        """Hold these deliveries, or all that are due."""
        ids, now = [each.id for each in dues or await self.due()], self.clock()
        until = webhooks.held_until(self.context, now)
        async with tenant_connection(self.context.db, self.agency_id) as connection:
            return await parcels.take_these(connection, self.agency_id, ids, now=now, until=until, due_by=now)

    async def all(self, row, *where):
        async with self.session() as session:
            return (await session.execute(select(row).where(*where).order_by(row.id))).scalars().all()

    async def only(self, row, *where):
        (found,) = await self.all(row, *where)
        return found

    async def numbers(self):
        return sorted(tried.number for tried in await self.attempts())

    async def attempts(self, *where):
        """All attempts at the deliveries of which that is so, the oldest first."""
        rows = await self.all(DeliveryRow, *where)
        async with self.session() as session:
            tried = [each for row in rows for each in await attempts.of(session, row)]
        return sorted(tried, key=lambda each: (each.started_at, each.number))

    async def attempt(self, *where):
        (found,) = await self.attempts(*where)
        return found

    async def send_again(self, delivery_id):
        async with self.session() as session:
            endpoint = await turns.lock_endpoint(session, delivery_id)
            delivery = await deliveries.lock(session, delivery_id)
            await turns.let_probe(session, endpoint, now=self.clock())
            await deliveries.send_again(session, delivery, now=self.clock())


def incident(client_id, now):
    return {
        "incident_id": new_id(),
        "client_id": client_id,
        "status": "open",
        "level": "warning",
        "score": 61.0,
        "peak_score": 61.0,
        "opened_at": now,
        "version": 1,
        "reasons": {"id": ["Keluhan naik enam kali."], "en": ["Six times the usual complaints."]},
        "links": {"incident": "/v1/incidents/x"},
    }


@asynccontextmanager
async def working(db, settings, agency_id):
    async with Egress(
        allowed_networks=settings.allow_private_webhook_targets, production=False, limits=Limits(total_s=5, connect_s=2)
    ) as egress:
        clock = Clock()
        # Neither a reader of sentiment nor a watch list is needed to deliver.
        yield Desk(Context(settings, db, egress, reader=None, watchlist=None, clock=clock), agency_id, clock)
