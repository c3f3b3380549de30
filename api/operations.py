"""Operations: follow slow work to its end, or end it early."""

from typing import Annotated

import msgspec
from litestar import Response, Router, get, post

from api.edge.lists import Asked, Listed, Listing, listed, one_of
from api.edge.operations import Operation, Status, followed, operation_shape
from api.edge.schema import PathId, identifier
from api.edge.tenancy import AnyRequest, Caller, Now, Session
from core.access import Principal, may
from core.errors import Forbidden, NotFound
from core.operations import SCOPES, OperationKind, reading_scope
from storage import operations as records
from storage import versions
from storage.operations import OperationRow


class OperationList(Listed, frozen=True, kw_only=True):
    """A page of operations, newest first."""

    data: Annotated[list[Operation], msgspec.Meta(max_length=200)]


_LISTING = Listing(sorts=("created_at", "updated_at"), filters={"status": one_of(Status)})


@get("/operations", scope="operations:read", summary="List operations", listing=_LISTING)
async def list_operations(
    request: AnyRequest, session: Session, principal: Caller, asked: Asked
) -> Response[OperationList]:
    """Slow work of the last thirty days, newest first: of each kind that the caller may read of."""
    kinds = [kind for kind in OperationKind if may(principal, reading_scope(kind))]
    page = await records.page(session, asked, kinds=kinds)
    return listed(request, OperationList, [operation_shape(request, row) for row in page.rows], page)


@get("/operations/{operation_id:str}", scope="operations:read", summary="Read an operation", polled=True)
async def get_operation(
    request: AnyRequest, session: Session, principal: Caller, operation_id: PathId
) -> Response[Operation]:
    """How far it has come. `Retry-After` says when to look again; it is absent once the operation has ended."""
    return followed(request, await _visible(session, principal, operation_id))


@post(
    "/operations/{operation_id:str}/cancel",
    scope="operations:write",
    summary="Cancel an operation",
    status_code=200,
)
async def cancel_operation(
    request: AnyRequest, session: Session, principal: Caller, now: Now, operation_id: PathId
) -> Response[Operation]:
    """End it before its next step; what was done so far stays. Repeating it changes nothing."""
    row = await _visible(session, principal, operation_id)
    scope = SCOPES[OperationKind(row.kind)]
    if not may(principal, scope):
        raise Forbidden(f"Cancelling this needs the scope {scope}, which started it.", scope=scope)
    return followed(request, await records.cancel(session, row.id, now=now))


async def _visible(session: Session, principal: Principal, operation_id: str) -> OperationRow:
    """The operation, for who may read what it works on; to everybody else it is unknown."""
    row = await versions.get(session, OperationRow, identifier(operation_id))
    if not may(principal, reading_scope(OperationKind(row.kind))):
        raise NotFound
    return row


router = Router("/v1", route_handlers=[list_operations, get_operation, cancel_operation], tags=["Operations"])
