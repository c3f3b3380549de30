"""Every goal with the ratio that is measured now: `python -m benchmarks`, or some: `python -m benchmarks intake lists`.

The lines go to standard output as each benchmark ends, its progress to standard error. A goal that is short is told
and fails nothing; the exit status is 1 where a benchmark could not run, 2 where there is none of that name.
"""

import sys
import time
import traceback

from benchmarks.alone import results_of
from benchmarks.measure import line

NAMES = ("middleware", "lists", "intake", "matching", "sentiment", "scores", "webhooks", "latency")


def main(wanted: list[str]) -> int:
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    chosen = [name for name in NAMES if not wanted or name in wanted]
    failed = [name for place, name in enumerate(chosen, start=1) if not _ran(name, f"{place}/{len(chosen)}")]
    if failed:
        print(f"Could not run: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _ran(name: str, place: str) -> bool:
    print(f"[{place}] {name} ...", end=" ", file=sys.stderr, flush=True)
    start = time.monotonic()
    try:
        results = results_of(name)
    except Exception:  # noqa: BLE001 (told, and the others still run)
        print("failed:", file=sys.stderr)
        traceback.print_exc()
        return False
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print("\n".join(map(line, results)), flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
