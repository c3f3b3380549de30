"""The whole house on this machine: servers, migrations, API and worker, ready to be asked."""

import asyncio
import http.client
import signal
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from core.settings import Settings, check_without_servers, wants_embedded_servers
from siaga import embedded
from siaga.embedded import Embedded, Servers
from siaga.processes import Supervisor, own_command
from siaga.reach import CannotServe, listen, refuse_silent_servers
from storage.models import reader_of

READY_TIMEOUT_S = 60
POLL_S = 0.05
READY_PATH = "/health/ready"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings whose servers answer. `environ` holds the same for child processes; `own` are servers started here."""

    settings: Settings
    environ: Mapping[str, str]
    own: Embedded | None = None


@dataclass(frozen=True, slots=True)
class House:
    """An installation that serves: migrated, API and worker running."""

    installation: Installation
    supervisor: Supervisor

    @property
    def settings(self) -> Settings:
        return self.installation.settings

    def wait(self) -> None:
        """Serve until Ctrl-C or a request to end; both end quietly.

        Raises: ProcessFailed, EmbeddedError.
        """
        try:
            self.supervisor.wait()
        except KeyboardInterrupt:
            return


@contextmanager
def installation(environ: Mapping[str, str], *, exclusive: bool = False) -> Generator[Installation]:
    """The servers that the settings name, or the embedded ones: those that run already, or else started for now.

    `exclusive` refuses embedded servers that another process runs. Servers started here are migrated.

    Raises: SettingsError, EmbeddedError, CannotServe.
    """
    if not wants_embedded_servers(environ):
        settings = Settings.parse(environ)
        refuse_silent_servers(settings)
        yield Installation(settings, environ)
        return
    home = Path(check_without_servers(environ).home)
    if not exclusive and (running := embedded.attach(home)) is not None:
        yield _filled(environ, home, running, None)
        return
    with Embedded.start(home) as own:
        found = _filled(environ, home, own.servers, own)
        migrate(found.settings)
        yield found


def without_starting(environ: Mapping[str, str]) -> Installation:
    """The settings for a process that starts no servers: those named, or the embedded ones that run already.

    Raises: SettingsError, EmbeddedError, CannotServe.
    """
    if not wants_embedded_servers(environ):
        return Installation(Settings.parse(environ), environ)
    home = Path(check_without_servers(environ).home)
    running = embedded.attach(home)
    if running is None:
        raise CannotServe(
            f"No server is named, and none runs on {home}. "
            "Set DATABASE_URL and REDIS_URL, or type `siaga up`, which brings its own."
        )
    return _filled(environ, home, running, None)


@contextmanager
def house(environ: Mapping[str, str], say: Say) -> Generator[House]:
    """Everything up and answering.

    Raises: SettingsError, EmbeddedError, CannotServe, ProcessFailed.
    """
    _refuse_wrong_settings(environ)
    with _ended_by_request(), installation(environ, exclusive=True) as found:
        settings = found.settings
        if found.own is None and settings.owner_url is not None:
            migrate(settings)
        commands = {"api": own_command("api"), "worker": own_command("worker")}
        logs = _logs_folder(settings)
        with Supervisor(commands, found.environ, logs, say, beside=_reviving(found, say)) as supervisor:
            _wait_until_ready(settings, supervisor)
            yield House(found, supervisor)


def serve(environ: Mapping[str, str], say: Say) -> None:
    """What `siaga up` does: serve until Ctrl-C."""
    say("Starting Siaga ...")
    with house(environ, say) as running:
        settings = running.settings
        say(f"Siaga serves {settings.public_url} (documentation: {settings.public_url}/docs). Ctrl-C ends it.")
        if running.installation.own is not None:
            say(f"Data and logs are in {settings.home}.")
        running.wait()
        say("Stopping ...")


def migrate(settings: Settings) -> None:
    """Bring the database to the newest revision.

    Raises: CannotServe, where the address of the owner is not known.
    """
    if settings.owner_url is None:
        raise CannotServe("DATABASE_OWNER_URL is missing: migrations run as the owner of the tables. Set it.")
    import migrations  # noqa: PLC0415 (Alembic is slow to import)

    asyncio.run(migrations.upgrade(settings.owner_url))


def _filled(environ: Mapping[str, str], home: Path, servers: Servers, own: Embedded | None) -> Installation:
    filled = {
        **environ,
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": environ.get("SECRET_KEY") or embedded.secret_key(home),
    }
    return Installation(Settings.parse(filled), filled, own)


def _refuse_wrong_settings(environ: Mapping[str, str]) -> None:
    """Before anything is started: whether the settings and the weights can be used, and the port is free."""
    parse = check_without_servers if wants_embedded_servers(environ) else Settings.parse
    settings = parse(environ)
    reader_of(settings)
    listen(settings).close()


def _logs_folder(settings: Settings) -> Path:
    folder = Path(settings.home).expanduser() / "logs"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotServe(
            f"The logs cannot be kept in {folder}: {error.strerror}. Name another place with SIAGA_HOME."
        ) from None
    return folder


def _reviving(found: Installation, say: Say) -> Callable[[], None] | None:
    own = found.own
    if own is None:
        return None

    def revive() -> None:
        for name in own.revive():
            say(f"{name} had ended and runs again.")

    return revive


def _wait_until_ready(settings: Settings, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not _is_ready(settings):
        supervisor.check()
        if time.monotonic() > deadline:
            raise CannotServe(f"The API is not ready after {READY_TIMEOUT_S} s. Look into {supervisor.logs}.")
        time.sleep(POLL_S)
    supervisor.check()


def _is_ready(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.api_host, settings.api_host)  # noqa: S104 (compared)
    connection = http.client.HTTPConnection(host, settings.api_port, timeout=5)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def _ended_by_request() -> Generator[None]:
    """Let SIGTERM and the closing of the terminal end the house as Ctrl-C does: in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
