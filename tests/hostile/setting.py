"""Who attacks, and what stands there to be attacked: an agency with one of everything."""

import httpx

from api.edge.gate import Gate
from core.settings import Settings
from storage.engine import Database
from tests import holdings
from tests.conftest import PASSWORD, calling, found_agency
from tests.conftest import Caller as Program
from tests.hostile.attacks import Caller


async def prepared(app: Gate, db: Database, settings: Settings, url: str) -> Caller:
    """An agency that has everything; its own key attacks, and a member who may do all signs in beside it."""
    agency = await found_agency(db)
    async with calling(app, agency.key) as http:
        held = await holdings.fill(Program(http, agency), settings)
    async with httpx.AsyncClient(base_url=url) as http:
        # The issuer of a token is the address that is served.
        signed_in = await http.post("/v1/auth/token", json={"email": agency.email, "password": PASSWORD})
    return Caller(agency.key, signed_in.json()["access_token"], held.ids)
