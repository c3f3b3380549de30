"""Children are started again when they crash, given up when that is of no use, and end with their parent."""

import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from siaga import processes
from siaga.processes import ProcessFailed, Supervisor

STAY = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = """
import sys
from pathlib import Path
from siaga.processes import Supervisor
with Supervisor({"child": [sys.executable, "-c", sys.argv[2]]}, {}, Path(sys.argv[1]), print) as supervisor:
    while not supervisor.children[0].process: pass
    print(supervisor.children[0].process.pid, flush=True)
    supervisor.wait()
"""


def python(script):
    return [sys.executable, "-c", script]


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervise(tmp_path, said):
    def start(script, **more):
        return Supervisor({"api": python(script)}, dict(os.environ), tmp_path / "logs", said.append, **more)

    return start


def until(condition, within_s=10):
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def is_gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_child_that_is_killed_is_started_again_and_the_person_is_told(supervise, said, monkeypatch):
    monkeypatch.setattr(processes, "FIRST_PAUSE_S", 0.05)
    with supervise(STAY) as supervisor:
        first = until(lambda: supervisor.children[0].process)
        first.kill()
        second = until(lambda: supervisor.children[0].process is not first and supervisor.children[0].process)
        assert second.poll() is None
        supervisor.check()
    assert re.search(r"The api ended \(killed by SIGKILL\) and starts again .* log is .*api\.log", said[0])
    assert second.poll() == -signal.SIGTERM


def test_a_child_that_keeps_crashing_is_given_up_with_its_last_words(supervise, said, monkeypatch):
    monkeypatch.setattr(processes, "FIRST_PAUSE_S", 0.01)
    with (
        pytest.raises(ProcessFailed, match=r"(?s)The api does not stay up.*api\.log ends:.*the pump is dry"),
        supervise("import sys; sys.exit('the pump is dry')") as supervisor,
    ):
        supervisor.wait()
    assert len(said) == processes.HASTY_ENDS_ALLOWED


def test_a_child_that_said_why_it_cannot_start_is_not_tried_again(supervise, said):
    with (
        pytest.raises(ProcessFailed, match="port 8000 is in use"),
        supervise("import sys; print('port 8000 is in use', file=sys.stderr); sys.exit(2)") as supervisor,
    ):
        supervisor.wait()
    assert said == []


def test_all_children_end_when_one_is_given_up(tmp_path, said):
    commands = {"api": python(STAY), "worker": python("import sys; sys.exit(2)")}
    with Supervisor(commands, {}, tmp_path, said.append) as supervisor:
        with pytest.raises(ProcessFailed, match="The worker does not stay up"):
            supervisor.wait()
        until(lambda: supervisor.children[0].ended() == -signal.SIGTERM)


def test_a_child_that_does_not_listen_is_ended_firmly(supervise, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "STOP_TIMEOUT_S", 0.1)
    with supervise(STUBBORN) as supervisor:
        until(lambda: (tmp_path / "logs" / "api.log").exists() and (tmp_path / "logs" / "api.log").read_text())
    assert supervisor.children[0].ended() == -signal.SIGKILL


def test_what_stands_beside_is_looked_at_and_may_end_the_watch(supervise):
    def beside():
        raise RuntimeError("the database is lost")

    with pytest.raises(RuntimeError, match="the database is lost"), supervise(STAY, beside=beside) as supervisor:
        supervisor.wait()


def test_work_that_is_asked_to_end_is_cancelled_in_order():
    script = """
import asyncio, os, signal
from siaga.processes import until_asked_to_end
async def work():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)
    finally:
        print("handed back")
asyncio.run(until_asked_to_end(work()))
"""
    done = subprocess.run(python(script), capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "handed back\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_child_dies_with_a_parent_that_is_killed(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path), STAY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.kill()
    until(lambda: is_gone(child))
