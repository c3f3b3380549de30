"""Keyset paging: the next page begins after the last row shown, so rows that come and go shift nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.table import Table

Position = tuple[Any, ...]
"""Where a page ended: the sort keys of its last row, and that row's id to make the order total."""

MOST_COUNTED = 10_000
"""Beyond this many rows nobody counts on."""

Row = TypeVar("Row", bound=Table)


@dataclass(frozen=True, slots=True)
class Key:
    """One column of an order."""

    name: str
    is_descending: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows of a list are asked for, in which order, and where the page begins.

    `values` are the filters: any of a column's values will do. `since` and `until` bound the column `time`; every one
    of `words` has to occur.
    """

    order: tuple[Key, ...] = (Key("created_at", is_descending=True),)
    limit: int = 50
    after: Position | None = None
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    time: str = "created_at"
    since: datetime | None = None
    until: datetime | None = None
    words: tuple[str, ...] = ()
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows; `end` is where the following one begins, None when this is the last.

    `total` is None unless asked for, and never more than `MOST_COUNTED`.
    """

    rows: Sequence[Row]
    end: Position | None
    total: int | None = None


async def page_of(
    session: AsyncSession,
    statement: Select[Row],
    row: type[Row],
    asked: Asked,
    *,
    words: Sequence[InstrumentedAttribute[Any]] = (),
) -> Page[Row]:
    """The rows that are asked for; `words` are the columns in which the words of a search are looked for."""
    columns: Any = row
    for name, values in asked.values.items():
        column = getattr(columns, name)
        statement = statement.where(column == values[0] if len(values) == 1 else column.in_(values))
    if asked.since is not None:
        statement = statement.where(getattr(columns, asked.time) >= asked.since)
    if asked.until is not None:
        statement = statement.where(getattr(columns, asked.time) < asked.until)
    for word in asked.words:
        statement = statement.where(func.concat_ws(" ", *words).icontains(word, autoescape=True))
    total = await _count(session, statement, row) if asked.is_counted else None
    keys = [*asked.order, Key("id", asked.order[-1].is_descending)]
    if asked.after is not None:
        statement = statement.where(_beyond(columns, keys, asked.after))
    order = [getattr(columns, key.name) for key in keys]
    directed = [column.desc() if key.is_descending else column.asc() for column, key in zip(order, keys, strict=True)]
    found = (await session.execute(statement.order_by(*directed).limit(asked.limit + 1))).scalars().all()
    shown = found[: asked.limit]
    end = tuple(getattr(shown[-1], key.name) for key in keys) if len(found) > asked.limit else None
    return Page(shown, end, total)


def _beyond(columns: Any, keys: Sequence[Key], position: Position) -> ColumnElement[bool]:
    """What comes after a position. In one direction rows compare whole, which an index can follow."""
    order = [getattr(columns, key.name) for key in keys]
    places = [literal(value, column.type) for column, value in zip(order, position, strict=True)]
    if len({key.is_descending for key in keys}) == 1:
        whole = tuple_(*order)
        return whole < tuple_(*places) if keys[0].is_descending else whole > tuple_(*places)
    steps: list[ColumnElement[bool]] = []
    for number, key in enumerate(keys):
        same = [column == place for column, place in zip(order[:number], places[:number], strict=True)]
        past = order[number] < places[number] if key.is_descending else order[number] > places[number]
        steps.append(and_(*same, past))
    return or_(*steps)


async def _count(session: AsyncSession, statement: Select[Row], row: type[Row]) -> int:
    columns: Any = row
    some = statement.with_only_columns(columns.id).order_by(None).limit(MOST_COUNTED).subquery()
    return (await session.execute(select(func.count()).select_from(some))).scalar_one()
