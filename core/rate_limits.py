"""What a caller may spend in a window of time, and how an answer tells it.

Source: draft-ietf-httpapi-ratelimit-headers-11. Names are ours and need no escaping as structured strings.
"""

from collections.abc import Sequence
from typing import NamedTuple

WINDOW_S = 60


class Policy(NamedTuple):
    """So many requests in so many seconds."""

    name: str
    quota: int
    window_s: int = WINDOW_S

    def __str__(self) -> str:
        return f'"{self.name}";q={self.quota};w={self.window_s}'


class Standing(NamedTuple):
    """What is left of a policy, and the seconds until it is whole again."""

    policy: Policy
    left: int
    reset_s: int

    def __str__(self) -> str:
        return f'"{self.policy.name}";r={self.left};t={self.reset_s}'


def told(standings: Sequence[Standing]) -> dict[str, str]:
    """The headers that tell of these policies; none without one."""
    if not standings:
        return {}
    return {
        "RateLimit-Policy": ", ".join(str(each.policy) for each in standings),
        "RateLimit": ", ".join(map(str, standings)),
    }


def tightest(own: Standing, *others: Standing) -> tuple[Standing, ...]:
    """The caller's own standing, and beside it the one of the others that will stop it sooner, if any."""
    least = min(others, key=lambda each: each.left, default=own)
    return (own,) if least.left >= own.left else (own, least)
