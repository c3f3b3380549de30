"""Connection pools, one per database role.

`app` serves requests and jobs under row security; `relay` sees the outbox, credentials and the list of
agencies, and nothing else. Neither owns a table.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

if TYPE_CHECKING:
    from core.settings import Settings

    Pool = asyncpg.Pool


@dataclass(frozen=True, slots=True)
class Database:
    """The pools of one process: `orm` for the many calm paths, `driver` for the few hot ones."""

    orm: AsyncEngine
    driver: "Pool"
    relay: "Pool"


@asynccontextmanager
async def open_database(settings: "Settings") -> AsyncGenerator[Database, None]:
    """All pools of a process, opened lazily and closed at its end."""
    cache = settings.database_statement_cache
    orm = create_async_engine(
        make_url(settings.database_url).set(drivername="postgresql+asyncpg"),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        # Values of a statement that failed may name people, and its error is logged.
        hide_parameters=True,
        connect_args={
            "server_settings": _server_settings(settings.app_role, cache),
            "statement_cache_size": cache,
            "prepared_statement_cache_size": cache,
        },
    )
    driver = await _pool(settings.database_url, settings.app_role, settings.database_pool_size, cache)
    relay = await _pool(settings.relay_url, settings.relay_role, 4, cache)
    try:
        yield Database(orm=orm, driver=driver, relay=relay)
    finally:
        await orm.dispose()
        await driver.close()
        await relay.close()


def _server_settings(role: str | None, cache: int) -> dict[str, str]:
    """Start-up parameters. A pooler in transaction mode, told by a statement cache of 0, knows only the first two."""
    known = {"application_name": "siaga", "timezone": "UTC"}
    direct = {"jit": "off"} if cache else {}
    return known | direct | ({"role": role} if role else {})


async def _pool(url: str, role: str | None, size: int, cache: int) -> "Pool":
    return await asyncpg.create_pool(
        _driver_url(url),
        min_size=0,
        max_size=size,
        statement_cache_size=cache,
        server_settings=_server_settings(role, cache),
        # Only SET LOCAL is ever used, inside a transaction that always ends: nothing is left to reset,
        # and the default reset would cost a round trip a check-out.
        reset=_nothing_to_reset,
        max_inactive_connection_lifetime=300,
    )


def _driver_url(url: str) -> str:
    """The address in the driver's own words: what SQLAlchemy calls `ssl`, the driver calls `sslmode`."""
    address = make_url(url).set(drivername="postgresql")
    query = {"sslmode" if name == "ssl" else name: value for name, value in address.query.items()}
    return address.set(query=query).render_as_string(hide_password=False)


async def _nothing_to_reset(connection: Any) -> None:
    del connection
