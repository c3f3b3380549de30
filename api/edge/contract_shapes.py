"""The shapes of bodies and answers as the contract has them: the schemas of what enforces them, with examples."""

from collections.abc import Iterable
from typing import Any, get_args, get_origin

import msgspec
from litestar import Response

from api.edge.event_schemas import EVENTS, REFERENCE
from api.edge.examples import example_of
from api.edge.problems import Problem
from api.edge.vocabulary import Schema, tidy
from core.event_bodies import EVENT_SHAPES, Event


class Shapes:
    """The shapes of bodies and answers as schemas, with an example of each."""

    def __init__(self, shapes: Iterable[Any]) -> None:
        known = list(dict.fromkeys([*(each for each in shapes if each), Problem, *_events()]))
        schemas, components = msgspec.json.schema_components(known, ref_template=REFERENCE)
        self._schemas = dict(zip(known, schemas, strict=True))
        self.components: Schema = {name: tidy(schema) for name, schema in sorted(components.items())}

    def content(self, shape: Any, portal: Any = None) -> Schema:
        """What stands under a media type; where portals are answered with another shape, both."""
        schema = self._schemas[shape]
        told = schema if portal is None else {"anyOf": [schema, self._schemas[portal]]}
        return {"schema": told, "example": example_of(schema, self.components)}

    def describe(self, shape: Any) -> str:
        """The first sentence of what is said of a shape."""
        name = self._schemas[shape].get("$ref", "").rpartition("/")[2]
        text: str = self.components.get(name, {}).get("description", "Done.")
        return text.replace("\n", " ").partition(". ")[0].rstrip(".") + "."


def _events() -> list[Any]:
    return [Event[EVENT_SHAPES[event]] for event in EVENTS]


def body_of(handler: Any) -> Any:
    """The shape of the body that a handler reads; None where it reads none."""
    field = handler.parsed_data_field
    return handler.opt.get("request_shape") or (field.annotation if field else None)


def answer_of(handler: Any) -> Any:
    """The shape of the main answer: what the handler returns, out of its Response."""
    if "answer_shape" in handler.opt:
        return handler.opt["answer_shape"]
    annotation = handler.parsed_fn_signature.return_type.annotation
    if get_origin(annotation) is Response or (isinstance(annotation, type) and issubclass(annotation, Response)):
        annotation = next(iter(get_args(annotation)), None)
    return None if annotation in {None, type(None), Any, bytes, str} else annotation
