"""How often somebody may fail to prove who they are: counted in Redis for each account and each peer address.

An attempt is counted before the password is looked at and given back when it was right, so that guesses sent at
once are counted as well. An address that has signed in to an account before has a count of its own there: a
stranger who keeps failing shuts out strangers, never the person at the usual place.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import Any

from redis.exceptions import RedisError

from api.edge.process import Process
from api.edge.tenancy import AnyRequest
from core import passwords
from core.errors import TooMany, Unavailable

log = logging.getLogger("siaga.api")

FAILURES_OF_ACCOUNT = 5
FAILURES_OF_PEER = 20
WINDOW = timedelta(minutes=15)
# So long an address from which a log-in succeeded is known to that account.
KNOWN_FOR = timedelta(days=30)
# A home or an office is given a whole network of this length, not one address.
_IPV6_NETWORK_BITS = 64

# KEYS: count of the peer, of the account, of the account from this peer, and whether the two know each other.
# ARGV: how long each count lives, and the most of each. Answers the seconds to wait, 0 if the attempt may be made.
_BEGIN = """
local account = KEYS[2]
if redis.call('exists', KEYS[4]) == 1 then account = KEYS[3] end
local wait = 0
for key, most in pairs({[KEYS[1]] = ARGV[2], [account] = ARGV[3]}) do
    if tonumber(redis.call('get', key) or '0') >= tonumber(most) then
        wait = math.max(wait, redis.call('ttl', key), 1)
    end
end
if wait > 0 then return wait end
for _, key in ipairs({KEYS[1], account}) do
    if redis.call('incr', key) == 1 then redis.call('expire', key, ARGV[1]) end
end
return 0
"""
_SUCCEED = """
redis.call('del', KEYS[2], KEYS[3])
redis.call('set', KEYS[4], '', 'ex', ARGV[1])
if tonumber(redis.call('get', KEYS[1]) or '0') > 0 then redis.call('decr', KEYS[1]) end
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to prove who one is, as it is counted."""

    process: Process
    keys: tuple[str, str, str, str]

    async def is_right(self, kept: str, password: str, *, may_succeed: bool = True) -> bool:
        """Whether this is the password; if not, or where nobody may succeed, the attempt counts as a failure.

        Takes as long in every case.

        Raises: `TooMany`; `Unavailable` where nothing can be counted.
        """
        async with self.process.hashing:
            await self._begin()
            fits = await asyncio.to_thread(passwords.fits, kept, password)
            if fits and may_succeed:
                await self._count(_SUCCEED, KNOWN_FOR)
        return fits and may_succeed

    async def _begin(self) -> None:
        wait = int(await self._count(_BEGIN, WINDOW, FAILURES_OF_PEER, FAILURES_OF_ACCOUNT))
        if wait:
            detail = "Too many failed attempts. Wait as long as Retry-After says, then try again."
            raise TooMany(detail, retry_after_s=wait)

    async def _count(self, script: str, life: timedelta, *limits: int) -> Any:
        """Run a script. Without its counts a log-in stays shut: failing open would let guesses run free.

        Raises: `Unavailable`.
        """
        arguments = (len(self.keys), *self.keys, int(life.total_seconds()), *limits)
        try:
            return await self.process.redis.execute_command("EVAL", script, *arguments)
        except (RedisError, OSError) as error:
            log.warning("cannot count failed attempts: %s", type(error).__name__)
            raise Unavailable("Signing in is closed for a moment. Try again soon.") from None


def attempt(request: AnyRequest, account: str) -> Attempt:
    """An attempt of this request's sender on this account. Redis learns neither the address nor the sender."""
    process: Process = request.app.state.siaga
    peer = _peer(request)

    def key(kind: str, *parts: str) -> str:
        content = "\0".join((kind, *parts)).encode()
        return f"sign-in:{kind}:{blake2b(content, key=process.settings.secret_key[:64], digest_size=16).hexdigest()}"

    keys = (key("peer", peer), key("account", account), key("pair", account, peer), key("known", account, peer))
    return Attempt(process, keys)


def _peer(request: AnyRequest) -> str:
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(int(address) >> (address.max_prefixlen - _IPV6_NETWORK_BITS))
    return str(address)
