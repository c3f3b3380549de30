"""OpenID Connect, our half of it: what is asked of an identity provider, and when its answer is believed.

Authorization code with PKCE, state and nonce. Nothing here speaks HTTP: documents and tokens come in as bytes and
text. Source: OpenID Connect Core 1.0, sections 3.1 and 5.7; RFC 7636; RFC 8414; RFC 9207; RFC 9700.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ALGORITHMS = ("RS256", "ES256", "EdDSA")
SCOPE = "openid email profile"
LEEWAY_S = 30
OLDEST = timedelta(minutes=15)
"""An ID token that was issued longer ago is not of the log-in under way."""

ENTROPY_BYTES = 32
LONGEST_TOKEN = 16_384
LONGEST_SUBJECT = 255
_LEAST_RSA_BITS = 2048
WELL_KNOWN = "/.well-known/openid-configuration"


class ProviderWrong(Exception):  # noqa: N818 - said of the provider, not of the caller
    """What an identity provider answered cannot be used; the text is for the agency's owner."""


class NotProved(Exception):  # noqa: N818
    """The log-in does not prove who somebody is; the text is for our log and for nobody else."""


class Metadata(msgspec.Struct, frozen=True):
    """What a provider says of itself, as far as we ask."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(default_factory=lambda: ["client_secret_basic"])
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """Siaga as the provider knows it: the id it gave, and the secret, if it gave one."""

    id: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says it is. `email` only where the provider has verified it."""

    subject: str
    email: str | None
    name: str | None


def read_metadata(document: bytes, issuer: str) -> Metadata:
    """A provider's description of itself.

    Raises: `ProviderWrong`, where it is none, or that of another issuer [OpenID Connect Discovery 4.3].
    """
    try:
        found = msgspec.json.decode(document, type=Metadata)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProviderWrong("The provider's configuration document cannot be read.") from None
    if found.issuer != issuer:
        raise ProviderWrong("The provider's configuration document names another issuer.")
    return found


def challenge(verifier: str) -> str:
    """What of a PKCE verifier is told beforehand [RFC 7636, S256]."""
    return text_of(hashlib.sha256(verifier.encode()).digest())


def text_of(raw: bytes) -> str:
    """Bytes in base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def authorization_url(
    metadata: Metadata, application: Application, *, redirect_uri: str, state: str, nonce: str, verifier: str
) -> str:
    """Where the person is sent to log in.

    Raises: `ProviderWrong`, where the endpoint is no web address.
    """
    parts = urlsplit(metadata.authorization_endpoint)
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.fragment:
        raise ProviderWrong("The provider's authorization endpoint is no web address.")
    query = urlencode(
        {
            "response_type": "code",
            "client_id": application.id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        },
        quote_via=quote,
    )
    return parts._replace(query=f"{parts.query}&{query}" if parts.query else query).geturl()


def token_request(
    metadata: Metadata, application: Application, *, code: str, redirect_uri: str, verifier: str
) -> tuple[bytes, dict[str, str]]:
    """Body and headers that exchange the code for tokens."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    if application.secret is None:
        form["client_id"] = application.id
    elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
        pair = f"{quote(application.id, safe='')}:{quote(application.secret, safe='')}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": application.id, "client_secret": application.secret}
    return urlencode(form).encode(), headers


class _TokenAnswer(msgspec.Struct, frozen=True):
    id_token: str


def read_token_answer(document: bytes) -> str:
    """The ID token of a token answer.

    Raises: `ProviderWrong`.
    """
    try:
        return msgspec.json.decode(document, type=_TokenAnswer).id_token
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProviderWrong("The provider's token answer holds no ID token.") from None


def read_keys(document: bytes) -> Sequence[jwt.PyJWK]:
    """The keys that a provider publishes, as far as we can use them.

    Raises: `ProviderWrong`.
    """
    try:
        content: Any = msgspec.json.decode(document)
        return jwt.PyJWKSet.from_dict(content).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, jwt.PyJWTError, TypeError, AttributeError):
        raise ProviderWrong("The provider's keys cannot be read.") from None


def find_key(keys: Sequence[jwt.PyJWK], token: str) -> jwt.PyJWK | None:
    """The key that an ID token says it is signed with; None where the set does not hold it (yet).

    The token only picks among the provider's own keys: what it says of other addresses and keys is not read.

    Raises: `NotProved`, where the token is none, or of an algorithm that is not taken.
    """
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise NotProved("too long, or no token")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise NotProved("no token") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or header.get("typ", "JWT") not in {"JWT", "jwt"}:
        raise NotProved("another algorithm or type")
    usable = [key for key in keys if key.algorithm_name == algorithm and key.public_key_use in {None, "sig"}]
    if kid is None:
        return usable[0] if len(usable) == 1 else None
    return next((key for key in usable if key.key_id == kid), None)


def read_id_token(
    key: jwt.PyJWK, token: str, *, issuer: str, application: Application, nonce: str, now: datetime
) -> Person:
    """Who logged in, by a token that is the provider's, for us, of this log-in and of this moment.

    Raises: `NotProved`.
    """
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < _LEAST_RSA_BITS:
        raise NotProved("an RSA key shorter than 2048 bits")
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm_name],
            issuer=issuer,
            options={
                "require": ["iss", "sub", "aud", "exp", "iat", "nonce"],
                # Checked below, where the clock is the caller's and several audiences are told apart.
                "verify_aud": False,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise NotProved(type(error).__name__) from None
    _check_audience(claims, application)
    _check_times(claims, now)
    if not isinstance(claims["nonce"], str) or not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise NotProved("another log-in's nonce")
    return _person(claims)


def _check_audience(claims: Mapping[str, Any], application: Application) -> None:
    told = claims["aud"]
    audiences = [told] if isinstance(told, str) else told
    if not isinstance(audiences, list) or application.id not in audiences:
        raise NotProved("for somebody else")
    # Several audiences, or an authorised party, have to name us as the one that asked.
    party = claims.get("azp")
    if (len(audiences) > 1 or party is not None) and party != application.id:
        raise NotProved("asked for by somebody else")


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    issued, ends = claims["iat"], claims["exp"]
    if not all(type(moment) in {int, float} for moment in (issued, ends)):
        raise NotProved("times are no numbers")
    instant = now.timestamp()
    if not instant - OLDEST.total_seconds() <= issued <= instant + LEEWAY_S or ends <= instant - LEEWAY_S:
        raise NotProved("not of this moment")
    begins = claims.get("nbf", issued)
    if type(begins) not in {int, float} or begins > instant + LEEWAY_S:
        raise NotProved("not yet")


def _person(claims: Mapping[str, Any]) -> Person:
    subject, email, name = claims["sub"], claims.get("email"), claims.get("name")
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise NotProved("no subject")
    # Said to be verified, in so many words: the text "true" is no truth.
    is_verified = claims.get("email_verified") is True and isinstance(email, str)
    return Person(subject, email if is_verified else None, name if isinstance(name, str) else None)
