"""Passwords: how they are kept, and which are refused.

Argon2id with m = 19,456 KiB, t = 2, p = 1. Source: OWASP Password Storage Cheat Sheet; API conventions, section 6.
"""

import unicodedata

from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret, verify_secret

SHORTEST, LONGEST = 12, 128
SALT_BYTES = 16
_MEMORY_KIB, _TIME, _LANES, _HASH_BYTES = 19_456, 2, 1, 32

# What people type when twelve characters are asked for. Compared without case, digits and signs at the ends.
_COMMON = frozenset(
    {
        "password", "passwordpassword", "katasandi", "katasandikatasandi", "rahasia", "rahasiasaya", "rahasiarahasia",
        "qwertyuiop", "qwertyuiopas", "qwertyqwerty", "asdfghjkl", "administrator", "adminadmin", "adminadminadmin",
        "letmein", "letmeinplease", "iloveyou", "iloveyoubaby", "sayangku", "sayangsayang", "bismillah", "indonesia",
        "indonesiaraya", "merahputih", "jakarta", "welcome", "welcomewelcome", "selamatdatang", "siaga", "siagasiaga",
        "changeme", "changemenow", "passw0rd", "p@ssword", "p@ssw0rd", "abcdefghijkl", "aaaaaaaaaaaa", "monkey",
        "dragon",
    }
)  # fmt: skip


def weakness(password: str) -> str | None:
    """Why a password is refused, with what to do; None when it will do."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    core = password.casefold().strip("0123456789!?.,@#$%&*_- ")
    if not core or core in _COMMON or len(set(password)) < 5:
        return "This password is among the first that are tried. Choose several unrelated words."
    return None


def keep(password: str, salt: bytes) -> str:
    """The password as it is stored. Takes some 60 ms: run it off the event loop, two at a time at most."""
    return hash_secret(
        _bytes(password), salt, time_cost=_TIME, memory_cost=_MEMORY_KIB, parallelism=_LANES, hash_len=_HASH_BYTES,
        type=Type.ID,
    ).decode()  # fmt: skip


def fits(kept: str, password: str) -> bool:
    """Whether this is the password. Takes as long as `keep`."""
    try:
        return verify_secret(kept.encode(), _bytes(password), Type.ID)
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    """What is hashed: composed, since keyboards differ in how they send the same letter."""
    return unicodedata.normalize("NFC", password).encode()


NOBODY = keep("nobody has this password", bytes(SALT_BYTES))
"""Compared with when the address is unknown, so that the answer takes as long."""
