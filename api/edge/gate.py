"""The outermost ring: what every request must be before any handler sees it.

Gives each request an id, refuses bodies that are too large, too deep, not UTF-8 or of another type, refuses
answers the caller cannot read, answers HEAD and OPTIONS for every route, and sets the security headers.
The framework alone does none of this, or does it halfway.
"""

import logging
import re
import time
from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import HTTPScope, Message, Receive, Scope, Send

from api.edge import bodies, limits, requests
from api.edge.auth import identify
from api.edge.idempotency import in_turn
from api.edge.peers import address_of
from api.edge.problems import MEDIA_TYPE, Headers, as_headers, encode, problem, waiting
from api.edge.process import Process
from api.edge.refusals import Gone, Refused
from core.access import Principal
from core.errors import Forbidden, TooMany, Unauthenticated
from core.rate_limits import Standing
from storage import provenance, tracing
from storage.provenance import Provenance
from storage.tracing import Span

log = logging.getLogger("siaga.api")

MAX_QUERY = 4096
# Asked by those who watch over the service, often and from one place; needs no credential and no Redis.
UNCOUNTED = "/health/"
DOWNLOADS = "/export"
STREAMS = frozenset({"/v1/events/stream"})
READABLE = frozenset({b"*/*", b"application/*", b"application/json", b"application/problem+json"})
FILES = READABLE | {b"application/x-ndjson", b"text/csv", b"text/*"}
STREAMED = frozenset({b"*/*", b"text/*", b"text/event-stream"})
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

SECURITY_HEADERS = as_headers(
    {
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000",
        "Referrer-Policy": "no-referrer",
    }
)
CLOSED_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
NOT_KEPT = (b"cache-control", b"no-store")
REROUTED = frozenset({"HEAD", "OPTIONS"})
_ACCIDENT = "Something went wrong on our side. Quote the request_id when you ask about it."
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")


class Gate:
    """The application as it is served: the gate, and behind it Litestar."""

    def __init__(self, app: Litestar) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)  # type: ignore[arg-type]
        if tracing.is_on():
            await self._traced(exchange, receive)
        else:
            await self._followed(exchange, receive, tracing.NONE)

    def leave(self) -> None:
        """Be ready no more, and end what has no end of its own: the process is asked to end."""
        process = getattr(self.app.state, "siaga", None)
        if process is not None:
            process.leave()

    async def _traced(self, exchange: "_Exchange", receive: Receive) -> None:
        asked = exchange.headers.get(b"traceparent", b"").decode("latin-1")
        with tracing.span(exchange.method, "server", parent=asked) as span:
            await self._followed(exchange, receive, span)

    async def _followed(self, exchange: "_Exchange", receive: Receive, span: Span) -> None:
        with provenance.following(Provenance(exchange.request_id, span.traceparent)):
            try:
                await self._answer(exchange, receive)
            except Gone:
                return
            except Exception:
                # An accident beyond the framework. The server would answer it in plain text.
                log.exception("request failed", extra={"request_id": exchange.request_id})
                if exchange.status:
                    raise
                await self._refuse(exchange, Refused("internal", _ACCIDENT))
            finally:
                requests.note(exchange.scope, exchange.method, exchange.status, exchange.started, span)

    async def _answer(self, exchange: "_Exchange", receive: Receive) -> None:
        try:
            if not exchange.scope["path"].startswith(UNCOUNTED):
                await self._count(exchange)
            body = await self._admit(exchange, receive)
        except Refused as refusal:
            await self._refuse(exchange, refusal)
        except TooMany as refusal:
            limited = Refused("too_many_requests", refusal.detail, **waiting(refusal))
            await self._refuse(exchange, limited, refusal.violated)
        else:
            await in_turn(self.app, exchange.scope, body, exchange.send)

    async def _count(self, exchange: "_Exchange") -> None:
        """Find out who calls, and count the request: every one, whether there is anything to answer it or not.

        Raises: `TooMany`.
        """
        process: Process = self.app.state.siaga
        scope = exchange.scope
        peer = address_of(scope, process.settings)
        caller = await identify(process, exchange.all_of(b"authorization"), peer)
        scope["state"]["caller"] = caller
        if isinstance(caller, Principal):
            exchange.standing = await limits.spend(process, caller)
        elif isinstance(caller, Unauthenticated | Forbidden):
            await limits.spend_of_stranger(process, peer)

    async def _admit(self, exchange: "_Exchange", receive: Receive) -> Receive:
        scope = exchange.scope
        _check_target(exchange)
        if exchange.method == "OPTIONS":
            scope["method"] = "TRACE"  # type: ignore[typeddict-item]  # routed nowhere: the 405 lists what exists
            return receive
        if exchange.method == "HEAD":
            scope["method"] = "GET"  # type: ignore[typeddict-item]
        if scope["path"].startswith("/v1/"):
            _check_accept(exchange.headers.get(b"accept", b""), _offers(scope["path"]))
        if exchange.method not in WITH_BODY:
            return receive
        is_bulk = scope["path"] in bodies.BULK_PATHS
        limit = bodies.MAX_BULK_BODY if is_bulk else bodies.MAX_BODY
        bodies.check_length(exchange.headers.get(b"content-length", b"0"), limit)
        media_type = exchange.headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
        if is_bulk and media_type == "application/x-ndjson":
            return bodies.capped(receive, limit)
        try:
            return await bodies.whole(scope, receive, limit, media_type)
        except Refused as refusal:
            if refusal.kind == "unsupported_media_type" and not self._has_operation(scope):
                # No type would help: the router says that there is no such resource, or no such method.
                return bodies.replayed(b"")
            raise

    def _has_operation(self, scope: HTTPScope) -> bool:
        try:
            self.app.asgi_router.handle_routing(path=scope["path"], method=scope["method"])
        except HTTPException:
            return False
        return True

    async def _refuse(self, exchange: "_Exchange", refusal: Refused, violated: Sequence[Standing] = ()) -> None:
        document = problem(
            refusal.kind,
            refusal.detail,
            instance=str(exchange.scope["path"])[:2000],
            request_id=exchange.request_id,
            base_url=self.app.state.settings.public_url,
            violated=violated,
        )
        content = encode(document)
        headers = as_headers({"content-type": MEDIA_TYPE, "content-length": len(content), **refusal.headers})
        await exchange.send({"type": "http.response.start", "status": document.status, "headers": headers})
        await exchange.send({"type": "http.response.body", "body": content, "more_body": False})


