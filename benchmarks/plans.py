"""What a request asks of the database, and how many partitions that touches: the same on every machine."""

import json
import re
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch
from uuid import UUID

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from storage.engine import Database
from storage.session import tenant_connection

_PARTITION = re.compile(r"_\d{4}_\d\d$")


class Statement(NamedTuple):
    """One round trip to the database."""

    text: str
    arguments: tuple[Any, ...]


@contextmanager
def statements() -> Generator[list[Statement]]:
    """What this process sends to the database within the block, by the driver or through the ORM."""
    heard: list[Statement] = []

    def plainly(self: asyncpg.Connection, query: str, *args: Any, **more: Any) -> Any:
        if not args:  # with arguments it goes on to the next
            heard.append(Statement(query, ()))
        return execute(self, query, *args, **more)

    def with_arguments(self: asyncpg.Connection, query: str, args: Any, *rest: Any, **more: Any) -> Any:
        heard.append(Statement(query, tuple(args)))
        return run(self, query, args, *rest, **more)

    def many(self: asyncpg.Connection, query: str, args: Any, *rest: Any) -> Any:
        heard.append(Statement(query, ()))
        return run_many(self, query, args, *rest)

    def prepared(self: PreparedStatement, *args: Any, **more: Any) -> Any:
        heard.append(Statement(self.get_query(), args))
        return fetch(self, *args, **more)

    execute, run, run_many = (getattr(asyncpg.Connection, name) for name in ("execute", "_execute", "_executemany"))
    fetch = PreparedStatement.fetch
    with (
        patch.multiple(asyncpg.Connection, execute=plainly, _execute=with_arguments, _executemany=many),
        patch.object(PreparedStatement, "fetch", prepared),
    ):
        yield heard


async def most_partitions(db: Database, agency_id: UUID, heard: list[Statement]) -> int:
    """The most partitions of one table that the plan of any of these queries holds."""
    most = 0
    async with tenant_connection(db, agency_id) as connection:
        for query, arguments in heard:
            if query.lstrip().lower().startswith(("select", "with")):
                found = str(await connection.fetchval(f"explain (format json) {query}", *arguments))
                counts = Counter(_PARTITION.sub("", name) for name in set(_relations(json.loads(found)[0]["Plan"])))
                most = max(most, *counts.values(), 0)
    return most


def _relations(node: dict[str, Any]) -> Iterator[str]:
    """Partitions of a plan. What row security looks up for a portal alone is left out: no other caller runs it."""
    if node.get("Parent Relationship") == "SubPlan":
        return
    if _PARTITION.search(node.get("Relation Name", "")):
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _relations(child)
