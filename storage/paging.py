"""Keyset paging: the next page begins after the last row shown, so rows that come and go shift nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.table import TenantTable

Position = tuple[datetime, UUID]
"""Where a page ended: the sort key of its last row, and that row's id to make the order total."""

Row = TypeVar("Row", bound=TenantTable)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows; `end` is where the following one begins, None when this is the last."""

    rows: Sequence[Row]
    end: Position | None


async def page(
    session: AsyncSession,
    statement: Select[Row],
    row: type[Row],
    *,
    key: InstrumentedAttribute[datetime],
    after: Position | None,
    limit: int,
) -> Page[Row]:
    """The rows of one page, newest first by `key`, then by id."""
    if after is not None:
        statement = statement.where(tuple_(key, row.id) < tuple_(*after))
    ordered = statement.order_by(key.desc(), row.id.desc()).limit(limit + 1)
    found = (await session.execute(ordered)).scalars().all()
    shown = found[:limit]
    more = len(found) > limit
    return Page(shown, (getattr(shown[-1], key.key), shown[-1].id) if more else None)
