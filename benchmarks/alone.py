"""One benchmark in a process of its own, as what it measures runs: it pays for nothing that another left in memory."""

from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from benchmarks.measure import Result


def results_of(name: str) -> list[Result]:
    """What the benchmark of that name measures.

    Raises: whatever it raises, and `BrokenProcessPool` where its process dies.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_run, name).result()


def _run(name: str) -> list[Result]:
    return import_module(f"benchmarks.bench_{name}").run()
