"""What an agency's plan allows, checked in the transaction that uses it up."""

from uuid import UUID

from sqlalchemy import Select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import QuotaExceeded
from core.plans import PLANS, Plan, Quota
from storage.engine import Database
from storage.session import tenant_connection

_PLAN = "select plan from agencies where agency_id = :agency_id"
_WORDS = {
    Quota.CLIENTS: "clients",
    Quota.ACCOUNTS: "monitored accounts",
    Quota.KEYWORDS: "keywords",
    Quota.SEATS: "members who can sign in",
}


async def plan_of(session: AsyncSession, *, lock: bool = False) -> Plan:
    """The plan of this transaction's agency; held with the agency until the end of the transaction if asked."""
    statement = text(f"{_PLAN} for no key update" if lock else _PLAN)
    name: str = (await session.execute(statement, {"agency_id": session.info["agency_id"]})).scalar_one()
    return PLANS[name]


async def plan_now(db: Database, agency_id: UUID) -> Plan:
    """The plan of an agency, in a transaction of its own."""
    async with tenant_connection(db, agency_id) as connection:
        name: str = str(await connection.fetchval("select plan from agencies where agency_id = $1", agency_id))
    return PLANS[name]


async def take(session: AsyncSession, quota: Quota, used: Select[int]) -> None:
    """Make sure that there is room for one more, and let nobody else take it until this transaction ends.

    `used` counts what is there.

    Raises: `QuotaExceeded`.
    """
    if (await plan_of(session)).limit(quota) is None:
        return
    plan = await plan_of(session, lock=True)
    limit = plan.limit(quota)
    count = (await session.execute(used)).scalar_one()
    if limit is not None and count >= limit:
        have = f"The plan {plan.name} allows {limit} {_WORDS[quota]}, and there are {count}."
        detail = f"{have} Remove one, or ask for a larger plan."
        raise QuotaExceeded(detail, quota=quota.value, limit=limit, used=count)
