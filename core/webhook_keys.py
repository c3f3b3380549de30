"""The keys that sign webhooks beside the current secret: replaced secrets for a while, and an Ed25519 key on request.

Source: Standard Webhooks 1.0.0, "Asymmetric signatures": scheme `v1a`, keys `whsk_` and `whpk_`.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.webhooks import SECRET_OVERLAP, InvalidSecret, signed_text

SYMMETRIC = "v1"
ASYMMETRIC = "v1a"
PRIVATE_PREFIX = "whsk_"
PUBLIC_PREFIX = "whpk_"
SEED_BYTES = 32
MOST_OLD_SECRETS = 3
"""Replaced secrets that sign at a time; a fourth ends the oldest."""


@dataclass(frozen=True, slots=True)
class OldSecret:
    """A replaced secret, as it is sealed, and until when it signs."""

    sealed: bytes
    until: datetime


def still_signing(old: Iterable[OldSecret], now: datetime) -> list[OldSecret]:
    """The replaced secrets that sign at this moment, the latest first."""
    alive = sorted((each for each in old if now < each.until), key=lambda each: each.until, reverse=True)
    return alive[:MOST_OLD_SECRETS]


def after_rotation(current: bytes, old: Sequence[OldSecret], now: datetime) -> list[OldSecret]:
    """The replaced secrets once the current one is replaced as well, the latest first: each signs for 24 hours."""
    return still_signing([OldSecret(current, now + SECRET_OVERLAP), *old], now)


def new_signing_key(random: bytes) -> str:
    """Write 32 random bytes as a private signing key, which nobody is ever shown.

    Raises: ValueError, where fewer or more bytes are handed in.
    """
    if len(random) != SEED_BYTES:
        raise ValueError(f"A signing key is made of {SEED_BYTES} random bytes, not {len(random)}.")
    return PRIVATE_PREFIX + base64.b64encode(random).decode("ascii")


def public_key(private: str) -> str:
    """The key with which anybody verifies what the private one signs: `whpk_` and the base64 of 32 bytes.

    Raises: InvalidSecret.
    """
    return PUBLIC_PREFIX + base64.b64encode(_key(private).public_key().public_bytes_raw()).decode("ascii")


def sign(private: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One `v1a,<base64>`: an Ed25519 signature over the text that `v1` signs as well.

    Raises: InvalidSecret; ValueError, as `core.webhooks.signed_text`.
    """
    return KeySigner(private).sign(message_id, timestamp, body)


class KeySigner:
    """A private key made ready to sign one try after another.

    Raises: InvalidSecret.
    """

    def __init__(self, private: str) -> None:
        self._key = _key(private)

    def sign(self, message_id: str, timestamp: int, body: bytes) -> str:
        """As the function of this name."""
        signature = self._key.sign(signed_text(message_id, timestamp, body))
        return f"{ASYMMETRIC},{base64.b64encode(signature).decode('ascii')}"


def _key(private: str) -> Ed25519PrivateKey:
    try:
        seed = base64.b64decode(private.removeprefix(PRIVATE_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        seed = b""
    if not private.startswith(PRIVATE_PREFIX) or len(seed) != SEED_BYTES:
        raise InvalidSecret("A signing key is `whsk_` and the base64 of 32 bytes.")
    return Ed25519PrivateKey.from_private_bytes(seed)
