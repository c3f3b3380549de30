"""The database's history: one straight line of numbered revisions."""

from collections.abc import Callable
from importlib.resources import files

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import SchemaItem

from storage import tables


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config


def include(_item: SchemaItem, name: str | None, kind: str, _reflected: bool, _other: SchemaItem | None) -> bool:
    """Leave partitions out of comparisons: they come and go with the months."""
    return kind != "table" or name in tables.metadata.tables


def head() -> str:
    """The newest revision this code knows."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise RuntimeError("there are no migrations")
    return found


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database of this owner's URL to a revision. Running it again changes nothing."""
    await _with_connection(url, lambda connection: command.upgrade(_config(connection), revision))


async def downgrade(url: str, revision: str) -> None:
    """Take the database of this owner's URL back to a revision."""
    await _with_connection(url, lambda connection: command.downgrade(_config(connection), revision))


async def differences(url: str) -> list[str]:
    """Where the migrated database and the models differ; empty when they are in step."""
    found: list[str] = []

    def compare(connection: Connection) -> None:
        options = {"include_object": include, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        found.extend(str(difference) for difference in compare_metadata(context, tables.metadata))

    await _with_connection(url, compare)
    return found


async def _with_connection(url: str, act: Callable[[Connection], None]) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(act)
            await connection.commit()
    finally:
        await engine.dispose()
