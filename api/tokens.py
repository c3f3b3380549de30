"""Signing in: a password for a short access token and a refresh token, renewed, changed, ended."""

import hmac
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge import acts, attempts, passwords, sign_ins
from api.edge.process import Process
from api.edge.schema import Input, Output
from api.edge.sign_ins import RefreshToken, Tokens
from api.edge.tenancy import AnyRequest, Caller, Held, Now
from core import access, tokens
from core.audit import REFUSED, Act, Change
from core.errors import Conflict, FieldProblem, Forbidden, Invalid, Unauthenticated
from core.passwords import LONGEST, NOBODY, SHORTEST
from core.tokens import Presented
from storage import agencies as records
from storage import trail, unscoped
from storage.agencies import MemberRow, RefreshTokenRow
from storage.session import tenant_session
from storage.unscoped import KnownMember

Address = Annotated[str, msgspec.Meta(min_length=1, max_length=254, pattern=r"^[^\x00]*$")]
Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=63, pattern=r"^[^\x00]*$")]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
NewPassword = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
KeyText = Annotated[str, msgspec.Meta(max_length=100)]

KEYS_KEPT_S = 300
# Three of the own secret, and three of each other one that is accepted.
MOST_KEYS = 9
_WRONG = "The address or the password is wrong. Who works for several agencies names one in `agency`."
_SEVERAL = "This address belongs to several agencies. Name the short name of one."


class Credentials(Input, frozen=True):
    """Who wants to sign in. `agency` is the short name of one, where the address belongs to several."""

    email: Address
    password: Password
    agency: Slug | None = None


class Presentation(Input, frozen=True):
    """A refresh token, presented."""

    refresh_token: RefreshToken


class PasswordChange(Input, frozen=True):
    """The password as it is and as it shall be: 12 to 128 characters."""

    current_password: Password
    new_password: NewPassword


class PublishedKey(Output, frozen=True):
    """A public key that access tokens are signed with [RFC 8037]."""

    kty: KeyText
    crv: KeyText
    x: KeyText
    kid: KeyText
    use: KeyText
    alg: KeyText


class PublishedKeys(Output, frozen=True):
    """The keys that are good now [RFC 7517]."""

    keys: Annotated[list[PublishedKey], msgspec.Meta(min_length=3, max_length=MOST_KEYS)]


@post(
    "/auth/token",
    open=True,
    status_code=200,
    summary="Sign in",
    audited=True,
    refusals=("unauthenticated", "too_many_requests", "unavailable"),
)
async def sign_in(request: AnyRequest, process: Held, now: Now, data: JSONBody[Credentials]) -> Tokens:
    """Sign in with a password. Failures are counted; after a few the account or the sender has to wait."""
    email = access.address(data.email)
    known = await unscoped.find_members(process.db, email, data.agency)
    # One comparison in every case, so that the answer's time tells nothing about the address.
    first = known[0] if known else None
    kept = first.password_hash if first else NOBODY
    attempt = attempts.attempt(request, email)
    is_right = await attempt.is_right(kept, data.password, may_succeed=first is not None and first.disabled_at is None)
    if first is None or not is_right:
        process.afterwards(_tell_of_failure(process, acts.told(request, "nobody", outcome=REFUSED), known))
        raise Unauthenticated(_WRONG)
    if len(known) > 1:
        raise Invalid(_SEVERAL, problems=[FieldProblem("agency_needed", _SEVERAL, pointer="/agency")])
    act = acts.told(request, "member", first.id)
    async with tenant_session(process.db, first.agency_id, act=act) as session:
        issued = await _begin(session, process, first, now)
    if issued is None:
        raise Unauthenticated(_WRONG)
    return issued


@post(
    "/auth/refresh",
    open=True,
    status_code=200,
    summary="Renew a sign-in",
    audited=True,
    refusals=("unauthenticated",),
)
async def renew_sign_in(request: AnyRequest, process: Held, now: Now, data: JSONBody[Presentation]) -> Tokens:
    """Exchange a refresh token, once, for new tokens.

    Sent again within ten seconds by the same client, it gives the same next token: an answer may get lost. Any
    other second use ends the sign-in, since then somebody else has the token too.
    """
    agency_id, token_id, digest = tokens.read_refresh_token(data.refresh_token)
    client = request.headers.get("user-agent", "")
    async with tenant_session(process.db, agency_id, act=acts.told(request, "nobody")) as session:
        issued = await _renew(session, process, token_id, digest, client, now)
    # Refused outside the transaction, which may have ended the sign-in and has to be kept.
    if issued is None:
        raise tokens.refusal()
    return issued


@post("/auth/logout", open=True, status_code=204, summary="Sign out", audited=True)
async def sign_out(request: AnyRequest, process: Held, now: Now, data: JSONBody[Presentation]) -> None:
    """End the sign-in that this refresh token belongs to. Repeating it, or ending nothing, changes nothing."""
    try:
        agency_id, token_id, digest = tokens.read_refresh_token(data.refresh_token)
    except Unauthenticated:
        return
    async with tenant_session(process.db, agency_id, act=acts.told(request, "nobody")) as session:
        held = await _held(session, token_id, digest)
        if held is not None:
            await records.end_family(session, held[1].family_id, now=now)
            sign_ins.tell(session, held[0].id, held[1].family_id, "ended")


