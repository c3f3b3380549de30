"""Posts received together and not yet matched."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import INTEGER
from sqlalchemy.orm import Mapped, mapped_column

from core.events import EventType
from core.intake import Arrival
from storage import columns
from storage.outbox import append_on
from storage.stored_posts import COLUMNS
from storage.table import TenantTable, new_id

if TYPE_CHECKING:
    from asyncpg import Record

    from storage.session import Connection


class PostBatchRow(TenantTable):
    """Posts received together and not yet matched; deleted in the transaction that matches them."""

    __tablename__ = "post_batches"

    post_ids: Mapped[list[UUID]]
    published_from: Mapped[datetime]
    published_to: Mapped[datetime]
    size: Mapped[int] = mapped_column(INTEGER)
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    received_at: Mapped[datetime]


_NAMES = ", ".join(("id", "published_at", *COLUMNS))
_BATCH = """
    insert into post_batches (agency_id, id, post_ids, published_from, published_to, size, received_at)
    values ($1, $2, $3::text::uuid[], $4, $5, $6, $7)
"""
_LOCK_BATCH = """
    select post_ids, published_from, published_to from post_batches
    where agency_id = $1 and id = $2 for update skip locked
"""
_OF_BATCH = f"""
    select {_NAMES} from posts
    where agency_id = $1 and published_at between $2 and $3 and id = any($4::uuid[])
"""  # noqa: S608 - the names are the columns listed above


async def add(connection: "Connection", agency_id: UUID, arrivals: Sequence[Arrival], *, now: datetime) -> UUID:
    """Put posts on the list of what is to be matched, and wake the matching job when this transaction commits."""
    batch_id = new_id()
    times = [a.published_at for a in arrivals]
    await connection.execute(
        _BATCH,
        agency_id,
        batch_id,
        columns.values([a.id for a in arrivals]),
        min(times),
        max(times),
        len(arrivals),
        now,
    )
    await append_on(connection, agency_id, EventType.POSTS_RECEIVED, [batch_id], now=now)
    return batch_id


async def claim(connection: "Connection", agency_id: UUID, batch_id: UUID) -> "list[Record] | None":
    """The posts of a batch, which stays locked; None when it is done or another worker has it."""
    batch = await connection.fetchrow(_LOCK_BATCH, agency_id, batch_id)
    if batch is None:
        return None
    return await connection.fetch(
        _OF_BATCH, agency_id, batch["published_from"], batch["published_to"], batch["post_ids"]
    )


async def finish(connection: "Connection", agency_id: UUID, batch_id: UUID) -> None:
    """Take a matched batch off the list, in the transaction that recorded its mentions."""
    await connection.execute("delete from post_batches where agency_id = $1 and id = $2", agency_id, batch_id)