class _Exchange:
    """One request and its answer: the headers as sent, and what is added to the answer on its way out."""

    def __init__(self, scope: HTTPScope, send: Send) -> None:
        self.method: str = scope["method"]
        # What is routed as another method keeps its own in the eyes of the server.
        self.scope: HTTPScope = {**scope} if self.method in REROUTED else scope
        pairs: Any = scope["headers"]
        self.headers: dict[bytes, bytes] = dict(pairs)
        self._has_repeats = len(self.headers) < len(pairs)
        given = self.headers.get(b"x-request-id")
        self.request_id = given.decode() if given and _REQUEST_ID.fullmatch(given) else token_hex(16)
        self.standing: Headers = []
        self.scope["state"] = {**scope.get("state", {}), "request_id": self.request_id, "method": self.method}
        self.started = time.perf_counter()
        self.status = 0
        self._has_no_body = False
        self._send = send

    def all_of(self, name: bytes) -> list[str]:
        """Each value that a header was sent with."""
        if self._has_repeats:
            return [value.decode("latin-1") for each, value in self.scope["headers"] if each == name]
        return [self.headers[name].decode("latin-1")] if name in self.headers else []

    async def send(self, message: Message) -> None:
        """Pass an answer on with the headers every answer carries; HEAD and the answer to OPTIONS lose their body."""
        if message["type"] == "http.response.start":
            self.status = status = message["status"]
            headers = [*message["headers"]]
            if status == 405:
                headers = self._listed(headers)
                status = 204 if self.method == "OPTIONS" else status
            message = {"type": "http.response.start", "status": status, "headers": self._finished(headers)}
            self._has_no_body = self.method == "HEAD" or status == 204
        elif message["type"] == "http.response.body" and self._has_no_body:
            message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
        await self._send(message)

    def _listed(self, headers: Headers) -> Headers:
        """A 405 with the methods that exist; as the answer to OPTIONS it says nothing else."""
        left_out = {b"content-length", b"content-type"} if self.method == "OPTIONS" else set[bytes]()
        return [
            (name, _all_methods(value) if name == b"allow" else value)
            for name, value in headers
            if name not in left_out
        ]

    def _finished(self, headers: Headers) -> Headers:
        names = {name for name, _ in headers}
        headers.append((b"x-request-id", self.request_id.encode()))
        if b"ratelimit" not in names:
            headers += self.standing
        if "told" in self.scope["state"]:
            headers += as_headers(self.scope["state"]["told"])
        headers += SECURITY_HEADERS
        if b"content-security-policy" not in names:
            headers.append(CLOSED_POLICY)
        if b"cache-control" not in names:
            headers.append(NOT_KEPT)
        return headers


def _all_methods(allowed: bytes) -> bytes:
    methods = {method.strip() for method in allowed.split(b",")} - {b"TRACE"}
    if b"GET" in methods:
        methods.add(b"HEAD")
    return b", ".join(sorted(methods | {b"OPTIONS"}))


def _check_target(exchange: _Exchange) -> None:
    scope = exchange.scope
    if scope["method"] not in KNOWN_METHODS:
        raise Refused("method_not_allowed", "This method is not spoken here.", Allow=", ".join(sorted(KNOWN_METHODS)))
    # RFC 9112 3.2: what names no host, or two, was changed on its way or is meant to be read twice.
    if len(exchange.all_of(b"host")) != 1 and scope["http_version"] != "1.0":
        raise Refused("unreadable", "The request names no host, or more than one. Send one Host header.")
    path = scope["path"]
    if path != "/" and (path.endswith("/") or "//" in path or "\0" in path):
        raise Refused("not_found", "There is no such resource for this credential. Check the id.")
    if len(scope["query_string"]) > MAX_QUERY:
        raise Refused("unreadable", f"The query is longer than {MAX_QUERY} bytes. Ask for less at once.")
    if not scope["query_string"].isascii():
        raise Refused("unreadable", "The query holds bytes outside ASCII. Percent-encode them.")


def _offers(path: str) -> frozenset[bytes]:
    if path in STREAMS:
        return STREAMED
    return FILES if path.endswith(DOWNLOADS) else READABLE


def _check_accept(accept: bytes, known: frozenset[bytes]) -> None:
    if not accept or accept in known:
        return
    for offer in accept.split(b","):
        media, *parameters = (part.strip().lower() for part in offer.split(b";"))
        refused = any(re.fullmatch(rb"q=0(\.0*)?", parameter) for parameter in parameters)
        if media in known and not refused:
            return
    name = "text/event-stream" if known is STREAMED else "application/json"
    raise Refused("not_acceptable", f"Answers are {name}. Send that, or */*, in Accept.")
