import base64
import json
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import standardwebhooks.webhooks as official
from hypothesis import given
from hypothesis import strategies as st

from core import webhooks

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / ".." / "shared"))
VECTORS = SHARED / "data" / "badinput" / "webhook_vectors.ndjson"

needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason="the shared test data are not here")


def vectors():
    return [json.loads(line) for line in VECTORS.read_text(encoding="ascii").splitlines()] if VECTORS.exists() else []


@pytest.fixture
def set_clock(monkeypatch):
    """Let the official verifier read the given Unix second as the present."""

    def set_to(second):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromtimestamp(second, tz)

        monkeypatch.setattr(official, "datetime", Clock)

    return set_to


def officially_accepted(secret, body, headers):
    try:
        official.Webhook(secret).verify(body, headers, json_parse=False)
    except Exception:  # noqa: BLE001  # whatever it raises, a receiver would have refused
        return False
    return True


@needs_vectors
@pytest.mark.parametrize("vector", vectors(), ids=lambda v: f"{v['kind']}-{v['now']}")
def test_the_official_verifier_agrees_with_every_vector(vector, set_clock):
    set_clock(vector["now"])
    accepted = officially_accepted(vector["secret"], base64.b64decode(vector["body_b64"]), vector["headers"])
    assert accepted is (vector["expect"] == "accept")


@needs_vectors
def test_our_signature_stands_in_every_accepted_vector_and_in_no_forged_one():
    for vector in vectors():
        headers = vector["headers"]
        ours = None
        if headers["webhook-timestamp"].isdigit():
            ours = webhooks.sign(
                [vector["secret"]],
                headers["webhook-id"],
                int(headers["webhook-timestamp"]),
                base64.b64decode(vector["body_b64"]),
            )
        fresh = ours is not None and abs(int(headers["webhook-timestamp"]) - vector["now"]) <= 300
        assert (fresh and ours in headers["webhook-signature"].split(" ")) is (vector["expect"] == "accept"), vector


@given(
    random=st.binary(min_size=32, max_size=32),
    message_id=st.from_regex(r"evt_[a-z0-9]{1,40}", fullmatch=True),
    body=st.text().map(lambda text: json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "replace")),
)
def test_whatever_we_sign_the_official_verifier_accepts(random, message_id, body):
    secret = webhooks.new_secret(random)
    second = int(datetime.now(UTC).timestamp())
    headers = webhooks.signed_headers([secret], message_id, second, body)
    assert officially_accepted(secret, body, headers)
    assert not officially_accepted(secret, body + b" ", headers)
    assert not officially_accepted(secret, body, headers | {"webhook-id": message_id + "x"})


def test_a_secret_is_the_prefix_and_the_base64_of_its_bytes():
    secret = webhooks.new_secret(bytes(range(32)))
    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_"), validate=True) == bytes(range(32))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_of_another_size_is_refused(size):
    with pytest.raises(ValueError, match="32 random bytes"):
        webhooks.new_secret(bytes(size))


def test_during_a_rotation_a_receiver_with_either_secret_accepts():
    old, new, stranger = (webhooks.new_secret(bytes([n]) * 32) for n in (1, 2, 3))
    second = int(datetime.now(UTC).timestamp())
    headers = webhooks.signed_headers([new, old], "evt_1", second, b"{}")
    assert [officially_accepted(s, b"{}", headers) for s in (old, new, stranger)] == [True, True, False]


def test_nothing_is_signed_without_a_secret():
    with pytest.raises(ValueError, match="At least one secret"):
        webhooks.sign([], "evt_1", 0, b"")


@pytest.mark.parametrize("message_id", ["", "a.b", "a b", "a\n", "é", "a" * 201])
def test_a_message_id_that_blurs_the_signed_text_is_refused(message_id):
    with pytest.raises(ValueError, match="message id"):
        webhooks.sign([webhooks.new_secret(bytes(32))], message_id, 0, b"")


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_not base64!",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        base64.b64encode(bytes(32)).decode(),
        "whsec_é",
    ],
)
def test_what_is_no_secret_does_not_sign(secret):
    with pytest.raises(webhooks.InvalidSecret):
        webhooks.sign([secret], "evt_1", 0, b"")


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_delivers_on_any_try(status):
    for attempt_no in range(1, 11):
        assert webhooks.after_attempt(attempt_no, status, now=NOW, jitter=0) == webhooks.Delivered()


