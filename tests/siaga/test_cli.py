"""The command: quick help, sentences instead of traces, and an orderly end."""

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from siaga.processes import STOP_TIMEOUT_S

COMMANDS = ("text", "up", "demo", "api", "worker", "migrate", "openapi", "agency", "import", "keyword", "webhook")
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture
def environ(tmp_path_factory):
    """What a clean machine would hand to the command."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "SIAGA_HOME": str(tmp_path_factory.mktemp("home") / "siaga"), "API_PORT": str(free_port())}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(*arguments):
    return [sys.executable, "-m", "siaga", *arguments]


def siaga(*arguments, environ, given=None):
    return subprocess.run(
        command(*arguments), env=environ, capture_output=True, text=True, timeout=60, input=given, check=False
    )


def assert_told(done, *words):
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_help_names_every_command(environ):
    done = siaga("--help", environ=environ)
    assert done.returncode == 0
    assert set(COMMANDS) <= set(re.findall(r"^  (\w+)", done.stdout, re.MULTILINE))


def test_help_does_not_wait_for_what_it_does_not_need(environ):
    script = (
        "import sys, siaga.cli; print([m for m in ('sqlalchemy', 'litestar', 'alembic', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", ["up", "worker"])
def test_wrong_settings_are_told_all_at_once_before_anything_starts(name, environ):
    done = siaga(name, environ={**environ, "API_PORT": "none", "LOG_LEVEL": "loud", "SIAGA_HOEM": "/x"})
    assert_told(done, "3 settings are wrong", "API_PORT", "LOG_LEVEL", "SIAGA_HOEM", "Did you mean SIAGA_HOME?")
    assert not Path(environ["SIAGA_HOME"]).exists()


@pytest.mark.parametrize("name", ["up", "api", "worker"])
def test_nothing_starts_with_weights_that_cannot_be_used(name, environ, tmp_path):
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"SIAGA-READER-1\n")
    servers = {"DATABASE_URL": "postgresql://u:word@127.0.0.1/siaga", "REDIS_URL": "redis://127.0.0.1:1"}
    given = {**environ, "SENTIMENT_WEIGHTS": str(weights), "SECRET_KEY": KEY, **(servers if name != "up" else {})}
    assert_told(siaga(name, environ=given), "SENTIMENT_WEIGHTS", "of version 1", "reads versions 2 and 3")


def test_one_server_named_without_the_other_is_told(environ):
    done = siaga("up", environ={**environ, "DATABASE_URL": "postgresql://u:word@127.0.0.1/siaga", "SECRET_KEY": KEY})
    assert_told(done, "REDIS_URL is missing", "unset DATABASE_URL too")
    assert "word" not in done.stderr


@pytest.mark.parametrize("name", ["up", "api"])
def test_a_port_in_use_is_told_with_another_to_try(name, environ):
    named = {"DATABASE_URL": "postgresql://u@127.0.0.1/siaga", "REDIS_URL": "redis://127.0.0.1", "SECRET_KEY": KEY}
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = siaga(name, environ={**environ, **named, "API_PORT": str(port)})
    assert_told(done, f"cannot listen on 127.0.0.1 port {port}", "Address already in use", f"API_PORT={port + 1}")


@pytest.mark.parametrize("name", ["migrate"])
def test_a_database_that_does_not_answer_is_told_without_its_password(name, environ):
    named = {
        "DATABASE_URL": f"postgresql://u:word@127.0.0.1:{free_port()}/siaga",
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}",
        "SECRET_KEY": KEY,
    }
    done = siaga(name, environ={**environ, **named})
    assert_told(done, "The PostgreSQL that DATABASE_URL names does not answer", "Start it, or correct the address")
    assert "word" not in done.stderr


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_part_started_alone_without_servers_is_told_what_it_needs(name, environ):
    assert_told(siaga(name, environ=environ), "Set DATABASE_URL and REDIS_URL", "siaga up")


def test_a_home_that_cannot_be_made_is_told(environ, tmp_path):
    (tmp_path / "file").touch()
    done = siaga("up", environ={**environ, "SIAGA_HOME": str(tmp_path / "file" / "home")})
    assert_told(done, "cannot hold the data", "SIAGA_HOME")


def test_production_never_starts_servers_of_its_own(environ):
    done = siaga("up", environ={**environ, "ENVIRONMENT": "production"})
    assert_told(
        done, "DATABASE_URL is missing", "REDIS_URL is missing", "SECRET_KEY is missing", "PUBLIC_URL is missing"
    )


def test_migrations_run_on_the_embedded_servers_and_twice_changes_nothing(environ):
    for _ in range(2):
        done = siaga("migrate", environ=environ)
        assert (done.returncode, done.stderr) == (0, "")
        assert "newest revision" in done.stdout


def test_migrations_are_in_step_with_the_models(environ):
    done = siaga("migrate", "--check", environ=environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert not Path(environ["SIAGA_HOME"]).exists()


@pytest.fixture
def up(environ):
    process = subprocess.Popen(command("up"), env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_up_serves_until_it_is_asked_to_end_and_leaves_nothing_running(up, environ):
    told = "".join(itertools.takewhile(lambda line: "Siaga serves" not in line, up.stdout))
    assert told == "Starting Siaga ...\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{environ['API_PORT']}/health/ready", timeout=5) as answer:
        assert answer.status == 200
    assert_told(siaga("up", environ={**environ, "API_PORT": str(free_port())}), f"process {up.pid}")
    family = psutil.Process(up.pid).children(recursive=True)
    up.send_signal(signal.SIGTERM)
    assert up.wait(STOP_TIMEOUT_S - 10) == 0  # sooner than a part that does not end would be killed
    assert len(family) > 3
    assert psutil.wait_procs(family, timeout=5)[1] == []
