"""The client's own system: a process of its own that is sent webhooks, and what it has told so far."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Self

from siaga.demo.checks import StoryEnded

START_TIMEOUT_S = 20
END_TIMEOUT_S = 5

Heard = Callable[[Mapping[str, Any]], None]


class Recipient:
    """A running receiver. It ends with this process, or when asked to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._ready = threading.Event()
        self._port: int | None = None
        self.deliveries: list[dict[str, Any]] = []
        self.on_delivery: Heard | None = None
        threading.Thread(target=self._listen, name="receiver", daemon=True).start()

    @classmethod
    def start(cls) -> Self:
        """Start one on a free port.

        Raises: StoryEnded.
        """
        # A session of its own: Ctrl-C in the terminal is for `siaga`.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "siaga.receiver", "--port", "0"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        recipient = cls(process)
        if not recipient._ready.wait(START_TIMEOUT_S) or recipient._port is None:
            recipient.end()
            raise StoryEnded("The receiver of webhooks did not start.")
        return recipient

    @property
    def url(self) -> str:
        """Where it wants to be told."""
        return f"http://127.0.0.1:{self._port}/siaga"

    def trust(self, secret: str) -> None:
        """Hand over a signing secret, by standard input: an argument could be read by every user of the machine."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{secret}\n")
        self._process.stdin.flush()

    def received(self, event_type: str) -> dict[str, Any] | None:
        """The first delivery of this type whose signature was good."""
        return next((each for each in list(self.deliveries) if each["type"] == event_type and each["verified"]), None)

    def end(self) -> None:
        """Let it go. Repeating it changes nothing."""
        self._process.terminate()
        try:
            self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                told = json.loads(line)
                if told.get("ready"):
                    self._port = told["port"]
                    self._ready.set()
                    continue
                self.deliveries.append(told)
                if self.on_delivery is not None:
                    self.on_delivery(told)
        self._ready.set()
