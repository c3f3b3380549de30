"""Credentials as text: made, read, and refused for every flaw in the same words."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import jwt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.access import Principal, Role, scopes_of
from core.errors import Invalid, Unauthenticated
from core.ids import AgencyId, ClientId
from core.signing_keys import KeySet
from core.tokens import (
    ACCESS_LIFE,
    REPEAT_WITHIN,
    Presented,
    access_token,
    check_end,
    digest,
    following_refresh_token,
    judge_refresh,
    new_api_key,
    new_refresh_token,
    public_id_of,
    read_access_token,
    read_refresh_token,
)

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
ISSUER = "https://api.test"
KEYS = KeySet.at(NOW, b"k" * 32)
LATE = timedelta(seconds=1)


def somebody(**more) -> Principal:
    values = {"kind": "member", "id": uuid4(), "agency_id": AgencyId(uuid4()), "role": Role.ANALYST}
    values |= {"scopes": scopes_of(Role.ANALYST), "session_id": uuid4()}
    return Principal(**values | more)


def issued(principal: Principal) -> str:
    return access_token(KEYS, principal, issuer=ISSUER, token_id=uuid4(), now=NOW)


def test_an_access_token_tells_who_it_was_made_for():
    for principal in (somebody(), somebody(role=Role.PORTAL_VIEWER, client_id=ClientId(uuid4()))):
        assert read_access_token(KEYS, issued(principal), issuer=ISSUER, now=NOW) == principal


@pytest.mark.parametrize(
    ("after", "good"),
    [
        (timedelta(0), True),
        (ACCESS_LIFE, True),
        (ACCESS_LIFE + timedelta(seconds=29), True),
        (ACCESS_LIFE + timedelta(seconds=30), False),
        (-timedelta(seconds=30), True),
        (-timedelta(seconds=31), False),
    ],
)
def test_an_access_token_is_good_for_its_life_and_a_leeway(after: timedelta, good: bool):
    token = issued(somebody())
    if good:
        assert read_access_token(KEYS, token, issuer=ISSUER, now=NOW + after)
    else:
        with pytest.raises(Unauthenticated):
            read_access_token(KEYS, token, issuer=ISSUER, now=NOW + after)


def test_another_installations_token_is_refused():
    other = KeySet.at(NOW, b"j" * 32)
    with pytest.raises(Unauthenticated):
        read_access_token(other, issued(somebody()), issuer=ISSUER, now=NOW)
    with pytest.raises(Unauthenticated):
        read_access_token(KEYS, issued(somebody()), issuer="https://api.test.evil", now=NOW)


@given(st.text(max_size=300) | st.text(alphabet="eyJ.abcAB-_09", max_size=300))
def test_any_other_text_is_refused_without_a_fault(text: str):
    with pytest.raises(Unauthenticated):
        read_access_token(KEYS, text, issuer=ISSUER, now=NOW)


TOKEN = access_token(
    KEYS,
    somebody(id=UUID(int=1), agency_id=AgencyId(UUID(int=2)), session_id=UUID(int=3)),
    issuer=ISSUER,
    token_id=UUID(int=4),
    now=NOW,
)


# The last letter carries four bits that mean nothing.
@given(st.integers(0, len(TOKEN) - 2), st.sampled_from("ABCDabcd0189-_.=+ "))
def test_a_token_changed_at_any_place_is_refused(place: int, letter: str):
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    assume(changed != TOKEN)
    with pytest.raises(Unauthenticated):
        read_access_token(KEYS, changed, issuer=ISSUER, now=NOW)


def test_a_token_longer_than_any_of_ours_is_not_looked_at():
    with pytest.raises(Unauthenticated):
        read_access_token(KEYS, "a." * 3000, issuer=ISSUER, now=NOW)


def test_the_published_keys_hold_nothing_private():
    published = KEYS.jwks()["keys"]
    assert [set(each) for each in published] == [{"crv", "kty", "x", "kid", "use", "alg"}] * 3
    assert jwt.PyJWK(published[0]).key.public_bytes_raw() == KEYS.signing.public.public_bytes_raw()


@given(st.binary(min_size=40, max_size=40))
def test_an_api_key_names_itself_and_is_kept_by_its_digest(entropy: bytes):
    made = new_api_key(entropy)
    assert made.text.startswith(f"sk_live_{made.public_id}")
    assert public_id_of(made.text) == made.public_id
    assert made.digest == digest(made.text)


@given(st.binary(min_size=40, max_size=40), st.integers(8, 53), st.sampled_from("AZaz09"))
def test_an_api_key_with_a_typing_error_is_refused(entropy: bytes, place: int, letter: str):
    text = new_api_key(entropy).text
    typed = text[:place] + letter + text[place + 1 :]
    assume(typed != text)
    with pytest.raises(Unauthenticated):
        public_id_of(typed)


def test_a_refresh_token_names_its_agency_and_itself():
    agency_id, token_id = uuid4(), uuid4()
    made = new_refresh_token(agency_id, token_id, b"e" * 32)
    assert read_refresh_token(made.text) == (agency_id, token_id, made.digest)


@given(st.text(max_size=120))
def test_any_other_text_is_no_refresh_token(text: str):
    with pytest.raises(Unauthenticated):
        read_refresh_token(text)


def test_the_following_token_is_the_same_for_the_same_use_and_another_for_any_other():
    agency_id, secret, used = uuid4(), b"s" * 32, digest("rt")
    first = following_refresh_token(secret, agency_id, used, "peramban", NOW)
    assert following_refresh_token(secret, agency_id, used, "peramban", NOW) == first
    others = [
        following_refresh_token(b"t" * 32, agency_id, used, "peramban", NOW),
        following_refresh_token(secret, agency_id, digest("rt2"), "peramban", NOW),
        following_refresh_token(secret, agency_id, used, "pencuri", NOW),
        following_refresh_token(secret, agency_id, used, "peramban", NOW + timedelta(milliseconds=1)),
    ]
    assert len({first.text, *(other.text for other in others)}) == 5
    assert read_refresh_token(first.text)[1] == UUID(first.public_id)


@pytest.mark.parametrize(
    ("used_at", "revoked_at", "expires_at", "found"),
    [
        (None, None, NOW + LATE, Presented.GOOD),
        (None, None, NOW, Presented.OVER),
        (None, NOW, NOW + LATE, Presented.OVER),
        (NOW, None, NOW + LATE, Presented.JUST_USED),
        (NOW - REPEAT_WITHIN, None, NOW + LATE, Presented.JUST_USED),
        (NOW - REPEAT_WITHIN - LATE, None, NOW + LATE, Presented.USED_AGAIN),
        (NOW, NOW, NOW + LATE, Presented.OVER),
        (NOW, None, NOW - LATE, Presented.OVER),
    ],
)
def test_a_presented_refresh_token_is_judged_by_its_past(used_at, revoked_at, expires_at, found: Presented):
    assert judge_refresh(used_at=used_at, revoked_at=revoked_at, expires_at=expires_at, now=NOW) is found


def test_an_end_is_told_in_utc_and_lies_ahead():
    assert check_end(None, NOW) is None
    jakarta = timezone(timedelta(hours=7))
    assert check_end(datetime(2026, 7, 1, 15, 1, tzinfo=jakarta), NOW) == NOW + timedelta(minutes=1)
    for past in (
        NOW,
        NOW - LATE,
        datetime(1, 1, 1, tzinfo=jakarta),
        datetime(9999, 12, 31, 20, tzinfo=timezone(-timedelta(hours=7))),
    ):
        with pytest.raises(Invalid):
            check_end(past, NOW)


def test_another_secret_of_a_key_keeps_its_public_id():
    first, second = new_api_key(b"1" * 40), new_api_key(b"2" * 40, public_id="Ab345678")
    assert (second.public_id, public_id_of(second.text)) == ("Ab345678", "Ab345678")
    assert second.text[16:48] == new_api_key(b"2" * 40).text[16:48] != first.text[16:48]
