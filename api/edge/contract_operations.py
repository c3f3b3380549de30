"""One operation as the contract has it: what may be sent, and what is answered."""

from typing import Any

from api.edge.bodies import MAX_BULK_BODY
from api.edge.contract_answers import responses
from api.edge.contract_shapes import Shapes, body_of
from api.edge.examples import as_line
from api.edge.idempotency import need_of
from api.edge.versions import ENTITY_TAG
from api.edge.vocabulary import Schema, tidy
from core import idempotency

_KEY: Schema = {
    "name": idempotency.HEADER,
    "in": "header",
    "description": (
        "Your key of this request, 1 to 255 printable characters in quotes (a bare token is taken too). Send it again "
        "with the same request when an answer was lost: within 24 hours it has no second effect."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 512, "pattern": idempotency.PATTERN},
    "example": '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
}


def operation_of(operation: Schema, handler: Any, shapes: Shapes) -> Schema:
    """An operation: what the framework found out of it, completed by what its handler declares."""
    parameters = [_parameter(parameter) for parameter in operation.get("parameters", [])]
    if "listing" in handler.opt:
        parameters += handler.opt["listing"].parameters()
    is_open = bool(handler.opt.get("open"))
    made: Schema = {
        "operationId": handler.handler_name,
        "tags": operation.get("tags", []),
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
    }
    need = need_of(handler)
    if need != "none":
        parameters.append({**_KEY, "required": need == "required"})
    if parameters:
        made["parameters"] = parameters
    body = body_of(handler)
    if body is not None:
        made["requestBody"] = {"required": _needs_body(handler), "content": _contents(handler, shapes.content(body))}
    made["responses"] = responses(handler, parameters, shapes)
    if deprecation := handler.opt.get("deprecation"):
        made |= {"deprecated": True, "x-sunset": f"{deprecation.sunset:%Y-%m-%d}"}
    if is_open:
        made["security"] = []
    else:
        made["x-scope"] = handler.opt["scope"]
    return made


def _needs_body(handler: Any) -> bool:
    declared = handler.parsed_fn_signature.parameters.get("data")
    return declared is None or not declared.has_default


def _contents(handler: Any, body: Schema) -> Schema:
    # One type an operation where it can be: generators of clients stumble over two of the same shape, and over two of
    # any where no parameter beside them is optional.
    main = "application/merge-patch+json" if "PATCH" in handler.http_methods else "application/json"
    if handler.opt.get("lines"):
        lines = {"type": "string", "maxLength": MAX_BULK_BODY, "description": "One item a line."}
        (items,) = body["example"].values()
        return {main: body, "application/x-ndjson": {"schema": lines, "example": as_line(items[0])}}
    return {main: body}


def _parameter(parameter: Schema) -> Schema:
    schema: Schema = parameter["schema"]
    description = schema.pop("description", parameter.get("description", ""))
    for choice in schema.pop("oneOf", []):
        if choice.get("type") != "null":
            schema |= choice
    name, place = parameter["name"], parameter["in"]
    if place == "path":
        schema |= {"format": "uuid", "maxLength": 36} if name.endswith("_id") else {"maxLength": 200}
    for bound in ("minimum", "maximum"):
        if bound in schema and schema.get("type") == "integer":
            schema[bound] = int(schema[bound])
    schema = tidy(schema)
    made: Schema = {"name": name, "in": place, "description": description, "schema": schema}
    if place == "path" or name == "If-Match" or parameter.get("required"):
        made["required"] = True
    if name == "If-Match":
        schema["pattern"] = ENTITY_TAG
    return made
