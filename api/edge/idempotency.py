"""`Idempotency-Key`: the same request again gets the first answer again, and has no second effect.

The handler's session belongs to a turn (`api.edge.turns`), which stays open until the whole answer is known and then
commits effect and answer together. Source: decision 0015.
"""

from typing import Any, Literal

from litestar import Litestar, Request, Response
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.edge.errors import refuse_storage
from api.edge.turns import Replayed, Seat, Turn, seat_of
from core import idempotency as rules
from core.idempotency import HEADER

Need = Literal["none", "optional", "required"]


def need_of(handler: Any) -> Need:
    """Whether an operation takes a key: every POST of a known caller does, unless it says otherwise (`key`)."""
    if "POST" not in handler.http_methods or "scope" not in handler.opt:
        return "none"
    return handler.opt.get("key", "optional")


def check_declarations(app: Litestar) -> None:
    """Refuse to start with an operation that takes a key and writes outside of the turn's transaction."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler, _ in route.route_handler_map.values():
            in_turn = {"session", "writing"} & set(handler.parsed_fn_signature.parameters)
            if need_of(handler) != "none" and not in_turn:
                raise RuntimeError(f"{handler.handler_name} takes a key without a session; declare one, or key='none'")


async def look_back(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """Before the handler: read the key, and answer at once what was answered before."""
    need = need_of(request.route_handler)
    if need == "none":
        return None
    key = rules.read_key(request.headers.getall(HEADER, []))
    if key is None:
        if need == "required":
            raise rules.missing()
        return None
    if request.headers.get("content-type", "").startswith("application/x-ndjson"):
        raise rules.not_taken()
    turn = Turn(request.app.state.siaga, request.scope["state"]["principal"], key, request)
    seat_of(request).turn = turn
    return await turn.begin(await request.body())


def replay(_: Request[Any, Any, Any], found: Replayed) -> Response[bytes]:
    """The answer where another request with this key was answered while this one waited."""
    return found.answer


async def in_turn(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Let the application answer; an answer that ends a transaction is sent once that has been committed."""
    seat = scope["state"]["seat"] = Seat()
    if scope.get("method") != "POST":
        # Only these take a key (`need_of`).
        await app(scope, receive, send)
        return
    held: list[Message] = []

    async def hold(message: Message) -> None:
        if seat.turn is not None and seat.turn.is_open:
            held.append(message)
        else:
            await send(message)

    try:
        await app(scope, receive, hold)
        if seat.turn is not None and held:
            await seat.turn.settle(held)
    except Exception as error:
        if not held:
            raise
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        await refuse_storage(request, error).to_asgi_response(None, request)(scope, receive, send)
        return
    finally:
        if seat.turn is not None:
            try:
                await seat.turn.abandon()
            finally:
                seat.turn.end()
    for message in held:
        await send(message)
