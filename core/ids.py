"""One type per identifier, so that a client's id cannot be handed where a keyword's is meant."""

from typing import NewType
from uuid import UUID, SafeUUID

AgencyId = NewType("AgencyId", UUID)
MemberId = NewType("MemberId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
ClientId = NewType("ClientId", UUID)
AccountId = NewType("AccountId", UUID)
CompetitorId = NewType("CompetitorId", UUID)
KeywordId = NewType("KeywordId", UUID)
KeywordVersionId = NewType("KeywordVersionId", UUID)
PostId = NewType("PostId", UUID)
MentionId = NewType("MentionId", UUID)
IncidentId = NewType("IncidentId", UUID)
EndpointId = NewType("EndpointId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
EventId = NewType("EventId", UUID)


def uuid7(unix_ms: int, entropy: bytes) -> UUID:
    """Identifier whose order is the order of time.

    Units: `unix_ms` milliseconds since 1970; `entropy` at least ten bytes, random for an id that must be
    new, a digest of the natural key for one that must come out the same again.
    Source: RFC 9562, section 5.7.
    """
    return _of(_number(unix_ms, entropy))


def uuid7_text(unix_ms: int, entropy: bytes) -> str:
    """The same as 32 digits: for who only writes it down, at a fifth of the cost."""
    return f"{_number(unix_ms, entropy):032x}"


def _number(unix_ms: int, entropy: bytes) -> int:
    tail = int.from_bytes(entropy[:10], "big")
    rand_a = tail >> 62 & 0xFFF
    rand_b = tail & (1 << 62) - 1
    return (unix_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b


def _of(number: int) -> UUID:
    """`UUID(int=number)`. Its constructor weighs six ways of being called, which takes longer than all else above."""
    made = UUID.__new__(UUID)
    object.__setattr__(made, "int", number)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


def unix_ms_of(identifier: UUID) -> int:
    """Milliseconds since 1970 that a version 7 identifier carries."""
    return identifier.int >> 80
