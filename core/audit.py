"""The audit log: who did what to what, and the chain that shows when an entry was changed, moved or removed.

Every entry holds the SHA-256 of its own content and of the entry before it, one chain an agency. A signed head, kept
elsewhere, shows when the end of a chain was cut off. Values of persons are sealed with a key of their own that lies
beside the log: destroying it makes them unreadable, and the chain stays whole.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

GENESIS = bytes(32)
"""What the first entry of a chain holds in place of the hash before it."""
KEY_BYTES = 32
NONCE_BYTES = 12
ERASED = "[erased]"
REMOVED = "[removed]"

DONE = "done"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody does: what its entries in the log have in common.

    `action` is the operation's name in the contract, or the name of a command or job. `credential_id` is the sign-in
    of a member or the API key.
    """

    action: str
    actor_kind: str
    at: datetime
    actor_id: UUID | None = None
    credential_id: UUID | None = None
    request_id: str | None = None
    address: str | None = None
    outcome: str = DONE


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one thing: its columns before and after, only those that changed; a new thing has no before."""

    target_kind: str
    target_id: UUID | None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


class Entry(NamedTuple):
    """One entry as it is stored, in the order of its columns; `before` and `after` are JSON, personal values sealed."""

    id: UUID
    position: int
    at: datetime
    action: str
    outcome: str
    actor_kind: str
    actor_id: UUID | None
    credential_id: UUID | None
    target_kind: str
    target_id: UUID | None
    request_id: str | None
    address: str | None
    before: str | None
    after: str | None
    previous_hash: bytes
    hash: bytes


def linked(agency_id: UUID, entry: Entry) -> Entry:
    """The entry with the hash that holds it in its chain: over the hash before it, the agency and all its columns."""
    content = [str(agency_id), *map(_text, entry[:-2])]
    framed = json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()
    return entry._replace(hash=hashlib.sha256(entry.previous_hash + framed).digest())


def _text(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain stood at an instant: the number of its entries and the hash of the last."""

    agency_id: UUID
    position: int
    hash: bytes
    at: datetime


class Chain:
    """Follows one agency's chain from its first entry, and finds the first that is not as it was written.

    `heads` are what was signed and kept elsewhere: the chain has to pass through each of them.
    """

    def __init__(self, agency_id: UUID, heads: Mapping[int, bytes] | None = None) -> None:
        self.agency_id = agency_id
        self.position = 0
        self.hash = GENESIS
        self._heads = dict(heads or {})

    def follow(self, entry: Entry) -> str | None:
        """What is wrong with this entry, the next in the order of positions; None where all is well."""
        if entry.position != self.position + 1:
            return f"entry {self.position + 1} is missing; after {self.position} comes {entry.position}"
        if entry.previous_hash != self.hash:
            return f"entry {entry.position} does not follow the one before it"
        if linked(self.agency_id, entry).hash != entry.hash:
            return f"entry {entry.position} is not as it was written"
        if self._heads.get(entry.position, entry.hash) != entry.hash:
            return f"entry {entry.position} is not the one whose head was signed"
        self.position, self.hash = entry.position, entry.hash
        return None

    def end(self, position: int, hash_: bytes) -> str | None:
        """What is wrong at the end, where the database's own head tells of this position and hash."""
        farthest = max([position, *self._heads])
        if self.position < farthest:
            return f"entry {self.position + 1} is missing; the chain ends at {self.position} and had {farthest}"
        if (position, hash_) != (self.position, self.hash):
            return f"entry {self.position} is the last, and the head tells of {position}"
        return None


def seal(key: bytes, value: object, *, nonce: bytes, bound_to: str) -> str:
    """A personal value as it stands in the log: sealed with its person's key, bound to entry and column.

    Range: key 32 bytes; nonce 12, random and never used twice under one key.
    """
    plain = json.dumps(value, ensure_ascii=False).encode()
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())).decode()


