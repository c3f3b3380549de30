"""Signatures beside the current secret's: replaced secrets for a day, and Ed25519 on request."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from core import webhook_keys, webhooks
from core.webhook_keys import OldSecret

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def verifies(public: str, signature: str, text: bytes) -> bool:
    """As a receiver does it with any library of Ed25519."""
    version, _, encoded = signature.partition(",")
    assert version == "v1a"
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_"), validate=True))
    try:
        key.verify(base64.b64decode(encoded, validate=True), text)
    except InvalidSignature:
        return False
    return True


@given(seed=st.binary(min_size=32, max_size=32), second=st.integers(0, 2**33), body=st.binary(max_size=200))
def test_the_public_key_verifies_what_the_private_one_signs_and_nothing_else(seed, second, body):
    private = webhook_keys.new_signing_key(seed)
    public = webhook_keys.public_key(private)
    signature = webhook_keys.sign(private, "evt_1", second, body)
    assert (private[:5], public[:5]) == ("whsk_", "whpk_")
    assert verifies(public, signature, f"evt_1.{second}.".encode() + body)
    assert not verifies(public, signature, f"evt_1.{second}.".encode() + body + b" ")
    assert not verifies(public, signature, f"evt_2.{second}.".encode() + body)


def test_a_signature_is_the_one_of_rfc_8032():
    # Test 1 of section 7.1 names this key; Ed25519 signs the same text in the same way each time.
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    private = webhook_keys.new_signing_key(seed)
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert base64.b64decode(webhook_keys.public_key(private).removeprefix("whpk_")).hex() == public
    assert webhook_keys.sign(private, "a", 1, b"") == webhook_keys.sign(private, "a", 1, b"")


@pytest.mark.parametrize("key", ["", "whsk_", "whsec_" + base64.b64encode(bytes(32)).decode(), "whsk_AAAA", "whsk_!"])
def test_what_is_no_signing_key_does_not_sign(key):
    with pytest.raises(webhooks.InvalidSecret):
        webhook_keys.sign(key, "evt_1", 0, b"")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_signing_key_of_another_size_is_refused(size):
    with pytest.raises(ValueError, match="32 random bytes"):
        webhook_keys.new_signing_key(bytes(size))


def test_an_id_that_blurs_the_signed_text_is_refused_by_both_schemes():
    with pytest.raises(ValueError, match="message id"):
        webhook_keys.sign(webhook_keys.new_signing_key(bytes(32)), "a.b", 0, b"")


def test_a_replaced_secret_signs_for_24_hours_more():
    (old,) = webhook_keys.after_rotation(b"first", [], NOW)
    assert old.until - NOW == timedelta(hours=24)
    assert webhook_keys.still_signing([old], NOW + timedelta(hours=24, seconds=-1)) == [old]
    assert webhook_keys.still_signing([old], NOW + timedelta(hours=24)) == []


def test_three_replaced_secrets_sign_and_a_fourth_ends_the_oldest():
    old: list[OldSecret] = []
    for hour, secret in enumerate((b"1", b"2", b"3", b"4")):
        old = webhook_keys.after_rotation(secret, old, NOW + timedelta(hours=hour))
    assert [each.sealed for each in old] == [b"4", b"3", b"2"]
    late = webhook_keys.still_signing(old, NOW + timedelta(hours=26))
    assert [each.sealed for each in late] == [b"4"]
