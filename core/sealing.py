"""Secrets at rest: sealed with AES-256-GCM, each bound to the row it belongs to.

A sealed secret that is copied into another row, or changed by a bit, does not open.
"""

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
_KEY_BYTES = 32
_TAG_BYTES = 16
# The first byte says how the rest was sealed, so that a later way can stand beside this one.
_WAY = b"\x01"
_WEBHOOK_SECRETS = b"siaga webhook secrets 1"


class SealBroken(ValueError):  # noqa: N818 - the trade's word
    """It was sealed under another key or for another row, or it has been changed."""


def seal(installation_key: bytes, secret: str, *, nonce: bytes, agency_id: UUID, endpoint_id: UUID) -> bytes:
    """Seal the signing secret of one endpoint.

    Range: nonce is 12 bytes, random and never used twice under one key.
    Raises: ValueError, where the nonce has another length.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"A nonce is {NONCE_BYTES} bytes, not {len(nonce)}.")
    sealed = _cipher(installation_key).encrypt(nonce, secret.encode(), _binding(agency_id, endpoint_id))
    return _WAY + nonce + sealed


def unseal(installation_key: bytes, sealed: bytes, *, agency_id: UUID, endpoint_id: UUID) -> str:
    """Open what `seal` closed.

    Raises: SealBroken.
    """
    if sealed[:1] != _WAY or len(sealed) < len(_WAY) + NONCE_BYTES + _TAG_BYTES:
        raise SealBroken("These bytes are no sealed secret.")
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return _cipher(installation_key).decrypt(nonce, rest, _binding(agency_id, endpoint_id)).decode()
    except InvalidTag:
        raise SealBroken("The secret was sealed under another key or for another endpoint.") from None


def _cipher(installation_key: bytes) -> AESGCM:
    key = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=_WEBHOOK_SECRETS).derive(installation_key)
    return AESGCM(key)


def _binding(agency_id: UUID, endpoint_id: UUID) -> bytes:
    return agency_id.bytes + endpoint_id.bytes
