"""What set things going: the request behind the rows that are written and the lines that are logged.

The one thing here that is not handed from function to function: it decides nothing, and whoever forgets it loses a
line of a log and no row.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """The request from which something follows: its id, and its place in a trace (`traceparent`, W3C Trace Context)."""

    request_id: str | None = None
    traceparent: str | None = None


UNKNOWN = Cause()
"""Nobody asked: the clock did it, or a person at a terminal."""

_present: ContextVar[Cause] = ContextVar("siaga_cause", default=UNKNOWN)


def present() -> Cause:
    """The cause of what happens now."""
    return _present.get()


@contextmanager
def following(cause: Cause) -> Generator[None]:
    """Within the block, what is written down and logged follows from this."""
    before = _present.set(cause)
    try:
        yield
    finally:
        _present.reset(before)
