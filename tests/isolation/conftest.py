"""Two agencies: one that has everything, with a second client beside the first, and one that has nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from api.edge.gate import Gate
from core.access import Role, scopes_of
from core.settings import Settings
from storage.engine import Database
from storage.session import tenant_session
from tests import holdings
from tests.conftest import Agency, Caller, calling, found_agency, issue_key
from tests.holdings import Holdings

# Their table goes with the next release.
_ATTEMPTS_OF_THE_RELEASE_BEFORE = """
    insert into webhook_attempts (agency_id, id, delivery_id, client_id, number, started_at, duration_ms)
    select agency_id, gen_random_uuid(), id, client_id, 1, created_at, 1 from webhook_deliveries
"""


@dataclass(frozen=True, slots=True)
class Full:
    """The agency that has everything; `beside` are the ids of its second client.

    `portal_key` opens that client's portal, `expert_key` is an outside expert's at that client's incident.
    """

    caller: Caller
    holdings: Holdings
    beside: dict[str, str]
    portal_key: str
    expert_key: str

    @property
    def agency(self) -> Agency:
        return self.caller.agency


@pytest.fixture(scope="session")
async def full(app: Gate, db: Database, settings: Settings) -> AsyncIterator[Full]:
    agency = await found_agency(db)
    async with calling(app, agency.key) as http:
        caller = Caller(http, agency)
        filled = await holdings.fill(caller, settings)
        beside = await holdings.register(caller, "Teh Pagi", "tehpagi")
        endpoint = {"url": holdings.DEAF, "event_types": ["*"], "client_id": beside["client_id"]}
        beside["endpoint_id"] = (await caller.post("/v1/webhook-endpoints", json=endpoint)).json()["id"]
        beside |= await holdings.trouble(caller, settings, beside["client_id"], "tehpagi")
        deliveries = f"/v1/webhook-deliveries?endpoint_id={beside['endpoint_id']}"
        beside["delivery_id"] = (await caller.get(deliveries)).json()["data"][0]["id"]
        async with tenant_session(db, agency.id) as session:
            await session.execute(text(_ATTEMPTS_OF_THE_RELEASE_BEFORE))
        scopes = tuple(scopes_of(Role.PORTAL_VIEWER))
        key = await issue_key(
            db, agency.id, role=Role.PORTAL_VIEWER, scopes=scopes, client_id=UUID(beside["client_id"])
        )
        since = {"since": datetime.now(UTC).isoformat()}
        recover = f"/v1/webhook-endpoints/{beside['endpoint_id']}/recover"
        begun = await caller.post(recover, json=since, headers={"Idempotency-Key": '"beside"'})
        beside["operation_id"] = begun.json()["id"]
        expert = await issue_key(
            db, agency.id, role=Role.OUTSIDE_EXPERT, client_id=UUID(beside["client_id"]),
            incident_id=UUID(beside["incident_id"]),
        )  # fmt: skip
        yield Full(caller, filled, beside, key, expert)


@pytest.fixture
async def portal(app: Gate, full: Full) -> AsyncIterator[Caller]:
    """The portal of the second client."""
    async with calling(app, full.portal_key) as http:
        yield Caller(http, full.agency)


@pytest.fixture
async def expert(app: Gate, full: Full) -> AsyncIterator[Caller]:
    """An outside expert at the second client's incident."""
    async with calling(app, full.expert_key) as http:
        yield Caller(http, full.agency)
