"""Requests that a process counted at once for a caller that keeps asking, so that not each takes a round trip.

Nothing passes that was not counted. A lease is at most a 64th of what was left, and dies with its window.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

MOST = 10_000
"""Callers of which a process remembers a lease."""


@dataclass(slots=True)
class Lease:
    """Requests that this process counted for a caller and has not passed yet.

    `size` is how many were counted at once, `left` what stood with caller, agency and client after that.
    """

    size: int
    unspent: int
    left: Sequence[int]
    ends: float


@dataclass(slots=True)
class Leases:
    """The leases of one process. A caller that goes on in a window gets twice the last one, so few lie idle."""

    held: dict[tuple[str, str], Lease] = field(default_factory=dict[tuple[str, str], Lease])

    def spend(self, caller: tuple[str, str]) -> Lease | None:
        """One of the caller's requests, where one is left in this window."""
        lease = self._of(caller)
        if lease is None or lease.unspent == 0:
            return None
        lease.unspent -= 1
        return lease

    def next_size(self, caller: tuple[str, str]) -> int:
        """How many requests to ask for now."""
        lease = self._of(caller)
        return 1 if lease is None else 2 * lease.size

    def keep(self, caller: tuple[str, str], lease: Lease) -> None:
        """Remember what was granted, beside what another request of this moment was granted."""
        if len(self.held) >= MOST:
            self.held.clear()
        before = self._of(caller)
        lease.unspent += before.unspent if before else 0
        self.held[caller] = lease

    def _of(self, caller: tuple[str, str]) -> Lease | None:
        lease = self.held.get(caller)
        return lease if lease is not None and lease.ends > time.monotonic() else None