@pytest.mark.parametrize("outcome", [None, 199, 300, 301, 307, 400, 401, 404, 500, 501])
def test_all_else_climbs_the_ladder_and_is_exhausted_after_ten_tries(outcome):
    waits_s = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    steps = [webhooks.after_attempt(n, outcome, now=NOW, jitter=0) for n in range(1, 11)]
    assert steps == [webhooks.Retry(NOW + timedelta(seconds=s)) for s in waits_s] + [webhooks.Exhausted()]


def test_all_tries_lie_within_76_hours_without_jitter():
    assert timedelta(hours=75) < sum(webhooks.LADDER, timedelta(0)) < timedelta(hours=76)


@given(attempt_no=st.integers(1, 9), jitter=st.floats(0, 1))
def test_jitter_lengthens_a_wait_by_up_to_ten_percent(attempt_no, jitter):
    step = webhooks.after_attempt(attempt_no, 500, now=NOW, jitter=jitter)
    plain = webhooks.LADDER[attempt_no]
    assert isinstance(step, webhooks.Retry)
    assert plain <= step.at - NOW <= plain * 1.1


@pytest.mark.parametrize(("attempt_no", "jitter"), [(0, 0), (11, 0), (1, -0.01), (1, 1.01), (1, float("nan"))])
def test_a_try_or_a_jitter_out_of_range_is_refused(attempt_no, jitter):
    with pytest.raises(ValueError, match="attempt_no"):
        webhooks.after_attempt(attempt_no, 500, now=NOW, jitter=jitter)


def test_410_ends_the_delivery_and_the_endpoint_at_once():
    assert webhooks.after_attempt(1, 410, now=NOW, jitter=0) == webhooks.EndpointGone()
    assert webhooks.after_attempt(10, 410, now=NOW, jitter=0) == webhooks.EndpointGone()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_honoured_in_both_forms(status, form):
    header = {"seconds": "3600", "date": format_datetime(NOW + timedelta(hours=1), usegmt=True)}[form]
    step = webhooks.after_attempt(1, status, now=NOW, jitter=0, retry_after=header)
    assert step == webhooks.Retry(NOW + timedelta(hours=1))


def test_retry_after_never_shortens_the_ladder():
    step = webhooks.after_attempt(4, 503, now=NOW, jitter=0, retry_after="1")
    assert step == webhooks.Retry(NOW + timedelta(hours=2))


@pytest.mark.parametrize("status", [None, 400, 500])
def test_retry_after_of_another_status_is_not_heeded(status):
    step = webhooks.after_attempt(1, status, now=NOW, jitter=0, retry_after="3600")
    assert step == webhooks.Retry(NOW + timedelta(seconds=5))


def test_retry_after_does_not_add_a_try():
    assert webhooks.after_attempt(10, 503, now=NOW, jitter=0, retry_after="60") == webhooks.Exhausted()


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("0", timedelta(0)),
        (" 120\t", timedelta(minutes=2)),
        ("86400", timedelta(hours=24)),
        ("86401", timedelta(hours=24)),
        ("9" * 64, timedelta(hours=24)),
        ("Sat, 21 Nov 2026 08:02:00 GMT", timedelta(minutes=2)),
        ("Saturday, 21-Nov-26 08:02:00 GMT", timedelta(minutes=2)),
        ("Sat Nov 21 08:02:00 2026", timedelta(minutes=2)),
        ("Sat, 21 Nov 2026 07:00:00 GMT", timedelta(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(hours=24)),
        (None, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("9" * 65, None),
        ("Sat, 99 Nov 2026 08:02:00 GMT", None),
        ("Sat, 21 Nov 2026 08:02:00 +9999999999", None),
        ("x" * 5000, None),
    ],
)
def test_retry_after_is_read_or_ignored(value, wait):
    assert webhooks.retry_after_wait(value, now=NOW) == wait


@given(st.text(max_size=80))
def test_no_retry_after_breaks_the_reader(value):
    wait = webhooks.retry_after_wait(value, now=NOW)
    assert wait is None or timedelta(0) <= wait <= timedelta(hours=24)


def test_failing_begins_with_the_first_failure_and_ends_with_a_success():
    later = NOW + timedelta(days=1)
    assert webhooks.failing_since(None, 200, now=NOW) is None
    assert webhooks.failing_since(None, 500, now=NOW) == NOW
    assert webhooks.failing_since(NOW, None, now=later) == NOW
    assert webhooks.failing_since(NOW, 204, now=later) is None


def test_an_endpoint_is_switched_off_when_all_has_failed_for_five_days():
    assert webhooks.should_disable(NOW - timedelta(days=5), now=NOW)
    assert not webhooks.should_disable(NOW - timedelta(days=5) + timedelta(seconds=1), now=NOW)
    assert not webhooks.should_disable(None, now=NOW)
