"""A pack of evidence shows every change that is made to it."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from core.diagnosis.evidence import faults, pack

POSTS = [{"id": str(n), "text": f"unggahan {n} é", "likes": n, "url": None} for n in range(5)]
WHOLE = b"".join(pack(POSTS, {"incident_id": "i"}))


def test_a_pack_is_whole_and_anybody_can_count_its_hashes_again():
    assert faults(WHOLE) == []
    *posts, last = map(json.loads, WHOLE.splitlines())
    for post in posts:
        given = post.pop("sha256")
        written = json.dumps(post, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(written.encode()).hexdigest() == given
    told = last.pop("sha256")
    written = json.dumps(last, sort_keys=True, separators=(",", ":"))
    before = b"".join(WHOLE.splitlines(keepends=True)[:-1])
    assert told == hashlib.sha256(before + written.encode()).hexdigest()
    assert faults(b"".join(pack([], {}))) == []


@given(st.integers(0, len(WHOLE) - 2), st.integers(1, 255))
def test_a_changed_byte_is_found(place: int, by: int):
    changed = bytearray(WHOLE)
    changed[place] ^= by
    assert faults(bytes(changed)) != []


def test_a_post_left_out_put_in_or_moved_is_found():
    lines = WHOLE.splitlines(keepends=True)
    for other in (lines[1:], [lines[0], *lines], [lines[1], lines[0], *lines[2:]], []):
        assert faults(b"".join(other)) != []
