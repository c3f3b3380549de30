"""Examples of bodies and answers, built from the schemas, so that none is missing and none goes stale.

A field's own `examples` come first, then what a field of its name usually holds, then any value of its schema.
"""

import json
from hashlib import sha256
from typing import Any, cast

Schema = dict[str, Any]

INSTANT = "2026-11-21T08:00:00Z"
_REFERENCE = "#/components/schemas/"
# What fields of these names hold in the story that our pages tell. None only where the schema allows it.
_USUAL: dict[str, Any] = {
    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9.e30.c2ln",
    "acknowledged_by": None,
    "actor_id": None,
    "attempts": [],
    "author": "budi_ngopi",
    "author_name": "Budi",
    "closed_at": None,
    "complaint": 0.92,
    "completeness": 1.0,
    "contributions": [],
    "current_password": "hujan-di-bulan-juni-1989",
    "description": "The pager of the night shift",
    "detail": "Send the id as it was answered.",
    "disabled_reason": None,
    "eased_at": None,
    "email": "ratna@agensi.example",
    "en": ["Negative mentions are at 7 times of what is usual for this hour."],
    "engagement": 240,
    "error": None,
    # Any instant will have passed one day.
    "expires_at": None,
    "event_types": ["incident.opened", "incident.raised"],
    "failed": [],
    "failing": [],
    "failing_since": None,
    "followers": 1200,
    "guards": [],
    "handle": "kopisenja",
    "has_more": False,
    "hoax_cue": 0.04,
    "id": ["Sebutan negatif 7 kali lipat dari yang biasa pada jam ini."],
    "instance": "/v1/clients",
    "is_counted": True,
    "is_enabled": True,
    "kid": "7f3a9c1d",
    "lang": "id",
    "language": "id",
    "languages": ["id", "en"],
    "last_used_at": None,
    "level": "warning",
    "links": {},
    "must_match": [{"text": "Kopi Senja bikin sakit perut"}],
    "must_not_match": [{"text": "Lowongan: barista Kopi Senja"}],
    "name": "Kopi Senja",
    "native_id": "1890000000000000001",
    "new_password": "kata-sandi-yang-baru-89",
    "next_cursor": None,
    "note": "The batch was recalled.",
    "passed": True,
    "password": "hujan-di-bulan-juni-1989",
    "peak_score": 71.5,
    "platform": "x",
    "pointer": "/name",
    "polarity": -0.81,
    "public_id": "a1B2c3D4",
    "query": '"kopi senja" NOT lowongan',
    "ratio": 7.1,
    "reach": 18000,
    "reasons": {
        "id": ["Sebutan negatif 7 kali lipat dari yang biasa pada jam ini."],
        "en": ["Negative mentions are at 7 times of what is usual for this hour."],
    },
    "refresh_token": "rt_3yZe7b0XbYl2",
    "request_id": "4f8f3c1e9ab74f3e8d5b7a2c6e1d0f9a",
    "resolved_at": None,
    "resolved_by": None,
    "resolution": None,
    "revoked_at": None,
    "role": "analyst",
    "scope": "clients:read",
    "scopes": ["clients:read"],
    "score": 63.4,
    "secret_rotated_at": None,
    "sector": "minuman",
    "sentiment": "negative",
    "slug": "agensi-ratna",
    "text": "Kopi Senja bikin sakit perut, sudah tiga teman saya",
    "time_zone": "Asia/Jakarta",
    "title": None,
    "toxicity": 0.11,
    "type": "incident.opened",
    "undetermined": None,
    "url": "https://hooks.example.com/siaga",
    "version": 3,
    "warnings": [],
}


# Shapes of which not every field may stand beside every other.
_WHOLE: dict[str, Any] = {
    "DataBreachChanges": {"measures": "The export was taken down and its link ended.", "affected_subjects": 312},
    "NewDataBreach": {
        "data": "Names and handles of 312 people who complained",
        "cause": "An export was shared with the wrong group.",
        "affected_subjects": 312,
    },
    "NewDataSubjectRequest": {"kind": "access", "platform": "x", "handle": "budi_ngopi", "note": "By letter."},
}
_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
    "boolean": (bool,),
    "null": (type(None),),
}


def example_of(schema: Schema, components: Schema, name: str = "") -> Any:
    """A value that the schema allows, such as one might meet in a field of this name."""
    whole = _WHOLE.get(schema.get("$ref", "").removeprefix(_REFERENCE))
    if whole is not None:
        return whole
    choices = _choices(schema, components)
    given = next((each for choice in choices for each in choice.get("examples", ())), None)
    if given is not None:
        return given
    if name in _USUAL and any(_fits(_USUAL[name], choice, components) for choice in choices):
        return _USUAL[name]
    return _any_of(choices[0], components, name)


def _choices(schema: Schema, components: Schema) -> list[Schema]:
    """What a schema comes to: references followed, and its alternatives side by side."""
    if "$ref" in schema:
        return _choices(components[schema["$ref"].removeprefix(_REFERENCE)], components)
    return (
        [found for each in schema["anyOf"] for found in _choices(each, components)] if "anyOf" in schema else [schema]
    )


def _any_of(schema: Schema, components: Schema, name: str) -> Any:
    kind = schema.get("type")
    closed = schema.get("enum") or schema.get("x-extensible-enum")
    if closed:
        return closed[0]
    if kind == "object":
        return {key: example_of(value, components, key) for key, value in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema["items"], components, name)] * max(schema.get("minItems", 1), 1)
    if kind == "string":
        return _text(schema, name)
    return False if kind == "boolean" else max(schema.get("minimum", 0), 0)


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") == "uuid":
        return f"019ab0f0-0000-7000-8000-{sha256(name.encode()).hexdigest()[:12]}"
    if schema.get("format") == "date-time":
        return INSTANT
    return (name.replace("_", " ") or "text")[: schema.get("maxLength", 100)]


def _fits(value: Any, schema: Schema, components: Schema) -> bool:
    """Whether a usual value can stand here at all, by its type and by the closed words that may stand here."""
    kind = str(schema.get("type"))
    if schema.get("format") in {"uuid", "date-time"} or not isinstance(value, _KINDS.get(kind, ())):
        return False
    if isinstance(value, bool) != (kind == "boolean") or value not in schema.get("enum", [value]):
        return False
    if not isinstance(value, list):
        return True
    items = _choices(schema["items"], components)
    return all(any(_fits(each, item, components) for item in items) for each in cast("list[Any]", value))


def as_line(value: Any) -> str:
    """An example as one line of NDJSON."""
    return json.dumps(value, ensure_ascii=False) + "\n"
