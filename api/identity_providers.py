"""Identity providers: where an agency's members sign in with what they have already (OpenID Connect)."""

import re
import secrets
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge.lists import Asked, Listed, Listing, listed
from api.edge.process import Process
from api.edge.schema import Input, Name, Output, PathId, changed, identifier, shape
from api.edge.tenancy import AnyRequest, Held, Now, Session
from api.edge.versions import IfMatch, expected_version, tagged
from core import sealing
from core.egress_rules import MAX_URL_CHARS, ForbiddenTarget, check_url
from core.errors import FieldProblem, Invalid
from core.sealing import Purpose
from storage import identities as records
from storage import versions
from storage.identities import ProviderRow
from storage.table import new_id

_VISIBLE = r"^[!-~]+$"
Issuer = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=MAX_URL_CHARS,
        pattern=_VISIBLE,
        description="The provider's issuer exactly as it names itself: an https URL, no query.",
        examples=["https://login.example.com/tenant"],
    ),
]
ApplicationId = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=255,
        pattern=_VISIBLE,
        description="The client id that the provider gave to this application.",
        examples=["siaga-web"],
    ),
]
ApplicationSecret = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=1000,
        pattern=_VISIBLE,
        description="The client secret that the provider gave, if it gave one. Sealed when stored, and never shown.",
        examples=["s3cr3t-of-the-provider"],
    ),
]
RedirectUri = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=MAX_URL_CHARS,
        pattern=_VISIBLE,
        description="Where the provider sends the person back: https, or http on this computer.",
        examples=["https://app.example.com/signed-in"],
    ),
]
RedirectUris = Annotated[list[RedirectUri], msgspec.Meta(min_length=1, max_length=20)]


class IdentityProvider(Output, frozen=True):
    """Where members may sign in with an account they have. Its secret is never shown."""

    id: UUID
    name: Name
    issuer: Issuer
    application_id: ApplicationId
    has_secret: bool
    redirect_uris: RedirectUris
    is_enabled: bool
    created_at: datetime
    updated_at: datetime


class NewIdentityProvider(Input, frozen=True):
    """What the provider knows this application as, and where it may send people back."""

    name: Name
    issuer: Issuer
    application_id: ApplicationId
    redirect_uris: RedirectUris
    application_secret: ApplicationSecret | None = None


class IdentityProviderChanges(Input, frozen=True):
    """What may change; what is absent stays. Another issuer or application is another provider."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    redirect_uris: RedirectUris | msgspec.UnsetType = msgspec.UNSET
    application_secret: ApplicationSecret | None | msgspec.UnsetType = msgspec.UNSET
    is_enabled: bool | msgspec.UnsetType = msgspec.UNSET


class IdentityProviderList(Listed, frozen=True, kw_only=True):
    """A page of identity providers, newest first."""

    data: Annotated[list[IdentityProvider], msgspec.Meta(max_length=200)]


_LISTING = Listing(sorts=("created_at", "updated_at", "name"), searches="the name")


@post("/identity-providers", scope="agency:manage", summary="Register an identity provider")
async def create_identity_provider(
    request: AnyRequest, session: Session, process: Held, now: Now, data: JSONBody[NewIdentityProvider]
) -> Response[IdentityProvider]:
    """Let members sign in through a provider: whom it vouches for by a verified address or by an invitation."""
    _check_issuer(process, data.issuer)
    _check_redirects(data.redirect_uris)
    provider_id = new_id()
    values = changed(data)
    values["secret_sealed"] = _sealed(process, session, provider_id, values.pop("application_secret"))
    row = await records.add(session, provider_id, values, now=now)
    return tagged(request, _shape(row), row.version, status=201, location=f"/v1/identity-providers/{row.id}")


@get("/identity-providers", scope="agency:read", summary="List identity providers", listing=_LISTING)
async def list_identity_providers(
    request: AnyRequest, session: Session, asked: Asked
) -> Response[IdentityProviderList]:
    """The agency's identity providers, newest first unless told otherwise."""
    page = await records.page(session, asked)
    return listed(request, IdentityProviderList, [_shape(row) for row in page.rows], page)


