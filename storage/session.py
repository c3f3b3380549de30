"""The front door: one agency, one transaction.

A transaction that begins without an agency raises before any SQL is sent. The setting is local to the
transaction (`SET LOCAL`, never `set_config`, which a distributed PostgreSQL does not pass on), so that a
connection returned to its pool carries nothing of the agency that used it.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction
from sqlalchemy.orm import Session

from core.audit import Act
from storage import audit, trail
from storage.engine import Database
from storage.trail import Trail

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


class AgencyMissing(RuntimeError):  # noqa: N818 - says what is wrong, not that it is an error
    """A transaction was begun without saying for which agency: a mistake in our own code."""


class _TenantSession(Session):
    """A session that opens each transaction with its agency, and notes what it changes where it is told to."""


trail.listen(_TenantSession)


@event.listens_for(_TenantSession, "after_begin")
def _set_agency(session: Session, _transaction: Any, connection: Any) -> None:
    for statement in naming(*(session.info.get(name) for name in ("agency_id", "client_id", "incident_id"))):
        connection.exec_driver_sql(statement)


def naming(agency_id: object, client_id: object = None, incident_id: object = None) -> list[str]:
    """The statements that name the agency, and for who is bound the one client or incident, to row security.

    Raises: `AgencyMissing` where no parsed UUID is given; text never reaches these statements.
    """
    if not isinstance(agency_id, UUID):
        raise AgencyMissing("every transaction names its agency; use tenant_session(db, agency_id)")
    statements = [f"SET LOCAL app.agency_id = '{agency_id}'"]
    for setting, bound in (("app.client_id", client_id), ("app.incident_id", incident_id)):
        if bound is None:
            continue
        if not isinstance(bound, UUID):
            raise AgencyMissing("what a caller is bound to is a parsed UUID")
        statements.append(f"SET LOCAL {setting} = '{bound}'")
    return statements


@asynccontextmanager
async def tenant_session(
    db: Database,
    agency_id: UUID,
    client_id: UUID | None = None,
    *,
    incident_id: UUID | None = None,
    act: Act | None = None,
) -> AsyncGenerator[AsyncSession, None]:
    """One transaction of one agency: committed at the end of the block, rolled back on any error.

    What is changed for an `act` is told in the audit log, in the same transaction.
    """
    followed = Trail(act) if act is not None else None
    info = {"agency_id": agency_id, "client_id": client_id, "incident_id": incident_id, "trail": followed}
    async with (
        AsyncSession(db.orm, sync_session_class=_TenantSession, info=info, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session
        async with for_the_agency(session):
            if followed is not None:
                await session.flush()
                await audit.append(await driver_of(session), agency_id, followed.act, followed.changes)
            for last in session.info.pop("at_last", ()):
                await last(session)


@asynccontextmanager
async def for_the_agency(session: AsyncSession) -> AsyncGenerator[None, None]:
    """Within the block, what a portal's transaction sets off may be written into the agency's own books.

    These are the outbox, the audit log, the numbers of events and the answers to keys, which no portal sees. What a
    handler reads and changes stays bound to the one client. Nothing happens in a transaction of the whole agency.
    """
    if session.info["client_id"] is None or session.info.get("is_for_the_agency"):
        yield
        return
    await session.flush()
    connection = await session.connection()
    await connection.exec_driver_sql("SET LOCAL app.client_id = ''")
    session.info["is_for_the_agency"] = True
    try:
        yield
        await session.flush()
    finally:
        session.info["is_for_the_agency"] = False
    # Where the database refused, the transaction is lost, or a savepoint takes the setting back.
    await connection.exec_driver_sql(f"SET LOCAL app.client_id = '{session.info['client_id']}'")


def at_last(session: AsyncSession, last: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Do this in the session's transaction when all else is done: for a lock that many want and none may hold long."""
    session.info.setdefault("at_last", []).append(last)


async def undo(session: AsyncSession, savepoint: AsyncSessionTransaction) -> None:
    """Take back what the session did since the savepoint, and what was to follow from it or to be told of it."""
    await savepoint.rollback()
    session.info.pop("at_last", None)
    followed: Trail | None = session.info["trail"]
    if followed is not None:
        followed.forget()


_NOT_DURABLE = ("SET LOCAL synchronous_commit = off",)


async def wait_for_no_disk(session: AsyncSession) -> None:
    """Have this transaction commit at once: for what may be taken back when PostgreSQL dies in the next moment."""
    await (await session.connection()).exec_driver_sql(_NOT_DURABLE[0])


_BY_KEYS = (
    *(f"SET LOCAL enable_{way} = off" for way in ("hashjoin", "mergejoin", "seqscan", "bitmapscan", "sort")),
    # What finds rows by their keys is planned once and not each time, which costs as much as it does.
    "SET LOCAL plan_cache_mode = force_generic_plan",
)


@asynccontextmanager
async def tenant_connection(
    db: Database,
    agency_id: UUID,
    client_id: UUID | None = None,
    *,
    by_keys: bool = False,
    is_durable: bool = True,
) -> AsyncGenerator["Connection", None]:
    """The same door on the bare driver, for the few paths whose cost is measured.

    BEGIN and the setting travel as one message: apart, they cost a quarter of a point transaction. `by_keys` is for
    statements that look up a few rows of large tables: each is found by its key, also where there are no statistics
    yet, or none any more after a crash, and PostgreSQL would rather read all rows of the agency at once.
    Not `is_durable` is for what may be taken back when PostgreSQL dies in the next moment: the commit waits for no
    disk.
    """
    settings = (*(_BY_KEYS if by_keys else ()), *(() if is_durable else _NOT_DURABLE))
    opening = "; ".join(["BEGIN", *naming(agency_id, client_id), *settings])
    async with db.driver.acquire() as connection:
        await connection.execute(opening)
        try:
            yield connection
        except BaseException:
            if not connection.is_closed():
                await connection.execute("ROLLBACK")
            raise
        await connection.execute("COMMIT")


async def driver_of(session: AsyncSession) -> "Connection":
    """The driver's connection under a session, in the same transaction: for statements whose cost is measured."""
    raw = await (await session.connection()).get_raw_connection()
    driver: Any = raw.driver_connection
    return driver
