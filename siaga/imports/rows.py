"""Rows of a file as posts of the API, so that one is refused in a file for the reasons it is refused for over HTTP."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from siaga.imports.source import LONGEST_LINE, Source
from siaga.refusals import Refusal

NEEDED = ("platform", "native_id", "published_at")
_PLAIN = ("platform", "native_id", "published_at", "text", "title", "lang", "url", "kind", "reply_to", "site")
_PLACES = ("country", "region", "city", "edited_at")
_WORDS = {name: (name,) for name in (*_PLAIN, *_PLACES)} | {
    "author": ("author", "handle"),
    "author_name": ("author", "name"),
    "author_bio": ("author", "bio"),
}
_FIGURES = {name: ("engagement", name) for name in ("likes", "shares", "comments", "views")} | {
    "reach": ("reach",),
    "author_followers": ("author", "followers"),
}
_YES_OR_NO = {"is_deleted": ("is_deleted",), "author_is_verified": ("author", "is_verified")}
_LISTS = {"links": ("links",), "media": ("media",)}
_SAID_OTHERWISE = {"id": "native_id", "handle": "author", "followers": "author_followers", "replies": "comments"}
COLUMNS = (*_WORDS, *_FIGURES, *_YES_OR_NO, *_LISTS)
"""What a CSV may have as columns; those of an author or of engagement stand for the field within."""

_WHOLE = re.compile(r"[0-9]{1,15}(?:\.0+)?")
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 200_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `post` is an item of the API as JSON, None where the row is none, for the reason `problem`."""

    line: int
    raw: bytes
    post: bytes | None
    problem: tuple[str, str] | None = None
    brand: str | None = None


TOO_LONG = ("line_too_long", f"The line is longer than {LONGEST_LINE:,} bytes.")
NOT_UTF8 = ("not_utf8", "The row is not UTF-8. Save the file in UTF-8.")


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
        return _of_table(source)
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


def _of_table(source: Source) -> Iterator[Row]:
    """Rows of a CSV; its delimiter is the one that parts the first line most."""
    feed = _Feed(source)
    first = source.beginning.split(b"\n", 1)[0].decode("utf-8", "surrogateescape")
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    names = _header(source, reader)
    while True:
        feed.forget()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            told = f"This is no row of a CSV ({problem})."
            yield Row(feed.line, feed.raw, None, TOO_LONG if feed.was_too_long else ("malformed_csv", told))
            continue
        if any(cell.strip() for cell in cells):
            yield _row(feed, names, cells)


class _Feed:
    """Lines as the CSV reader takes them; remembers what the row at hand was read from."""

    def __init__(self, source: Source) -> None:
        self._lines = source.lines()
        self.line = 1
        self.raw = b""
        self.was_too_long = False
        self._number = 0

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        self._number, line = next(self._lines)
        if not self.raw:
            self.line = self._number
        if line is None:
            # An unfinished row ends here too: its rest is lost with this line.
            self.was_too_long = True
            raise csv.Error("line too long")
        self.raw += line[: LONGEST_LINE - len(self.raw)]
        return line.decode("utf-8", "surrogateescape")

    def forget(self) -> None:
        self.raw, self.was_too_long = b"", False


def _header(source: Source, reader: Iterator[list[str]]) -> Sequence[str]:
    try:
        names = [_name(cell) for cell in next(reader)]
    except (StopIteration, csv.Error) as problem:
        raise Refusal(f"The first line of {source.name} does not name columns.") from problem
    missing = [name for name in NEEDED if name not in names]
    if missing:
        known = ", ".join(COLUMNS)
        raise Refusal(
            f"{source.name} has no column {', '.join(missing)}. A CSV names its columns first; known: {known}."
        )
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Refusal(f"{source.name} has more than one column {', '.join(twice)}. Leave one.")
    return names


def _name(cell: str) -> str:
    name = cell.strip().lower().replace(" ", "_")
    return _SAID_OTHERWISE.get(name, name)


def _row(feed: _Feed, names: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(names):
        told = f"The row has {len(cells)} cells, the first line {len(names)}."
        return Row(feed.line, feed.raw, None, ("wrong_number_of_cells", told))
    post: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell.strip():
            _put(post, name, cell)
    try:
        return Row(feed.line, feed.raw, msgspec.json.encode(post))
    except UnicodeEncodeError:
        return Row(feed.line, feed.raw, None, NOT_UTF8)


def _put(post: dict[str, Any], name: str, cell: str) -> None:
    """Place a cell; one that is not what its column holds stays text, for the API's own check to refuse."""
    trimmed = cell.strip()
    if name in _WORDS:
        place: tuple[str, ...] = _WORDS[name]
        value: Any = cell if name in {"text", "title"} else trimmed
    elif name in _FIGURES:
        place, value = _FIGURES[name], int(float(trimmed)) if _WHOLE.fullmatch(trimmed) else trimmed
    elif name in _YES_OR_NO:
        place, value = _YES_OR_NO[name], _BOOLEANS.get(trimmed.lower(), trimmed)
    elif name in _LISTS:
        place, value = _LISTS[name], trimmed.split()
    else:
        return
    for outer in place[:-1]:
        post = post.setdefault(outer, {})
    post[place[-1]] = value
