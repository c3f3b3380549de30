"""A CSV as posts: columns named in its first line, cells placed where the API has the field."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from siaga.imports.row import NOT_UTF8, TOO_LONG, Row
from siaga.imports.source import LONGEST_LINE, Source
from siaga.refusals import Refusal

NEEDED = ("platform", "native_id", "published_at")
_PLAIN = ("platform", "native_id", "published_at", "text", "title", "lang", "url", "kind", "reply_to", "site")
_PLACES = ("country", "region", "city", "edited_at", "parent_id", "conversation_id")
_WORDS = {name: (name,) for name in (*_PLAIN, *_PLACES)} | {
    "author": ("author", "handle"),
    "author_name": ("author", "name"),
    "author_bio": ("author", "bio"),
}
_FIGURES = {name: ("engagement", name) for name in ("likes", "shares", "comments", "views")} | {
    "reach": ("reach",),
    "author_followers": ("author", "followers"),
}
_YES_OR_NO = {
    "is_deleted": ("is_deleted",),
    "is_capped": ("is_capped",),
    "author_is_verified": ("author", "is_verified"),
}
_LISTS = {"links": ("links",), "media": ("media",)}
_SAID_OTHERWISE = {"id": "native_id", "handle": "author", "followers": "author_followers", "replies": "comments"}
COLUMNS = (*_WORDS, *_FIGURES, *_YES_OR_NO, *_LISTS)
"""What a CSV may have as columns; those of an author or of engagement stand for the field within."""

_WHOLE = re.compile(r"[0-9]{1,15}(?:\.0+)?")
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 200_000
REREAD_AT_MOST = 16 << 20


def rows_of_table(source: Source) -> Iterator[Row]:
    """Rows of a CSV; its delimiter is the one that parts the first line most."""
    feed = _Feed(source)
    first = source.beginning.split(b"\n", 1)[0].decode("utf-8", "surrogateescape")
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(feed, delimiter=max(_DELIMITERS, key=first.count), strict=True)
    names = _header(source, reader)
    while True:
        feed.next_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            told = TOO_LONG if feed.is_too_long else ("malformed_csv", f"This is no row of a CSV ({problem}).")
            yield Row(feed.line, feed.refused_part(), None, told)
            continue
        if len(cells) not in {0, len(names)}:
            told = ("wrong_number_of_cells", f"The row has {len(cells)} cells, the first line {len(names)}.")
            yield Row(feed.line, feed.refused_part(), None, told)
        elif any(cell.strip() for cell in cells):
            yield _row(feed, names, cells)


class _Feed:
    """Lines as the CSV reader takes them, and which of them the row at hand was read from.

    A quotation mark too many makes one row of several lines. Only the first of them is refused then; the others are
    read again, each by itself.
    """

    def __init__(self, source: Source) -> None:
        self._lines = source.lines()
        self._again: deque[tuple[int, bytes]] = deque()
        self._budget = REREAD_AT_MOST
        self._row: list[tuple[int, bytes]] = []
        self._size = 0
        self.is_too_long = False

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        number, line = self._again.popleft() if self._again else next(self._lines)
        self._row.append((number, line or b""))
        self._size += len(line or b"")
        if line is None or self._size > LONGEST_LINE:
            self.is_too_long = True
            raise csv.Error("too long")
        return line.decode("utf-8", "surrogateescape")

    @property
    def line(self) -> int:
        """Where the row begins."""
        return self._row[0][0] if self._row else 0

    @property
    def raw(self) -> bytes:
        """The row as it stands in the file."""
        return b"".join(line for _, line in self._row)

    def next_row(self) -> None:
        """Forget the row at hand."""
        self._row, self._size, self.is_too_long = [], 0, False

    def refused_part(self) -> bytes:
        """What of a row that is none is lost: its first line, unless there would be no end of reading again."""
        if self.is_too_long or self._size > self._budget:
            return self.raw[:LONGEST_LINE]
        self._budget -= self._size
        self._again.extendleft(reversed(self._row[1:]))
        return self._row[0][1]


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
