"""Servers that a killed run left behind, found by the folder they work in, and stopped.

PostgreSQL and Redis make their data folder their working directory, so it tells ours from all others.
"""

import signal
import time
from pathlib import Path

import psutil

from siaga.refusals import Refusal

POLL_S = 0.02


def stop_leftovers(name: str, folder: Path, *, timeout_s: float) -> None:
    """Stop the processes of that name that work in the folder: politely, firmly, at once, each for so long.

    Raises: Refusal, where one is not ours to end.
    """
    leftovers = [process for process in psutil.process_iter() if _works_in(process, name, folder)]
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for process in leftovers:
            _send(process, number)
        deadline = time.monotonic() + timeout_s
        # Not psutil.wait_procs: a dead process that nobody collects would count as living.
        while (leftovers := [p for p in leftovers if _works_in(p, name, folder)]) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        if not leftovers:
            return
    raise Refusal(f"Process {leftovers[0].pid} ({name}) of an earlier run in {folder} does not end. End it first.")


def _works_in(process: psutil.Process, name: str, folder: Path) -> bool:
    try:
        return process.name().startswith(name) and Path(process.cwd()) == folder
    except psutil.Error:
        return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied:
        raise Refusal(f"Process {process.pid} of an earlier run is not yours to end. End it first.") from None
