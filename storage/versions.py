"""Rows that carry a version: read, changed and removed only as the caller last saw them.

The comparison is part of the statement that writes, so two callers cannot both win.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError, NotFound, PreconditionFailed
from storage.table import TenantTable

Row = TypeVar("Row", bound=TenantTable)


async def get(session: AsyncSession, row: type[Row], identifier: UUID, *, lock: bool = False) -> Row:
    """The row of this id, as far as this transaction may see it.

    Raises: `NotFound`.
    """
    statement = select(row).where(row.id == identifier)
    found = (await session.execute(statement.with_for_update() if lock else statement)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def change(
    session: AsyncSession,
    row: type[Row],
    identifier: UUID,
    changes: Mapping[str, Any],
    *,
    version: int | None,
    now: datetime,
) -> Row:
    """The row with these columns changed and its version risen.

    Raises: `NotFound`; `PreconditionFailed` when it is no longer at `version` (None takes any).
    """
    columns: Any = row
    statement = update(row).where(row.id == identifier)
    if version is not None:
        statement = statement.where(columns.version == version)
    values = {**changes, "version": columns.version + 1, "updated_at": now}
    found = (await session.execute(statement.values(values).returning(row))).scalar_one_or_none()
    if found is None:
        await get(session, row, identifier)
        raise PreconditionFailed
    return found


async def remove(session: AsyncSession, row: type[Row], identifier: UUID, *, version: int | None) -> None:
    """Delete the row and all that hangs on it.

    Raises: `NotFound`; `PreconditionFailed`.
    """
    columns: Any = row
    statement = delete(row).where(row.id == identifier)
    if version is not None:
        statement = statement.where(columns.version == version)
    if (await session.execute(statement.returning(row.id))).scalar_one_or_none() is None:
        await get(session, row, identifier)
        raise PreconditionFailed


@asynccontextmanager
async def refusing(refusals: Mapping[str, DomainError]) -> AsyncGenerator[None, None]:
    """Turn the named constraints' violations within the block into the domain's own refusals.

    The transaction is lost with them, as PostgreSQL has it.
    """
    try:
        yield
    except IntegrityError as error:
        name = str(getattr(getattr(error.orig, "__cause__", None), "constraint_name", ""))
        if name in refusals:
            raise refusals[name] from None
        raise
