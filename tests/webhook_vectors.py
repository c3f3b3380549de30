"""The published test vectors, and how each verifier of ours and of others is asked about them.

`python -m tests.webhook_vectors` writes docs/webhooks/vectors.json; a test compares it with what this file makes.
"""

import base64
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core import webhook_keys, webhooks
from tests.hostile import corpora

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "webhooks" / "verify.md"
PUBLISHED = ROOT / "docs" / "webhooks" / "vectors.json"

NOW = 1_795_248_000  # 2026-11-21 08:00:00 UTC
TOLERANCE_S = 300
ID = "0199a3c4-7d1e-7c55-9f0a-3b1e6d2f8a41"
KEY, OTHER_KEY = (webhook_keys.new_signing_key(bytes(range(n, n + 32))) for n in (32, 160))
PUBLIC_KEY = webhook_keys.public_key(KEY)
ORDER = 2**252 + 27742317777372353535851937790883648493
"""The order of Ed25519's group: a signature's second half is below it. Source: RFC 8032, section 5.1."""

SECRET, REPLACED, STRANGER = (webhooks.new_secret(bytes(range(n, n + 32))) for n in (0, 64, 128))
BODY = '{"id":"0199a3c4-7d1e-7c55-9f0a-3b1e6d2f8a41","type":"incident.opened","api_version":"v1","data":{"version":1}}'
ABOUT = (
    "Deliveries by Standard Webhooks 1.0.0 and what a verifier makes of them, whose clock shows `now` and who takes "
    "300 seconds either way. `body` is text: its bytes are UTF-8. `vectors` are of `v1`, to be verified with `secret`; "
    "`vectors_v1a` are of `v1a`, to be verified with `public_key`. Secrets and keys are for tests alone."
)


@dataclass(frozen=True, slots=True)
class Vector:
    """A delivery, and what a verifier makes of it."""

    name: str
    why: str
    expect: str
    secret: str
    now: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class KeyVector:
    """The same of a delivery that is signed with a private key, for who holds the public one."""

    name: str
    why: str
    expect: str
    public_key: str
    now: int
    headers: dict[str, str]
    body: str


def _vector(
    name: str,
    why: str,
    expect: str,
    *,
    signers: tuple[str, ...] = (SECRET,),
    at: int = NOW,
    body: str = BODY,
    sent: str | None = None,
    **changed: str,
) -> Vector:
    """Signed as told; `sent` takes the place of the signed body and `changed` that of signed headers."""
    signed = webhooks.signed_headers(signers, ID, at, body.encode())
    headers = {name: value for name, value in signed.items() if name.startswith("webhook-")}
    headers |= {f"webhook-{name}": value for name, value in changed.items()}
    return Vector(name, why, expect, SECRET, NOW, headers, body if sent is None else sent)


def every() -> list[Vector]:
    """All of them, the good before the forged."""
    return [*_good(), *_forged()]


def _signed(*signers: str) -> str:
    return webhooks.sign(signers or (SECRET,), ID, NOW, BODY.encode())


def _good() -> list[Vector]:
    unicode = '{"teks":"Kopi Senja bikin sakit perut 🤢, sudah tiga orang","nama":"Rénñ \\u00e9 \u202e"}'
    return [
        _vector("good", "One signature, by this secret, just now.", "accept"),
        _vector("two_signatures", "By the new secret and the one it replaced.", "accept", signers=(SECRET, REPLACED)),
        _vector("rotated", "The receiver still has the replaced secret; ours is second.", "accept",
                signers=(REPLACED, SECRET)),
        _vector("unknown_scheme_first", "A scheme of tomorrow is passed over.", "accept",
                signature=f"v9,AAAA {_signed()}"),
        _vector("space_at_the_end", "Nothing stands behind the last space.", "accept", signature=f"{_signed()} "),
        _vector("white_space_body", "Spaces and line ends belong to the signed bytes.", "accept",
                body=' \r\n{ "data" :\t{ } }\n\n '),
        _vector("unicode_body", "The bytes are signed, not the letters or their escapes.", "accept", body=unicode),
        _vector("oldest", "300 seconds ago: the last that is taken.", "accept", at=NOW - TOLERANCE_S),
        _vector("furthest_ahead", "300 seconds ahead: the sender's clock may be fast.", "accept", at=NOW + TOLERANCE_S),
    ]  # fmt: skip


