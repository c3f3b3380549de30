"""`siaga webhook listen` and `siaga webhook trigger`: two programs that speak to each other and to strangers."""

import base64
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from core import webhooks as rules
from core.events import PUBLIC_EVENTS
from siaga import listen, trigger
from siaga.cli import main

SECRET, OTHER = (rules.new_secret(bytes([n]) * 32) for n in (1, 2))
TYPES = sorted(event.value for event in PUBLIC_EVENTS)


@contextlib.contextmanager
def listening(*arguments, **environ):
    """The command as a process: its address, and how to read what it showed by now."""
    process = subprocess.Popen(
        [sys.executable, "-m", "siaga", "webhook", "listen", "--port", "0", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | environ,
    )  # fmt: skip
    try:
        first = process.stdout.readline()
        yield re.search(r"http://127\.0\.0\.1:\d+/", first)[0], process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(10)
        process.stdout.close()


def shown(process):
    """Everything it showed, once it has ended as it should."""
    process.send_signal(signal.SIGINT)
    text = process.stdout.read()
    assert process.wait(10) == 0
    return text


def triggered(*arguments):
    """The command in this process; click hands over what it printed and its status."""
    return CliRunner().invoke(main, ["webhook", "trigger", *arguments])


def sent_by(url, event="incident.opened", secret=SECRET):
    return triggered(event, "--url", url, "--secret", secret)


def test_every_type_that_is_triggered_is_verified_and_shown():
    with listening("--secret", OTHER, "--secret", SECRET) as (url, process):
        for event in TYPES:
            done = sent_by(url + "any/path", event)
            assert done.exit_code == 0, done.output
            assert re.search(r"^204 in \d+ ms$", done.output, re.MULTILINE)
        told = shown(process)
    for event in TYPES:
        assert re.search(
            rf"^\d\d:\d\d:\d\d ✓ {re.escape(event)}  verified  [0-9a-f-]{{36}}  -> 204$", told, re.MULTILINE
        )
    assert "    level: crisis\n" in told
    assert "    links.incident: /v1/incidents/" in told
    assert "\x1b" not in told


def test_what_another_secret_signed_is_refused_and_the_reason_shown():
    with listening("--secret", SECRET) as (url, process):
        done = sent_by(url, secret=OTHER)
        assert (done.exit_code, "401 in" in done.output) == (1, True)
        told = shown(process)
    assert "✗ incident.opened  REFUSED: No matching signature found" in told
    assert "-> 401" in told


def test_without_a_secret_it_shows_what_comes_and_says_that_nothing_was_verified():
    with listening() as (url, process):
        assert sent_by(url).exit_code == 0
        told = shown(process)
    assert "? incident.opened  not verified: no --secret" in told


def test_it_fails_as_it_is_told_and_then_takes_what_comes():
    with listening("--secret", SECRET, "--fail", "503", "--times", "2") as (url, process):
        codes = [sent_by(url).exit_code for _ in range(3)]
        told = shown(process)
    assert codes == [1, 1, 0]
    assert re.findall(r"-> (\d+)$", told, re.MULTILINE) == ["503", "503", "204"]
    # Verified all the same: what it answers is another matter.
    assert told.count("✓ incident.opened  verified") == 3


def test_a_dropped_connection_is_no_answer():
    with listening("--secret", SECRET, "--fail", "drop") as (url, process):
        done = sent_by(url)
        told = shown(process)
    assert done.exit_code == 1
    assert "No answer in" in done.output
    assert "-> no answer, the connection is dropped" in told


def test_an_answer_may_be_late():
    with listening("--secret", SECRET, "--fail", "delay:1") as (url, process):
        started = time.monotonic()
        assert sent_by(url).exit_code == 0
        assert time.monotonic() - started >= 1
        assert "-> 204 after 1 s" in shown(process)


def test_a_receiver_that_hangs_is_given_up_and_still_ends_when_asked(monkeypatch):
    monkeypatch.setattr(rules, "ATTEMPT_TIMEOUT_S", 0.3)
    with listening("--secret", SECRET, "--fail", "hang") as (url, process):
        done = sent_by(url)
        assert "-> no answer, the connection hangs" in shown(process)
    assert done.exit_code == 1
    assert "nothing whole within 0.3 seconds" in done.output


def test_what_would_steer_a_terminal_is_never_shown():
    evil = "\x1b]0;owned\x07\x1b[2J\u202e"
    body = json.dumps({"type": evil, "data": {evil: evil, "long": "x" * 5000}}, ensure_ascii=False).encode()
    headers = {"webhook-id": "a\x9b31m", "webhook-timestamp": "0", "webhook-signature": "v1,eA=="}
    with listening("--secret", SECRET) as (url, process):
        for given in (body, b"\xff\x1b[2J", b"[" * 100_000, b""):
            request = urllib.request.Request(url, data=given, headers=headers, method="POST")
            with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                urllib.request.urlopen(request, timeout=5)
            refused.value.close()
        told = shown(process)
    assert all(each.isprintable() or each == "\n" for each in told)
    assert max(len(line) for line in told.splitlines()) < 600


def test_a_terminal_gets_colours_unless_it_wants_none():
    secret = ("--secret", SECRET)
    for environ, has_colours in (({"FORCE_COLOR": "1"}, True), ({"NO_COLOR": "1"}, False)):
        with listening(*secret, **environ, TERM="xterm") as (url, process):
            assert sent_by(url).exit_code == 0
            assert ("\x1b[32m" in shown(process)) is has_colours


def test_many_deliveries_at_once_are_all_taken():
    body = b'{"type":"incident.opened","data":{}}'

    def post(url):
        from_now = rules.signed_headers([SECRET], "evt_1", int(time.time()), body)
        request = urllib.request.Request(url, data=body, headers=from_now, method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status

    with listening("--secret", SECRET) as (url, process):
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(post, [url] * 40)) == {204}
        assert shown(process).count("verified") == 40


def test_the_event_that_is_sent_is_the_example_under_a_new_id_and_the_time_of_now():
    with listening("--secret", SECRET) as (url, _):
        bodies = [json.loads(re.search(r"^{.*}$", sent_by(url).output, re.MULTILINE)[0]) for _ in range(2)]
    assert bodies[0]["id"] != bodies[1]["id"]
    assert bodies[0]["data"] == bodies[1]["data"]
    assert bodies[0]["data"]["links"]["incident"].startswith("/v1/incidents/")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["incident.opend", "--url", "http://127.0.0.1:1/", "--secret", SECRET], "Did you mean incident.opened?"),
        (["posts.received", "--url", "http://127.0.0.1:1/", "--secret", SECRET], "There is no event"),
        (["incident.opened", "--url", "not a url", "--secret", SECRET], "is no address"),
        (["incident.opened", "--url", "ftp://127.0.0.1/", "--secret", SECRET], "is no address"),
        (["incident.opened", "--url", "http://127.0.0.1:99999/", "--secret", SECRET], "is no address"),
        (["incident.opened", "--url", "http://[::1/", "--secret", SECRET], "is no address"),
        (["incident.opened", "--url", "http:///x", "--secret", SECRET], "is no address"),
        (["incident.opened", "--url", "http://127.0.0.1:1/", "--secret", "whsec_short"], "is no signing secret"),
        (["incident.opened", "--url", "http://127.0.0.1:1/", "--secret", "rahasia"], "is no signing secret"),
        (["incident.opened", "--url", "http://127.0.0.1:1/", "--secret", "whsec_é"], "is no signing secret"),
    ],
)
def test_what_cannot_be_sent_is_told_and_nothing_is_sent(arguments, words):
    done = triggered(*arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert "POST" not in done.output
    assert "whsec_short" not in done.output


def test_nobody_listening_is_told_and_is_a_no():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        done = sent_by(f"http://127.0.0.1:{held.getsockname()[1]}/")
    assert done.exit_code == 1
    assert "No answer in" in done.output


@pytest.mark.parametrize("told", ["200", "299", "600", "later", "delay:", "delay:-1", "delay:3601", "٥٠٠", ""])
def test_an_unknown_way_to_fail_is_told(told):
    done = CliRunner().invoke(main, ["webhook", "listen", "--port", "0", "--fail", told])
    assert done.exit_code == 2
    assert "is no way to fail" in done.output


def test_a_secret_that_is_none_and_a_port_that_is_taken_are_told():
    none = base64.b64encode(bytes(32)).decode()
    done = CliRunner().invoke(main, ["webhook", "listen", "--port", "0", "--secret", none])
    assert (done.exit_code, "is no signing secret" in done.output, none in done.output) == (2, True, False)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = str(held.getsockname()[1])
        done = CliRunner().invoke(main, ["webhook", "listen", "--port", port])
    assert (done.exit_code, f"Cannot listen on 127.0.0.1 port {port}" in done.output) == (2, True)


def test_ways_to_fail_are_read_as_documented():
    assert listen.failure(None) is None
    assert listen.failure("503", 2) == listen.Failure(status=503, times=2)
    assert listen.failure("drop") == listen.Failure(drops=True)
    assert listen.failure("delay:20") == listen.Failure(delay_s=20)
    assert listen.failure("hang").drops


def test_every_public_type_can_be_triggered():
    assert [trigger.event_of(name).value for name in TYPES] == TYPES
