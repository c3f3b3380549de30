"""Requests that a process counted at once for a caller that keeps asking, so that not each takes a round trip.

Nothing passes that was not counted. A lease is at most a 64th of what was left, and dies with its window.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from uuid import UUID

from core.rate_limits import Standing

MOST = 10_000
"""Callers of which a process remembers a lease."""


Name = UUID | str
"""Whose lease it is: a credential's by its id, a stranger's by its window."""


@dataclass(slots=True)
class Lease:
    """Requests that this process counted for a caller and has not passed yet.

    `size` is how many were counted at once, `standings` where the caller stood after that, in the policies it is told
    of. Their words are made once: only two numbers in them change from request to request.
    """

    size: int
    unspent: int
    standings: Sequence[Standing]
    ends: float
    _policies: tuple[bytes, bytes] = field(init=False)
    _form: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._policies = (b"ratelimit-policy", ", ".join(str(each.policy) for each in self.standings).encode())
        self._form = b", ".join(b'"%s";r=%%d;t=%%d' % each.policy.name.encode() for each in self.standings)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers that tell the caller where it stands now."""
        reset_s = max(1, ceil(self.ends - time.monotonic()))
        numbers = [number for each in self.standings for number in (each.left + self.unspent, reset_s)]
        return [self._policies, (b"ratelimit", self._form % tuple(numbers))] if numbers else []


@dataclass(slots=True)
class Leases:
    """The leases of one process. A caller that goes on in a window gets twice the last one, so few lie idle."""

    held: dict[Name, Lease] = field(default_factory=dict[Name, Lease])

    def spend(self, caller: Name) -> Lease | None:
        """One of the caller's requests, where one is left in this window."""
        lease = self._of(caller)
        if lease is None or lease.unspent == 0:
            return None
        lease.unspent -= 1
        return lease

    def next_size(self, caller: Name) -> int:
        """How many requests to ask for now."""
        lease = self._of(caller)
        return 1 if lease is None else 2 * lease.size

    def keep(self, caller: Name, lease: Lease) -> None:
        """Remember what was granted, beside what another request of this moment was granted."""
        if len(self.held) >= MOST:
            self.held.clear()
        before = self._of(caller)
        lease.unspent += before.unspent if before else 0
        self.held[caller] = lease

    def _of(self, caller: Name) -> Lease | None:
        lease = self.held.get(caller)
        return lease if lease is not None and lease.ends > time.monotonic() else None
