"""docs/integrate.md as a reader has it: its blocks copied into files, and run against a served API and a worker."""

import asyncio
import base64
import json
import os
import re
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiohttp import ClientSession, web

import migrations
from core.settings import Settings
from siaga.embedded import Servers
from storage.engine import Database, open_database
from tests.conftest import PASSWORD, Agency, found_agency, fresh_database
from tests.served import ROOT, Served, serving

PAGE = (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PRINTED = "".join(text for fence, text in BLOCKS if fence == "text")
EXAMPLE_ADDRESS = "https://siaga.melati.example"
RUN_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Language:
    """One of the page's languages. Without a `receiver` command its receiver is started anew for each call."""

    fence: str
    suffix: str
    program: tuple[str, ...]
    receiver: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Copy the blocks: one that names another file in its first line makes that file, all others the program."""
        files: dict[str, str] = {}
        for fence, text in BLOCKS:
            if fence == self.fence:
                named = re.match(r"(?:#|//) ([\w.]+)", text)
                name = named[1] if named and named[1] in {f"receiver.{self.suffix}", "key.sh"} else ""
                name = name or f"integrate.{self.suffix}"
                files[name] = files.get(name, "") + text
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")


PYTHON = Language("python", "py", (sys.executable, "integrate.py"), (sys.executable, "receiver.py"))
JAVASCRIPT = Language("javascript", "mjs", ("node", "integrate.mjs"), ("node", "receiver.mjs"))
SHELL = Language("sh", "sh", ("sh", "integrate.sh"))


@dataclass(frozen=True, slots=True)
class Passed:
    """One call that went through a relay, and its answer."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes


@dataclass(slots=True)
class Relay:
    """Hands every call on as it came, and remembers both sides."""

    target: str
    url: str = ""
    passed: list[Passed] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        kept = {name: value for name, value in headers.items() if name not in {"host", "connection", "content-length"}}
        async with (
            ClientSession(auto_decompress=False) as http,
            http.request(request.method, self.target + request.path_qs, headers=kept, data=body) as answer,
        ):
            told = await answer.read()
            self.passed.append(Passed(request.method, request.path, headers, body, answer.status, told))
            names = {"content-type", "idempotent-replayed", "location"}
            back = {name: value for name, value in answer.headers.items() if name.lower() in names}
            return web.Response(status=answer.status, headers=back, body=told)


@asynccontextmanager
async def relaying(target: str) -> AsyncIterator[Relay]:
    relay = Relay(target)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", relay.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    relay.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield relay
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Installation:
    """API and worker over TCP, with a database of their own: what other tests left due would come first."""

    served: Served
    db: Database


@asynccontextmanager
async def installed(servers: Servers, name: str, logs: Path) -> AsyncIterator[Installation]:
    own = await fresh_database(servers, name)
    await migrations.upgrade(own.database_url)
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    values = {"DATABASE_URL": own.database_url, "REDIS_URL": own.redis_url, "SECRET_KEY": key}
    settings = Settings.parse(values)
    async with open_database(settings) as db:
        with serving(own, settings, logs, "worker", targets="127.0.0.0/8") as served:
            yield Installation(served, db)


@dataclass(slots=True)
class Copy:
    """A reader's folder in one language, once its program has run: what it printed, and what passed on both ways."""

    language: Language
    folder: Path
    agency: Agency
    environ: dict[str, str]
    api: Relay
    hook: Relay
    printed: str = ""

    @property
    def receiver(self) -> str:
        return f"{self.hook.target}/siaga"

    async def run(self, **environ: str) -> str:
        """Run the program from top to bottom; what it printed."""
        return await output(self.folder, self.environ | environ, *self.language.program)

    def answers(self) -> list[Any]:
        """Everything Siaga told the program, rows of lists one by one too, and every body it sent to the receiver."""
        told = [json.loads(each.answer) for each in self.api.passed]
        rows = [row for answer in told for row in answer.get("data", [])]
        return [*told, *rows, *(json.loads(each.body) for each in self.hook.passed)]


@asynccontextmanager
async def copied(language: Language, installation: Installation, folder: Path) -> AsyncIterator[Copy]:
    """Copy the page for a new agency that has nothing yet, start its receiver, and run the program."""
    language.write(folder)
    SHELL.write(folder)
    agency = await found_agency(installation.db)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    async with relaying(installation.served.url) as api, relaying(f"http://127.0.0.1:{port}") as hook:
        environ = {"PATH": os.environ["PATH"], "SIAGA": api.url, "HOOK": f"{hook.url}/siaga", "PORT": str(port)}
        environ |= {"EMAIL": agency.email, "PASSWORD": PASSWORD}
        environ["KEY"] = await new_key(folder, environ)
        api.passed.clear()
        async with receiving(language, folder, environ):
            copy = Copy(language, folder, agency, environ, api, hook)
            copy.printed = await copy.run()
            yield copy


async def new_key(folder: Path, environ: dict[str, str]) -> str:
    """An API key, made as the page tells."""
    return await output(folder, environ, "sh", "-c", '. ./key.sh; printf %s "$KEY"')


async def output(folder: Path, environ: dict[str, str], *command: str) -> str:
    """What a command prints; it has to end well, and in time."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        printed, complaints = await asyncio.wait_for(process.communicate(), RUN_WITHIN_S)
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode == 0, printed.decode() + complaints.decode()
    return printed.decode()


@asynccontextmanager
async def receiving(language: Language, folder: Path, environ: dict[str, str]) -> AsyncIterator[None]:
    """The page's receiver on its port, printing into receiver.log."""
    with (folder / "receiver.log").open("wb") as log:
        if not language.receiver:
            listening = socket.create_server(("127.0.0.1", int(environ["PORT"])))
            task = asyncio.create_task(_one_for_each_call(listening, folder, environ, log))
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                listening.close()
            return
        process = await asyncio.create_subprocess_exec(
            *language.receiver, cwd=folder, env=environ, stdout=log, stderr=log
        )
        try:
            await _listens(int(environ["PORT"]))
            yield
        finally:
            process.terminate()
            await process.wait()


async def _one_for_each_call(listening: socket.socket, folder: Path, environ: dict[str, str], log: Any) -> None:
    """Start the receiver for each connection with it as standard input and output, as `socat` and `inetd` do."""
    listening.setblocking(False)
    while True:
        call, _ = await asyncio.get_running_loop().sock_accept(listening)
        with call:
            call.setblocking(True)
            process = await asyncio.create_subprocess_exec(
                "sh", "receiver.sh", cwd=folder, env=environ, stdin=call, stdout=call, stderr=log
            )
        await process.wait()


async def _listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            with suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def replayed(copy: Copy, delivery: Passed, *, body: bytes | None = None, **headers: str) -> int:
    """Send a delivery to the receiver once more, altered as told; the status of its answer."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in delivery.headers.items() if name.startswith("webhook-")}
    async with httpx.AsyncClient() as http:
        content = delivery.body if body is None else body
        return (await http.post(copy.receiver, content=content, headers=sent | own)).status_code


async def cut_short(copy: Copy) -> None:
    """Call the receiver, and go away in the middle of the body."""
    _, writer = await asyncio.open_connection("127.0.0.1", int(copy.environ["PORT"]))
    writer.write(b"POST /siaga HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def plain(value: Any) -> Any:
    """Without what differs from run to run: ids, times, the reader and the second decimal of figures."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, str):
        bare = re.sub(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|^[0-9a-f]{32}$", "<id>", value)
        bare = re.sub(r"^sentiment-[\w-]+\+[0-9a-f]{8}$", "<reader>", bare)
        return re.sub(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$", "<time>", bare)
    return value
