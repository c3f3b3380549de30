"""PostgreSQL and Redis from their packages, for a machine that has neither.

A home holds all: `postgres/` and `redis/` (data), `run/` (sockets; nothing listens on the network), `logs/`, `lock`
(held by the kernel for as long as its process lives, so it cannot be stale), `secret_key`, and `servers.json` (the
addresses while they run).
"""

import base64
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from siaga import local_servers
from siaga.local_servers import Account, LocalServer, ServerFailed
from siaga.refusals import Refusal

DATABASE = "siaga"
SUPERUSER = "postgres"
LEAST_FREE_BYTES = 256 * 1024 * 1024
LONGEST_SOCKET_FOLDER = 85  # a socket's path holds 107 bytes, its file name included
ATTACH_TIMEOUT_S = 60
REVIVALS = 3
"""How often a server is started again that ends before it is ready: whoever killed it may strike twice."""
LOCK_PATIENCE_S = 1.0  # a killed process frees its lock a moment later
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


class EmbeddedError(Refusal):
    """The embedded servers cannot serve; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of a PostgreSQL and a Redis that answer, in the words of DATABASE_URL and REDIS_URL."""

    database_url: str
    redis_url: str


class Embedded:
    """The two servers of one home, from `start` to `stop`."""

    def __init__(self, home: Path, servers: Servers, running: list[LocalServer], lock: int) -> None:
        self.home = home
        self.servers = servers
        self._running = running
        self._lock = lock

    @property
    def database_url(self) -> str:
        return self.servers.database_url

    @property
    def redis_url(self) -> str:
        return self.servers.redis_url

    @classmethod
    def start(cls, home: Path | str, *, durable: bool = True) -> Self:
        """Start both servers on the data in `home`, made on the first start. Call it from a thread that stays.

        `durable=False` gives up data on a crash of the machine for speed: for tests only.

        Raises: EmbeddedError, with a sentence that says what to do.
        """
        home = Path(home).expanduser().absolute()
        running: list[LocalServer] = []
        with _told_in_a_sentence(home):
            _make_home(home)
            lock = _take_lock(home)
            try:
                servers = _start_servers(home, running, durable=durable)
                _announce(home, servers)
            except BaseException:
                _stop_all(running)
                os.close(lock)
                raise
        return cls(home, servers, running, lock)

    def stop(self) -> None:
        """Stop both servers and free the home. Repeating it changes nothing."""
        (self.home / "servers.json").unlink(missing_ok=True)
        _stop_all(self._running)
        if self._lock >= 0:
            _remove_short_folder(self.home)
            os.close(self._lock)
            self._lock = -1

    def revive(self) -> list[str]:
        """Start again each server that ended although nobody stopped it; the names of those that were.

        Raises: EmbeddedError.
        """
        revived: list[str] = []
        with _told_in_a_sentence(self.home):
            for position, server in enumerate(self._running):
                if not server.is_alive():
                    self._start_again(position)
                    revived.append(server.name)
        return revived

    def _start_again(self, position: int) -> None:
        for left in reversed(range(REVIVALS)):
            self._running[position] = server = self._running[position].start_again()
            try:
                server.wait_until_ready()
            except ServerFailed:
                if not left or server.is_alive():
                    raise
            else:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()


def attach(home: Path | str) -> Servers | None:
    """The servers that another process runs on this home; None where nobody does.

    Raises: EmbeddedError where that process does not get ready.
    """
    home = Path(home).expanduser().absolute()
    deadline = time.monotonic() + ATTACH_TIMEOUT_S
    while _is_locked(home):
        with suppress(FileNotFoundError, json.JSONDecodeError):
            return Servers(**json.loads((home / "servers.json").read_bytes()))
        if time.monotonic() > deadline:
            raise EmbeddedError(f"The servers of {home} do not get ready. Look into {home / 'logs'}.")
        time.sleep(0.05)
    return None


