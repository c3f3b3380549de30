"""The contract says all that a program needs: bounds, formats, examples, statuses and headers, of everything."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from litestar.routes import HTTPRoute
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.edge.contract_shapes import answer_of, body_of
from api.edge.gate import Gate
from api.edge.openapi import TAGS
from core.event_bodies import EVENT_SHAPES, Event
from tests.operations import CONTRACT, OPERATIONS, Operation

COMPONENTS: dict[str, Any] = CONTRACT["components"]


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        _, _, kind, name = part["$ref"].split("/")
        part = COMPONENTS[kind][name]
    return part


def schemas(part: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a part of the contract, with the place where it stands."""
    if isinstance(part, list):
        for index, each in enumerate(part):
            yield from schemas(each, f"{place}/{index}")
    elif isinstance(part, dict):
        if "type" in part and isinstance(part["type"], str) and place.rpartition("/")[2] != "properties":
            yield place, part
        for name, each in part.items():
            if name not in {"example", "examples", "securitySchemes"}:
                yield from schemas(each, f"{place}/{name}")


EVERY_SCHEMA = list(schemas({key: CONTRACT[key] for key in ("paths", "webhooks", "components")}, ""))


def contents(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the operation reads and answers, each under its media type."""
    for media_type, content in operation.told.get("requestBody", {}).get("content", {}).items():
        yield f"body of {media_type}", content
    for status, answer in operation.told["responses"].items():
        for content in resolved(answer).get("content", {}).values():
            yield f"answer {status}", content


def reachable(part: Any, seen: set[str]) -> None:
    """Names of the component schemas that a part refers to, by whatever way."""
    if isinstance(part, list):
        for each in part:
            reachable(each, seen)
    elif isinstance(part, dict):
        name = part.get("$ref", "")
        if name.startswith("#/components/schemas/") and (found := name.rpartition("/")[2]) not in seen:
            seen.add(found)
            reachable(COMPONENTS["schemas"][found], seen)
        for each in part.values():
            reachable(each, seen)


def handlers(app: Gate) -> Iterator[Any]:
    for route in app.app.routes:
        if isinstance(route, HTTPRoute):
            yield from (handler for handler, _ in route.route_handler_map.values())


def test_the_contract_is_valid_openapi():
    assert list(OpenAPIV31SpecValidator(CONTRACT).iter_errors()) == []


def test_every_text_number_and_list_has_its_bounds():
    unbounded = [
        place
        for place, schema in EVERY_SCHEMA
        if (schema["type"] == "string" and not schema.keys() & {"maxLength", "enum", "const"})
        or (schema["type"] in {"integer", "number"} and not {"minimum", "maximum", "format"} <= schema.keys())
        or (schema["type"] == "array" and "maxItems" not in schema)
    ]
    assert unbounded == []


def test_what_callers_send_is_closed():
    sent: set[str] = set()
    for operation in OPERATIONS:
        reachable(operation.told.get("requestBody", {}), sent)
    described = {name: COMPONENTS["schemas"][name] for name in sent}
    assert [name for name, each in described.items() if each.get("additionalProperties", True) is True] == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_every_operation_says_what_it_is_what_it_needs_and_what_it_answers(operation: Operation, app: Gate):
    told = operation.told
    assert all(told[name] for name in ("operationId", "summary", "description", "tags"))
    assert set(told["tags"]) <= TAGS.keys()
    assert (told.get("security") == []) != ("x-scope" in told)
    assert all(parameter["description"] for parameter in told.get("parameters", []))
    assert operation.id in {handler.handler_name for handler in handlers(app)}
    expected = {"400", "406", "500"} | (set() if operation.is_open else {"401", "403", "503"})
    assert expected <= told["responses"].keys()
    for status, answer in told["responses"].items():
        assert resolved(answer)["description"], status
        assert "X-Request-Id" in resolved(answer)["headers"], status


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_every_body_and_answer_has_an_example_that_its_schema_allows(operation: Operation):
    for place, content in contents(operation):
        assert "example" in content, place
        whole = {"components": COMPONENTS, **content["schema"]}
        found = list(Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(content["example"]))
        assert found == [], (place, found[0].message, list(found[0].path))


def test_no_shape_has_a_text_without_a_longest_length(app: Gate):
    """The contract takes a bare string for an instant, so none may be anything else."""
    unbounded = [
        f"{shape.cls.__name__}.{field.name}"
        for shape in structs(app)
        for field in shape.fields
        for kind in parts(field.type)
        if isinstance(kind, msgspec.inspect.StrType) and kind.max_length is None and kind.pattern is None
    ]
    assert unbounded == []


def structs(app: Gate) -> Iterator[msgspec.inspect.StructType]:
    """Every shape that the API reads, answers or sends."""
    found: dict[type, msgspec.inspect.StructType] = {}
    told = [kind for handler in handlers(app) for kind in (body_of(handler), answer_of(handler)) if kind]
    pending: list[Any] = [msgspec.inspect.type_info(kind) for kind in (*told, *events())]
    while pending:
        for kind in parts(pending.pop()):
            if isinstance(kind, msgspec.inspect.StructType) and kind.cls not in found:
                found[kind.cls] = kind
                pending += [field.type for field in kind.fields]
    return iter(found.values())


def events() -> list[Any]:
    return [Event[shape] for shape in EVENT_SHAPES.values()]


def parts(kind: Any) -> Iterator[Any]:
    """A type and what it is made of, without going into the fields of a shape."""
    yield kind
    inner = [getattr(kind, name, None) for name in ("type", "item_type", "value_type")]
    for each in (*inner, *getattr(kind, "types", ())):
        if isinstance(each, msgspec.inspect.Type):
            yield from parts(each)


def test_no_number_has_two_bounds_on_one_side():
    twice = [
        place
        for place, schema in schemas(CONTRACT, "")
        if {"maximum", "exclusiveMaximum"} <= schema.keys() or {"minimum", "exclusiveMinimum"} <= schema.keys()
    ]
    assert twice == []
