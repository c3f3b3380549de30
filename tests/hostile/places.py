"""Where hostile text can be put into a request: fields of the body, parameters, headers."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.operations import CONTRACT, Operation

Schema = dict[str, Any]
Place = tuple[str | int, ...]
# What has to stand around a text, where the good body has no such part.
SAMPLE = {"text": "kopi"}
NEEDED: Schema = {"author": {"handle": "akun"}}


@cache
def fields(operation_id: str) -> tuple[tuple[Place, Schema], ...]:
    """Every text field of the body an operation reads, to the last level, with its schema."""
    operation = CONTRACT["paths"]
    told = next(o for item in operation.values() for o in item.values() if o["operationId"] == operation_id)
    content = next(iter(told["requestBody"]["content"].values()))
    return tuple(_texts(content["schema"], ()))


def _texts(schema: Schema, place: Place) -> Iterator[tuple[Place, Schema]]:
    schema = _plain(schema)
    for name, each in schema.get("properties", {}).items():
        yield from _texts(each, (*place, name))
    if "items" in schema:
        yield from _texts(schema["items"], (*place, 0))
    if schema.get("type") == "string":
        yield place, schema


def _plain(schema: Schema) -> Schema:
    """A schema without its reference, and without null as its other choice."""
    if "$ref" in schema:
        return _plain(CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    choices = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
    return _plain(choices[0]) if choices else schema


def put(held: Any, place: Place, value: Any) -> Any:
    """The body with this value in this place; what leads there is made where it is missing."""
    if not place:
        return value
    step, *rest = place
    if isinstance(step, int):
        first, *others = held or [SAMPLE]
        return [put(first, tuple(rest), value), *others]
    return {**(held or {}), step: put((held or {}).get(step, NEEDED.get(step)), tuple(rest), value)}


def queries(operation: Operation) -> list[Schema]:
    """The query parameters of an operation."""
    return [each for each in operation.told.get("parameters", []) if each["in"] == "query"]


def takes_if_match(operation: Operation) -> bool:
    return any(each["name"] == "If-Match" for each in operation.told.get("parameters", []))
