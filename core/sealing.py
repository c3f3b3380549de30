"""Secrets at rest: sealed with AES-256-GCM, each bound to the row it belongs to.

A sealed secret that is copied into another row, or changed by a bit, does not open.
"""

from functools import lru_cache
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
_ANSWERS = b"siaga remembered answers 1"


class SealBroken(ValueError):  # noqa: N818 - the trade's word
    """It was sealed under another key or for another row, or it has been changed."""


def seal(installation_key: bytes, secret: str, *, nonce: bytes, agency_id: UUID, endpoint_id: UUID) -> bytes:
    """Seal the signing secret of one endpoint.

    Range: nonce is 12 bytes, random and never used twice under one key.
    Raises: ValueError, where the nonce has another length.
    """
    return _sealed(_cipher(installation_key, _WEBHOOK_SECRETS), secret.encode(), nonce, agency_id, endpoint_id)


def unseal(installation_key: bytes, sealed: bytes, *, agency_id: UUID, endpoint_id: UUID) -> str:
    """Open what `seal` closed.

    Raises: SealBroken.
    """
    return _opened(_cipher(installation_key, _WEBHOOK_SECRETS), sealed, agency_id, endpoint_id).decode()


def seal_answer(installation_key: bytes, answer: bytes, *, nonce: bytes, agency_id: UUID, answer_id: UUID) -> bytes:
    """Seal an answer that is kept to be given again: it may hold a secret that is shown once.

    Range: nonce as for `seal`.
    Raises: ValueError, where the nonce has another length.
    """
    return _sealed(_cipher(installation_key, _ANSWERS), answer, nonce, agency_id, answer_id)


def unseal_answer(installation_key: bytes, sealed: bytes, *, agency_id: UUID, answer_id: UUID) -> bytes:
    """Open what `seal_answer` closed.

    Raises: SealBroken.
    """
    return _opened(_cipher(installation_key, _ANSWERS), sealed, agency_id, answer_id)


def _sealed(cipher: AESGCM, content: bytes, nonce: bytes, agency_id: UUID, row_id: UUID) -> bytes:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"A nonce is {NONCE_BYTES} bytes, not {len(nonce)}.")
    return _WAY + nonce + cipher.encrypt(nonce, content, agency_id.bytes + row_id.bytes)


def _opened(cipher: AESGCM, sealed: bytes, agency_id: UUID, row_id: UUID) -> bytes:
    if sealed[:1] != _WAY or len(sealed) < len(_WAY) + NONCE_BYTES + _TAG_BYTES:
        raise SealBroken("These bytes are nothing that was sealed.")
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, rest, agency_id.bytes + row_id.bytes)
    except InvalidTag:
        raise SealBroken("It was sealed under another key or for another row.") from None


@lru_cache(maxsize=8)
def _cipher(installation_key: bytes, purpose: bytes) -> AESGCM:
    key = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(installation_key)
    return AESGCM(key)
