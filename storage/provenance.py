"""What set things going: the request behind the rows that are written and the lines that are logged.

The one thing here that is not handed from function to function: it decides nothing, and whoever forgets it loses a
line of a log and no row.
"""

from contextvars import ContextVar, Token
from logging import LogRecord
from typing import NamedTuple

from core.logs import HARMLESS


class Provenance(NamedTuple):
    """The request from which something follows: its id, and its place in a trace (`traceparent`, W3C Trace Context)."""

    request_id: str | None = None
    traceparent: str | None = None


UNKNOWN = Provenance()
"""Nobody asked: the clock did it, or a person at a terminal."""

_present: ContextVar[Provenance] = ContextVar("siaga_provenance", default=UNKNOWN)


def present() -> Provenance:
    """The provenance of what happens now."""
    return _present.get()


def begin(provenance: Provenance) -> Token[Provenance]:
    """From here on what happens follows from this, until `end`: for what is entered thousands of times a second."""
    return _present.set(provenance)


def end(begun: Token[Provenance]) -> None:
    """What was before is so again."""
    _present.reset(begun)


class following:  # noqa: N801 - read as a verb: `with following(provenance):`
    """Within the block, what is written down and logged follows from this.

    A class and not a generator: every request passes here.
    """

    __slots__ = ("_before", "_provenance")

    def __init__(self, provenance: Provenance) -> None:
        self._provenance = provenance

    def __enter__(self) -> None:
        self._before = _present.set(self._provenance)

    def __exit__(self, *_: object) -> None:
        _present.reset(self._before)


def mark(record: LogRecord) -> bool:
    """Write on a line of the log which request it follows from, unless it says so itself: a filter for handlers."""
    if (
        HARMLESS not in vars(record)
        and not hasattr(record, "request_id")
        and (provenance := present()).request_id is not None
    ):
        record.request_id = provenance.request_id
    return True
