"""API and worker as child processes: started, watched, started again when they crash, stopped together."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from siaga.launch import launched
from siaga.refusals import Refusal

STOP_TIMEOUT_S = 30  # the API finishes its requests within 25
POLL_S = 0.1
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0
HASTY_ENDS_ALLOWED = 5
UNUSABLE = 2  # the exit status of a command that told a person what to do: starting it again changes nothing
LAST_LINES = 12


class ProcessFailed(Refusal):
    """A process will not stay up; the message holds its last words and where its log is."""


@dataclass(slots=True)
class Child:
    """One child and how it fared."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    hasty_ends: int = 0
    start_again_at: float | None = None

    def start(self, environ: Mapping[str, str]) -> None:
        # A session of its own: Ctrl-C in the terminal reaches `siaga`, which stops its children in order.
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                launched(signal.SIGTERM, self.command),
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        self.start_again_at = None

    def ended(self) -> int | None:
        """The exit status once it has ended, negative for a signal."""
        return None if self.process is None else self.process.poll()

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace")[-8000:].splitlines()[-LAST_LINES:]
        return "\n".join(f"    {line}" for line in lines)


@dataclass(slots=True)
class Supervisor:
    """Keeps children running from `with` to its end. `report` is told what happens, in sentences.

    `beside` is called at every look: it may mend what the children depend on, and what it raises ends the watch.
    """

    commands: Mapping[str, Sequence[str]]
    environ: Mapping[str, str]
    logs: Path
    report: Callable[[str], None]
    beside: Callable[[], None] | None = None
    children: list[Child] = field(init=False, default_factory=list[Child])
    failure: Exception | None = field(init=False, default=None)
    _ending: threading.Event = field(init=False, default_factory=threading.Event)
    _watch: threading.Thread | None = field(init=False, default=None)

    def __enter__(self) -> Self:
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The watch starts every child: the kernel ends a child with the thread that started it.
        self._watch = threading.Thread(target=self._keep_running, name="supervisor", daemon=True)
        self.children = [Child(name, command, self.logs / f"{name}.log") for name, command in self.commands.items()]
        self._watch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()

    def check(self) -> None:
        """Raises: ProcessFailed, once a child was given up."""
        if self.failure is not None:
            raise self.failure

    def wait(self) -> None:
        """Wait for ever, or until a child is given up.

        Raises: ProcessFailed.
        """
        while True:
            self.check()
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End all children, politely, then firmly. Repeating it changes nothing."""
        self._ending.set()
        if self._watch is not None:
            self._watch.join()
            self._watch = None

    def _keep_running(self) -> None:
        try:
            for child in self.children:
                child.start(self.environ)
            while not self._ending.wait(POLL_S):
                if self.beside is not None:
                    self.beside()
                for child in self.children:
                    self._look_at(child)
        except Exception as failure:  # noqa: BLE001 (told in the main thread by `check`)
            self.failure = failure
        finally:
            _end(self.children)

    def _look_at(self, child: Child) -> None:
        now = time.monotonic()
        if child.start_again_at is not None:
            if now >= child.start_again_at:
                child.start(self.environ)
            return
        status = child.ended()
        if status is None:
            return
        child.hasty_ends = 1 if now - child.started_at >= STEADY_AFTER_S else child.hasty_ends + 1
        if status == UNUSABLE or child.hasty_ends > HASTY_ENDS_ALLOWED:
            raise ProcessFailed(f"The {child.name} does not stay up. Its log {child.log} ends:\n{child.last_words()}")
        pause = min(FIRST_PAUSE_S * 2 ** (child.hasty_ends - 1), LONGEST_PAUSE_S)
        self.report(f"The {child.name} ended ({_how(status)}) and starts again in {pause:g} s; its log is {child.log}.")
        child.start_again_at = now + pause


async def until_asked_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Do the work until it is done, or until SIGTERM or Ctrl-C cancels it: an orderly end either way."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def own_command(*arguments: str) -> list[str]:
    """The command line of `siaga` itself, by the interpreter that runs now."""
    return [sys.executable, "-P", "-m", "siaga", *arguments]


def _how(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"


def _end(children: Sequence[Child]) -> None:
    running = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_TIMEOUT_S
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
