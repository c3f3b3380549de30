"""The API as its own process behind its real server and a real port, as `siaga up` starts it."""

import base64
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from core.settings import Settings
from siaga.embedded import Servers
from siaga.processes import Supervisor, own_command

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 60
# Nobody listens there, and what is registered for it is all that a private address may receive.
DEAF_NETWORK = "127.0.0.99/32"


@dataclass(slots=True)
class Served:
    """A serving installation. `deaths` are the sentences of the supervisor: what ended although nobody stopped it."""

    port: int
    logs: Path
    environ: Mapping[str, str]
    deaths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def serving(
    servers: Servers, settings: Settings, logs: Path, *beside: str, targets: str = DEAF_NETWORK
) -> Iterator[Served]:
    """Run the API, and what is named beside it, on migrated servers until the block ends.

    `targets` are the private networks that webhooks may go to.
    """
    port = _free_port()
    # A variable of the tests themselves is no setting, and the API refuses to start with what is none.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SIAGA_")}
    environ = inherited | {
        "DATABASE_URL": servers.database_url,
        # Counts of its own: what is sent here would else shut out the callers of other tests.
        "REDIS_URL": f"{servers.redis_url}{'&' if '?' in servers.redis_url else '?'}db=1",
        "SECRET_KEY": base64.b64encode(settings.secret_key).decode(),
        "API_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ALLOW_PRIVATE_WEBHOOK_TARGETS": targets,
        "PYTHONPATH": str(ROOT),
        **dict.fromkeys(("RATE_LIMIT_CREDENTIAL", "RATE_LIMIT_AGENCY", "RATE_LIMIT_ADDRESS"), "10000000"),
    }
    served = Served(port, logs, environ)
    with running(served, "api", *beside) as supervisor:
        deadline = time.monotonic() + READY_WITHIN_S
        while not _is_ready(served):
            supervisor.check()
            assert time.monotonic() < deadline, served.log("api")
            time.sleep(0.05)
        yield served


@contextmanager
def running(served: Served, *names: str) -> Iterator[Supervisor]:
    """Run processes of this installation until the block ends."""
    commands = {name: own_command(name) for name in names}
    with Supervisor(commands, served.environ, served.logs, served.deaths.append) as supervisor:
        yield supervisor
        supervisor.check()


def _free_port() -> int:
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return asking.getsockname()[1]


def _is_ready(served: Served) -> bool:
    try:
        return httpx.get(f"{served.url}/health/ready", timeout=5).is_success
    except httpx.TransportError:
        return False
