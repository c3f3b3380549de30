"""Signing in through an agency's identity provider: authorization code with PKCE, state and nonce.

Nothing is stored between the two steps: what the second has to know comes back from whoever began, sealed. So a
stranger who begins a thousand log-ins fills nothing, and who steals a code without the sealed half has nothing.
"""

import base64
import binascii
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import JSONBody, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge import acts, sign_ins
from api.edge.counters import CountersGone, Script
from api.edge.process import Process
from api.edge.schema import Input, Output, PathId, identifier
from api.edge.sign_ins import Tokens
from api.edge.tenancy import AnyRequest, Held, Now
from core import access, oidc, sealing
from core.errors import FieldProblem, Invalid, NotFound, Unauthenticated, Unavailable
from core.oidc import Application, NotProved, Person
from core.passwords import NOBODY
from core.sealing import Purpose, SealBroken
from storage import agencies, identities, invitations, unscoped
from storage.agencies import MemberRow
from storage.identities import ProviderRow
from storage.session import tenant_session

UNDER_WAY = timedelta(minutes=10)
_MOST_CHARS = 4096
_VISIBLE = r"^[!-~]+$"
_REFUSAL = "This log-in cannot be used: it is over, used, or not of somebody this agency knows. Begin again."
_ONCE = Script("return redis.call('set', KEYS[1], '', 'nx', 'ex', ARGV[1]) and 1 or 0")

Url = Annotated[str, msgspec.Meta(max_length=8192)]
Opaque = Annotated[str, msgspec.Meta(min_length=1, max_length=_MOST_CHARS, pattern=_VISIBLE)]
State = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_VISIBLE)]
RedirectChoice = Annotated[
    str, QueryParameter(max_length=2048, description="One of the provider's registered redirect addresses.")
]


class LogInBegun(Output, frozen=True):
    """A log-in under way. Keep `transaction` and `state` where only this person's browser has them.

    Send the person to `authorization_url`. The provider sends the browser back with a `code` and the `state`.
    """

    authorization_url: Url
    state: State
    transaction: Opaque
    expires_at: datetime


class LogInReturned(Input, frozen=True):
    """What the provider sent back, with the transaction of the same browser. `iss` where the provider sent one."""

    transaction: Opaque
    state: State
    code: Opaque
    iss: Annotated[str, msgspec.Meta(max_length=2048, pattern=_VISIBLE)] | None = None


