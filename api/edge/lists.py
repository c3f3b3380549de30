"""Lists: what may be asked of one, and the answer every list has.

A list declares what it can be filtered and sorted by; reading, refusing and describing that is done here, once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias, get_args
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import SkipValidation

from api.edge.cursors import LONGEST_CURSOR, position, seal
from api.edge.process import FORMS, Process
from api.edge.schema import NO_NUL_SOME, Output, clean
from core.errors import FieldProblem, Unreadable
from storage import paging
from storage.paging import MOST_COUNTED, Key, Page, Position

DEFAULT_LIMIT = 50
MOST_ROWS = 200
MOST_VALUES = 50
MOST_WORDS = 10
LONGEST_SEARCH = 200

_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

Connection: TypeAlias = ASGIConnection[Any, Any, Any, Any]
Asked: TypeAlias = NamedDependency[SkipValidation[paging.Asked]]
NextCursor = Annotated[str, msgspec.Meta(max_length=LONGEST_CURSOR)]
Total = Annotated[
    int,
    msgspec.Meta(
        ge=0,
        le=MOST_COUNTED,
        description=f"How many rows there are, with `include_total=true` alone; {MOST_COUNTED} means as many or more.",
    ),
]


class Listed(Output, frozen=True):
    """What every list answers beside its `data`."""

    next_cursor: NextCursor | None
    has_more: bool
    total: Total | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list may be narrowed by: any of several values, separated by commas."""

    description: str
    pattern: str
    is_id: bool = False
    column: str = ""

    @property
    def several(self) -> str:
        """One value or more."""
        return f"^{self.pattern}(,{self.pattern}){{0,{MOST_VALUES - 1}}}$"

    def read(self, text: str) -> tuple[Any, ...]:
        """The values, each once; they fit the pattern already."""
        parts = dict.fromkeys(text.split(","))
        return tuple(UUID(part) for part in parts) if self.is_id else tuple(parts)


def of_id(description: str, *, column: str = "") -> Filter:
    """A filter by the id of something; `column` where it is called otherwise than the parameter."""
    return Filter(f"{description} Several ids are separated by commas.", _UUID, is_id=True, column=column)


def one_of(choices: Any) -> Filter:
    """A filter by the words of a `Literal`."""
    words: tuple[str, ...] = get_args(choices)
    return Filter(f"Any of {', '.join(words)}; several are separated by commas.", f"({'|'.join(words)})")


PLATFORM = Filter("Platforms, separated by commas.", "[a-z][a-z0-9_]{0,29}")


