"""Tell an agency how near it is to its plan's mentions of the month."""

from typing import Any

from core import plans
from core.events import EventType
from jobs.context import Context
from storage import events, quotas, unscoped, usage
from storage.session import tenant_session


async def tell_usage(ctx: dict[Any, Any]) -> None:
    """Publish each threshold of this month's mentions that was reached, once; nothing is ever stopped by it.

    May run twice: what was told is noted in the transaction that tells it.
    """
    context: Context = ctx["context"]
    now = context.clock()
    month = plans.month_of(now)
    for agency_id in await unscoped.agencies_with_quotas(context.db):
        async with tenant_session(context.db, agency_id) as session:
            limit = (await quotas.plan_of(session)).mentions
            if limit is None:
                continue
            used = await usage.total(session, month)
            for threshold in await usage.warn(session, month, limit, plans.reached(used, limit), now=now):
                data = {
                    "quota": "mentions",
                    "month": month.strftime("%Y-%m"),
                    "threshold_percent": threshold,
                    "limit": limit,
                    "used": used,
                    "resets_at": plans.end_of(month),
                    "links": {"usage": f"/v1/usage?month={month:%Y-%m}", "limits": "/v1/limits"},
                }
                await events.publish(session, EventType.USAGE_THRESHOLD, client_id=None, data=data, now=now)
