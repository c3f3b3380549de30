"""How often somebody may fail to prove who they are: counted in Redis for each account and each peer address.

An attempt is counted before the password is looked at and given back when it was right, so that guesses sent at
once are counted as well. The few failures that shut an account shut it for the address they came from: a stranger
who keeps failing shuts out the stranger. Only guesses from everywhere at once, up to the hundred that NIST
SP 800-63B allows an account, shut it to other addresses, and never to one that has signed in to it before.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from api.edge.counters import CountersGone, Script
from api.edge.peers import address_of, counted_as
from api.edge.process import Process
from api.edge.tenancy import AnyRequest
from core import passwords
from core.errors import TooMany, Unavailable
from core.rate_limits import Policy, Standing

log = logging.getLogger("siaga.api")

FAILURES_OF_PEER = 20
FAILURES_ON_ACCOUNT = 5
FAILURES_OF_ACCOUNT = 100
WINDOW = timedelta(minutes=15)
_POLICIES = (
    Policy("sign-in-address", FAILURES_OF_PEER, int(WINDOW.total_seconds())),
    Policy("sign-in-account", FAILURES_ON_ACCOUNT, int(WINDOW.total_seconds())),
    Policy("sign-in-anywhere", FAILURES_OF_ACCOUNT, int(WINDOW.total_seconds())),
)
# So long an address from which a log-in succeeded is known to that account.
KNOWN_FOR = timedelta(days=30)

# KEYS: count of the peer, of this peer on the account, of all on the account, and whether peer and account know each
# other. ARGV: how long each count lives, and the most of each. Answers the seconds that each asks to wait, if any.
_BEGIN = Script("""
local counts, waits = {KEYS[1], KEYS[2], KEYS[3]}, {0, 0, 0}
if redis.call('exists', KEYS[4]) == 1 then counts[3] = nil end
for each, key in ipairs(counts) do
    if tonumber(redis.call('get', key) or '0') >= tonumber(ARGV[each + 1]) then
        waits[each] = math.max(redis.call('ttl', key), 1)
    end
end
if waits[1] + waits[2] + waits[3] > 0 then return waits end
for _, key in ipairs(counts) do
    if redis.call('incr', key) == 1 then redis.call('expire', key, ARGV[1]) end
end
return waits
""")
_SUCCEED = Script("""
redis.call('del', KEYS[2], KEYS[3])
redis.call('set', KEYS[4], '', 'ex', ARGV[1])
if tonumber(redis.call('get', KEYS[1]) or '0') > 0 then redis.call('decr', KEYS[1]) end
""")


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
        waits: list[int] = await self._count(_BEGIN, WINDOW, FAILURES_OF_PEER, FAILURES_ON_ACCOUNT, FAILURES_OF_ACCOUNT)
        if any(waits):
            violated = [Standing(policy, 0, wait) for policy, wait in zip(_POLICIES, waits, strict=True) if wait]
            detail = "Too many failed attempts. Wait as long as Retry-After says, then try again."
            raise TooMany(detail, retry_after_s=max(waits), violated=violated)

    async def _count(self, script: Script, life: timedelta, *limits: int) -> Any:
        """Run a script. Without its counts a log-in stays shut: failing open would let guesses run free.

        Raises: `Unavailable`.
        """
        try:
            return await self.process.counters.run(
                script, self.keys, int(life.total_seconds()), *limits, kind="sign_in"
            )
        except CountersGone:
            log.warning("a sign-in is refused: its failures cannot be counted")
            raise Unavailable("Signing in is closed for a moment. Try again soon.") from None


def attempt(request: AnyRequest, account: str) -> Attempt:
    """An attempt of this request's sender on this account. Redis learns neither the address nor the sender."""
    process: Process = request.app.state.siaga
    peer = counted_as(address_of(request.scope, process.settings))

    def key(kind: str, *parts: str) -> str:
        content = "\0".join((kind, *parts)).encode()
        return f"sign-in:{kind}:{blake2b(content, key=process.settings.secret_key[:64], digest_size=16).hexdigest()}"

    keys = (key("peer", peer), key("pair", account, peer), key("account", account), key("known", account, peer))
    return Attempt(process, keys)