@get("/identity-providers/{provider_id:str}", scope="agency:read", summary="Read an identity provider")
async def get_identity_provider(
    request: AnyRequest, session: Session, provider_id: PathId
) -> Response[IdentityProvider]:
    """One identity provider, without its secret."""
    row = await versions.get(session, ProviderRow, identifier(provider_id))
    return tagged(request, _shape(row), row.version)


@patch("/identity-providers/{provider_id:str}", scope="agency:manage", summary="Change an identity provider")
async def change_identity_provider(
    request: AnyRequest,
    session: Session,
    process: Held,
    now: Now,
    provider_id: PathId,
    data: JSONBody[IdentityProviderChanges],
    if_match: IfMatch = None,
) -> Response[IdentityProvider]:
    """Change name, secret or redirect addresses, or switch the provider off: then nobody signs in through it."""
    version = expected_version(if_match)
    values = changed(data)
    if not isinstance(data.redirect_uris, msgspec.UnsetType):
        _check_redirects(data.redirect_uris)
    known = identifier(provider_id)
    if "application_secret" in values:
        values["secret_sealed"] = _sealed(process, session, known, values.pop("application_secret"))
    row = await versions.change(session, ProviderRow, known, values, version=version, now=now)
    return tagged(request, _shape(row), row.version)


@delete("/identity-providers/{provider_id:str}", scope="agency:manage", summary="Remove an identity provider")
async def delete_identity_provider(session: Session, provider_id: PathId, if_match: IfMatch = None) -> None:
    """Forget a provider and whom it vouched for. The members stay, and who is signed in stays so."""
    await versions.remove(session, ProviderRow, identifier(provider_id), version=expected_version(if_match))


def _check_issuer(process: Process, issuer: str) -> None:
    """Refuse an issuer that we would not ask.

    Raises: `Invalid`.
    """
    settings = process.settings
    parts = urlsplit(issuer)
    try:
        if parts.query or parts.fragment:
            raise ForbiddenTarget("An issuer has neither query nor fragment.")
        check_url(issuer, allowed_networks=settings.allow_private_webhook_targets, production=settings.is_production)
    except ForbiddenTarget as refusal:
        problem = FieldProblem("forbidden_target", refusal.reason, pointer="/issuer")
        raise Invalid("This issuer is not asked.", code="forbidden_target", problems=[problem]) from None


_ON_THIS_COMPUTER = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?/.*")
_ELSEWHERE = re.compile(r"https://[^/?#@\\]+(/.*)?")


def _check_redirects(uris: list[str]) -> None:
    """Refuse redirect addresses over which a code could be overheard [RFC 9700, 2.1; RFC 8252, 7.3].

    Raises: `Invalid`.
    """
    detail = "Not an address people may be sent back to: https, or http on this computer, and no fragment."
    problems = [
        FieldProblem("forbidden_redirect", detail, pointer=f"/redirect_uris/{index}")
        for index, uri in enumerate(uris)
        if "#" in uri or not (_ELSEWHERE.fullmatch(uri) or _ON_THIS_COMPUTER.fullmatch(uri))
    ]
    if problems:
        raise Invalid("A field is refused.", problems=problems)


def _sealed(process: Process, session: AsyncSession, provider_id: UUID, secret: Any) -> bytes | None:
    if secret is None:
        return None
    nonce = secrets.token_bytes(sealing.NONCE_BYTES)
    return sealing.seal(
        process.settings.secret_key,
        secret,
        nonce=nonce,
        agency_id=session.info["agency_id"],
        row_id=provider_id,
        purpose=Purpose.IDENTITY_PROVIDER,
    )


def _shape(row: ProviderRow) -> IdentityProvider:
    return shape(row, IdentityProvider, has_secret=row.secret_sealed is not None)


router = Router(
    "/v1",
    route_handlers=[
        create_identity_provider,
        list_identity_providers,
        get_identity_provider,
        change_identity_provider,
        delete_identity_provider,
    ],
    tags=["Access"],
)
