"""Whether the migrations lead to what the models describe, tried on a database of its own."""

import asyncio
import tempfile
from pathlib import Path

import migrations
from siaga.embedded import Embedded


def differences() -> list[str]:
    """Where the migrated database and the models differ; empty when they are in step.

    Raises: EmbeddedError.
    """
    with (
        tempfile.TemporaryDirectory(prefix="siaga-") as folder,
        Embedded.start(Path(folder) / "home", durable=False) as servers,
    ):
        asyncio.run(migrations.upgrade(servers.database_url))
        return asyncio.run(migrations.differences(servers.database_url))
