"""Bearer token or API key to a Principal, and the scope that each operation declares."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from api.edge.peers import address_of
from api.edge.process import FORMS, KeptKey, Process
from api.edge.streams import Recheck
from core import access, networks, tokens
from core.access import Principal, Role, may
from core.errors import FieldProblem, Forbidden, Unauthenticated, Unreadable
from core.ids import AgencyId, ClientId, IncidentId
from core.networks import Address, is_within
from storage import agencies, credentials, unscoped
from storage.unscoped import KnownKey

Connection = ASGIConnection[Any, Any, Any, Any]

# A key or sign-in just seen is believed for this long before the database is asked again: revocation takes that long.
KEY_MEMORY = timedelta(seconds=20)
_NEVER = datetime.max.replace(tzinfo=UTC)
_ELSEWHERE = "This key is not used from this address. Call from one of its networks, or change them."
_MOST_REMEMBERED = 10_000
_OTHERWISE = {
    FORMS[datetime]: "Expected a time of RFC 3339, such as 2026-11-21T08:00:00Z. Write + as %2B.",
    FORMS[UUID]: "Expected an id, a UUID with its hyphens.",
}


def check(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let a request through when its credential covers the scope that the operation declares."""
    process: Process = connection.app.state.siaga
    scope = handler.opt.get("scope")
    if scope is not None:
        _check_caller(connection, scope)
    _check_parameters(connection, process)


async def identify(process: Process, authorization: Sequence[str], peer: Address | None) -> Principal | Exception:
    """Who sends a request with these `Authorization` headers from there, or what keeps us from knowing."""
    try:
        return await _authenticate(process, authorization, peer)
    except Exception as reason:  # noqa: BLE001 - raised again where the operation needs a caller
        return reason


def _check_caller(connection: Connection, scope: str) -> None:
    principal: Principal | Exception = connection.scope["state"]["caller"]
    if isinstance(principal, Exception):
        raise principal
    connection.scope["state"]["principal"] = principal
    if not may(principal, scope):
        raise Forbidden(f"This needs the scope {scope}, which the credential or its role lacks.", scope=scope)


def rechecking(connection: Connection, scope: str) -> Recheck:
    """How an open stream asks whether its credential is still good for what it reads."""
    process: Process = connection.app.state.siaga
    presented = connection.headers.getall("authorization", [])
    peer = address_of(connection.scope, process.settings)

    async def recheck(known: Principal, afresh: bool) -> Principal | None:
        if afresh:
            process.forget_key(known.id)
            if known.session_id is not None:
                process.sign_ins.pop(known.session_id, None)
        try:
            found = await _authenticate(process, presented, peer)
        except (Unauthenticated, Forbidden):
            return None
        return found if may(found, scope) else None

    return recheck


def check_declarations(app: Litestar) -> None:
    """Refuse to start with an operation that declares neither a scope nor that it is open to all."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS" and "scope" not in handler.opt and not handler.opt.get("open"):
                raise RuntimeError(f"{handler.handler_name} declares no scope; name one, or open=True")


def _check_parameters(connection: Connection, process: Process) -> None:
    """Refuse unknown, repeated and odd query parameters, which the framework would take in silence."""
    if not connection.scope["query_string"]:
        return
    known = process.parameters.get((connection.scope["path_template"], str(connection.scope.get("method"))), {})
    seen: set[str] = set()
    problems: list[FieldProblem] = []
    for name, value in connection.query_params.multi_items():
        if name not in known:
            detail = f"Unknown parameter. Known here: {', '.join(sorted(known)) or 'none'}."
            problems.append(FieldProblem("unknown_parameter", detail, parameter=name[:200]))
        elif name in seen:
            detail = "Given more than once. Separate several values by a comma."
            problems.append(FieldProblem("repeated_parameter", detail, parameter=name))
        elif (form := known[name]) and not form.fullmatch(value):
            problems.append(FieldProblem("not_as_declared", _OTHERWISE[form], parameter=name))
        seen.add(name)
    if problems:
        raise Unreadable("The query cannot be read.", problems=problems)


async def _authenticate(process: Process, presented: Sequence[str], peer: Address | None) -> Principal:
    if len(presented) != 1:
        raise tokens.refusal()
    scheme, _, credential = presented[0].partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise tokens.refusal()
    now = process.clock()
    if credential.startswith("sk_"):
        digest = tokens.digest(credential)
        kept = process.keys.get(digest)
        if kept is None or kept.until <= now:
            kept = await _look_up(process, credential, digest, now)
        if kept.networks and not is_within(peer, kept.networks):
            raise Forbidden(_ELSEWHERE, code="network_not_allowed")
        return kept.principal
    issuer = process.settings.public_url
    principal = tokens.read_access_token(process.signing_keys(now), credential, issuer=issuer, now=now)
    await _check_sign_in(process, principal, now)
    return principal


async def _check_sign_in(process: Process, principal: Principal, now: datetime) -> None:
    """Refuse a token whose sign-in was ended since: the database is asked again every few seconds."""
    family = principal.session_id
    if family is None:
        raise tokens.refusal()
    if process.sign_ins.get(family, now) > now:
        return
    if not await agencies.is_signed_in(process.db, principal.agency_id, family):
        raise tokens.refusal()
    if len(process.sign_ins) >= _MOST_REMEMBERED:
        process.sign_ins.clear()
    process.sign_ins[family] = now + KEY_MEMORY


async def _look_up(process: Process, presented: str, digest: bytes, now: datetime) -> KeptKey:
    public_id = tokens.public_id_of(presented)
    found = [(key, _end_of(key, digest, now)) for key in await unscoped.find_keys(process.db, public_id)]
    good = [(key, end) for key, end in found if end > now]
    if len(good) != 1:
        raise tokens.refusal()
    ((key, end),) = good
    kept = KeptKey(_principal(key), networks.parse(key.allowed_networks), min(now + KEY_MEMORY, end))
    if len(process.keys) >= _MOST_REMEMBERED:
        process.keys.clear()
    process.keys[digest] = kept
    if key.last_used_at is None or now - key.last_used_at >= credentials.USE_NOTED_EVERY:
        await credentials.note_use(process.db, key.agency_id, key.id, now)
    return kept


def _end_of(key: KnownKey, digest: bytes, now: datetime) -> datetime:
    """When the presented secret of a key ends; now where it is not the key's, or the key is revoked."""
    if key.revoked_at is not None:
        return now
    end = key.expires_at or _NEVER
    if hmac.compare_digest(key.secret_hash, digest):
        return end
    if key.previous_until and hmac.compare_digest(key.previous_secret_hash or b"", digest):
        return min(end, key.previous_until)
    return now


def _principal(key: KnownKey) -> Principal:
    role = Role(key.role)
    client = access.NO_CLIENT if key.incident_id else key.client_id
    return Principal(
        kind={Role.PORTAL_VIEWER: "portal", Role.OUTSIDE_EXPERT: "expert"}.get(role, "api_key"),
        id=key.id,
        agency_id=AgencyId(key.agency_id),
        role=role,
        scopes=frozenset(key.scopes),
        client_id=ClientId(client) if client else None,
        incident_id=IncidentId(key.incident_id) if key.incident_id else None,
    )
