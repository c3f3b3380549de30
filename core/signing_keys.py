"""The keys that sign access tokens: one signing, one next, one old, turned by the calendar.

Each derives from an installation secret and the number of a period of thirty days, so every process of an
installation has the same keys without asking anybody, and nothing is stored. The next one is published a whole
period before it signs and the old one stays good a whole period after it has, so turning drops no valid token,
whatever the caches hold and however far clocks differ. Source: API conventions, section 6.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ALGORITHM = "EdDSA"
ROTATION = timedelta(days=30)
"""How long one key signs."""

_LABEL = b"siaga access token 2"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 pair, and the name under which its public half is published."""

    private: Ed25519PrivateKey
    kid: str

    @classmethod
    def derive(cls, secret: bytes, period: int) -> "SigningKey":
        """The key of this secret that signs in this period, counted since 1970."""
        info = _LABEL + period.to_bytes(8, "big", signed=True)
        seed = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(private, _thumbprint(private.public_key()))

    @property
    def public(self) -> Ed25519PublicKey:
        """What a token is checked with."""
        return self.private.public_key()

    def published(self) -> dict[str, str]:
        """The public half as it stands in the published set [RFC 7517, RFC 8037]."""
        return _jwk(self.public) | {"kid": self.kid, "use": "sig", "alg": ALGORITHM}


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one period: `signing` signs, all of them check."""

    signing: SigningKey
    next: SigningKey
    old: SigningKey
    others: tuple[SigningKey, ...] = ()
    """Of other secrets that are accepted, while an installation changes its own."""

    @classmethod
    def at(cls, now: datetime, secret: bytes, *others: bytes) -> "KeySet":
        """The keys that are good at this instant."""
        return _key_set(period_of(now), secret, others)

    @property
    def every(self) -> tuple[SigningKey, ...]:
        """All keys that check a token, the signing one first."""
        return (self.signing, self.next, self.old, *self.others)

    def find(self, kid: object) -> SigningKey | None:
        """The key of this name; names are compared and never looked up anywhere."""
        if not isinstance(kid, str) or not kid.isascii():
            return None
        return next((key for key in self.every if hmac.compare_digest(key.kid, kid)), None)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The published set of keys [RFC 7517]."""
        return {"keys": [key.published() for key in self.every]}


def period_of(now: datetime) -> int:
    """The number of the period that this instant lies in."""
    return int(now.timestamp() // ROTATION.total_seconds())


def turns_at(period: int) -> datetime:
    """When the key of this period begins to sign."""
    return datetime.fromtimestamp(period * ROTATION.total_seconds(), UTC)


@lru_cache(maxsize=64)
def _key_set(period: int, secret: bytes, others: Sequence[bytes]) -> KeySet:
    def of(secret: bytes, beside: int) -> SigningKey:
        return SigningKey.derive(secret, period + beside)

    # A token of another secret was signed by a process that was told of it first or last: this period's key, or a
    # neighbour's about the turn.
    foreign = tuple(of(other, beside) for other in others for beside in (0, 1, -1))
    return KeySet(signing=of(secret, 0), next=of(secret, 1), old=of(secret, -1), others=foreign)


def _jwk(public: Ed25519PublicKey) -> dict[str, str]:
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}


def _thumbprint(public: Ed25519PublicKey) -> str:
    """Name of a key by its content [RFC 7638]."""
    canonical = json.dumps(_jwk(public), separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
