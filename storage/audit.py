"""The audit log of each agency: appended to in the transaction of what it tells, never changed.

The app role may insert and read entries, no more. Writers of one agency take turns at its head, last of all locks and
only for as long as the entry and the commit take. What may name a person is sealed with a key that lies in
`audit_keys`; deleting the key makes it unreadable for good.
"""

import os
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy import Index, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import audit as rules
from core.audit import Act, Change, Entry, Head, Personal
from storage import paging
from storage.paging import Asked, Page
from storage.table import Table, TenantTable, new_id, utc_now

if TYPE_CHECKING:
    from storage.session import Connection

WALK = 500
"""Entries read at once where a whole chain is followed."""


class AuditEntryRow(TenantTable):
    """Who did what to what; `position` counts from 1 in each agency. Source: API conventions, section 12."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("agency_id", "position"),
        Index(None, "agency_id", "at", "id"),
        Index(None, "agency_id", "target_id", "at", "id"),
        Index(None, "agency_id", "actor_id", "at", "id"),
    )

    position: Mapped[int]
    at: Mapped[datetime]
    action: Mapped[str]
    outcome: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    credential_id: Mapped[UUID | None]
    target_kind: Mapped[str]
    target_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    before: Mapped[str | None]
    after: Mapped[str | None]
    previous_hash: Mapped[bytes] = mapped_column(BYTEA)
    hash: Mapped[bytes] = mapped_column(BYTEA)


class AuditHeadRow(Table):
    """Where an agency's chain stands: one row, locked by whoever appends."""

    __tablename__ = "audit_heads"

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    hash: Mapped[bytes] = mapped_column(BYTEA)


class AuditKeyRow(TenantTable):
    """The key of what the log tells of one person or thing, by the id of the actor or target."""

    __tablename__ = "audit_keys"

    key: Mapped[bytes] = mapped_column(BYTEA)


_KEYS = "select id, key from audit_keys where agency_id = $1 and id = any($2::uuid[])"
_ADD_KEYS = """
    insert into audit_keys (agency_id, id, key)
    select $1, id, key from unnest($2::uuid[], $3::bytea[]) as t(id, key) order by id on conflict do nothing
"""
# The update that changes nothing locks the row and answers it in the same trip.
_LOCK_HEAD = """
    insert into audit_heads as h (agency_id, position, hash) values ($1, 0, $2)
    on conflict (agency_id) do update set position = h.position returning position, hash
"""
_COLUMNS = Entry._fields
_TYPES = (
    "uuid", "bigint", "timestamptz", "text", "text", "text", "uuid", "uuid", "text", "uuid", "text", "text", "text",
    "text", "bytea", "bytea",
)  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_UNNEST = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_TYPES, start=4))
_APPEND = f"""
    with head as (update audit_heads set position = $2, hash = $3 where agency_id = $1 returning agency_id)
    insert into audit_entries (agency_id, {_NAMES})
    select head.agency_id, {", ".join(f"t.{name}" for name in _COLUMNS)} from head, unnest({_UNNEST}) as t({_NAMES})
"""  # noqa: S608 - the names are the columns of an entry


async def append(connection: "Connection", agency_id: UUID, act: Act, changes: Sequence[Change]) -> None:
    """Tell of an act, one entry for each thing it changed. Call it last: other writers of the agency then wait."""
    if not changes:
        return
    wanted = {agency_id if change.target_id is None else change.target_id for change in changes}
    keys = await _keys(connection, agency_id, wanted | {_addressee(agency_id, act.actor_id, changes[0].target_id)})
    loose = [_entry(agency_id, act, change, keys) for change in changes]
    position, last = await connection.fetchrow(_LOCK_HEAD, agency_id, rules.GENESIS)  # type: ignore[misc]
    chained: list[Entry] = []
    for entry in loose:
        position += 1
        chained.append(rules.linked(agency_id, entry._replace(position=position, previous_hash=last)))
        last = chained[-1].hash
    await connection.execute(_APPEND, agency_id, position, last, *zip(*chained, strict=True))


def _addressee(agency_id: UUID, actor_id: UUID | None, target_id: UUID | None) -> UUID:
    """Whose key seals the network address: the actor's; where nobody has proved who they are, the target's."""
    return actor_id or target_id or agency_id


def _entry(agency_id: UUID, act: Act, change: Change, keys: Mapping[UUID, bytes]) -> Entry:
    """An entry before its place in the chain is known."""
    identifier = new_id()
    key = keys[change.target_id or agency_id]
    at_key = keys[_addressee(agency_id, act.actor_id, change.target_id)]
    return Entry(
        id=identifier,
        position=0,
        at=act.at,
        action=act.action,
        outcome=act.outcome,
        actor_kind=act.actor_kind,
        actor_id=act.actor_id,
        credential_id=act.credential_id,
        target_kind=change.target_kind,
        target_id=change.target_id,
        request_id=act.request_id,
        address=_sealed(at_key, act.address, f"{identifier}address") if act.address else None,
        before=_json(identifier, "before", change.before, key),
        after=_json(identifier, "after", change.after, key),
        previous_hash=b"",
        hash=b"",
    )


def _sealed(key: bytes, value: Any, bound_to: str) -> str:
    return rules.seal(key, value, nonce=os.urandom(rules.NONCE_BYTES), bound_to=bound_to)