def unseal(key: bytes | None, sealed: str, *, bound_to: str) -> Any:
    """What `seal` closed; `ERASED` where the key was destroyed, or the text is no longer what it was."""
    if key is None:
        return ERASED
    try:
        raw = base64.b64decode(sealed)
        return json.loads(AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode()))
    except (ValueError, InvalidTag):
        return ERASED


# Text that names a kind, a state or a place in a closed list, and so nobody. All other text is sealed.
PLAIN = frozenset(
    {
        "kind", "role", "status", "platform", "level", "peak_level", "risk_tier", "time_zone", "languages", "scopes",
        "public_id", "event_types", "event_type", "disabled_reason", "slug", "last_alert_level", "type", "data_role",
        "proof_sha256", "header_names", "signatures", "waiting_for",
    }
)  # fmt: skip
# Rises with every change, or is told by the entry itself.
UNTOLD = frozenset({"agency_id", "id", "version", "created_at", "updated_at", "matching_revision", "last_used_at"})
_SECRET = re.compile(r"password|secret|token_hash|_sealed$|_hash$|digest")


def told(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Columns as the log may tell them: secrets removed, and what may name a person wrapped as `Personal`."""
    if values is None:
        return None
    return {name: _told(name, value) for name, value in sorted(values.items()) if name not in UNTOLD}


@dataclass(frozen=True, slots=True)
class Personal:
    """A value that has to be sealed before it is written."""

    value: Any


def _told(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if _SECRET.search(name) or isinstance(value, bytes):
        return REMOVED
    if isinstance(value, datetime):
        return _text(value)
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, list) and all(isinstance(each, UUID) for each in value):  # pyright: ignore[reportUnknownVariableType]
        return [str(each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value if name in PLAIN else Personal(value)


_HEAD = re.compile(
    r"siaga-audit-head (?P<text>1 (?P<agency>[0-9a-f-]{36}) (?P<position>\d{1,18}) (?P<hash>[0-9a-f]{64})"
    r" (?P<at>\S{20,40}) (?P<key>[A-Za-z0-9_-]{43})) (?P<mark>[A-Za-z0-9_-]{86})"
)


class NotOurHead(ValueError):  # noqa: N818 - says what is wrong with it
    """A line that is no head signed by this installation."""


def signed_head(secret: bytes, head: Head) -> str:
    """A head as one line: what is kept elsewhere. It names the public key, so that others can check it too.

    Source: RFC 8032 (Ed25519); the key derives from the installation's secret, for this use alone.
    """
    key = _head_key(secret)
    text = f"1 {head.agency_id} {head.position} {head.hash.hex()} {_text(head.at)} {_public(key.public_key())}"
    return f"siaga-audit-head {text} {_base64(key.sign(text.encode()))}"


def heads_in(line: str) -> list[str]:
    """The heads that a line of a log or a list holds, whole or not."""
    return [found[0] for found in re.finditer(r"siaga-audit-head [^\"\\]*", line)]


def read_head(secret: bytes, line: str) -> Head:
    """The head that a line tells of.

    Raises: `NotOurHead` where the line was changed, or signed with another key.
    """
    found = _HEAD.fullmatch(line.strip())
    public = _head_key(secret).public_key()
    if found is None or found["key"] != _public(public):
        raise NotOurHead("This line is no audit head of this installation.")
    try:
        public.verify(base64.urlsafe_b64decode(found["mark"] + "=="), found["text"].encode())
    except InvalidSignature:
        raise NotOurHead("The signature of this audit head does not hold.") from None
    agency_id, at = UUID(found["agency"]), datetime.fromisoformat(found["at"])
    return Head(agency_id, int(found["position"]), bytes.fromhex(found["hash"]), at)


def _head_key(secret: bytes) -> Ed25519PrivateKey:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"siaga audit head 1").derive(secret)
    return Ed25519PrivateKey.from_private_bytes(derived)


def _public(key: Ed25519PublicKey) -> str:
    return _base64(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
