"""How many requests a minute: of a credential, of its agency, of a client's share, of a stranger's address.

An agency has one window, which begins with its first request and lasts a minute; all its counts stand in one hash
that ends with it. A request that is refused counts nowhere. Fairness and leases: decision 11.
"""

import time
from datetime import timedelta
from hashlib import blake2b
from math import ceil
from typing import Any
from uuid import UUID

import asyncpg

from api.edge.counters import CountersGone, Script
from api.edge.leases import Lease
from api.edge.peers import Address, counted_as
from api.edge.process import Process
from core.access import Principal
from core.errors import TooMany
from core.plans import DEFAULT_PLAN, PLANS
from core.rate_limits import WINDOW_S, Policy, Standing, tightest, told
from storage import quotas

# KEYS: the window. ARGV: its length in ms, the caller's field and quota, the agency's quota, the client's field or '',
# and how many requests are asked for. Answers how many may pass (at most a 64th of what is left, or one; 0: none),
# what is left to caller, agency and client, and the ms until the window ends.
# A client's credentials together may have no more than what they leave to everybody else.
_SPEND = Script("""
local ends = redis.call('pttl', KEYS[1])
local own, client = ARGV[2], ARGV[5]
local used = redis.call('hmget', KEYS[1], own, 'all', client)
local own_left = tonumber(ARGV[3]) - tonumber(used[1] or 0)
local all_left = tonumber(ARGV[4]) - tonumber(used[2] or 0)
local client_left = all_left
if client ~= '' then client_left = math.ceil((all_left - tonumber(used[3] or 0)) / 2) end
if ends < 0 then ends = tonumber(ARGV[1]) end
if own_left < 1 or all_left < 1 or client_left < 1 then return {0, own_left, all_left, client_left, ends} end
local n = math.max(1, math.min(tonumber(ARGV[6]), math.floor(math.min(own_left, all_left, client_left) / 64)))
redis.call('hincrby', KEYS[1], own, n)
local all = redis.call('hincrby', KEYS[1], 'all', n)
if client ~= '' then redis.call('hincrby', KEYS[1], client, n) end
if all == n then redis.call('pexpire', KEYS[1], ends) end
return {n, own_left - n, all_left - n, client_left - n, ends}
""")
_PLAN_MEMORY = timedelta(minutes=1)
_MOST_REMEMBERED = 10_000
OWN, AGENCY, CLIENT = "default", "agency", "client"


async def spend(process: Process, caller: Principal | None, peer: Address | None) -> dict[str, str]:
    """Count one request; the headers that tell the caller where it stands. A stranger is told nothing.

    Without Redis everything passes: a client in a crisis must be able to look. Log-in closes by itself.

    Raises: `TooMany`.
    """
    if caller is None:
        key, own, client = _stranger(process, peer), "own", ""
        quota = of_agency = process.settings.rate_limit_address
    else:
        key, own = f"rate:{{{caller.agency_id.hex}}}", caller.id.hex
        client = f"client:{caller.client_id.hex}" if caller.client_id else ""
        quota, of_agency = await quotas_of(process, caller.agency_id)
    lease = process.leases.spend((key, own))
    if lease is None:
        asked = process.leases.next_size((key, own))
        try:
            granted, *left, ends_ms = await process.counters.run(
                _SPEND, [key], WINDOW_S * 1000, own, quota, of_agency, client, asked, kind="request"
            )
        except CountersGone:
            return {}
        lease = Lease(granted, max(granted - 1, 0), left, time.monotonic() + ends_ms / 1000)
        if granted:
            process.leases.keep((key, own), lease)
    own_left, all_left, client_left = (each + lease.unspent for each in lease.left)
    reset_s = max(1, ceil(lease.ends - time.monotonic()))
    standing = Standing(Policy(OWN, quota), max(own_left, 0), reset_s)
    others: list[Standing] = []
    if caller is not None:
        others.append(Standing(Policy(AGENCY, of_agency), max(all_left, 0), reset_s))
    if client:
        others.append(Standing(Policy(CLIENT, ceil(of_agency / 2)), max(client_left, 0), reset_s))
    if not lease.size:
        raise _refusal([standing, *others], reset_s)
    return told(tightest(standing, others)) if caller is not None else {}


async def quotas_of(process: Process, agency_id: UUID) -> tuple[int, int]:
    """Requests a minute of a credential and of its agency: the plan's, or where it says nothing the settings'.

    A plan is believed for a minute; one that cannot be read just now changes nothing.
    """
    now = process.clock()
    known = process.plans.get(agency_id)
    if known is None or known[1] <= now:
        try:
            plan = await quotas.plan_now(process.db, agency_id)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            plan = known[0] if known else PLANS[DEFAULT_PLAN]
        if len(process.plans) >= _MOST_REMEMBERED:
            process.plans.clear()
        known = process.plans[agency_id] = (plan, now + _PLAN_MEMORY)
    plan, settings = known[0], process.settings
    return (
        plan.requests_of_credential or settings.rate_limit_credential,
        plan.requests_of_agency or settings.rate_limit_agency,
    )


def _refusal(standings: list[Standing], reset_s: int) -> TooMany:
    violated = [each for each in standings if each.left == 0]
    detail = f"The quota of this minute is spent. Wait {reset_s} s, as Retry-After says, then go on."
    return TooMany(detail, retry_after_s=reset_s, violated=violated)


def _stranger(process: Process, peer: Address | None) -> str:
    """The window of an address. Redis does not learn the address."""
    key: Any = process.settings.secret_key[:64]
    return f"rate:peer:{blake2b(counted_as(peer).encode(), key=key, digest_size=16).hexdigest()}"
