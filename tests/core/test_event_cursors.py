"""A place in the log comes back as it was, for its reader alone, and says nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.event_cursors import NoCursor, Place, seal, unseal

KEY, OTHER_KEY = b"k" * 32, b"K" * 32
AT = datetime(2026, 3, 14, 1, 59, 26, 535897, tzinfo=UTC)
moments = st.integers(-(10**15), 10**16).map(lambda micros: AT + timedelta(microseconds=micros))
places = st.builds(Place, st.integers(0, 2**63), moments)


@given(places, st.binary(max_size=50))
def test_a_cursor_leads_back_to_its_place(place, binding):
    assert unseal([KEY], seal(KEY, place, binding), binding) == place


@given(places)
def test_a_cursor_of_a_key_that_is_still_accepted_holds(place):
    cursor = seal(OTHER_KEY, place, b"")
    assert unseal([KEY, OTHER_KEY], cursor, b"") == place
    with pytest.raises(NoCursor):
        unseal([KEY], cursor, b"")


@given(places, st.binary(min_size=1, max_size=50), st.text(max_size=60))
def test_nothing_else_is_a_cursor(place, binding, text):
    cursor = seal(KEY, place, binding)
    for wrong in (text, cursor[:-1], cursor + "A", cursor[1:] + cursor[0]):
        if wrong != cursor:
            with pytest.raises(NoCursor):
                unseal([KEY], wrong, binding)
    with pytest.raises(NoCursor):
        unseal([KEY], cursor, binding + b"!")
    with pytest.raises(NoCursor):
        unseal([OTHER_KEY], cursor, binding)


def test_two_neighbouring_places_look_nothing_alike():
    one, two = (seal(KEY, Place(n, AT + timedelta(microseconds=n)), b"") for n in (7, 8))
    assert sum(a == b for a, b in zip(one, two, strict=True)) < 10
