"""What in a contract would break a program that was written for another: the kinds that openapi/README.md lists."""

from collections.abc import Iterator
from typing import Any, Literal

Schema = dict[str, Any]
Direction = Literal["sent", "answered"]

_SENT: Direction = "sent"
_ANSWERED: Direction = "answered"
# What narrows a value when it rises, and what does when it falls.
_LOWER_BOUNDS = ("minLength", "minItems", "minimum", "minProperties")
_UPPER_BOUNDS = ("maxLength", "maxItems", "maximum", "maxProperties")


def differences(before: Schema, after: Schema) -> list[str]:
    """Every breaking difference, with the place where it stands; none when `after` only adds to `before`."""
    return [*_Comparison(before, after).operations(), *_Comparison(before, after).events()]


class _Comparison:
    """Two contracts side by side."""

    def __init__(self, before: Schema, after: Schema) -> None:
        self._before = before
        self._after = after
        self._seen: set[tuple[str, str, Direction]] = set()

    def operations(self) -> Iterator[str]:
        for path, item in self._before["paths"].items():
            for method, known in item.items():
                place = f"{method.upper()} {path}"
                now = self._after["paths"].get(path, {}).get(method)
                if now is None:
                    # What was marked deprecated was announced; until its sunset a check of its own keeps it.
                    yield from [] if known.get("deprecated") else [f"{place}: the operation is gone"]
                    continue
                yield from self._access(place, known, now)
                yield from self._parameters(place, known, now)
                yield from self._body(place, known.get("requestBody"), now.get("requestBody"))
                yield from self._answers(place, known["responses"], now["responses"])

    def events(self) -> Iterator[str]:
        for name, item in self._before.get("webhooks", {}).items():
            now = self._after.get("webhooks", {}).get(name)
            if now is None:
                yield f"event {name}: it is gone"
                continue
            known, found = (each["post"]["requestBody"]["content"] for each in (item, now))
            yield from self._contents(f"event {name}", known, found, _ANSWERED)

    def _access(self, place: str, known: Schema, now: Schema) -> Iterator[str]:
        if known.get("x-scope") != now.get("x-scope"):
            yield f"{place}: the scope was {known.get('x-scope')}, and is {now.get('x-scope')}"

    def _parameters(self, place: str, known: Schema, now: Schema) -> Iterator[str]:
        before, after = ({(p["in"], p["name"]): p for p in each.get("parameters", [])} for each in (known, now))
        for key, parameter in before.items():
            if key not in after:
                yield f"{place}: the parameter {key[1]} is gone"
                continue
            yield from self._schemas(f"{place}: {key[1]}", parameter["schema"], after[key]["schema"], _SENT)
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{place}: the parameter {key[1]} is required"

    def _body(self, place: str, known: Schema | None, now: Schema | None) -> Iterator[str]:
        if now is not None and known is None and now.get("required"):
            yield f"{place}: a body is required"
        if known is not None:
            yield from self._contents(f"{place}: body", known["content"], (now or {}).get("content", {}), _SENT)

    def _answers(self, place: str, known: Schema, now: Schema) -> Iterator[str]:
        for status, answer in known.items():
            if not status.startswith("2"):
                continue
            if status not in now:
                yield f"{place}: the answer {status} is gone"
                continue
            found = now[status]
            yield from self._contents(
                f"{place}: answer {status}", answer.get("content", {}), found.get("content", {}), _ANSWERED
            )
            for header in answer.get("headers", {}).keys() - found.get("headers", {}).keys():
                yield f"{place}: answer {status}: the header {header} is gone"

    def _contents(self, place: str, known: Schema, now: Schema, direction: Direction) -> Iterator[str]:
        for media_type, content in known.items():
            if media_type not in now:
                yield f"{place}: the media type {media_type} is gone"
            else:
                yield from self._schemas(place, content["schema"], now[media_type]["schema"], direction)

    def _schemas(self, place: str, known: Schema, now: Schema, direction: Direction) -> Iterator[str]:
        key = (known.get("$ref", place), now.get("$ref", place), direction)
        if "$ref" in known and key in self._seen:
            return
        self._seen.add(key)
        before, after = _variants(known, self._before), _variants(now, self._after)
        lost, new = before.keys() - after.keys(), after.keys() - before.keys()
        if direction == _SENT and lost:
            yield f"{place}: {_words(lost)} is no longer taken"
        if direction == _ANSWERED and new:
            yield f"{place}: {_words(new)} may be answered"
        for kind in before.keys() & after.keys():
            yield from self._values(place, before[kind], after[kind], direction)

    def _values(self, place: str, known: Schema, now: Schema, direction: Direction) -> Iterator[str]:
        yield from _sent(place, known, now) if direction == _SENT else _answered(place, known, now)
        if "items" in known and "items" in now:
            yield from self._schemas(f"{place}/*", known["items"], now["items"], direction)
        before, after = known.get("properties", {}), now.get("properties", {})
        for name, schema in before.items():
            if name not in after:
                yield f"{place}/{name}: the field is gone"
            else:
                yield from self._schemas(f"{place}/{name}", schema, after[name], direction)


def _sent(place: str, known: Schema, now: Schema) -> Iterator[str]:
    """How what callers send may be narrowed."""
    for name in set(now.get("required", ())) - set(known.get("required", ())):
        yield f"{place}/{name}: the field is required"
    if "enum" in now and (gone := set(known.get("enum", ["anything else"])) - set(now["enum"])):
        yield f"{place}: {_words(gone)} is no longer taken"
    for bound in _LOWER_BOUNDS:
        if now.get(bound, float("-inf")) > known.get(bound, float("-inf")):
            yield f"{place}: {bound} rose to {now[bound]}"
    for bound in _UPPER_BOUNDS:
        if now.get(bound, float("inf")) < known.get(bound, float("inf")):
            yield f"{place}: {bound} fell to {now[bound]}"
    if now.get("pattern") not in {None, known.get("pattern")}:
        yield f"{place}: another pattern is asked for"
    if known.get("additionalProperties", True) is not False and now.get("additionalProperties", True) is False:
        yield f"{place}: unknown fields are no longer taken"


def _answered(place: str, known: Schema, now: Schema) -> Iterator[str]:
    """How programs that read an answer may be surprised."""
    for name in set(known.get("required", ())) - set(now.get("required", ())):
        if name in now.get("properties", {}):
            yield f"{place}/{name}: the field may be absent"
    if "enum" in known and (new := set(now.get("enum", ["anything else"])) - set(known["enum"])):
        yield f"{place}: {_words(new)} may be answered, and the enumeration is not marked as one that may grow"


def _variants(schema: Schema, document: Schema) -> dict[str, Schema]:
    """The kinds of value that a schema allows: references followed, alternatives side by side."""
    if "$ref" in schema:
        part: Any = document
        for name in schema["$ref"].removeprefix("#/").split("/"):
            part = part[name]
        return _variants(part, document)
    if "anyOf" in schema:
        return {kind: each for choice in schema["anyOf"] for kind, each in _variants(choice, document).items()}
    kinds = schema.get("type", "anything")
    told = schema.get("format", "")
    return {f"{kind} {told}".strip(): schema for kind in ([kinds] if isinstance(kinds, str) else kinds)}


def _words(values: set[Any]) -> str:
    return ", ".join(sorted(map(str, values)))
