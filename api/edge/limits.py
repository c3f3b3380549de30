"""How many requests a minute: of a credential, of its agency, of a client's share, of a stranger's address.

An agency has one window, which begins with its first request and lasts a minute; all its counts stand in one hash
that ends with it. A request that is refused counts nowhere. Fairness and leases: decision 11.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2b
from math import ceil
from typing import Any
from uuid import UUID

import asyncpg

from api.edge.counters import CountersGone, Script
from api.edge.leases import Lease, Name
from api.edge.peers import Address, counted_as
from api.edge.problems import Headers
from api.edge.process import Process
from core.access import Principal
from core.errors import TooMany
from core.plans import DEFAULT_PLAN, PLANS
from core.rate_limits import WINDOW_S, Policy, Standing, tightest
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


async def spend(process: Process, caller: Principal) -> Headers:
    """Count one request of a known caller; the headers that tell it where it stands.

    Without Redis everything passes: a client in a crisis must be able to look. Log-in closes by itself.

    Raises: `TooMany`.
    """
    lease = process.leases.spend(caller.id)
    if lease is None:
        of_credential, of_agency = await quotas_of(process, caller.agency_id)
        policies = [Policy(OWN, of_credential), Policy(AGENCY, of_agency)]
        client = ""
        if caller.client_id:
            client = f"client:{caller.client_id.hex}"
            policies.append(Policy(CLIENT, ceil(of_agency / 2)))
        key = f"rate:{{{caller.agency_id.hex}}}"
        lease = await _granted(process, caller.id, key, caller.id.hex, policies, client)
    return lease.headers() if lease is not None else []


async def spend_of_stranger(process: Process, peer: Address | None) -> None:
    """Count one request of who has shown no good credential. A stranger is told nothing.

    Raises: `TooMany`.
    """
    key = _stranger(process, peer)
    if process.leases.spend(key) is None:
        await _granted(process, key, key, "own", [Policy(OWN, process.settings.rate_limit_address)], "")


async def _granted(
    process: Process, name: Name, key: str, own: str, policies: Sequence[Policy], client: str
) -> Lease | None:
    """What Redis grants now; None where nobody counts.

    Raises: `TooMany`.
    """
    asked = process.leases.next_size(name)
    # The agency's policy stands second; a stranger has only its own.
    together = policies[1] if len(policies) > 1 else policies[0]
    try:
        granted, *left, ends_ms = await process.counters.run(
            _SPEND, [key], WINDOW_S * 1000, own, policies[0].quota, together.quota, client, asked, kind="request"
        )
    except CountersGone:
        return None
    reset_s = max(1, ceil(ends_ms / 1000))
    standings = [
        Standing(policy, max(each, 0), reset_s) for policy, each in zip(policies, left[: len(policies)], strict=True)
    ]
    if not granted:
        raise _refusal(standings, reset_s)
    lease = Lease(granted, granted - 1, tightest(*standings), time.monotonic() + ends_ms / 1000)
    process.leases.keep(name, lease)
    return lease


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


def _refusal(standings: Sequence[Standing], reset_s: int) -> TooMany:
    violated = [each for each in standings if each.left == 0]
    detail = f"The quota of this minute is spent. Wait {reset_s} s, as Retry-After says, then go on."
    return TooMany(detail, retry_after_s=reset_s, violated=violated)


def _stranger(process: Process, peer: Address | None) -> str:
    """The window of an address. Redis does not learn the address."""
    key: Any = process.settings.secret_key[:64]
    return f"rate:peer:{blake2b(counted_as(peer).encode(), key=key, digest_size=16).hexdigest()}"
