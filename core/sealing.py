"""Secrets at rest: sealed with AES-256-GCM, each bound to its purpose and to the row it belongs to.

A sealed secret that is copied into another row, or changed by a bit, does not open.
"""

from collections.abc import Iterable
from enum import Enum
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


class Purpose(Enum):
    """What is sealed; each purpose has a key of its own, derived under this label."""

    WEBHOOK_SECRET = b"siaga webhook secrets 1"
    WEBHOOK_SIGNING_KEY = b"siaga webhook signing keys 1"
    WEBHOOK_HEADERS = b"siaga webhook headers 1"
    IDENTITY_PROVIDER = b"siaga identity providers 1"
    ANSWER = b"siaga remembered answers 1"
    SIGN_IN = b"siaga sign-ins under way 1"


class SealBroken(ValueError):  # noqa: N818 - the trade's word
    """It was sealed under another key, for another purpose or row, or it has been changed."""


def seal(
    installation_key: bytes,
    secret: str,
    *,
    nonce: bytes,
    agency_id: UUID,
    row_id: UUID,
    purpose: Purpose = Purpose.WEBHOOK_SECRET,
) -> bytes:
    """Seal a secret of one row, such as the signing secret of an endpoint.

    Range: nonce is 12 bytes, random and never used twice under one key.
    Raises: ValueError, where the nonce has another length.
    """
    return _sealed(_cipher(installation_key, purpose), secret.encode(), nonce, agency_id, row_id)


def unseal(
    installation_keys: Iterable[bytes],
    sealed: bytes,
    *,
    agency_id: UUID,
    row_id: UUID,
    purpose: Purpose = Purpose.WEBHOOK_SECRET,
) -> str:
    """Open what `seal` closed under one of these keys.

    Raises: SealBroken.
    """
    ciphers = (_cipher(key, purpose) for key in installation_keys)
    return _opened(ciphers, sealed, agency_id, row_id).decode()


def seal_answer(installation_key: bytes, answer: bytes, *, nonce: bytes, agency_id: UUID, answer_id: UUID) -> bytes:
    """Seal an answer that is kept to be given again: it may hold a secret that is shown once.

    Range: nonce as for `seal`.
    Raises: ValueError, where the nonce has another length.
    """
    return _sealed(_cipher(installation_key, Purpose.ANSWER), answer, nonce, agency_id, answer_id)


def unseal_answer(installation_keys: Iterable[bytes], sealed: bytes, *, agency_id: UUID, answer_id: UUID) -> bytes:
    """Open what `seal_answer` closed under one of these keys.

    Raises: SealBroken.
    """
    return _opened((_cipher(key, Purpose.ANSWER) for key in installation_keys), sealed, agency_id, answer_id)


def _sealed(cipher: AESGCM, content: bytes, nonce: bytes, agency_id: UUID, row_id: UUID) -> bytes:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"A nonce is {NONCE_BYTES} bytes, not {len(nonce)}.")
    return _WAY + nonce + cipher.encrypt(nonce, content, agency_id.bytes + row_id.bytes)


def _opened(ciphers: Iterable[AESGCM], sealed: bytes, agency_id: UUID, row_id: UUID) -> bytes:
    if sealed[:1] != _WAY or len(sealed) < len(_WAY) + NONCE_BYTES + _TAG_BYTES:
        raise SealBroken("These bytes are nothing that was sealed.")
    nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    for cipher in ciphers:
        try:
            return cipher.decrypt(nonce, rest, agency_id.bytes + row_id.bytes)
        except InvalidTag:
            continue
    raise SealBroken("It was sealed under another key or for another row.")


@lru_cache(maxsize=32)
def _cipher(installation_key: bytes, purpose: Purpose) -> AESGCM:
    key = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=purpose.value).derive(installation_key)
    return AESGCM(key)
