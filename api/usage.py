"""What the agency's plan allows, what is used of it, and what to bill each client for."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, Router, get
from litestar.params import QueryParameter

from api.edge import limits
from api.edge.schema import Count, Name, Output, ShortText
from api.edge.tenancy import AnyRequest, Caller, Held, Now, Session
from api.edge.versions import tagged_as_it_reads
from core import plans, spreadsheets
from core.errors import FieldProblem, Unreadable
from storage import accounts, agencies, clients, keywords, quotas, usage

MOST_CLIENTS = 10_000
_COLUMNS = ("month", "client_id", "client_name", "mentions")
_EXAMPLE = "month,client_id,client_name,mentions\r\n2026-11,01999f00-1111-7222-8333-444455556666,Kopi Senja,4120\r\n"

Month = Annotated[str, msgspec.Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", max_length=7, examples=["2026-11"])]
MonthFilter = Annotated[
    str | None,
    QueryParameter(
        max_length=7, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="A month of UTC; this one if left out."
    ),
]


class QuotaStanding(Output, frozen=True):
    """One quota. `limit` is null where the plan sets none; `resets_at` where the quota does not begin anew."""

    quota: Literal["clients", "accounts", "keywords", "seats", "mentions"]
    limit: Count | None
    used: Count
    resets_at: datetime | None


class RequestLimits(Output, frozen=True):
    """Requests a minute: of this credential, and of all the agency's together."""

    credential: Count
    agency: Count


class Limits(Output, frozen=True):
    """The plan, its quotas with what is used of them, and the limits of requests."""

    plan: ShortText
    quotas: Annotated[list[QuotaStanding], msgspec.Meta(max_length=10)]
    requests_a_minute: RequestLimits


class ClientUsage(Output, frozen=True):
    """What one client used in the month. `client_name` is null once the client is removed."""

    client_id: UUID
    client_name: Name | None
    mentions: Count


class Usage(Output, frozen=True):
    """A month's usage: in all, against the plan, and client by client, the most first.

    Mentions beyond the quota are kept like all others; `over_quota` says how many they are.
    """

    month: Month
    plan: ShortText
    mentions: Count
    quota: Count | None
    over_quota: Count
    resets_at: datetime
    clients: Annotated[list[ClientUsage], msgspec.Meta(max_length=MOST_CLIENTS)]


@get("/limits", scope="agency:read", summary="Read plan, quotas and limits")
async def get_limits(
    request: AnyRequest, session: Session, process: Held, principal: Caller, now: Now
) -> Response[Limits]:
    """What the agency's plan allows, and how much of it is used."""
    plan = await quotas.plan_of(session)
    month = plans.month_of(now)
    used = {
        plans.Quota.CLIENTS: await clients.count(session),
        plans.Quota.ACCOUNTS: await accounts.count(session),
        plans.Quota.KEYWORDS: await keywords.count(session),
        plans.Quota.SEATS: await agencies.seat_count(session),
        plans.Quota.MENTIONS: await usage.total(session, month),
    }
    standings = [
        QuotaStanding(
            quota=quota.value,
            limit=plan.limit(quota),
            used=count,
            resets_at=plans.end_of(month) if quota is plans.Quota.MENTIONS else None,
        )
        for quota, count in used.items()
    ]
    of_credential, of_agency = await limits.quotas_of(process, principal.agency_id)
    content = Limits(
        plan=plan.name, quotas=standings, requests_a_minute=RequestLimits(credential=of_credential, agency=of_agency)
    )
    return tagged_as_it_reads(request, content)


@get("/usage", scope="billing:read", summary="Read a month's usage")
async def get_usage(request: AnyRequest, session: Session, now: Now, month: MonthFilter = None) -> Response[Usage]:
    """Mentions recorded in a month, in all and by client: counted once each, however often a post is sent."""
    return tagged_as_it_reads(request, await _usage(session, _month(month, now)))


@get(
    "/usage/export",
    scope="billing:read",
    summary="Export a month's usage as CSV",
    downloads={"text/csv": _EXAMPLE},
)
async def export_usage(session: Session, now: Now, month: MonthFilter = None) -> Response[str]:
    """A month's usage by client as CSV, for billing. A cell that a spreadsheet would run begins with an apostrophe."""
    found = await _usage(session, _month(month, now))
    lines = [spreadsheets.line(_COLUMNS)]
    lines += [
        spreadsheets.line((found.month, each.client_id, each.client_name, each.mentions)) for each in found.clients
    ]
    headers = {"Content-Disposition": f'attachment; filename="usage-{found.month}.csv"'}
    return Response("".join(lines), media_type="text/csv", headers=headers)


async def _usage(session: Session, month: date) -> Usage:
    plan = await quotas.plan_of(session)
    used = await usage.total(session, month)
    rows = await usage.of_month(session, month, limit=MOST_CLIENTS)
    return Usage(
        month=f"{month:%Y-%m}",
        plan=plan.name,
        mentions=used,
        quota=plan.mentions,
        over_quota=max(0, used - plan.mentions) if plan.mentions is not None else 0,
        resets_at=plans.end_of(month),
        clients=[ClientUsage(client_id=row[0], client_name=row[1], mentions=row[2]) for row in rows],
    )


def _month(given: str | None, now: datetime) -> date:
    if given is None:
        return plans.month_of(now)
    try:
        return datetime.strptime(given, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        problem = FieldProblem("not_as_declared", "A month is written as 2026-11.", parameter="month")
        raise Unreadable("The query cannot be read.", problems=[problem]) from None


router = Router("/v1", route_handlers=[get_limits, get_usage, export_usage], tags=["Usage"])
