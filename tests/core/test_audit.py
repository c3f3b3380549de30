"""The chain of the audit log, its signed heads, and what it may tell of people."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import audit
from core.audit import ERASED, GENESIS, REMOVED, Chain, Entry, Head, NotOurHead, Personal

AGENCY = UUID(int=1)
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
SECRET = b"k" * 32


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    last = GENESIS
    for position in range(1, length + 1):
        entry = Entry(
            UUID(int=position), position, NOW, "change_client", "done", "member", UUID(int=7), None, "clients",
            UUID(int=9), "request-1", None, None, '{"kind":"company"}', last, b"",
        )  # fmt: skip
        entries.append(audit.linked(AGENCY, entry))
        last = entries[-1].hash
    return entries


def first_broken(entries: list[Entry], *, heads: dict[int, bytes] | None = None, told: int | None = None) -> str | None:
    """What is found where the head tells of the last entry given, or of `told` entries."""
    following = Chain(AGENCY, heads)
    for entry in entries:
        if found := following.follow(entry):
            return found
    return following.end(told if told is not None else len(entries), following.hash)


def test_a_chain_as_it_was_written_is_whole():
    assert first_broken(chain(5)) is None
    assert first_broken([]) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", datetime(2026, 11, 21, 8, 0, 0, 1, tzinfo=UTC)),
        ("action", "delete_client"),
        ("outcome", "refused"),
        ("actor_kind", "api_key"),
        ("actor_id", None),
        ("credential_id", UUID(int=7)),
        ("target_kind", "client"),
        ("target_id", UUID(int=8)),
        ("request_id", None),
        ("address", "203.0.113.9"),
        ("before", '{"kind":"company"}'),
        ("after", '{"kind": "company"}'),
        ("id", UUID(int=99)),
    ],
)
def test_an_entry_that_was_changed_in_any_column_is_named(column: str, value: object):
    entries = chain(5)
    entries[2] = entries[2]._replace(**{column: value})
    assert first_broken(entries) == "entry 3 is not as it was written"


def test_a_value_moved_into_the_neighbouring_column_is_a_change():
    entries = chain(1)
    moved = entries[0]._replace(before=entries[0].after, after=None)
    assert first_broken([moved]) == "entry 1 is not as it was written"


def test_an_entry_that_was_taken_out_is_named():
    entries = chain(5)
    assert first_broken(entries[:1] + entries[2:]) == "entry 2 is missing; after 1 comes 3"
    assert first_broken(entries[1:]) == "entry 1 is missing; after 0 comes 2"


def test_entries_that_changed_places_are_named():
    one, two, three = chain(3)
    swapped = [one, three._replace(position=2), two._replace(position=3)]
    assert first_broken(swapped) == "entry 2 does not follow the one before it"


def test_an_entry_of_another_agencys_chain_does_not_fit():
    (entry,) = chain(1)
    assert Chain(UUID(int=2)).follow(entry) == "entry 1 is not as it was written"


def test_an_end_that_was_cut_off_shows_by_the_head_and_by_a_signed_one():
    entries = chain(5)
    assert first_broken(entries[:3], told=5) == "entry 4 is missing; the chain ends at 3 and had 5"
    assert first_broken(entries[:3], heads={5: entries[4].hash}) == "entry 4 is missing; the chain ends at 3 and had 5"


def test_a_chain_written_anew_does_not_pass_through_the_signed_head():
    entries = chain(5)
    forged = [audit.linked(AGENCY, entries[0]._replace(action="nothing"))]
    assert first_broken(forged) is None
    assert first_broken(forged, heads={1: entries[0].hash}) == "entry 1 is not the one whose head was signed"


@given(st.binary(min_size=32, max_size=32), st.integers(0, 10**12), st.binary(min_size=32, max_size=32))
def test_a_signed_head_is_read_by_whoever_has_the_secret_and_by_nobody_else(secret: bytes, position: int, hash_: bytes):
    head = Head(AGENCY, position, hash_, NOW)
    line = audit.signed_head(secret, head)
    assert audit.read_head(secret, line) == head
    with pytest.raises(NotOurHead):
        audit.read_head(bytes(31) + b"other", line)


def test_a_signed_head_that_was_changed_by_a_letter_is_refused():
    line = audit.signed_head(SECRET, Head(AGENCY, 12, GENESIS, NOW))
    for changed in (line.replace(" 12 ", " 13 "), line.replace("2026", "2025"), line[:-5] + "AAAAA", line[1:], ""):
        with pytest.raises(NotOurHead):
            audit.read_head(SECRET, changed)


def test_a_head_is_found_in_a_line_of_the_log():
    line = audit.signed_head(SECRET, Head(AGENCY, 12, GENESIS, NOW))
    assert audit.heads_in(f'{{"message": "{line}", "level": "info"}}') == [line]
    assert audit.heads_in("nothing of the kind") == []


def test_secrets_are_removed_and_what_may_name_a_person_is_sealed():
    told = audit.told(
        {"email": "rina@senja.example", "password_hash": "$argon2id$", "role": "admin", "disabled_at": NOW,
         "secret_sealed": b"1", "is_enabled": True, "note": None, "client_id": AGENCY, "version": 3, "followers": 5}
    )  # fmt: skip
    assert told == {
        "client_id": str(AGENCY),
        "disabled_at": "2026-11-21T08:00:00.000000+00:00",
        "email": Personal("rina@senja.example"),
        "followers": 5,
        "is_enabled": True,
        "note": None,
        "password_hash": REMOVED,
        "role": "admin",
        "secret_sealed": REMOVED,
    }
    assert audit.told(None) is None


def test_a_sealed_value_opens_with_its_key_in_its_place_and_nowhere_else():
    key, nonce = b"a" * 32, b"n" * 12
    sealed = audit.seal(key, {"text": "rina"}, nonce=nonce, bound_to="entry 1, name")
    assert audit.unseal(key, sealed, bound_to="entry 1, name") == {"text": "rina"}
    assert audit.unseal(key, sealed, bound_to="entry 2, name") == ERASED
    assert audit.unseal(b"b" * 32, sealed, bound_to="entry 1, name") == ERASED
    assert audit.unseal(key, "no base64", bound_to="entry 1, name") == ERASED
    assert audit.unseal(None, sealed, bound_to="entry 1, name") == ERASED