@dataclass(frozen=True, slots=True)
class Listing:
    """What may be asked of a list.

    `sorts` names columns, the first of them that by which the list is sorted unless told otherwise, the latest or
    highest first. `[gte]` and `[lt]` bound `bounded`, a time; that first column where it is not named. `searches` says
    what `q` looks through; there is no `q` without it.
    """

    sorts: tuple[str, ...] = ("created_at",)
    filters: Mapping[str, Filter] = field(default_factory=dict[str, Filter])
    searches: str = ""
    bounded: str = ""
    is_countable: bool = True
    descending_only: bool = False

    @property
    def time(self) -> str:
        """The column that can be bounded."""
        return self.bounded or self.sorts[0]

    @property
    def patterns(self) -> dict[str, tuple[str, int, str]]:
        """By parameter: how its value looks, its longest length, and what it means."""
        first, key = self.sorts[0], "|".join(self.sorts)
        sign = "-" if self.descending_only else "-?"
        known = {name: (each.several, MOST_VALUES * 40, each.description) for name, each in self.filters.items()} | {
            "cursor": (r"^[A-Za-z0-9_-]+$", LONGEST_CURSOR, "Where to go on: `next_cursor` of the page before."),
            "sort": (
                f"^{sign}({key})(,{sign}({key})){{0,{len(self.sorts) - 1}}}$",
                200,
                f"By what to sort: {', '.join(self.sorts)}; `-` for the last first. As it is, `-{first}`.",
            ),
        }
        if self.searches:
            text = f"Up to {MOST_WORDS} words that all have to occur in {self.searches}, in upper or lower case."
            known["q"] = (NO_NUL_SOME, LONGEST_SEARCH, text)
        return known

    @property
    def names(self) -> list[str]:
        """Every query parameter of the list."""
        times = [f"{self.time}[gte]", f"{self.time}[lt]"]
        return ["limit", *self.patterns, *times, *(["include_total"] if self.is_countable else [])]

    def parameters(self) -> list[dict[str, Any]]:
        """The query parameters as the contract has them."""
        limit = {"type": "integer", "format": "int32", "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_LIMIT}
        made = [_parameter("limit", "How many rows at most.", limit)]
        for name, (pattern, longest, text) in self.patterns.items():
            schema = {"type": "string", "maxLength": longest, "pattern": pattern}
            made.append(_parameter(name, text, schema))
        for end, words in (("gte", "at or after"), ("lt", "before")):
            schema = {"type": "string", "format": "date-time", "maxLength": 40}
            made.append(_parameter(f"{self.time}[{end}]", f"Only what has `{self.time}` {words} this.", schema))
        if self.is_countable:
            text = f"Whether to answer `total` as well: how many rows there are, up to {MOST_COUNTED}."
            made.append(_parameter("include_total", text, {"type": "boolean", "default": False}))
        return made

    def read(self, request: Connection) -> paging.Asked:
        """What is asked for.

        Raises: `Unreadable`, which names the parameters that cannot be read.
        """
        given = request.query_params
        problems: list[FieldProblem] = []
        for name, (pattern, longest, text) in self.patterns.items():
            value = given.get(name)
            if value is not None and (len(value) > longest or not re.search(pattern, value)) and name != "cursor":
                problems.append(FieldProblem("not_as_declared", text, parameter=name))
        since, until = (_instant(given, f"{self.time}[{end}]", problems) for end in ("gte", "lt"))
        limit = _limit(given.get("limit"), problems)
        order = self._order(given.get("sort"), problems)
        counted = given.get("include_total", "false")
        if counted not in {"true", "false"}:
            problems.append(FieldProblem("not_as_declared", "Expected true or false.", parameter="include_total"))
        words = tuple(clean(given.get("q", "")).split())
        if len(words) > MOST_WORDS:
            problems.append(FieldProblem("not_as_declared", f"At most {MOST_WORDS} words.", parameter="q"))
        if problems:
            raise Unreadable("The query cannot be read.", problems=problems)
        return paging.Asked(
            order=order,
            limit=limit,
            after=position(request, given.get("cursor")),
            values={
                each.column or name: each.read(given[name]) for name, each in self.filters.items() if name in given
            },
            time=self.time,
            since=since,
            until=until,
            words=words,
            is_counted=counted == "true",
        )

    def _order(self, text: str | None, problems: list[FieldProblem]) -> tuple[Key, ...]:
        if text is None:
            return (Key(self.sorts[0], is_descending=True),)
        keys = tuple(Key(part.removeprefix("-"), part.startswith("-")) for part in text.split(","))
        if len({key.name for key in keys}) != len(keys):
            problems.append(FieldProblem("not_as_declared", "Name each column once.", parameter="sort"))
        return keys


def check(connection: Connection, handler: BaseRouteHandler) -> None:
    """Read what is asked of a list before anything is opened for it.

    Raises: `Unreadable`.
    """
    listing: Listing | None = handler.opt.get("listing")
    if listing is not None:
        connection.scope["state"]["asked"] = listing.read(connection)


def provide_asked(request: Request[Any, Any, Any]) -> paging.Asked:
    """What is asked of the list that this request reads, as the check found."""
    return request.scope["state"]["asked"]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _limit(text: str | None, problems: list[FieldProblem]) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) or not 1 <= int(text) <= MOST_ROWS:
        problems.append(FieldProblem("not_as_declared", f"Expected 1 to {MOST_ROWS}.", parameter="limit"))
        return DEFAULT_LIMIT
    return int(text)


def _instant(given: Any, name: str, problems: list[FieldProblem]) -> datetime | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        if not FORMS[datetime].fullmatch(text):
            raise ValueError("not of RFC 3339")
        moment: datetime = msgspec.convert(text, datetime)
        return moment.astimezone(UTC) if moment.tzinfo else _zoneless(name, problems)
    except (ValueError, OverflowError, msgspec.ValidationError):
        detail = "Expected a time of RFC 3339, such as 2026-11-21T08:00:00Z. Write + as %2B."
        problems.append(FieldProblem("not_as_declared", detail, parameter=name))
        return None


def _zoneless(name: str, problems: list[FieldProblem]) -> None:
    problems.append(FieldProblem("time_zone_missing", "Say the zone: 2026-11-21T00:00:00Z.", parameter=name))


def next_link(request: Request[Any, Any, Any], cursor: str | None) -> Mapping[str, str]:
    """The `Link` header to the next page, built from configuration and never from what the caller sent as Host."""
    if cursor is None:
        return {}
    process: Process = request.app.state.siaga
    query = sorted((k, v) for k, v in request.query_params.multi_items() if k != "cursor")
    address = f"{process.settings.public_url}{request.url.path}?{urlencode([*query, ('cursor', cursor)])}"
    return {"Link": f'<{address}>; rel="next"'}


def listed(
    request: Request[Any, Any, Any],
    shape: Any,
    data: list[Any],
    page: Page[Any] | Position | None,
    *,
    total: int | None = None,
) -> Response[Any]:
    """The answer of a list: `shape` is its struct, with `data` and what `Listed` has; `page` says where it ends."""
    end, total = (page.end, page.total) if isinstance(page, Page) else (page, total)
    cursor = None if end is None else seal(request, end)
    more = {} if total is None else {"total": total}
    content = shape(data=data, next_cursor=cursor, has_more=cursor is not None, **more)
    return Response(content, headers=next_link(request, cursor))
