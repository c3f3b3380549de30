"""The published contract is what this code serves, and a valid document of its kind."""

import json
from pathlib import Path

import httpx
from openapi_spec_validator import OpenAPIV31SpecValidator

from core.event_bodies import EVENT_SHAPES
from siaga import contract
from tests.served import Served

COMMITTED = Path(__file__).resolve().parents[2] / contract.PATH


def test_the_committed_contract_is_the_one_that_the_code_makes():
    assert COMMITTED.read_text(encoding="utf-8") == contract.text(), "run `make openapi` and review the difference"


def test_the_contract_is_valid_openapi():
    assert [str(error) for error in OpenAPIV31SpecValidator(json.loads(contract.text())).iter_errors()] == []


def test_a_contract_that_is_wrong_is_found_to_be_wrong():
    broken = json.loads(contract.text())
    del broken["info"]["title"]
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_every_event_stands_under_webhooks_with_its_body():
    webhooks = json.loads(contract.text())["webhooks"]
    assert set(webhooks) == {event.value for event in EVENT_SHAPES}
    for event in webhooks.values():
        assert "schema" in event["post"]["requestBody"]["content"]["application/json"]


async def test_a_running_installation_serves_the_same_contract_with_its_own_address(served: Served):
    async with httpx.AsyncClient(base_url=served.url) as http:
        answer = (await http.get("/openapi.json")).json()
    assert answer.pop("servers")[0]["url"] == served.url
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    committed.pop("servers")
    assert answer == committed