class _UnderWay(msgspec.Struct, frozen=True):
    """What the second step has to know of the first."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    until: int


@get(
    "/auth/oidc/{provider_id:str}/start",
    open=True,
    summary="Begin a log-in through an identity provider",
    refusals=("invalid", "unavailable"),
)
async def start_oidc_log_in(process: Held, now: Now, provider_id: PathId, redirect_uri: RedirectChoice) -> LogInBegun:
    """Where to send a person to log in, good for ten minutes."""
    known = identifier(provider_id)
    provider = await _provider(process, known)
    if provider is None:
        raise NotFound
    if redirect_uri not in provider.redirect_uris:
        detail = "Not a registered redirect address of this provider, letter by letter."
        problem = FieldProblem("forbidden_redirect", detail, parameter="redirect_uri")
        raise Invalid("A parameter is refused.", problems=[problem])
    state, nonce, verifier = (oidc.text_of(secrets.token_bytes(oidc.ENTROPY_BYTES)) for _ in range(3))
    metadata = await process.providers.metadata(provider.id, provider.issuer, now)
    application = Application(provider.application_id, None)
    try:
        url = oidc.authorization_url(
            metadata, application, redirect_uri=redirect_uri, state=state, nonce=nonce, verifier=verifier
        )
    except oidc.ProviderWrong as wrong:
        raise Unavailable(f"The identity provider cannot be used now: {wrong}", code="provider_unavailable") from None
    until = now + UNDER_WAY
    under_way = _UnderWay(state, nonce, verifier, redirect_uri, int(until.timestamp()))
    return LogInBegun(
        authorization_url=url, state=state, transaction=_sealed(process, provider, under_way), expires_at=until
    )


@post(
    "/auth/oidc/token",
    open=True,
    status_code=200,
    summary="Sign in with what an identity provider sent back",
    audited=True,
    refusals=("unauthenticated", "unavailable"),
)
async def finish_oidc_log_in(request: AnyRequest, process: Held, now: Now, data: JSONBody[LogInReturned]) -> Tokens:
    """Exchange a code of the provider, once, for tokens of ours.

    The person is the member whom the provider's subject is known to be, or has the verified address of a member, or
    of an open invitation, which is then accepted. Nobody else becomes a member.
    """
    provider_id, sealed = _read_transaction(data.transaction)
    provider = await _provider(process, provider_id)
    if provider is None:
        raise _refusal()
    under_way = _opened(process, provider, sealed)
    is_same = hmac.compare_digest(under_way.state, data.state)
    if not is_same or under_way.until <= now.timestamp() or data.iss not in {None, provider.issuer}:
        raise _refusal()
    await _use_once(process, under_way)
    try:
        person = await process.providers.person(
            provider.id,
            provider.issuer,
            Application(provider.application_id, _secret(process, provider)),
            code=data.code,
            redirect_uri=under_way.redirect_uri,
            verifier=under_way.verifier,
            nonce=under_way.nonce,
            now=now,
        )
    except NotProved:
        raise _refusal() from None
    async with tenant_session(process.db, provider.agency_id, act=acts.told(request, "nobody")) as session:
        member = await _member(session, provider.id, person, now)
        if member is None or member.disabled_at is not None:
            raise _refusal()
        return await sign_ins.begin(session, process, member, now)


async def _provider(process: Process, provider_id: UUID) -> ProviderRow | None:
    agency_id = await unscoped.find_provider_agency(process.db, provider_id)
    if agency_id is None:
        return None
    async with tenant_session(process.db, agency_id) as session:
        return await identities.find_enabled(session, provider_id)


async def _member(session: AsyncSession, provider_id: UUID, person: Person, now: datetime) -> MemberRow | None:
    """The member a person is, held: by the subject that is known, else by the verified address, else invited."""
    known = await identities.find_by_subject(session, provider_id, person.subject)
    if known is not None:
        return await agencies.lock_member(session, known.member_id)
    if person.email is None:
        return None
    email = access.address(person.email)
    member = await agencies.find_member(session, email)
    if member is None:
        member = await _join(session, email, person, now)
    elif await identities.find_by_member(session, provider_id, member.id) is not None:
        # The address has another subject than before: it was given to somebody else.
        return None
    if member is not None:
        await identities.link(session, provider_id, person.subject, member.id, now=now)
    return member


async def _join(session: AsyncSession, email: str, person: Person, now: datetime) -> MemberRow | None:
    """Accept the open invitation of an address; the new member has no password that anybody knows."""
    invitation = await invitations.lock_open(session, email, now=now)
    if invitation is None:
        return None
    name = " ".join((person.name or email).replace("\0", " ").split())[:200] or email[:200]
    member = await agencies.add_member(
        session, email=email, name=name, role=invitation.role, password_hash=NOBODY, now=now
    )
    await invitations.accept(session, invitation, member.id, now=now)
    return member


def _secret(process: Process, provider: ProviderRow) -> str | None:
    if provider.secret_sealed is None:
        return None
    try:
        return sealing.unseal(
            process.settings.secret_keys,
            provider.secret_sealed,
            agency_id=provider.agency_id,
            row_id=provider.id,
            purpose=Purpose.IDENTITY_PROVIDER,
        )
    except SealBroken:
        detail = "The identity provider's secret cannot be read any more. Give it again."
        raise Unavailable(detail, code="provider_unavailable") from None


def _sealed(process: Process, provider: ProviderRow, under_way: _UnderWay) -> str:
    """The transaction as it is handed out: which provider, and what only we can open."""
    sealed = sealing.seal(
        process.settings.secret_key,
        msgspec.json.encode(under_way).decode(),
        nonce=secrets.token_bytes(sealing.NONCE_BYTES),
        agency_id=provider.agency_id,
        row_id=provider.id,
        purpose=Purpose.SIGN_IN,
    )
    return oidc.text_of(provider.id.bytes + sealed)


def _read_transaction(transaction: str) -> tuple[UUID, bytes]:
    try:
        raw = base64.urlsafe_b64decode(transaction + "=" * (-len(transaction) % 4))
        return UUID(bytes=raw[:16]), raw[16:]
    except (binascii.Error, ValueError):
        raise _refusal() from None


def _opened(process: Process, provider: ProviderRow, sealed: bytes) -> _UnderWay:
    keys = process.settings.secret_keys
    bound = {"agency_id": provider.agency_id, "row_id": provider.id}
    try:
        return msgspec.json.decode(sealing.unseal(keys, sealed, **bound, purpose=Purpose.SIGN_IN), type=_UnderWay)
    except SealBroken:
        raise _refusal() from None


async def _use_once(process: Process, under_way: _UnderWay) -> None:
    """Refuse a transaction that was used: a stolen one is worth nothing, and a provider is asked once for each.

    Raises: `Unauthenticated`; `Unavailable`, where nothing can be counted.
    """
    digest = hmac.digest(process.settings.secret_key, under_way.nonce.encode(), "sha256").hex()
    try:
        is_first = await process.counters.run(
            _ONCE, [f"sign-in:oidc:{digest}"], int(UNDER_WAY.total_seconds()), kind="sign-in"
        )
    except CountersGone:
        raise Unavailable("Signing in is closed for a moment. Try again soon.") from None
    if not int(is_first):
        raise _refusal()


def _refusal() -> Unauthenticated:
    return Unauthenticated(_REFUSAL)


router = Router("/v1", route_handlers=[start_oidc_log_in, finish_oidc_log_in], tags=["Access"])