def _forged() -> list[Vector]:
    ours, whole = _signed(), _signed().removeprefix("v1,")
    digest = base64.b64decode(whole)
    return [
        _vector("altered_body", "One letter of the body was changed.", "refuse", sent=BODY.replace("opened", "closed")),
        _vector("body_written_again", "Parsed and written again: other bytes.", "refuse",
                sent=json.dumps(json.loads(BODY))),
        _vector("line_end_added", "A line end was added to the body.", "refuse", sent=BODY + "\n"),
        _vector("altered_id", "The id is signed too.", "refuse", id=ID.replace("0199", "0198")),
        _vector("dot_moved", "What moves from the id into the time is not the same text.", "refuse",
                id=ID[:-1], timestamp=f"{ID[-1]}.{NOW}"),
        _vector("altered_time", "The time is signed too.", "refuse", timestamp=str(NOW + 1)),
        _vector("too_old", "301 seconds ago.", "refuse", at=NOW - TOLERANCE_S - 1),
        _vector("too_far_ahead", "301 seconds ahead.", "refuse", at=NOW + TOLERANCE_S + 1),
        _vector("no_time", "The time is no number.", "refuse", timestamp="now"),
        _vector("empty_time", "There is no time.", "refuse", timestamp=""),
        _vector("empty_id", "There is no id.", "refuse", id=""),
        _vector("other_secret", "Signed by somebody else's secret.", "refuse", signers=(STRANGER,)),
        _vector("two_others", "Two signatures, neither by this secret.", "refuse", signers=(STRANGER, REPLACED)),
        _vector("truncated_signature", "The beginning of a right signature is not one.", "refuse", signature=ours[:-4]),
        _vector("longer_signature", "More than a right signature is not one.", "refuse",
                signature=f"v1,{base64.b64encode(digest + bytes(2)).decode()}"),
        _vector("hexadecimal", "The right digest, written otherwise.", "refuse", signature=f"v1,{digest.hex()}"),
        _vector("no_prefix", "A signature without its scheme.", "refuse", signature=whole),
        _vector("wrong_prefix", "The right digest under another scheme.", "refuse", signature=f"v2,{whole}"),
        _vector("asymmetric_prefix", "A digest is no Ed25519 signature.", "refuse", signature=f"v1a,{whole}"),
        _vector("empty_signature", "There is no signature.", "refuse", signature=""),
        _vector("prefix_alone", "A scheme without a signature.", "refuse", signature="v1,"),
    ]  # fmt: skip


def _key_vector(
    name: str,
    why: str,
    expect: str,
    *,
    key: str = KEY,
    at: int = NOW,
    body: str = BODY,
    sent: str | None = None,
    **changed: str,
) -> KeyVector:
    headers = {
        "webhook-id": ID,
        "webhook-timestamp": str(at),
        "webhook-signature": webhook_keys.sign(key, ID, at, body.encode()),
    }
    headers |= {f"webhook-{name}": value for name, value in changed.items()}
    return KeyVector(name, why, expect, PUBLIC_KEY, NOW, headers, body if sent is None else sent)


