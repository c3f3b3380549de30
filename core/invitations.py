"""Invitations: one use, 72 hours, bound to an address and a role.

The token names its agency, as a refresh token does, so that accepting needs no look across agencies; the secret
in it has 256 bits, and only its digest is kept.
"""

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from core.errors import FieldProblem, Invalid
from core.tokens import NewSecret, digest

LIFE = timedelta(hours=72)
ENTROPY_BYTES = 32
_TOKEN = re.compile(r"it_([0-9a-f]{32})([0-9a-f]{32})([A-Za-z0-9_-]{43})")
_REFUSAL = "The invitation is unknown, used, over or taken back. Ask for another."


class Status(Enum):
    """Where an invitation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Named:
    """What a well-formed token says: whose invitation, and the digest to compare."""

    agency_id: UUID
    invitation_id: UUID
    digest: bytes


def new_token(agency_id: UUID, invitation_id: UUID, entropy: bytes) -> NewSecret:
    """A token from 32 random bytes."""
    secret = base64.urlsafe_b64encode(entropy[:ENTROPY_BYTES]).rstrip(b"=").decode()
    text = f"it_{agency_id.hex}{invitation_id.hex}{secret}"
    return NewSecret(text, invitation_id.hex, digest(text))


def read_token(token: str) -> Named:
    """Whose invitation a token is for.

    Raises: `Invalid`, in the words for every token that is not good.
    """
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise refusal()
    return Named(UUID(found[1]), UUID(found[2]), digest(token))


def status_of(
    *, accepted_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> Status:
    """Where an invitation stands at this instant."""
    if accepted_at is not None:
        return Status.ACCEPTED
    if revoked_at is not None:
        return Status.REVOKED
    return Status.EXPIRED if expires_at <= now else Status.OPEN


def is_token_of(token_hash: bytes, named: Named) -> bool:
    """Whether the presented token is that of the invitation kept under this digest."""
    return hmac.compare_digest(token_hash, named.digest)


def refusal() -> Invalid:
    """One answer to every token that is not good, so that none tells why."""
    return Invalid(_REFUSAL, problems=[FieldProblem("invitation_not_open", _REFUSAL, pointer="/token")])
