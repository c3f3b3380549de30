"""The published contract is what this code serves, and a valid document of its kind."""

import json
from pathlib import Path

import httpx
import pytest
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


def test_the_committed_messages_are_those_that_the_code_makes():
    committed = COMMITTED.with_name(contract.MESSAGES)
    assert committed.read_text(encoding="utf-8") == contract.messages(), "run `make openapi` and review the difference"


def test_messages_out_of_step_are_found(tmp_path: Path):
    contract.write(tmp_path / "openapi.json")
    contract.check(tmp_path / "openapi.json")
    told = tmp_path / contract.MESSAGES
    told.write_text(told.read_text(encoding="utf-8").replace("incident_opened", "incident_began"), encoding="utf-8")
    with pytest.raises(contract.ContractOutOfStep, match="incident_began"):
        contract.check(tmp_path / "openapi.json")


async def test_a_running_installation_serves_the_same_messages(served: Served):
    async with httpx.AsyncClient(base_url=served.url) as http:
        answer = await http.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(contract.messages())