def secret_key(home: Path | str) -> str:
    """The key of this home, base64, made on the first call. Without it, what it encrypted cannot be read again."""
    home = Path(home).expanduser().absolute()
    path = home / "secret_key"
    with _told_in_a_sentence(home):
        _make_home(home)
        if not path.exists():
            fresh = home / f"secret_key.{os.getpid()}"
            fresh.touch(mode=0o600)
            fresh.write_bytes(base64.b64encode(secrets.token_bytes(32)) + b"\n")
            with suppress(FileExistsError):  # another process was first: its key counts
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text().strip()


@contextmanager
def _told_in_a_sentence(home: Path) -> Generator[None]:
    """Turn what goes wrong with files and servers into a sentence that says what to do."""
    elsewhere = "or name another place with SIAGA_HOME"
    try:
        yield
    except ServerFailed as error:
        if "No space left on device" in str(error):
            raise EmbeddedError(f"The disk of {home} is full. Free some space, {elsewhere}.") from None
        raise EmbeddedError(str(error)) from None
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename or home} may not be written by you. Give it to you, {elsewhere}."
        ) from None
    except OSError as error:
        problem = f"{error.filename or home}: {error.strerror}"
        raise EmbeddedError(f"{home} cannot hold the data ({problem}). Repair it, {elsewhere}.") from None


def _make_home(home: Path) -> None:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / "lock").exists():
        if any(home.iterdir()):
            raise EmbeddedError(f"{home} holds other things. Name an empty or new folder with SIAGA_HOME.")
        (home / "lock").touch(mode=0o600)
    (home / "logs").mkdir(mode=0o700, exist_ok=True)
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        raise EmbeddedError(
            f"Only {free // 1024**2} MB are free for {home}, and {LEAST_FREE_BYTES // 1024**2} are needed. "
            "Free some space, or name another place with SIAGA_HOME."
        )


def _take_lock(home: Path) -> int:
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while not _could_lock(lock, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            holder = os.pread(lock, 32, 0).decode().strip() or "unknown"
            os.close(lock)
            raise EmbeddedError(
                f"Siaga already runs on {home} (process {holder}). Stop it first, or name another with SIAGA_HOME."
            )
        time.sleep(0.02)
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def _is_locked(home: Path) -> bool:
    try:
        lock = os.open(home / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        return not _could_lock(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def _could_lock(lock: int, mode: int) -> bool:
    try:
        fcntl.flock(lock, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start_servers(home: Path, running: list[LocalServer], *, durable: bool) -> Servers:
    account = local_servers.account_for(home / "postgres")
    sockets = _sockets_folder(home, account)
    local_servers.make_database(home / "postgres", home / "logs", account, DATABASE, SUPERUSER, durable=durable)
    running.append(local_servers.start_redis(home / "redis", sockets, home / "logs", account))
    running.append(local_servers.start_postgres(home / "postgres", sockets, home / "logs", account, durable=durable))
    for server in running:
        server.wait_until_ready()
    return Servers(
        database_url=f"postgresql://{SUPERUSER}@/{DATABASE}?host={quote(str(sockets))}",
        redis_url=f"unix://{sockets}/redis.sock",
    )


def _sockets_folder(home: Path, account: Account) -> Path:
    """A folder for the sockets: in the home, or if its path is too long among temporary files."""
    folder = home / "run"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER or not PLAIN_PATH.fullmatch(str(folder)):
        folder = _short_folder(home)
        _refuse_foreign(folder, account)
    folder.mkdir(mode=0o700, exist_ok=True)
    account.own(folder)
    return folder


def _short_folder(home: Path) -> Path:
    mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"siaga-{os.geteuid()}-{mark}"


def _remove_short_folder(home: Path) -> None:
    with suppress(OSError):  # there mostly is none, or a stopped server left its socket, which the next start clears
        _short_folder(home).rmdir()


def _refuse_foreign(folder: Path, account: Account) -> None:
    with suppress(FileNotFoundError):
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
            raise EmbeddedError(f"{folder} belongs to somebody else. Remove it, or set SIAGA_HOME to a shorter path.")


def _announce(home: Path, servers: Servers) -> None:
    fresh = home / "servers.json.new"
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(asdict(servers)))
    fresh.replace(home / "servers.json")


def _stop_all(running: list[LocalServer]) -> None:
    for server in running:
        server.ask_to_stop()
    while running:
        running.pop().stop()
