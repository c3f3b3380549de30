"""Slow work as it is answered: 202, where it can be followed, and when to look again."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response

from api.edge.problems import KINDS
from api.edge.schema import Count, Output, shape
from api.edge.tenancy import AnyRequest
from api.edge.versions import tagged
from core.operations import ENDS
from storage.operations import OperationRow

RETRY_AFTER_S = 2
"""How long to wait between two looks at an operation that has not ended."""

Kind = Annotated[
    str,
    msgspec.Meta(
        max_length=100,
        examples=["keyword.backfill"],
        description="What it does. Kinds are added over time.",
        extra_json_schema={
            "x-extensible-enum": [
                "alert_rule.backtest",
                "client.rereading",
                "keyword.backfill",
                "webhook.recovery",
                "webhook.replay",
            ]
        },
    ),
]
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Link = Annotated[str, msgspec.Meta(max_length=2000)]


class OperationProblem(Output, frozen=True):
    """What ended an operation that failed: a problem document without what belongs to one request."""

    type: Annotated[str, msgspec.Meta(max_length=400)]
    title: Annotated[str, msgspec.Meta(max_length=200)]
    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    detail: Annotated[str, msgspec.Meta(max_length=2000)]
    code: Annotated[str, msgspec.Meta(max_length=100)]


class Operation(Output, frozen=True):
    """A piece of slow work and how far it has come. Its end is `succeeded`, `failed` or `cancelled`.

    `progress` is a part of the whole and never goes back. `counts` say what was done so far. `result` links to what
    came of it, `error` says why it failed.
    """

    id: UUID
    kind: Kind
    status: Status
    progress: Share
    counts: Annotated[dict[str, Count], msgspec.Meta(max_length=20)]
    result: Link | None
    error: OperationProblem | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime


def operation_shape(request: AnyRequest, row: OperationRow) -> Operation:
    """The row as it is shown."""
    return shape(row, Operation, error=_problem(request, row.error))


def followed(request: AnyRequest, row: OperationRow, *, status: int = 200) -> Response[Operation]:
    """An operation with its ETag, and `Retry-After` until it has ended."""
    location = f"/v1/operations/{row.id}" if status == 202 else None
    answer = tagged(request, operation_shape(request, row), row.version, status=status, location=location)
    if row.status not in ENDS:
        answer.set_header("Retry-After", str(RETRY_AFTER_S))
    return answer


def accepted(request: AnyRequest, row: OperationRow) -> Response[Operation]:
    """The answer to a request that began an operation."""
    return followed(request, row, status=202)


def _problem(request: AnyRequest, error: dict[str, Any] | None) -> OperationProblem | None:
    if error is None:
        return None
    kind = KINDS[error["kind"]]
    return OperationProblem(
        type=f"{request.app.state.settings.public_url}/errors/{error['kind']}",
        title=kind.title,
        status=kind.status,
        detail=error["detail"],
        code=error["code"],
    )
