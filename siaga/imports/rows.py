"""Rows of a file as posts of the API, so that one is refused in a file for the reasons it is refused for over HTTP."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from siaga.imports.row import TOO_LONG, Row
from siaga.imports.source import Source
from siaga.imports.table import rows_of_table
from siaga.refusals import Refusal


def form_of(source: Source, asked: str) -> str:
    """What the file holds: `csv`, `ndjson` or `timeline`; by its name, or else by how it begins.

    Raises: Refusal.
    """
    if asked != "auto":
        return asked
    begins = source.beginning.lstrip()
    name = source.name.lower().removesuffix(".gz")
    if begins.startswith(b"["):
        told = "holds one JSON array. Write one post a line: jq -c '.[]' FILE > posts.ndjson"
        raise Refusal(f"{source.name} {told}")
    if name.endswith((".csv", ".tsv")) or not begins.startswith(b"{"):
        return "csv"
    return "timeline" if _is_timeline(begins.split(b"\n", 1)[0]) else "ndjson"


def rows(source: Source, form: str) -> Iterator[Row]:
    """The rows of a file in this form; blank lines are none.

    Raises: Refusal, where columns are missing.
    """
    if form == "csv":
        return rows_of_table(source)
    return _of_lines(source, _recorded if form == "timeline" else _as_it_is)


def _of_lines(source: Source, read: Callable[[int, bytes], Row]) -> Iterator[Row]:
    for number, line in source.lines():
        if line is None:
            yield Row(number, b"", None, TOO_LONG)
        elif line.strip():
            yield read(number, line)


def _as_it_is(number: int, line: bytes) -> Row:
    return Row(number, line, line)


def _is_timeline(line: bytes) -> bool:
    told = _decoded(line)
    return isinstance(told, dict) and "brand" in told and "id" in told and "native_id" not in told


def _recorded(number: int, line: bytes) -> Row:
    """A recorded post: `id`, `author` and `author_followers` and `replies` are said otherwise than by the API."""
    told = _decoded(line)
    if not isinstance(told, dict):
        return Row(number, line, line)
    engagement = _object(told.get("engagement"))
    author = _known(handle=told.get("author"), followers=told.get("author_followers"))
    post = {
        "platform": told.get("platform"),
        "native_id": told.get("id"),
        "published_at": told.get("published_at"),
        "text": told.get("text"),
        "lang": told.get("lang"),
        "url": told.get("url"),
        "author": author if author.get("handle") else None,
        "engagement": _known(
            likes=engagement.get("likes"),
            shares=engagement.get("shares"),
            comments=engagement.get("replies"),
            views=_object(told.get("gold")).get("views"),
        ),
    }
    brand = told.get("brand")
    return Row(number, line, msgspec.json.encode(_known(**post)), brand=brand if isinstance(brand, str) else None)


def _decoded(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
