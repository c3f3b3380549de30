"""The back door: the few reads that come before any agency is known.

Runs as the relay role, which sees the outbox, credentials and the list of agencies only. Its importers are
listed in `pyproject.toml`.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.events import PUBLIC_EVENTS, EventType
from storage.engine import Database
from storage.outbox import Due
from storage.provenance import Provenance

TOLD = (*sorted(PUBLIC_EVENTS), EventType.DELIVERY_DUE)
"""What is told to endpoints: followed up in batches by the dispatcher, and not by way of the queue."""

_AGENCIES_WITH_WORK = """
    select distinct agency_id from outbox
    where available_at <= $1 and (leased_until is null or leased_until < $1) and type <> all($2::text[])
"""
# Agency by agency, so that a distributed PostgreSQL keeps the lock on the one node that holds the rows.
_CLAIM = """
    update outbox set leased_until = $2
    where agency_id = $3 and id in (
        select id from outbox
        where agency_id = $3 and available_at <= $1 and (leased_until is null or leased_until < $1)
            and type <> all($5::text[])
        order by available_at limit $4 for update skip locked
    )
    returning id, type, request_id, traceparent
"""


async def claim_outbox(
    db: Database, *, now: datetime, lease: timedelta, limit: int, but: Sequence[str] = ()
) -> list[Due]:
    """Rows that are due and that nobody holds, of all agencies in turn, each leased to the caller.

    Rows of the types in `but` are left to others.
    """
    claimed: list[Due] = []
    async with db.relay.acquire() as connection:
        for (agency_id,) in await connection.fetch(_AGENCIES_WITH_WORK, now, but):
            rows = await connection.fetch(_CLAIM, now, now + lease, agency_id, limit, but)
            claimed.extend(
                Due(agency_id, row["id"], row["type"], Provenance(row["request_id"], row["traceparent"]))
                for row in rows
            )
    return claimed


# From one agency to the next by the index, and of each to the first row that is due: not over all that is.
_AGENCIES_TO_TELL = """
    with recursive present as (
        (select agency_id from outbox order by agency_id limit 1)
        union all
        select (select o.agency_id from outbox o where o.agency_id > p.agency_id order by o.agency_id limit 1)
        from present p where p.agency_id is not null
    )
    select agency_id from present p where exists (
        select from outbox o where o.agency_id = p.agency_id and o.available_at <= $1
            and (o.leased_until is null or o.leased_until < $1) and o.type = any($2::text[])
    )
"""


async def agencies_to_tell(db: Database, *, now: datetime) -> list[UUID]:
    """Agencies with events or deliveries that are due to be told to endpoints and that nobody holds."""
    async with db.relay.acquire() as connection:
        return [agency_id for (agency_id,) in await connection.fetch(_AGENCIES_TO_TELL, now, TOLD)]


_DEPTHS = """
    select type, count(*) as due, extract(epoch from $1 - min(available_at))::float8 as age_s
    from outbox where available_at <= $1 group by type
"""


async def outbox_depths(db: Database, *, now: datetime) -> dict[str, tuple[int, float]]:
    """How many rows of each event are due, in all agencies together, and since how many seconds the oldest."""
    async with db.relay.acquire() as connection:
        return {row["type"]: (row["due"], row["age_s"]) for row in await connection.fetch(_DEPTHS, now)}


async def release_outbox(db: Database, held: Sequence[Due]) -> None:
    """Give rows back that could not be handed on, for the next claim."""
    async with db.relay.acquire() as connection:
        for due in held:
            await connection.execute(
                "update outbox set leased_until = null where agency_id = $1 and id = $2", due.agency_id, due.id
            )


@asynccontextmanager
async def listening(db: Database, heard: Callable[[], None]) -> AsyncGenerator[Callable[[], bool], None]:
    """While within the block, call `heard` at each commit that wrote to the outbox; yields whether that has ended.

    The notice carries no data: it is a reason to look, and missing one costs only the next poll's wait.
    """

    def notice(*_: object) -> None:
        heard()

    async with db.relay.acquire() as connection:
        await connection.add_listener("siaga_outbox", notice)
        try:
            yield connection.is_closed
        finally:
            if not connection.is_closed():
                await connection.remove_listener("siaga_outbox", notice)


async def agency_ids(db: Database) -> list[UUID]:
    """Every agency there is, for jobs that then enter each by the front door."""
    async with db.relay.acquire() as connection:
        return [agency_id for (agency_id,) in await connection.fetch("select agency_id from agencies")]


async def agencies_with_quotas(db: Database) -> list[UUID]:
    """Every agency whose plan sets limits."""
    async with db.relay.acquire() as connection:
        rows = await connection.fetch("select agency_id from agencies where plan <> 'unlimited'")
        return [agency_id for (agency_id,) in rows]


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key or token as it is stored: what a presented secret is compared with."""

    agency_id: UUID
    id: UUID
    role: str
    client_id: UUID | None
    incident_id: UUID | None
    scopes: list[str]
    allowed_networks: list[str]
    secret_hash: bytes
    previous_secret_hash: bytes | None
    previous_until: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


_KEY = """
    select agency_id, id, role, client_id, incident_id, scopes, allowed_networks, secret_hash, previous_secret_hash,
        previous_until, expires_at, revoked_at, last_used_at
    from api_keys where public_id = $1
"""


async def find_keys(db: Database, public_id: str) -> list[KnownKey]:
    """The keys with this public part; more than one only by a coincidence between agencies."""
    async with db.relay.acquire() as connection:
        return [KnownKey(**row) for row in await connection.fetch(_KEY, public_id)]


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member as a log-in needs it."""

    agency_id: UUID
    id: UUID
    role: str
    password_hash: str
    disabled_at: datetime | None


_MEMBER = """
    select m.agency_id, m.id, m.role, m.password_hash, m.disabled_at
    from members m join agencies a on a.agency_id = m.agency_id
    where m.email = $1 and ($2::text is null or a.slug = $2) order by m.created_at limit 5
"""


async def find_members(db: Database, email: str, agency: str | None) -> list[KnownMember]:
    """Who may log in with this address, one row for each agency the person works for."""
    async with db.relay.acquire() as connection:
        return [KnownMember(**row) for row in await connection.fetch(_MEMBER, email, agency)]


async def find_agency(db: Database, slug: str) -> UUID | None:
    """The agency of this short name, for the operator's commands."""
    async with db.relay.acquire() as connection:
        return await connection.fetchval("select agency_id from agencies where slug = $1", slug)


async def find_provider_agency(db: Database, provider_id: UUID) -> UUID | None:
    """Whose an identity provider is, for a log-in that begins with nothing but its id."""
    async with db.relay.acquire() as connection:
        return await connection.fetchval(
            "select agency_id from identity_providers where id = $1 and is_enabled", provider_id
        )
