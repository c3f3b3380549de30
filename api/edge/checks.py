"""What every request must pass once its operation is known, and before any of it is read into arguments.

The framework has guards for this. It copies the handler for each of them and each request, which costs more than all
that is checked, so they stand in the hook before the handler, in which nothing may stand beside them.
"""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.routes import HTTPRoute

from api.edge import auth, deprecation, idempotency, lists


async def before_handler(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """The operation's time is not over, the caller may, the query can be read; then what was answered before, if so.

    Raises: what the checks raise.
    """
    handler = request.route_handler
    deprecation.check(request, handler)
    auth.check(request, handler)
    lists.check(request, handler)
    return await idempotency.look_back(request)


def check_declarations(app: Litestar) -> None:
    """Refuse to start with an operation that has a hook of its own, which would take the place of these checks."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler, _ in route.route_handler_map.values():
            if handler.resolve_before_request() is not before_handler:
                raise RuntimeError(
                    f"{handler.handler_name} has a before_request of its own: its caller would go unchecked"
                )
