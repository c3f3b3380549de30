"""Whose act a request is: what the audit log tells of it. Every operation that writes is told, or says why not."""

from typing import Any
from uuid import UUID

from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from api.edge.peers import address_of
from api.edge.process import Process
from core.access import Principal
from core.audit import DONE, Act

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def act_of(request: Request[Any, Any, Any]) -> Act | None:
    """The act of this request, with its caller; None for one that only reads."""
    if request.scope["method"] not in WRITES:
        return None
    principal: Principal = request.scope["state"]["principal"]
    return told(request, principal.kind, principal.id, principal.session_id or principal.id)


def told(
    request: Request[Any, Any, Any],
    actor_kind: str,
    actor_id: UUID | None = None,
    credential_id: UUID | None = None,
    *,
    outcome: str = DONE,
) -> Act:
    """The act of a request whose caller no credential has proved: of a member by password, or of nobody."""
    process: Process = request.app.state.siaga
    address = address_of(request.scope, process.settings)
    handler: HTTPRouteHandler = request.route_handler  # type: ignore[assignment]
    return Act(
        action=handler.handler_name,
        actor_kind=actor_kind,
        at=process.clock(),
        actor_id=actor_id,
        credential_id=credential_id,
        request_id=str(request.scope["state"].get("request_id", "")) or None,
        address=str(address) if address else None,
        outcome=outcome,
    )


def check_declarations(app: Litestar) -> None:
    """Refuse to start with an operation that writes and is not told in the audit log.

    One that asks for `session` is told by it. Another says `audited=True` and sees to it, or `unaudited="why"`.
    """
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            is_told = "session" in handler.parsed_fn_signature.parameters or handler.opt.get("audited")
            if method in WRITES and not is_told and not handler.opt.get("unaudited"):
                raise RuntimeError(f"{handler.handler_name} writes, and nothing tells of it; see api.edge.acts")
