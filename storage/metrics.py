"""What a process counts of itself, told in Prometheus' words on an inner port.

Labels are names of ours from closed lists: operations, events, outcomes. Never an agency, a client or an address, which
would be as many series as there are customers.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from functools import cache
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from storage.engine import Database

CONTENT_TYPE = CONTENT_TYPE_LATEST
REGISTRY = CollectorRegistry()

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LONG = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)

_REQUESTS = Counter("siaga_requests", "Requests answered.", ["operation", "status"], registry=REGISTRY)
_REQUEST_SECONDS = Histogram(
    "siaga_request_seconds",
    "From a request's head to its answer's end.",
    ["operation"],
    buckets=_QUICK,
    registry=REGISTRY,
)
OPEN_STREAMS = Gauge("siaga_open_streams", "Event streams that are open.", registry=REGISTRY)
_MATCHING_LAG = Histogram(
    "siaga_matching_lag_seconds", "From the receipt of posts to their mentions.", buckets=_LONG, registry=REGISTRY
)
_UNCOUNTED = Counter(
    "siaga_uncounted",
    "What a limit let through or refused uncounted, since Redis did not answer.",
    ["kind"],
    registry=REGISTRY,
)
OUTBOX_DUE = Gauge("siaga_outbox_due", "Rows that are due and not followed up.", ["event"], registry=REGISTRY)
OUTBOX_AGE = Gauge(
    "siaga_outbox_oldest_seconds", "For how long the oldest of them has been due.", ["event"], registry=REGISTRY
)
_POOL = Gauge("siaga_database_connections", "Connections to PostgreSQL.", ["pool", "state"], registry=REGISTRY)

Measure = Callable[[], Awaitable[None]]
_measures: list[Measure] = []


@cache
def _requests(operation: str, status: int) -> Counter:
    return _REQUESTS.labels(operation, str(status))


@cache
def _request_seconds(operation: str) -> Histogram:
    return _REQUEST_SECONDS.labels(operation)


class _Worked(Collector):
    """Jobs and tries, counted in plain numbers on the event loop and put into Prometheus' words when somebody asks.

    Every delivery passes here, and the library's own counters take a lock and a dozen calls for each.
    """

    def __init__(self) -> None:
        self.jobs = defaultdict[tuple[str, str], int](int)
        self.attempts = defaultdict[str, int](int)
        self.within = defaultdict[str, list[int]](lambda: [0] * (len(_QUICK) + 1))
        self.seconds = defaultdict[str, float](float)

    def collect(self) -> Iterable[Metric]:
        """All that was counted since the process began."""
        jobs = CounterMetricFamily("siaga_jobs", "Rows of the outbox followed up.", labels=["event", "outcome"])
        for (event, outcome), count in self.jobs.items():
            jobs.add_metric([event, outcome], count)
        times = HistogramMetricFamily("siaga_job_seconds", "How long a job ran.", labels=["event"])
        for event, counts in self.within.items():
            bounds = map(floatToGoString, (*_QUICK, math.inf))
            times.add_metric([event], list(zip(bounds, accumulate(counts), strict=True)), self.seconds[event])
        tries = CounterMetricFamily("siaga_webhook_attempts", "Webhooks tried, by what came of it.", labels=["outcome"])
        for outcome, count in self.attempts.items():
            tries.add_metric([outcome], count)
        return jobs, times, tries


_WORKED = _Worked()
REGISTRY.register(_WORKED)


def note_request(operation: str, status: int, seconds: float | None) -> None:
    """One request was answered; a stream has no time to tell."""
    _requests(operation, status).inc()
    if seconds is not None:
        _request_seconds(operation).observe(seconds)


def note_job(event: str, outcome: str, seconds: float) -> None:
    """One job ended: `done`, `failed` or `cut`."""
    _WORKED.jobs[event, outcome] += 1
    _WORKED.within[event][bisect_left(_QUICK, seconds)] += 1
    _WORKED.seconds[event] += seconds


def note_attempt(outcome: str) -> None:
    """One webhook was tried: answered with a class of status such as `2xx`, or failed for a reason."""
    _WORKED.attempts[outcome] += 1


def note_uncounted(kind: str) -> None:
    """A limit could not be counted."""
    _UNCOUNTED.labels(kind).inc()


def note_matched(lag_seconds: float) -> None:
    """One batch of posts was matched so long after it was received."""
    _MATCHING_LAG.observe(max(lag_seconds, 0.0))


@contextmanager
def measuring(measure: Measure) -> Generator[None]:
    """Within the block, this is measured whenever somebody asks."""
    _measures.append(measure)
    try:
        yield
    finally:
        _measures.remove(measure)


async def text() -> bytes:
    """All figures, as they are now."""
    for measure in tuple(_measures):
        await measure()
    return generate_latest(REGISTRY)


async def measure_pools(db: Database) -> None:
    """How many connections each pool has in use and idle."""
    orm = db.orm.pool
    in_use: int = orm.checkedout()  # type: ignore[attr-defined]
    idle: int = orm.checkedin()  # type: ignore[attr-defined]
    _POOL.labels("calm", "used").set(in_use)
    _POOL.labels("calm", "idle").set(idle)
    for name, pool in (("hot", db.driver), ("relay", db.relay)):
        _POOL.labels(name, "used").set(pool.get_size() - pool.get_idle_size())
        _POOL.labels(name, "idle").set(pool.get_idle_size())