def every_by_key() -> list[KeyVector]:
    """Those of `v1a`, the good before the forged."""
    ours, theirs = (webhook_keys.sign(key, ID, NOW, BODY.encode()) for key in (KEY, OTHER_KEY))
    whole = ours.removeprefix("v1a,")
    signature = base64.b64decode(whole)
    flipped = bytes([signature[0] ^ 1]) + signature[1:]
    # The same point and a second half that is as large as it should be, and the order more: another spelling.
    second = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")

    def spelt(each: bytes) -> str:
        return f"v1a,{base64.b64encode(each).decode()}"

    return [
        _key_vector("good", "One signature, by this key, just now.", "accept"),
        _key_vector("beside_v1", "As it is sent: behind the signature by the secret.", "accept",
                    signature=f"{_signed()} {ours}"),
        _key_vector("before_v1", "The order says nothing.", "accept", signature=f"{ours} {_signed()}"),
        _key_vector("other_key_first", "By another key, then by this one.", "accept", signature=f"{theirs} {ours}"),
        _key_vector("unicode_body", "The bytes are signed, not the letters.", "accept", body='{"teks":"sakit perut 🤢"}'),
        _key_vector("oldest", "300 seconds ago: the last that is taken.", "accept", at=NOW - TOLERANCE_S),
        _key_vector("altered_body", "One letter of the body was changed.", "refuse",
                    sent=BODY.replace("opened", "closed")),
        _key_vector("altered_id", "The id is signed too.", "refuse", id=ID.replace("0199", "0198")),
        _key_vector("altered_time", "The time is signed too.", "refuse", timestamp=str(NOW + 1)),
        _key_vector("too_old", "301 seconds ago.", "refuse", at=NOW - TOLERANCE_S - 1),
        _key_vector("too_far_ahead", "301 seconds ahead.", "refuse", at=NOW + TOLERANCE_S + 1),
        _key_vector("empty_time", "There is no time.", "refuse", timestamp=""),
        _key_vector("empty_id", "There is no id.", "refuse", id=""),
        _key_vector("other_key", "Signed with somebody else's key.", "refuse", key=OTHER_KEY),
        _key_vector("secret_alone", "A signature by a secret says nothing of the key.", "refuse", signature=_signed()),
        _key_vector("digest_as_v1a", "A digest by the secret is no signature.", "refuse",
                    signature=_signed().replace("v1,", "v1a,")),
        _key_vector("flipped_bit", "One bit of the signature was changed.", "refuse", signature=spelt(flipped)),
        _key_vector("another_spelling", "Its second half is not below the order: RFC 8032 refuses it.", "refuse",
                    signature=spelt(signature[:32] + second)),
        _key_vector("truncated_signature", "The beginning of a right signature is not one.", "refuse",
                    signature=spelt(signature[:-1])),
        _key_vector("longer_signature", "More than a right signature is not one.", "refuse",
                    signature=spelt(signature + bytes(1))),
        _key_vector("nothing_but_zeros", "A signature of zeros.", "refuse", signature=spelt(bytes(64))),
        _key_vector("wrong_prefix", "The right signature under the scheme of secrets.", "refuse", signature=f"v1,{whole}"),
        _key_vector("empty_signature", "There is no signature.", "refuse", signature=""),
        _key_vector("prefix_alone", "A scheme without a signature.", "refuse", signature="v1a,"),
    ]  # fmt: skip


def text() -> str:
    """The file as it is published."""
    told = {
        "about": ABOUT,
        "tolerance_s": TOLERANCE_S,
        "vectors": [asdict(each) for each in every()],
        "vectors_v1a": [asdict(each) for each in every_by_key()],
    }
    return json.dumps(told, indent=2) + "\n"


def cases() -> list[dict[str, Any]]:
    """Ours, and those of the shared data where they are here, in one form: `body_b64` are the bytes."""
    ours = [_case(each) for each in every()]
    if not corpora.are_here():
        return ours
    theirs = corpora.lines("webhook_vectors")
    return ours + [{**each, "name": each["kind"], "accept": each["expect"] == "accept"} for each in theirs]


def cases_by_key() -> list[dict[str, Any]]:
    """Those of `v1a` in that form."""
    return [_case(each) for each in every_by_key()]


def _case(each: Vector | KeyVector) -> dict[str, Any]:
    body = base64.b64encode(each.body.encode()).decode()
    return {**asdict(each), "body_b64": body, "accept": each.expect == "accept"}


def blocks(language: str) -> list[str]:
    """The blocks of a language on the page: with the library, by hand, and by the public key."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def clock(second: int) -> type[datetime]:
    """A `datetime` that shows this Unix second as the present."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.fromtimestamp(second, tz)

    return Clock


if __name__ == "__main__":
    PUBLISHED.write_text(text(), encoding="utf-8")
