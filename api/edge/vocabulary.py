"""Schemas in the words that readers of contracts expect: a bound and a format for everything.

What msgspec says of a shape is true and not yet enough: it names no format for an instant, none for a number, and
no length for an id. What is added here holds for every value that we read or write.
"""

from typing import Any, cast

Schema = dict[str, Any]

# What every reader of JSON can hold exactly [RFC 8259, 6].
_LARGEST_INTEGER = 2**53 - 1
_LONGEST_OF_FORMAT = {"uuid": 36, "date-time": 40, "date": 10}
_LONGEST_GROWING = 100
MAY_GROW = "x-extensible-enum"


def tidy(schema: Any) -> Any:
    """The schema with formats, bounds, and the enumerations that may grow marked as such."""
    if isinstance(schema, list):
        return [tidy(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    made: Schema = {name: tidy(value) for name, value in cast("Schema", schema).items()}
    if "enum" in made and all(isinstance(value, str) for value in made["enum"]):
        made.setdefault("type", "string")
    kind = made.get("type")
    if kind == "string":
        _bound_text(made)
    elif kind == "integer":
        made.setdefault("format", "int64")
        made.setdefault("minimum", -_LARGEST_INTEGER)
        made.setdefault("maximum", _LARGEST_INTEGER)
    elif kind == "number":
        made.setdefault("format", "double")
    return made


def _bound_text(made: Schema) -> None:
    if made.get(MAY_GROW) is True:
        # A value of tomorrow must not break a program of today: no `enum`, which generated clients hold to be closed.
        made[MAY_GROW] = made.pop("enum")
        made["maxLength"] = _LONGEST_GROWING
    elif not made.keys() & {"maxLength", "format", "enum", "const", "pattern"}:
        # Every text has a longest length, which a test sees to: what has none is an instant.
        made["format"] = "date-time"
    longest = _LONGEST_OF_FORMAT.get(made.get("format", ""))
    if longest is not None:
        made.setdefault("maxLength", longest)