@post(
    "/auth/password",
    scope="agency:read",
    status_code=204,
    summary="Change the own password",
    audited=True,
    key="none",
    refusals=("too_many_requests", "unavailable"),
)
async def change_password(
    request: AnyRequest, process: Held, principal: Caller, now: Now, data: JSONBody[PasswordChange]
) -> None:
    """Change the password of the member signed in. Every other sign-in of the member ends."""
    if principal.kind != "member":
        raise Forbidden("Only a member who is signed in has a password. Sign in with it first.")
    # Hashing waits its turn, so no transaction is open meanwhile.
    async with tenant_session(process.db, principal.agency_id) as session:
        before = await _enabled(session, principal.id)
    attempt = attempts.attempt(request, before.email)
    if not await attempt.is_right(before.password_hash, data.current_password):
        problem = FieldProblem("wrong_password", "This is not the present password.", pointer="/current_password")
        raise Invalid("A field is refused.", problems=[problem])
    kept = await passwords.keep(process, data.new_password, pointer="/new_password")
    async with tenant_session(process.db, principal.agency_id, act=acts.act_of(request)) as session:
        member = await _enabled(session, principal.id)
        if member.password_hash != before.password_hash:
            raise Conflict("The password was changed meanwhile. Sign in again.")
        await records.keep_password(session, member, kept, now=now)
        await records.end_sign_ins(session, member.id, now=now, but_family=principal.session_id)


@get("/.well-known/jwks.json", open=True, summary="Public keys of access tokens")
async def list_signing_keys(process: Held, now: Now) -> Response[PublishedKeys]:
    """The keys with which access tokens can be checked: the one that signs, the next, the one before, in this order.

    While an installation changes its secret, the keys of the other secret follow.
    """
    keys = [PublishedKey(**key) for key in process.signing_keys(now).jwks()["keys"]]
    return Response(PublishedKeys(keys=keys), headers={"Cache-Control": f"public, max-age={KEYS_KEPT_S}"})


async def _begin(session: AsyncSession, process: Process, known: KnownMember, now: datetime) -> Tokens | None:
    member = await records.lock_member(session, known.id)
    if member is None or member.disabled_at is not None or member.password_hash != known.password_hash:
        return None
    return await sign_ins.begin(session, process, member, now)


async def _tell_of_failure(process: Process, act: Act, known: list[KnownMember]) -> None:
    """Tell each agency whose member somebody tried to be. Done after the answer, whose time tells nothing so."""
    for member in known:
        async with tenant_session(process.db, member.agency_id, act=act) as session:
            trail.note(session, Change("members", member.id))


async def _enabled(session: AsyncSession, member_id: UUID) -> MemberRow:
    member = await records.lock_member(session, member_id)
    if member is None or member.disabled_at is not None:
        raise tokens.refusal()
    return member


async def _renew(
    session: AsyncSession, process: Process, token_id: UUID, digest: bytes, client: str, now: datetime
) -> Tokens | None:
    held = await _held(session, token_id, digest)
    if held is None:
        return None
    member, token = held
    found = tokens.judge_refresh(
        used_at=token.used_at, revoked_at=token.revoked_at, expires_at=token.expires_at, now=now
    )
    if found is Presented.OVER:
        return None
    secret = process.settings.secret_key
    following = tokens.following_refresh_token(secret, member.agency_id, digest, client, token.used_at or now)
    if member.disabled_at is None and found is Presented.GOOD:
        await records.use_refresh(session, token, now=now)
        sign_ins.tell(session, member.id, token.family_id, "renewed")
        return await sign_ins.issue(session, process, member, token.family_id, following, now)
    if member.disabled_at is None and found is Presented.JUST_USED:
        given = await records.find_refresh(session, UUID(following.public_id))
        if given is not None:
            return sign_ins.tokens_of(process, member, given.family_id, following.text, given.expires_at, now)
    await records.end_family(session, token.family_id, now=now)
    sign_ins.tell(session, member.id, token.family_id, "ended: its token was used twice")
    return None


async def _held(session: AsyncSession, token_id: UUID, digest: bytes) -> tuple[MemberRow, RefreshTokenRow] | None:
    """The member, held, and the token presented; None where the secret is not that of a token of ours."""
    member_id = await records.holder_of_refresh(session, token_id)
    member = await records.lock_member(session, member_id) if member_id else None
    token = await records.find_refresh(session, token_id) if member else None
    if member is None or token is None or not hmac.compare_digest(token.token_hash, digest):
        return None
    return member, token


router = Router("/v1", route_handlers=[sign_in, renew_sign_in, sign_out, change_password], tags=["Access"])
keys_router = Router("/", route_handlers=[list_signing_keys], tags=["Access"])
