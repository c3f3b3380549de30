"""Passwords: kept so that guessing is dear, and refused when they are guessed first."""

import pytest

from core.passwords import LONGEST, NOBODY, SHORTEST, fits, keep, weakness

GOOD = "lima-kucing-di-atap"


def test_a_kept_password_fits_itself_only():
    kept = keep(GOOD, b"s" * 16)
    assert fits(kept, GOOD)
    assert not fits(kept, GOOD + " ")
    assert not fits(kept, "")
    assert GOOD not in kept


def test_it_is_kept_with_argon2id_as_the_rules_ask():
    assert keep(GOOD, b"s" * 16).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert keep(GOOD, b"s" * 16) != keep(GOOD, b"t" * 16)


def test_nobodys_password_costs_as_much_and_is_no_words_of_anybody():
    assert NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not fits(NOBODY, GOOD)


def test_what_is_no_kept_password_fits_nothing():
    assert not fits("", GOOD)
    assert not fits("plain", "plain")


def test_the_same_letters_fit_however_the_keyboard_sends_them():
    assert fits(keep("caf\u00e9-di-tepi-sawah", b"s" * 16), "cafe\u0301-di-tepi-sawah")


def test_signs_of_any_script_and_nul_are_letters_like_others():
    kept = keep("こんにちは世界こんにちは🌾\0x", b"s" * 16)
    assert fits(kept, "こんにちは世界こんにちは🌾\0x")
    assert not fits(kept, "こんにちは世界こんにちは🌾\0y")


@pytest.mark.parametrize("password", [GOOD, "x" * 3 + "abcdefghi", "correct horse battery staple", "z9!" * 20 + "qwe"])
def test_unusual_words_will_do(password: str):
    assert weakness(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "a" * (SHORTEST - 1),
        GOOD * 10,
        "passwordpassword",
        "PasswordPassword",
        "Rahasia12345!",
        "123456789012",
        "abababababab",
    ],
)
def test_what_is_tried_first_is_refused_with_a_remedy(password: str):
    assert len(weakness(password) or "") > 20


def test_the_limits_themselves_will_do():
    assert weakness(("lima-kucing-" * 20)[:SHORTEST]) is None
    assert weakness(("lima-kucing-" * 20)[:LONGEST]) is None
    assert weakness(("lima-kucing-" * 20)[: LONGEST + 1]) is not None
