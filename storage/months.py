"""The months' partitions, made on demand."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from storage.engine import Database
from storage.session import tenant_connection


class Months:
    """Which months' partitions are known to exist; the database is asked once for each."""

    def __init__(self) -> None:
        self._known: set[tuple[int, int]] = set()

    async def ensure(self, db: Database, agency_id: UUID, times: Iterable[datetime]) -> None:
        """Make the partitions that these times need, in a transaction of their own."""
        wanted = {(t.year, t.month) for t in times} - self._known
        for year, month in sorted(wanted):
            async with tenant_connection(db, agency_id) as connection:
                await connection.execute("select ensure_month($1)", date(year, month, 1))
            self._known.add((year, month))
