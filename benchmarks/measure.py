"""How the contenders are measured: CPU time of this process and of PostgreSQL, in rounds that take turns.

The machine is shared and noisy: wall time says little, and only ratios of medians are told.
"""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping

import psutil

Result = tuple[str, float, str, bool | None]
"""Name of the goal, what was measured, the goal in words, and whether it is met; None for what has no goal."""

Work = Callable[[], Awaitable[int]]
"""Does some work and says how many units of it."""


class Meter:
    """CPU seconds of this process and of PostgreSQL servers with all their backends, those that ended included."""

    def __init__(self, *postmasters: int) -> None:
        self._postmasters = [psutil.Process(pid) for pid in postmasters]

    def __add__(self, other: "Meter") -> "Meter":
        return Meter(*(process.pid for process in (*self._postmasters, *other._postmasters)))

    async def spent(self, work: Work) -> float:
        """CPU seconds for a unit of some work. Reading what the servers spent takes time too, which is left out."""
        servers, own = sum(map(_of_server, self._postmasters)), time.process_time()
        units = await work()
        own = time.process_time() - own
        return (own + sum(map(_of_server, self._postmasters)) - servers) / units


def _of_server(postmaster: psutil.Process) -> float:
    own = postmaster.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for backend in postmaster.children():
        try:
            spent = backend.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system
    return total


async def medians(
    meter: Meter, contenders: Mapping[str, Work], *, rounds: int, before: Callable[[], Awaitable[None]] | None = None
) -> dict[str, float]:
    """Median CPU seconds per unit of work of each contender; they take turns, after one round that does not count.

    What is done `before` each round is counted for nobody.
    What was laid in store for the rounds is kept out of the collector's way, whose work would else grow with it.
    """
    spent: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    gc.freeze()
    try:
        for number in range(rounds + 1):
            if before is not None:
                await before()
            for name, work in contenders.items():
                seconds = await meter.spent(work)
                if number:
                    spent[name].append(seconds)
    finally:
        gc.unfreeze()
    return {name: statistics.median(found) for name, found in spent.items()}


def at_least(name: str, ratio: float, goal: float, unit: str = "") -> Result:
    return name, ratio, f">= {goal:g}{unit}", ratio >= goal


def at_most(name: str, ratio: float, goal: float, unit: str = "") -> Result:
    return name, ratio, f"<= {goal:g}{unit}", ratio <= goal


def told(name: str, value: float, unit: str) -> Result:
    """What explains a figure and has no goal of its own."""
    return f"  {name}", value, unit, None


def line(result: Result) -> str:
    name, value, goal, passed = result
    if passed is None:
        return f"{name}  {value:.3f} {goal}"
    return f"{name}  {value:.2f}  {goal}  {'pass' if passed else 'short'}"
