"""Ten thousand webhooks through a storm: `make chaos`, or `python -m tests.chaos --events 2000`.

Ends with status 1 where an event was lost, came too often or under another id, or the calm was too long.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.chaos.storm import Plan, Seen, blow

AS_PLANNED = Plan()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--events", type=int, default=AS_PLANNED.events, help="how many are committed")
    parser.add_argument("--pace", type=float, default=AS_PLANNED.pace, help="how many a second")
    parser.add_argument("--seed", type=int, default=AS_PLANNED.seed, help="which workers die when")
    asked = parser.parse_args()
    plan = Plan(events=asked.events, pace=asked.pace, seed=asked.seed)
    with tempfile.TemporaryDirectory(prefix="siaga-chaos-") as home:
        seen = _drawn(plan, Path(home))
    for line in told(plan, seen):
        print(line)
    misses = seen.misses(plan)
    print("\n".join(f"MISSED: {sentence}." for sentence in misses) or "Nothing was lost.")
    return 1 if misses else 0


def _drawn(plan: Plan, home: Path) -> Seen:
    """Blow, with two bars where somebody watches, and a line now and then where not."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<34}"), BarColumn(36), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        committed, delivered = (bars.add_task(name, total=plan.events) for name in ("committed", "delivered"))
        shown = [0]

        def show(seen: Seen) -> None:
            bars.update(committed, completed=seen.committed, description=f"committed  {_blows(seen)}")
            bars.update(delivered, completed=seen.delivered)
            if not console.is_terminal and seen.delivered >= shown[0]:
                console.print(f"{seen.committed} committed, {seen.delivered} delivered; {_blows(seen)}")
                shown[0] = seen.delivered + plan.events // 10

        return asyncio.run(blow(plan, home, show))


def _blows(seen: Seen) -> str:
    return ", ".join(f"{name} {count}x" for name, count in sorted(seen.struck.items())) or "no blow yet"


def told(plan: Plan, seen: Seen) -> list[str]:
    """The figures, one a line, each with what it may be."""
    repeats = sum(seen.arrived.values()) - len(seen.arrived)
    return [
        f"events committed            {len(seen.acknowledged)}",
        f"blows                       {_blows(seen)}",
        f"lost                        {seen.lost}  (must be 0)",
        f"events that came again      {seen.repeated:.2%}, {repeats} times in all  (<= {plan.most_repeated:.0%})",
        f"repeats under another id    {seen.other_ids}  (must be 0)",
        f"that did not verify         {seen.forged}  (must be 0)",
        f"seconds of calm until done  {seen.calm_s:.1f}  (<= {plan.most_calm_s:.0f})",
    ]


if __name__ == "__main__":
    sys.exit(main())
