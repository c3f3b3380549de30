"""A client's past mentions read again, by the model and the lexicon of today."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, Router, post
from litestar.params import JSONBody

from api.edge.operations import Operation, accepted
from api.edge.schema import Input, PathId, identifier
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from core.errors import FieldProblem, Invalid
from core.intake import CLOCK_SKEW
from core.operations import OperationKind
from storage import operations, versions
from storage.clients import ClientRow

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class NewRereading(Input, frozen=True):
    """Which mentions to read again: those published at `since` or later, and before `until`, which is now if absent."""

    since: Instant
    until: Instant | None = None


@post(
    "/clients/{client_id:str}/rereading",
    scope="sentiment:write",
    summary="Read a client's mentions again",
    status_code=202,
    polled=True,
)
async def start_rereading(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    client_id: PathId,
    data: JSONBody[NewRereading],
) -> Response[Operation]:
    """Have past mentions read by the present model and lexicon; counts and scores follow, and nothing is counted twice.

    What people said of mentions stays what counts. It is history: what lies more than six hours back alerts nobody.
    Repeating it reads nothing anew.
    """
    client = await versions.get(session, ClientRow, identifier(client_id))
    until = data.until or now + CLOCK_SKEW
    _check(data.since, until, now)
    parameters = {"client_id": str(client.id), "since": data.since.isoformat(), "until": until.isoformat()}
    row = await operations.start(
        session, OperationKind.CLIENT_REREADING, parameters, subject_id=client.id, by=principal.id, now=now
    )
    return accepted(request, row)


def _check(since: datetime, until: datetime, now: datetime) -> None:
    if since >= now:
        problem = FieldProblem("in_the_future", "Say a time that has passed.", pointer="/since")
    elif until <= since:
        problem = FieldProblem("span", "The end lies before the beginning. Turn them round.", pointer="/until")
    else:
        return
    raise Invalid("A field is refused.", problems=[problem])


router = Router("/v1", route_handlers=[start_rereading], tags=["Sentiment"])
