"""Whether the database is there and at the revision this code was written for."""

import asyncio

import asyncpg

from storage.engine import Database

REVISION = "0028"
"""The newest migration; a test compares it with the migrations themselves."""


async def failing(db: Database) -> list[str]:
    """What is missing: `postgresql`, `migrations`, or nothing."""
    try:
        async with asyncio.timeout(3), db.driver.acquire() as connection:
            found = await connection.fetchval("select version_num from alembic_version")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return ["postgresql"]
    return [] if found == REVISION else ["migrations"]
