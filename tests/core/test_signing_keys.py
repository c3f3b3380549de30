"""Signing keys turn by the calendar, and no valid token is dropped on the way."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core.access import Principal, Role, scopes_of
from core.errors import Unauthenticated
from core.ids import AgencyId
from core.signing_keys import ROTATION, KeySet, period_of, turns_at
from core.tokens import ACCESS_LIFE, LEEWAY_S, access_token, read_access_token

SECRET, NEW_SECRET = b"s" * 32, b"n" * 32
ISSUER = "https://api.test"
TURN = turns_at(period_of(datetime(2026, 7, 1, tzinfo=UTC)) + 1)
SOON = timedelta(seconds=1)


def issued(keys: KeySet, now: datetime) -> str:
    somebody = Principal(
        kind="member", id=uuid4(), agency_id=AgencyId(uuid4()), role=Role.ANALYST,
        scopes=scopes_of(Role.ANALYST), session_id=uuid4(),
    )  # fmt: skip
    return access_token(keys, somebody, issuer=ISSUER, token_id=uuid4(), now=now)


def is_taken(keys: KeySet, token: str, now: datetime) -> bool:
    try:
        return bool(read_access_token(keys, token, issuer=ISSUER, now=now))
    except Unauthenticated:
        return False


def test_one_key_signs_one_is_next_and_one_was_before():
    before, after = KeySet.at(TURN - SOON, SECRET), KeySet.at(TURN, SECRET)
    assert [key["kid"] for key in before.jwks()["keys"]] == [before.signing.kid, before.next.kid, before.old.kid]
    assert (after.signing.kid, after.old.kid) == (before.next.kid, before.signing.kid)
    assert len({key.kid for key in (*before.every, *after.every)}) == 4


def test_every_process_has_the_same_keys_all_through_a_period():
    first = KeySet.at(TURN, SECRET)
    assert KeySet.at(TURN + ROTATION - SOON, SECRET).jwks() == first.jwks()
    assert KeySet.at(TURN, NEW_SECRET).signing.kid != first.signing.kid


def test_turning_the_keys_drops_no_valid_token():
    last = issued(KeySet.at(TURN - SOON, SECRET), TURN - SOON)
    until = TURN - SOON + ACCESS_LIFE
    assert is_taken(KeySet.at(until, SECRET), last, until)
    # What cached the published set before the turn checks what is signed after it.
    first = issued(KeySet.at(TURN, SECRET), TURN)
    assert is_taken(KeySet.at(TURN - SOON, SECRET), first, TURN)


def test_a_process_whose_clock_lags_takes_the_token_of_one_whose_clock_leads():
    leading = issued(KeySet.at(TURN, SECRET), TURN)
    lagging = TURN - timedelta(seconds=LEEWAY_S)
    assert is_taken(KeySet.at(lagging, SECRET), leading, lagging)


def test_a_key_of_two_periods_ago_checks_nothing():
    stale = KeySet.at(TURN - ROTATION - SOON, SECRET).signing
    assert KeySet.at(TURN, SECRET).find(stale.kid) is None


def test_changing_the_secret_in_three_steps_drops_no_valid_token():
    """Told of the new one everywhere, then signing with it, then without the old one: each step a restart in turn."""
    steps = [(SECRET,), (SECRET, NEW_SECRET), (NEW_SECRET, SECRET), (NEW_SECRET,)]
    for before, after in itertools.pairwise(steps):
        for signs, checks in ((before, after), (after, before)):
            assert is_taken(KeySet.at(TURN, *checks), issued(KeySet.at(TURN, *signs), TURN), TURN)


def test_at_the_turn_the_other_secrets_tokens_are_taken_too():
    old = issued(KeySet.at(TURN - SOON, SECRET), TURN - SOON)
    assert is_taken(KeySet.at(TURN, NEW_SECRET, SECRET), old, TURN)
    assert not is_taken(KeySet.at(TURN, NEW_SECRET), old, TURN)


@pytest.mark.parametrize("kid", [None, 1, "", "ü", "../../etc/passwd", ["x"], "' or 1=1 --"])
def test_a_name_that_is_not_in_the_set_finds_no_key(kid: object):
    assert KeySet.at(TURN, SECRET).find(kid) is None