def _json(identifier: UUID, side: str, values: Mapping[str, Any] | None, key: bytes) -> str | None:
    columns = rules.told(values)
    if columns is None:
        return None
    for name, value in columns.items():
        if isinstance(value, Personal):
            columns[name] = {"sealed": _sealed(key, value.value, f"{identifier}{side}{name}")}
    return msgspec.json.encode(columns).decode()


async def _keys(connection: "Connection", agency_id: UUID, wanted: Collection[UUID]) -> dict[UUID, bytes]:
    known = dict(await connection.fetch(_KEYS, agency_id, list(wanted)))
    missing = sorted(set(wanted) - set(known))
    if missing:
        fresh = [os.urandom(rules.KEY_BYTES) for _ in missing]
        await connection.execute(_ADD_KEYS, agency_id, missing, fresh)
        known |= dict(await connection.fetch(_KEYS, agency_id, missing))
    return known


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with its values opened, as far as their keys still exist."""

    row: AuditEntryRow
    address: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def page(session: AsyncSession, asked: Asked) -> Page[AuditEntryRow]:
    """The agency's entries."""
    return await paging.page_of(session, select(AuditEntryRow), AuditEntryRow, asked)


async def opened(session: AsyncSession, rows: Sequence[AuditEntryRow]) -> list[Told]:
    """Entries with their values opened."""
    about = {row.target_id or row.agency_id for row in rows}
    by = {_addressee(row.agency_id, row.actor_id, row.target_id) for row in rows}
    found = await session.execute(select(AuditKeyRow.id, AuditKeyRow.key).where(AuditKeyRow.id.in_(about | by)))
    keys = {row.id: row.key for row in found}
    return [_told(row, keys) for row in rows]


def _told(row: AuditEntryRow, keys: Mapping[UUID, bytes]) -> Told:
    address = row.address
    if address is not None:
        by = keys.get(_addressee(row.agency_id, row.actor_id, row.target_id))
        address = rules.unseal(by, address, bound_to=f"{row.id}address")
    key = keys.get(row.target_id or row.agency_id)
    return Told(row, address, _open(row, "before", key), _open(row, "after", key))


def _open(row: AuditEntryRow, side: str, key: bytes | None) -> dict[str, Any] | None:
    return _open_text(row.id, side, getattr(row, side), key)


def _open_text(identifier: UUID, side: str, text: str | None, key: bytes | None) -> dict[str, Any] | None:
    if text is None:
        return None
    columns: dict[str, Any] = msgspec.json.decode(text)
    for name, value in columns.items():
        if isinstance(value, dict):
            columns[name] = rules.unseal(key, value["sealed"], bound_to=f"{identifier}{side}{name}")
    return columns


_WALK = f"""
    select {_NAMES} from audit_entries where agency_id = $1 and position > $2 order by position limit $3
"""  # noqa: S608 - the names are the columns of an entry


async def walk(connection: "Connection", agency_id: UUID) -> AsyncGenerator[Entry, None]:
    """Every entry of an agency as it is stored, in the order of positions."""
    last = -(2**62)
    while rows := await connection.fetch(_WALK, agency_id, last, WALK):
        for row in rows:
            yield Entry(*row)
        last = rows[-1]["position"]


async def head(connection: "Connection", agency_id: UUID, *, now: datetime) -> Head:
    """Where the agency's chain stands."""
    row = await connection.fetchrow("select position, hash from audit_heads where agency_id = $1", agency_id)
    position, last = (0, rules.GENESIS) if row is None else row
    return Head(agency_id, position, last, now)


async def broken(connection: "Connection", agency_id: UUID, heads: Mapping[int, bytes] | None = None) -> str | None:
    """The first thing that is wrong with an agency's chain, in a sentence; None where it is whole.

    `heads` are positions and hashes that were signed and kept elsewhere.
    """
    # One snapshot for entries and head, however long the chain and whoever appends meanwhile.
    await connection.execute("set transaction isolation level repeatable read")
    chain = rules.Chain(agency_id, heads)
    async for entry in walk(connection, agency_id):
        found = chain.follow(entry)
        if found:
            return found
    last = await head(connection, agency_id, now=utc_now())
    return chain.end(last.position, last.hash)


_ABOUT = """
    select e.id, e.target_id, e.before, e.after, k.key from audit_entries e
    join audit_keys k on k.agency_id = e.agency_id and k.id = e.target_id
    where e.agency_id = $1 and e.target_kind = any($2::text[])
"""
_DESTROY = "delete from audit_keys where agency_id = $1 and id = any($2::uuid[])"
# What is named after a person: the only things whose log can tell of one by handle or address.
_NAMED = ("monitored_accounts", "members", "invitations", "data_subject_requests")


async def destroy_keys(
    connection: "Connection", agency_id: UUID, person: Mapping[str, str], known: Collection[UUID]
) -> int:
    """Make what the log tells of a person unreadable for good, and the chain stays whole; how many keys went.

    `person` are the columns that name the person, `known` the ids that are surely theirs; things that are gone already
    are found by what the log itself still tells of them.
    """
    found = set(known)
    for row in await connection.fetch(_ABOUT, agency_id, list(_NAMED)):
        for side in ("before", "after"):
            told = _open_text(row["id"], side, row[side], row["key"]) or {}
            if all(told.get(name) == value for name, value in person.items()):
                found.add(row["target_id"])
    done = await connection.execute(_DESTROY, agency_id, list(found))
    return int(done.rpartition(" ")[2])
