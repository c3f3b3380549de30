"""A contract may only be added to: what would break a program of the last release is found and told with its place."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from siaga import contract
from siaga.breaking import differences
from siaga.contract import BreakingChange
from tests.operations import CONTRACT

Document = dict[str, Any]
CLIENTS = "/v1/clients"


def schema(document: Document, name: str) -> Document:
    return document["components"]["schemas"][name]


def operation(document: Document, path: str = CLIENTS, method: str = "get") -> Document:
    return document["paths"][path][method]


def parameter(document: Document, name: str) -> Document:
    return next(each for each in operation(document)["parameters"] if each["name"] == name)


def without_field(document: Document, shape: str, name: str) -> None:
    del schema(document, shape)["properties"][name]


BREAKING: dict[str, tuple[Callable[[Document], object], str]] = {
    "an operation": (lambda d: d["paths"][CLIENTS].pop("get"), "GET /v1/clients: the operation is gone"),
    "a field of an answer": (lambda d: without_field(d, "Client", "sector"), "/sector: the field is gone"),
    "a field that is read": (lambda d: without_field(d, "NewClient", "sector"), "/sector: the field is gone"),
    "a value that is taken": (
        lambda d: schema(d, "NewClient")["properties"]["kind"]["enum"].remove("person"), "person is no longer taken",
    ),
    "an event": (lambda d: d["webhooks"].pop("incident.opened"), "event incident.opened: it is gone"),
    "a field of an event": (lambda d: without_field(d, "IncidentEvent", "level"), "/level: the field is gone"),
    "an optional field made required": (
        lambda d: schema(d, "NewClient")["required"].append("sector"), "/sector: the field is required",
    ),
    "a shorter text": (
        lambda d: schema(d, "NewClient")["properties"]["name"].update(maxLength=100), "maxLength fell to 100",
    ),
    "a parameter": (lambda d: operation(d)["parameters"].remove(parameter(d, "q")), "the parameter q is gone"),
    "a parameter made required": (lambda d: parameter(d, "q").update(required=True), "the parameter q is required"),
    "fewer rows": (lambda d: parameter(d, "limit")["schema"].update(maximum=100), "maximum fell to 100"),
    "another type": (
        lambda d: schema(d, "Client")["properties"]["name"].update(type="integer"), "integer may be answered",
    ),
    "null where none was": (
        lambda d: schema(d, "Client")["properties"].update(
            name={"anyOf": [schema(d, "Client")["properties"]["name"], {"type": "null"}]}
        ),
        "null may be answered",
    ),
    "a value in a closed answer": (
        lambda d: schema(d, "Client")["properties"]["risk_tier"]["enum"].append("extreme"), "extreme may be answered",
    ),
    "another status": (
        lambda d: operation(d, method="post")["responses"].update({"200": operation(d, method="post")["responses"].pop("201")}),
        "the answer 201 is gone",
    ),
    "a header": (
        lambda d: operation(d)["responses"]["200"]["headers"].pop("Link"), "the header Link is gone",
    ),
    "another scope": (lambda d: operation(d).update({"x-scope": "clients:manage"}), "the scope was clients:read"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKING)
def test_what_breaks_a_program_is_found(name: str):
    break_it, told = BREAKING[name]
    after = deepcopy(CONTRACT)
    break_it(after)
    assert any(told in each for each in differences(CONTRACT, after)), differences(CONTRACT, after)


def test_what_only_adds_breaks_nothing():
    after = deepcopy(CONTRACT)
    after["paths"]["/v1/moons"] = {"get": deepcopy(operation(after))}
    operation(after)["parameters"].append({"name": "moon", "in": "query", "schema": {"type": "string"}})
    schema(after, "NewClient")["properties"]["moon"] = {"type": "string", "maxLength": 10}
    schema(after, "Client")["properties"]["moon"] = {"type": "string", "maxLength": 10}
    schema(after, "Client")["properties"]["kind"]["x-extensible-enum"].append("moon")
    schema(after, "NewClient")["properties"]["kind"]["enum"].append("moon")
    schema(after, "NewClient")["properties"]["name"]["maxLength"] = 400
    after["webhooks"]["moon.rose"] = deepcopy(after["webhooks"]["incident.opened"])
    assert differences(CONTRACT, after) == []


def test_what_was_marked_deprecated_may_go():
    before, after = deepcopy(CONTRACT), deepcopy(CONTRACT)
    operation(before)["deprecated"] = True
    del after["paths"][CLIENTS]["get"]
    assert differences(before, after) == []


def test_the_check_compares_with_the_last_release_where_there_is_one(tmp_path: Path):
    released = tmp_path / "released.json"
    contract.check_release(released)
    promised = deepcopy(CONTRACT)
    promised["paths"]["/v1/moons"] = {"get": deepcopy(operation(promised))}
    released.write_text(json.dumps(promised))
    with pytest.raises(BreakingChange, match="GET /v1/moons: the operation is gone"):
        contract.check_release(released)
    released.write_text(json.dumps(CONTRACT))
    contract.check_release(released)
