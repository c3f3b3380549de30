"""An operation that goes is announced in the contract and in every answer, and answers 410 after its last day."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from litestar import Response, Router, get

from api import app as application
from api.clients import Client, ClientList
from api.edge.deprecation import Deprecation
from api.edge.gate import Gate
from api.edge.lists import Asked, Listing, listed
from api.edge.schema import PathId, identifier
from api.edge.tenancy import AnyRequest, Session
from core.settings import Settings
from storage import clients as records
from tests.conftest import Agency, calling

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
SUNSET = datetime(2027, 6, 1, tzinfo=UTC)
GOING = Deprecation(SINCE, SUNSET, "/docs/moving-from-brands")
LINK = '<http://api.test/docs/moving-from-brands>; rel="deprecation"; type="text/html"'


@get("/brands", scope="clients:read", summary="List brands", listing=Listing(), deprecation=GOING)
async def list_brands(request: AnyRequest, session: Session, asked: Asked) -> Response[ClientList]:
    """What clients were called."""
    page = await records.page(session, asked)
    return listed(request, ClientList, [], page)


@get("/brands/{brand_id:str}", scope="clients:read", summary="Read a brand", deprecation=GOING)
async def get_brand(brand_id: PathId) -> Client:
    """What a client was called."""
    raise AssertionError(identifier(brand_id))


BRANDS = Router("/v1", route_handlers=[list_brands, get_brand], tags=["Clients"])


@pytest.fixture
def gate(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """The API with operations that go."""
    monkeypatch.setattr(application, "ROUTERS", [*application.ROUTERS, BRANDS])
    return application.create_app(settings)


@asynccontextmanager
async def serving_at(gate: Gate, moment: datetime, agency: Agency) -> AsyncIterator[httpx.AsyncClient]:
    """The agency's own program, at this moment."""
    async with gate.app.lifespan(), calling(gate, agency.key) as http:
        gate.app.state.siaga.clock = lambda: moment
        yield http


async def test_until_its_last_day_every_answer_says_when_it_ends(gate: Gate, agency: Agency):
    async with serving_at(gate, SUNSET - timedelta(seconds=1), agency) as http:
        good, bad = await http.get("/v1/brands"), await http.get("/v1/brands/nothing")
        other = await http.get("/v1/clients")
    assert (good.status_code, bad.status_code) == (200, 404)
    for answer in (good, bad):
        assert answer.headers["deprecation"] == f"@{int(SINCE.timestamp())}"
        assert answer.headers["sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
        assert LINK in answer.headers.get_list("link")
    assert not {"deprecation", "sunset", "link"} & other.headers.keys()


async def test_from_its_last_day_on_it_is_gone_and_says_where_to_go(gate: Gate, agency: Agency):
    async with serving_at(gate, SUNSET, agency) as http:
        answer = await http.get("/v1/brands")
        assert (await http.get("/v1/clients")).status_code == 200
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "http://api.test/docs/moving-from-brands" in answer.json()["detail"]
    assert LINK in answer.headers.get_list("link")


async def test_the_contract_marks_it_and_tells_of_its_headers_and_its_end(gate: Gate):
    contract = json.loads(await gate.app.state.contract.content())
    paths = contract["paths"]
    told = paths["/v1/brands"]["get"]
    assert told["deprecated"] is True
    assert told["x-sunset"] == "2027-06-01"
    assert {"Deprecation", "Sunset", "Link"} <= told["responses"]["200"]["headers"].keys()
    assert told["responses"]["410"] == {"$ref": "#/components/responses/gone"}
    assert "deprecated" not in paths["/v1/clients"]["get"]
    assert "gone" in contract["components"]["responses"]


def test_less_than_half_a_year_is_no_notice():
    with pytest.raises(ValueError, match="at least 180 days"):
        Deprecation(SINCE, SINCE + timedelta(days=179), "/docs/moving")
    assert Deprecation(SINCE, SINCE + timedelta(days=180), "/docs/moving").headers("https://api.test")["Deprecation"]
