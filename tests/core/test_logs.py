"""A log line is one line of JSON and never holds a secret."""

import json
import logging

import pytest

from core.logs import JsonLines


def rendered(message, *args, exc_info=None, **extra):
    record = logging.LogRecord("api.tokens", logging.WARNING, __file__, 1, message, args, exc_info)
    vars(record).update(extra)
    line = JsonLines().format(record)
    assert "\n" not in line
    return json.loads(line)


def test_a_record_becomes_one_line_with_time_level_logger_and_what_was_added():
    line = rendered("signed in %s", "twice\nover", agency_id="a1", attempt=2)
    assert line["message"] == "signed in twice\nover"
    assert line["level"] == "warning"
    assert line["logger"] == "api.tokens"
    assert line["at"].endswith("+00:00")
    assert (line["agency_id"], line["attempt"]) == ("a1", 2)


@pytest.mark.parametrize(
    ("told", "secret"),
    [
        ("connect to postgresql://siaga:p@ss@db/siaga failed", "p@ss"),
        ("connect to redis://:hunter2@cache:6379 failed", "hunter2"),
        ("header Authorization: Bearer abc.def-ghi", "abc.def"),
        ("key sk_live_abcdefgh" + "S" * 38, "SSS"),
        ("key sk_test_abcdefgh" + "S" * 38, "SSS"),
        ("signs with whsec_c2VjcmV0c2VjcmV0", "c2VjcmV0"),
        ("got eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIi"),
    ],
)
def test_a_credential_in_a_text_is_removed(told, secret):
    assert secret not in rendered(told)["message"]
    assert "[removed]" in rendered(told)["message"]
    assert secret not in str(rendered("see", detail={"deep": [told]}))


def test_an_address_without_a_password_is_told_whole():
    told = "see http://127.0.0.1:8000/v1/x?a=b@c and postgresql://postgres@/siaga?host=/run"
    assert rendered(told)["message"] == told


@pytest.mark.parametrize("name", ["password", "refresh_token", "Authorization", "webhook_secret", "api_key", "Cookie"])
def test_a_value_named_like_a_secret_is_removed_however_deep(name):
    line = rendered("request", headers={"outer": [{name: "s3cr3t"}]}, **{name: "s3cr3t"})
    assert "s3cr3t" not in json.dumps(line)
    assert rendered("request", **{f"{name}_count": 3})[f"{name}_count"] == 3


def test_a_trace_is_told_without_its_secrets():
    failed = ConnectionError("postgresql://u:hidden-word@h/d")
    line = rendered("failed", exc_info=(type(failed), failed, None))
    assert "ConnectionError" in line["trace"]
    assert "hidden-word" not in line["trace"]


def test_a_very_long_text_is_cut_and_its_length_told():
    assert rendered("x" * 10_000)["message"].endswith("(10000 characters)")
    assert len(rendered("x" * 10_000)["message"]) < 4100


def test_a_value_that_json_does_not_know_is_told_as_text():
    assert rendered("odd", value={1})["value"] == "{1}"


def test_a_line_of_ids_and_figures_is_written_as_it_is():
    record = logging.makeLogRecord({"msg": "request", "levelname": "INFO", "name": "siaga.requests"})
    record.harmless = {"request_id": "langkah-pertama", "status": 200}
    line = json.loads(JsonLines().format(record))
    assert line.pop("at")
    assert line == {
        "level": "info",
        "logger": "siaga.requests",
        "message": "request",
        "request_id": "langkah-pertama",
        "status": 200,
    }
