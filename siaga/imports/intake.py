"""Posts of a file into the database, a thousand at a time, by the rules of the API."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api.edge.intake import MOST_ITEMS, read_items
from core.intake import Arrival
from siaga.imports.refused import Refused
from siaga.imports.row import Row
from storage import posts
from storage.engine import Database
from storage.months import Months
from storage.session import tenant_connection

MOST_BYTES = 4 << 20


@dataclass(slots=True)
class Taken:
    """What became of the rows. `batches` holds how many posts wait in each batch to be matched."""

    rows: int = 0
    of_other_brands: int = 0
    outcomes: Counter[str] = field(default_factory=Counter[str])
    batches: dict[UUID, int] = field(default_factory=dict[UUID, int])
    earliest: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes rows in for one agency. `brand` leaves out the rows that tell of another."""

    db: Database
    agency_id: UUID
    now: datetime
    refused: Refused
    brand: str | None = None
    months: Months = field(default_factory=Months)

    async def take(self, rows: Iterable[Row], progress: Callable[[], None]) -> Taken:
        """Record all rows; what cannot be taken is noted and never loses its neighbours."""
        taken = Taken()
        for chunk in _chunks(rows):
            await self._take_chunk(chunk, taken)
            progress()
        return taken

    async def _take_chunk(self, chunk: list[Row], taken: Taken) -> None:
        taken.rows += len(chunk)
        wanted = [row for row in chunk if self.brand is None or row.problem or _same(row.brand, self.brand)]
        taken.of_other_brands += len(chunk) - len(wanted)
        for row in wanted:
            if row.problem is not None:
                self.refused.add(row.line, *row.problem, row.raw)
        readable = [(row, row.post) for row in wanted if row.post is not None]
        arrivals, refusals = read_items(self.agency_id, [post for _, post in readable], self.now)
        for index, refusal in refusals.items():
            where = refusal.errors[0].pointer
            detail = f"{where}: {refusal.detail}" if where else refusal.detail
            self.refused.add(readable[index][0].line, refusal.errors[0].code, detail, readable[index][0].raw)
        if arrivals:
            await self._record([arrival for _, arrival in arrivals], taken)

    async def _record(self, arrivals: list[Arrival], taken: Taken) -> None:
        times = [arrival.published_at for arrival in arrivals]
        await self.months.ensure(self.db, self.agency_id, set(times))
        async with tenant_connection(self.db, self.agency_id) as connection:
            recorded = await posts.record(connection, self.agency_id, arrivals, now=self.now)
        statuses = Counter(status for status, _ in recorded.outcomes.values())
        # The same post twice in one chunk has one outcome; the rest of its rows are repeats.
        statuses["duplicate"] += len(arrivals) - len(recorded.outcomes)
        taken.outcomes.update(statuses)
        if recorded.batch_id is not None:
            taken.batches[recorded.batch_id] = statuses["created"] + statuses["edited"]
        taken.earliest = min(times if taken.earliest is None else [*times, taken.earliest])
        taken.latest = max(times if taken.latest is None else [*times, taken.latest])


def _same(brand: str | None, wanted: str) -> bool:
    return brand is not None and brand.casefold() == wanted.casefold()


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.raw)
        if len(chunk) == MOST_ITEMS or size >= MOST_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
