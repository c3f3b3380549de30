from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import sealing
from core.sealing import Purpose, SealBroken

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
NONCE = bytes(range(12))
AGENCY, ENDPOINT = uuid4(), uuid4()
SECRET = "whsec_c2VjcmV0IG9mIGEgcmVjZWl2ZXIgaW4gSmFrYXJ0YQ=="


def sealed(secret=SECRET, key=KEY, nonce=NONCE):
    return sealing.seal(key, secret, nonce=nonce, agency_id=AGENCY, row_id=ENDPOINT)


@given(st.text(max_size=200).filter(lambda text: text.isprintable()), st.binary(min_size=12, max_size=12))
def test_what_is_sealed_opens_again_for_the_same_endpoint(secret, nonce):
    closed = sealed(secret, nonce=nonce)
    assert sealing.unseal([KEY], closed, agency_id=AGENCY, row_id=ENDPOINT) == secret


def test_a_sealed_secret_shows_nothing_of_itself():
    assert SECRET.encode() not in sealed()
    assert sealed()[13:] != sealed(nonce=b"n" * 12)[13:]


@pytest.mark.parametrize(
    ("key", "agency_id", "row_id"),
    [(OTHER_KEY, AGENCY, ENDPOINT), (KEY, uuid4(), ENDPOINT), (KEY, AGENCY, uuid4()), (KEY, ENDPOINT, AGENCY)],
    ids=["another key", "another agency", "another endpoint", "ids swapped"],
)
def test_a_sealed_secret_does_not_open_elsewhere(key, agency_id, row_id):
    with pytest.raises(SealBroken):
        sealing.unseal([key], sealed(), agency_id=agency_id, row_id=row_id)


def test_what_is_sealed_opens_under_any_of_the_keys_that_are_accepted():
    for keys in ([OTHER_KEY, KEY], [KEY, OTHER_KEY]):
        assert sealing.unseal(keys, sealed(), agency_id=AGENCY, row_id=ENDPOINT) == SECRET
    with pytest.raises(SealBroken):
        sealing.unseal([], sealed(), agency_id=AGENCY, row_id=ENDPOINT)


def test_what_is_sealed_for_one_purpose_opens_for_no_other():
    with pytest.raises(SealBroken):
        sealing.unseal([KEY], sealed(), agency_id=AGENCY, row_id=ENDPOINT, purpose=Purpose.IDENTITY_PROVIDER)


@given(st.integers(min_value=0, max_value=len(sealed()) * 8 - 1))
def test_one_changed_bit_breaks_the_seal(bit):
    changed = bytearray(sealed())
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        sealing.unseal([KEY], bytes(changed), agency_id=AGENCY, row_id=ENDPOINT)


@given(st.binary(max_size=40))
def test_bytes_that_were_never_sealed_are_refused_and_not_an_accident(noise):
    with pytest.raises(SealBroken):
        sealing.unseal([KEY], noise, agency_id=AGENCY, row_id=ENDPOINT)


@pytest.mark.parametrize("length", [0, 11, 13, 16])
def test_a_nonce_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match="12 bytes"):
        sealed(nonce=bytes(length))
