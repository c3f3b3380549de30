"""Whether a rise is a brand's own, or one that hits the other brands alike: a platform down, a protest."""

import math
from collections.abc import Iterable

from core.crisis import Level

AT_ANY_MOMENT = 0.02
"""How likely a quiet brand stands above normal by chance: one false watch a week, held for three hours."""

BEYOND_CHANCE = 0.001
LEAST = 2


def is_shared(others: Iterable[Level]) -> bool:
    """Whether more of the other brands have risen than chance would raise at once. One other brand is never enough."""
    risen = [level > Level.NORMAL for level in others]
    return sum(risen) >= LEAST and _chance_of_as_many(sum(risen), len(risen)) < BEYOND_CHANCE


def _chance_of_as_many(rising: int, of: int) -> float:
    """Binomial: that so many brands, or more, stand above normal if none has to do with another."""
    fewer = range(rising)
    return 1 - math.fsum(math.comb(of, n) * AT_ANY_MOMENT**n * (1 - AT_ANY_MOMENT) ** (of - n) for n in fewer)
