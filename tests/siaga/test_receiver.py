"""The demo's receiver, spoken to over its own port as a stranger would."""

import base64
import contextlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from siaga import receiver

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()
OTHER = "whsec_" + base64.b64encode(b"another one, just as long").decode()


@contextlib.contextmanager
def started(*arguments):
    """The receiver as a process, and the port it took."""
    command = [sys.executable, "-m", "siaga.receiver", "--port", "0", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline())["port"]
        finally:
            process.terminate()
            process.communicate(timeout=10)


def signed(secret=SECRET, sent_at=None, body=None):
    sent_at = sent_at or datetime.now(UTC)
    text = body or json.dumps(
        {"type": "incident.opened", "timestamp": sent_at.isoformat(), "data": {"level": "crisis"}}
    )
    return text.encode(), {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", sent_at, text),
    }


def post(port, body, headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/hooks", data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def test_a_good_signature_is_accepted_and_a_forged_one_refused():
    body, headers = signed()
    with started("--secret", SECRET) as (process, port):
        assert post(port, body, headers) == 204
        assert post(port, body.replace(b"crisis", b"normal"), headers) == 401
        good, forged = (json.loads(process.stdout.readline()) for _ in range(2))
    assert (good["webhook_id"], good["type"], good["verified"]) == ("msg_1", "incident.opened", True)
    assert good["data"] == {"level": "crisis"}
    assert (forged["verified"], forged["data"]) == (False, None)


def test_a_secret_may_follow_on_standard_input():
    body, headers = signed(OTHER)
    with started("--secret", SECRET) as (process, port):
        assert post(port, body, headers) == 401
        process.stdin.write("not base64 at all!\n" + OTHER + "\n")
        process.stdin.flush()
        for _ in range(100):
            if post(port, body, headers) == 204:
                return
    pytest.fail("the secret on standard input was never used")


def test_an_old_message_is_refused_however_well_it_is_signed():
    body, headers = signed(sent_at=datetime.now(UTC) - timedelta(hours=1))
    with started("--secret", SECRET) as (_, port):
        assert post(port, body, headers) == 401


@pytest.mark.parametrize("body", ["[1, 2]", "no json", '"' + "x" * 100 + '"', "[" * 50_000])
def test_a_body_that_is_no_object_never_breaks_the_receiver(body):
    _, headers = signed(body=body)
    with started("--secret", SECRET) as (_, port):
        assert post(port, body.encode(), headers) in {204, 401}
        assert post(port, *signed()) == 204


def test_it_ends_on_sigterm_with_status_zero():
    with started() as (process, _):
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_it_ends_when_its_parent_is_killed():
    script = (
        "import subprocess, sys; "
        "p = subprocess.Popen([sys.executable, '-m', 'siaga.receiver'], stdin=subprocess.PIPE); p.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert json.loads(parent.stdout.readline())["ready"] is True
        parent.kill()
        # The receiver shares this pipe: it reaches its end only when the orphan is gone too.
        assert parent.stdout.read() == ""


def test_a_taken_port_is_told_in_a_sentence(capsys):
    with started() as (_, port):
        assert receiver.main(["--port", str(port)]) == 2
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err


def test_the_report_file_gets_the_same_lines(tmp_path):
    report = tmp_path / "deliveries.jsonl"
    with started("--secret", SECRET, "--report", str(report)) as (process, port):
        post(port, *signed())
        line = process.stdout.readline()
    assert report.read_text(encoding="utf-8").splitlines()[1] == line.strip()


def test_latency_counts_from_the_timestamp_in_the_body():
    received_at = datetime(2026, 1, 1, 0, 0, 2, 250_000, tzinfo=UTC)
    told = {"timestamp": "2026-01-01T00:00:01Z"}
    record = receiver.delivery_record(json.dumps(told).encode(), {}, is_verified=True, received_at=received_at)
    assert record["latency_ms"] == 1250.0
    vague = {"timestamp": "yesterday"}
    record = receiver.delivery_record(json.dumps(vague).encode(), {}, is_verified=True, received_at=received_at)
    assert record["latency_ms"] is None
