"""The verifiers that our pages tell to copy, and those of others, take every good vector and no forged one."""

import base64
import time

import pytest
import standardwebhooks.webhooks as official
import svix.webhooks as other
from standardwebhooks import WebhookVerificationError

from tests import webhook_vectors as vectors

CASES = vectors.cases()
LIBRARY, BY_HAND, BY_KEY = vectors.blocks("python")


@pytest.fixture
def set_clock(monkeypatch):
    """Let the libraries read the given Unix second as the present."""
    return lambda second: monkeypatch.setattr(official, "datetime", vectors.clock(second))


def verdicts(takes):
    """What a verifier took against what it was to take, by the name of the vector."""
    wrong = [case["name"] for case in CASES if takes(case, base64.b64decode(case["body_b64"])) is not case["accept"]]
    return sorted(set(wrong))


def test_the_published_vectors_are_those_that_our_own_signatures_make():
    published = vectors.PUBLISHED.read_text(encoding="utf-8")
    assert published == vectors.text(), "run `python -m tests.webhook_vectors`"


def test_the_vectors_hold_both_what_is_taken_and_what_is_forged():
    names = [each.name for each in vectors.every()]
    assert len(names) == len(set(names))
    assert {each.expect for each in vectors.every()} == {"accept", "refuse"}
    by_key = [each.name for each in vectors.every_by_key()]
    assert len(by_key) == len(set(by_key))
    assert {each.expect for each in vectors.every_by_key()} == {"accept", "refuse"}


def test_the_block_by_hand_takes_every_good_one_and_no_forged_one():
    told = {}
    exec(compile(BY_HAND, "by hand", "exec"), told)
    verify = told["is_from_siaga"]
    assert verdicts(lambda case, body: verify(case["secret"], case["headers"], body, case["now"])) == []


def test_the_block_by_the_public_key_takes_every_good_one_and_no_forged_one():
    told = {}
    exec(compile(BY_KEY, "by the public key", "exec"), told)
    verify = told["is_signed_by_siaga"]
    for case in vectors.cases_by_key():
        body = base64.b64decode(case["body_b64"])
        assert verify(case["public_key"], case["headers"], body, case["now"]) is case["accept"], case["name"]


def test_the_block_by_hand_goes_by_the_clock_where_it_is_told_no_time(monkeypatch):
    told = {}
    exec(compile(BY_HAND, "by hand", "exec"), told)
    good = CASES[0]
    for second, taken in ((good["now"] + 299, True), (good["now"] + 301, False)):
        monkeypatch.setattr(time, "time", lambda second=second: float(second))
        body = base64.b64decode(good["body_b64"])
        assert told["is_from_siaga"](good["secret"], good["headers"], body) is taken


def test_the_block_with_the_library_takes_every_good_one_and_no_forged_one(set_clock):
    told, remembered = {}, []
    exec(compile(LIBRARY, "library", "exec"), told)
    told["remember"] = remembered.append

    def takes(case, body):
        set_clock(case["now"])
        told["SECRET"] = case["secret"]
        return {204: True, 401: False}[told["receive"](body, case["headers"])]

    assert verdicts(takes) == []
    assert len(remembered) == sum(case["accept"] for case in CASES)


def test_the_other_library_takes_every_good_one_and_no_forged_one(set_clock):
    def takes(case, body):
        set_clock(case["now"])
        try:
            other.Webhook(case["secret"]).verify(body, case["headers"])
        except (WebhookVerificationError, ValueError):
            return False
        return True

    assert verdicts(takes) == []
