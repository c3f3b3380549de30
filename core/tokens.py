"""Credentials as text: access tokens, refresh tokens and API keys, made and read.

Access tokens are JWTs signed with Ed25519 (`core/signing_keys.py`). A reader states the algorithm, the keys, the
issuer, one audience, the type and the longest life itself, and believes none of them from the token.
Source: RFC 8725, RFC 9068; API conventions, section 6.
"""

import base64
import hashlib
import hmac
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import jwt

from core.access import Principal, Role
from core.errors import FieldProblem, Invalid, Unauthenticated
from core.ids import AgencyId, ClientId, uuid7
from core.signing_keys import ALGORITHM, KeySet

ACCESS_LIFE = timedelta(minutes=10)
LONGEST_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=30)
# A used refresh token may come again for so long, so that an answer lost on the way logs nobody out.
REPEAT_WITHIN = timedelta(seconds=10)
LEEWAY_S = 30
TYPE = "at+jwt"
AUDIENCE = "siaga"
LONGEST_TOKEN = 4096
API_KEY_ENTROPY_BYTES = 40
REFRESH_ENTROPY_BYTES = 32

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_API_KEY = re.compile(r"sk_(?:live|test)_([0-9A-Za-z]{8})([0-9A-Za-z]{32})([0-9A-Za-z]{6})")
_REFRESH = re.compile(r"rt_([0-9a-f]{32})([0-9a-f]{32})([A-Za-z0-9_-]{43})")
_REFUSAL = "The credential is missing, malformed, expired or revoked. Sign in again, or check the key."


def refusal() -> Unauthenticated:
    """One answer to every bad credential, so that none tells why."""
    return Unauthenticated(_REFUSAL)


def access_token(keys: KeySet, principal: Principal, *, issuer: str, token_id: UUID, now: datetime) -> str:
    """A signed access token for somebody who has proved who they are."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(principal.id),
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + ACCESS_LIFE).timestamp()),
        "jti": str(token_id),
        "sid": str(principal.session_id),
        "agency_id": str(principal.agency_id),
        "role": principal.role.value,
        "scope": " ".join(sorted(principal.scopes)),
    }
    if principal.client_id:
        claims["client_id"] = str(principal.client_id)
    return jwt.encode(claims, keys.signing.private, algorithm=ALGORITHM, headers={"typ": TYPE, "kid": keys.signing.kid})


def read_access_token(keys: KeySet, token: str, *, issuer: str, now: datetime) -> Principal:
    """Whose access token this is.

    Raises: `Unauthenticated` for anything but a token of ours that is valid now.
    """
    try:
        claims = _claims(keys, token, issuer)
        _check_times(claims, now)
        client = claims.get("client_id")
        return Principal(
            kind="member",
            id=UUID(claims["sub"]),
            agency_id=AgencyId(UUID(claims["agency_id"])),
            role=Role(claims["role"]),
            scopes=frozenset(str(claims["scope"]).split()),
            client_id=ClientId(UUID(client)) if client else None,
            session_id=UUID(claims["sid"]),
        )
    except (jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise refusal() from None


def _claims(keys: KeySet, token: str, issuer: str) -> Mapping[str, Any]:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise ValueError("not a token of ours")
    header = jwt.get_unverified_header(token)
    key = keys.find(header.get("kid"))
    if key is None or header.get("typ") != TYPE or header.get("alg") != ALGORITHM:
        raise ValueError("not a header of ours")
    return jwt.decode(
        token,
        key.public,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=issuer,
        options={
            "require": ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "agency_id", "role", "scope"],
            "strict_aud": True,
            # The library would read the clock; the times are checked here against the caller's.
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        },
    )


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    issued, begins, ends = claims["iat"], claims["nbf"], claims["exp"]
    if not all(type(moment) is int for moment in (issued, begins, ends)):
        raise ValueError("times are whole seconds")
    instant = now.timestamp()
    if issued > instant + LEEWAY_S or begins > instant + LEEWAY_S or ends <= instant - LEEWAY_S:
        raise ValueError("not valid now")
    if ends - issued > LONGEST_LIFE.total_seconds():
        raise ValueError("lives too long")


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret just made: the text is shown once, the rest is stored."""

    text: str
    public_id: str
    digest: bytes


