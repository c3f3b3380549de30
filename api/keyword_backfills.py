"""A keyword matched against posts that were there before it."""

from datetime import timedelta
from typing import Annotated

import msgspec
from litestar import Response, Router, post
from litestar.params import JSONBody

from api.edge.operations import Operation, accepted
from api.edge.schema import Input, PathId, identifier
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from core.errors import Conflict
from core.intake import CLOCK_SKEW
from core.operations import OperationKind
from storage import keywords, operations

Days = Annotated[
    int, msgspec.Meta(ge=1, le=366, description="Posts published in so many days before now.", examples=[30])
]


class NewKeywordBackfill(Input, frozen=True):
    """How far back to look."""

    days: Days = 30


@post(
    "/keywords/{keyword_id:str}/backfill",
    scope="clients:write",
    summary="Find a keyword's past mentions",
    status_code=202,
    polled=True,
)
async def start_keyword_backfill(
    request: AnyRequest,
    session: Session,
    principal: Caller,
    now: Now,
    keyword_id: PathId,
    data: JSONBody[NewKeywordBackfill],
) -> Response[Operation]:
    """Match the posts already stored against a keyword in force, and add what it catches to mentions and scores.

    It is history: what lies more than six hours back alerts nobody. Repeating it finds nothing twice.
    """
    keyword = await keywords.get(session, identifier(keyword_id))
    if keyword.row.status != "active":
        raise Conflict(
            "The keyword is not in force, so it catches nothing. Activate it first.", code="keyword_inactive"
        )
    parameters = {
        "keyword_id": str(keyword.row.id),
        "version_id": str(keyword.wording.id),
        "client_id": str(keyword.row.client_id),
        "since": (now - timedelta(days=data.days)).isoformat(),
        "until": (now + CLOCK_SKEW).isoformat(),
    }
    row = await operations.start(
        session, OperationKind.KEYWORD_BACKFILL, parameters, subject_id=keyword.row.id, by=principal.id, now=now
    )
    return accepted(request, row)


router = Router("/v1", route_handlers=[start_keyword_backfill], tags=["Keywords"])
