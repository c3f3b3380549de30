"""Operations: slow work that is answered with 202 and followed by polling.

An operation is taken step by step. A step is one transaction: its effect, where the next one begins, and how far
the whole has come are committed together, so that whoever takes it up again goes on where the last commit ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from core.errors import Conflict, DomainError


class OperationKind(StrEnum):
    """What an operation does, named by what it works on."""

    KEYWORD_BACKFILL = "keyword.backfill"
    CLIENT_REREADING = "client.rereading"
    BACKTEST = "alert_rule.backtest"
    WEBHOOK_RECOVERY = "webhook.recovery"
    WEBHOOK_REPLAY = "webhook.replay"


class OperationStatus(StrEnum):
    """Where an operation stands; the last three are its ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDS = frozenset({OperationStatus.SUCCEEDED, OperationStatus.FAILED, OperationStatus.CANCELLED})

SCOPES: Mapping[OperationKind, str] = {
    OperationKind.KEYWORD_BACKFILL: "clients:write",
    OperationKind.CLIENT_REREADING: "sentiment:write",
    OperationKind.BACKTEST: "clients:write",
    OperationKind.WEBHOOK_RECOVERY: "webhooks:manage",
    OperationKind.WEBHOOK_REPLAY: "webhooks:manage",
}
"""The scope that starts an operation of this kind, and cancels it."""

MOST_ATTEMPTS = 6
"""Tries of one step, a minute in all; then the operation fails."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step has come to.

    Range: `progress` [0, 1] of the whole. `cursor` is where the next step begins; None ends the operation, and
    `result` is then the link to what came of it. `counts` are added to those of the steps before. The next step is
    taken after `rest`.
    """

    cursor: Mapping[str, Any] | None
    progress: float = 0.0
    result: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    rest: timedelta = timedelta(0)


def reading_scope(kind: OperationKind) -> str:
    """The scope that shows an operation of this kind."""
    return SCOPES[kind].partition(":")[0] + ":read"


def advanced(progress: float, to: float) -> float:
    """Progress after a step: it never goes back, and is whole only at the end."""
    return max(progress, min(to, 0.999))


def added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Counts of all steps so far."""
    return {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}


def told(refusal: DomainError) -> dict[str, str]:
    """A refusal as it is kept: what ended an operation."""
    return {"kind": refusal.kind, "code": refusal.code, "detail": refusal.detail}


BROKEN: Mapping[str, str] = {
    "kind": "internal",
    "code": "internal",
    "detail": "Something went wrong on our side, again and again. What was done so far stays. Start it anew later.",
}
"""What ends an operation whose step fails by accident at every try."""


def require_cancellable(status: OperationStatus) -> None:
    """Refuse to cancel what has ended otherwise.

    Raises: `Conflict` with the code `operation_finished`.
    """
    if status in ENDS - {OperationStatus.CANCELLED}:
        detail = f"The operation has {status}. Only one that is queued or running can be cancelled."
        raise Conflict(detail, code="operation_finished")