def new_api_key(entropy: bytes, *, public_id: str | None = None) -> NewSecret:
    """An API key from at least 40 random bytes: readable prefix, public id, 190 bits, checksum.

    With `public_id` another secret of the key that has this public id.
    """
    letters = "".join(_BASE62[byte % 62] for byte in hashlib.shake_256(entropy).digest(40))
    named = public_id or letters[:8]
    body = f"sk_live_{named}{letters[8:]}"
    text = body + _checksum(body)
    return NewSecret(text, named, digest(text))


def public_id_of(api_key: str) -> str:
    """The public part of a well-formed API key; a typing error is found without the database.

    Raises: `Unauthenticated`.
    """
    found = _API_KEY.fullmatch(api_key)
    if found is None or not hmac.compare_digest(_checksum(api_key[:-6]), found[3]):
        raise refusal()
    return found[1]


def _checksum(body: str) -> str:
    value = zlib.crc32(body.encode())
    return "".join(_BASE62[value // 62**place % 62] for place in range(5, -1, -1))


def new_refresh_token(agency_id: UUID, token_id: UUID, entropy: bytes) -> NewSecret:
    """A refresh token from 32 random bytes; it names its agency, so that one front door suffices."""
    secret = base64.urlsafe_b64encode(entropy[:32]).rstrip(b"=").decode()
    text = f"rt_{agency_id.hex}{token_id.hex}{secret}"
    return NewSecret(text, token_id.hex, digest(text))


def read_refresh_token(token: str) -> tuple[UUID, UUID, bytes]:
    """Agency, id and digest of a well-formed refresh token.

    Raises: `Unauthenticated`.
    """
    found = _REFRESH.fullmatch(token)
    if found is None:
        raise refusal()
    return UUID(found[1]), UUID(found[2]), digest(token)


def following_refresh_token(secret: bytes, agency_id: UUID, used: bytes, client: str, at: datetime) -> NewSecret:
    """The refresh token that follows a used one: for the same client and instant of use the same again.

    `used` is the digest of the token that was used. Only its digest is ever stored, so a lost answer is made
    anew; another client's name gives a token that was never issued.
    """
    label = b"siaga refresh token 1\0"
    entropy = hmac.digest(secret, label + used + hashlib.sha256(client.encode()).digest(), "sha512")
    token_id = uuid7(int(at.timestamp() * 1000), entropy[32:42])
    return new_refresh_token(agency_id, token_id, entropy[:32])


class Presented(Enum):
    """What a refresh token is found to be when somebody presents it."""

    GOOD = "good"
    JUST_USED = "just used"
    USED_AGAIN = "used again"
    OVER = "over"


def judge_refresh(
    *, used_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> Presented:
    """What to make of a refresh token: one use, and a later second one means that somebody else has it too.

    Source: RFC 9700, section 4.14.2.
    """
    if revoked_at is not None or expires_at <= now:
        return Presented.OVER
    if used_at is None:
        return Presented.GOOD
    return Presented.JUST_USED if now - used_at <= REPEAT_WITHIN else Presented.USED_AGAIN


KEY_OVERLAP_H = 24
"""How many hours the secret before a key's new one stays good, unless told otherwise."""
LONGEST_KEY_OVERLAP_H = 168
EXPERT_LONGEST = timedelta(days=30)
"""The longest that an outside expert looks at an incident with one token."""


def check_expert_end(expires_at: datetime, now: datetime) -> datetime | None:
    """When an outside expert's token ends, in UTC.

    Raises: `Invalid` for a moment that is past, or further ahead than such tokens reach.
    """
    moment = check_end(expires_at, now)
    if moment is not None and moment > now + EXPERT_LONGEST:
        detail = f"An outside expert's token lives {EXPERT_LONGEST.days} days at most. Name an earlier end."
        raise Invalid("A field is refused.", problems=[FieldProblem("too_far_ahead", detail, pointer="/expires_at")])
    return moment


def check_end(expires_at: datetime | None, now: datetime) -> datetime | None:
    """When a new key or portal token ends, in UTC; None for one that ends when it is revoked.

    Raises: `Invalid` for a moment that is past, or too far ahead to be told in UTC.
    """
    if expires_at is None:
        return None
    try:
        moment = expires_at.astimezone(UTC)
    except OverflowError:
        moment = None
    if moment is None or moment <= now:
        problem = FieldProblem("not_in_the_future", "Name a moment that is still to come.", pointer="/expires_at")
        raise Invalid("A field is refused.", problems=[problem])
    return moment


def digest(secret: str) -> bytes:
    """What is stored of a random secret: SHA-256 suffices, since it cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()
