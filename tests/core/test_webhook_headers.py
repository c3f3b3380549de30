"""Which headers an endpoint's owner may have sent, and that their values are not shown again."""

import pytest

from core import webhook_headers
from core.egress_rules import ForbiddenHeader


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Team", "night shift"),
        ("Authorization", "Bearer abc"),
        ("x-api-key", "k" * 1024),
        ("cf-access-client-id", "1"),
    ],
)
def test_a_header_of_the_owners_is_taken_in_lower_case(name, value):
    assert webhook_headers.checked(name, value) == name.lower()


@pytest.mark.parametrize(
    "name",
    [
        "Host", "Connection", "Keep-Alive", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Content-Type", "Content-Length", "Content-Encoding", "content-digest", "Cookie", "Expect", "Via", "User-Agent",
        "webhook-id", "Webhook-Signature", "webhook-anything", "webhook_id", "Webhook_Signature", "x_team", "-x", "x-",
        "", "a b", "x:y", "x\r\ny", "é", ":authority", "Accept", "Accept-Encoding", "Range", "If-None-Match",
        "Forwarded", "X-Forwarded-For", "X-Real-IP", "X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-Url",
        "Sec-Fetch-Site", "X-Request-Id", "traceparent", "tracestate", "Date", "Origin", "x" * 65,
    ],
)  # fmt: skip
def test_a_header_that_steers_or_is_ours_is_refused(name):
    with pytest.raises(ForbiddenHeader):
        webhook_headers.checked(name, "x")


@pytest.mark.parametrize("value", ["", " x", "x ", "a\r\nHost: b", "a\nb", "a\0b", "é", "k" * 1025])
def test_a_value_that_would_break_the_request_apart_is_refused(value):
    with pytest.raises(ForbiddenHeader):
        webhook_headers.checked("x-team", value)


def test_a_change_sets_takes_away_and_leaves():
    before = {"x-team": "night", "x-api-key": "abc"}
    assert webhook_headers.merged(before, {"X-Team": "day", "x-api-key": None}) == {"x-team": "day"}
    assert webhook_headers.merged(before, {}) == before
    assert webhook_headers.merged(before, {"x-unknown": None}) == before


def test_ten_are_taken_and_an_eleventh_is_refused():
    ten = {f"x-{number}": "v" for number in range(10)}
    assert webhook_headers.merged({}, ten) == ten
    with pytest.raises(ForbiddenHeader, match="At most 10"):
        webhook_headers.merged(ten, {"x-more": "v"})


def test_what_is_packed_is_unpacked():
    headers = {"x-team": 'a "quoted" one', "authorization": "Bearer x"}
    assert webhook_headers.unpacked(webhook_headers.packed(headers)) == headers


def test_an_answer_that_repeats_a_value_is_masked():
    own = {"authorization": "Bearer s3cr3t-t0ken", "x-team": "on"}
    told = "You sent Bearer s3cr3t-t0ken, that is s3cr3t-t0ken; on we go."
    assert webhook_headers.masked(told, own) == "You sent ***, that is ***; on we go."
