"""What is told of each request once it is answered: a line of the log, a figure, the end of its span.

Names and numbers of ours only. What a caller sends, and who a caller is beyond its agency, is never told here.
"""

import logging
import time
from typing import Any

from core.logs import HARMLESS
from storage import metrics
from storage.tracing import Span

log = logging.getLogger("siaga.requests")

UNROUTED = "none"
"""The operation of a request that reached none: refused at the gate, or for an address that there is not."""

# What balancers ask every few seconds is counted, and told only to who wants to know everything.
_PROBES = frozenset({"get_liveness", "get_readiness"})


def note(scope: Any, method: str, status: int, started: float, span: Span) -> None:
    """One request was answered; status 0 where its caller went away before."""
    seconds = time.perf_counter() - started
    handler = scope.get("route_handler")
    operation: str = UNROUTED if handler is None else handler.handler_name
    is_stream = handler is not None and handler.opt.get("stream", False) and status == 200
    metrics.note_request(operation, status, None if is_stream else seconds)
    state = scope["state"]
    level = logging.DEBUG if operation in _PROBES else logging.INFO
    if not (span.is_recorded or log.isEnabledFor(level)):
        return
    principal = state.get("principal")
    agency_id = "" if principal is None else str(principal.agency_id)
    if log.isEnabledFor(level):
        told = {
            "request_id": state["request_id"],
            "operation": operation,
            "method": method,
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
        }
        log.log(level, "request", extra={HARMLESS: told | ({"agency_id": agency_id} if agency_id else {})})
    if span.is_recorded:
        span.call(f"{method} {scope.get('path_template', UNROUTED)}" if handler is not None else method)
        span.note(http__request__method=method, http__response__status_code=status, siaga__operation=operation)
        span.note(siaga__request_id=state["request_id"], siaga__agency_id=agency_id)
        if status >= 500:
            span.fail(str(status))
