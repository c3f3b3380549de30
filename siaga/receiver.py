"""A client's own system, as the demo plays it: receives webhooks and checks every signature.

Runs as a process of its own: `python -m siaga.receiver --port 0 [--secret whsec_...] [--report FILE]`. Further secrets
are read from standard input, one a line. The first line of output tells the port, each later one a delivery.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, cast

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

HOST = "127.0.0.1"
LARGEST_BODY_BYTES = 1 << 20
PARENT_CHECK_S = 0.5
STDIN = 0

Report = Callable[[Mapping[str, Any]], None]


class Secrets:
    """The signing secrets known so far. A delivery is good when one of them verifies it."""

    def __init__(self) -> None:
        self._webhooks: dict[str, Webhook] = {}

    def add(self, secret: str) -> None:
        """Take one `whsec_...` secret.

        Raises:
            ValueError: the secret is empty or not base64.

        """
        try:
            self._webhooks[secret] = Webhook(secret)
        except EmptyWebhookSecretError as problem:
            raise ValueError(str(problem)) from problem

    def __len__(self) -> int:
        return len(self._webhooks)

    def verifies(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the official library accepts signature and timestamp under any known secret."""
        return self.refusal(body, headers) is None

    def refusal(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """Why the official library accepts it under no known secret, in its words; None where it accepts it."""
        refusals = [_refusal(webhook, body, headers) for webhook in self._webhooks.values()]
        return None if None in refusals else next(iter(refusals), "No secret is known")

    def verifying(self, body: bytes, headers: Mapping[str, str]) -> int:
        """Under how many of the known secrets the official library accepts it: two during a rotation."""
        return sum(_refusal(webhook, body, headers) is None for webhook in self._webhooks.values())


def create_app(secrets: Secrets, report: Report) -> web.Application:
    """`POST` to any path is a delivery: 204 when its signature is good, 401 when not. `GET /healthz` answers 200."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        received_at = datetime.now(UTC)
        headers = {name.lower(): value for name, value in request.headers.items()}
        verifying = secrets.verifying(body, headers)
        is_verified = verifying > 0
        told = delivery_record(body, headers, is_verified=is_verified, received_at=received_at)
        report(told | {"secrets": verifying})
        return web.Response(status=204 if is_verified else 401)

    app = web.Application(client_max_size=LARGEST_BODY_BYTES)
    app.router.add_get("/healthz", healthz)
    app.router.add_post("/{path:.*}", receive)
    return app


def delivery_record(
    body: bytes, headers: Mapping[str, str], *, is_verified: bool, received_at: datetime
) -> dict[str, Any]:
    """What is told about one delivery. `latency_ms` counts from the body's own timestamp, `None` where it has none."""
    payload = _json_object(body)
    return {
        "webhook_id": headers.get("webhook-id"),
        "type": payload.get("type"),
        "verified": is_verified,
        "received_at": received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "latency_ms": _latency_ms(payload.get("timestamp"), received_at),
        "data": payload.get("data") if is_verified else None,
    }


async def serve(port: int, secrets: Secrets, report: Report, *, parent: int) -> None:
    """Serve on the loopback until SIGTERM, SIGINT or the end of the process `parent`."""
    stopped = _stop_signal()
    runner = web.AppRunner(create_app(secrets, report), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        report({"ready": True, "port": runner.addresses[0][1]})
        await _wait_until(stopped, parent)
    finally:
        await runner.cleanup()


def main(arguments: list[str] | None = None) -> int:
    """Start the receiver; exit status 2 when its port is taken or a secret is malformed."""
    # Read first: a parent that dies while we start would otherwise never be missed.
    parent = os.getppid()
    options = _parse(arguments)
    secrets = Secrets()
    try:
        for secret in options.secret:
            secrets.add(secret)
    except ValueError:
        print("siaga.receiver: --secret is not a whsec_ secret (base64 after the prefix)", file=sys.stderr)
        return 2
    threading.Thread(target=_read_secrets, args=(secrets,), daemon=True).start()
    with contextlib.ExitStack() as files:
        outputs: list[TextIO] = [sys.stdout]
        if options.report:
            outputs.append(files.enter_context(Path(options.report).open("a", encoding="utf-8")))
        try:
            asyncio.run(serve(options.port, secrets, _reporter(outputs), parent=parent))
        except OSError as problem:
            print(f"siaga.receiver: cannot listen on {HOST}:{options.port}: {problem.strerror}", file=sys.stderr)
            return 2
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m siaga.receiver", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--secret", action="append", default=[], help="may be given more than once")
    parser.add_argument("--report", help="a file that gets the same JSON lines as standard output")
    return parser.parse_args(arguments)


def _reporter(outputs: list[TextIO]) -> Report:
    def report(record: Mapping[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=False)
        for output in outputs:
            # A reader that has gone away must not turn a good delivery into a refused one.
            with contextlib.suppress(BrokenPipeError):
                print(line, file=output, flush=True)

    return report


def _read_secrets(secrets: Secrets) -> None:
    """Read from the descriptor itself: a daemon thread inside `sys.stdin` would hold its lock at interpreter exit."""
    rest = b""
    while chunk := _read_chunk():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            _take(secrets, line)
    _take(secrets, rest)


def _read_chunk() -> bytes:
    try:
        return os.read(STDIN, 4096)
    except OSError:  # started without a standard input
        return b""


def _take(secrets: Secrets, line: bytes) -> None:
    secret = line.decode("ascii", errors="replace").strip()
    if not secret:
        return
    try:
        secrets.add(secret)
    except ValueError:
        print("siaga.receiver: a line of standard input is not a whsec_ secret", file=sys.stderr, flush=True)


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def _wait_until(stopped: asyncio.Event, parent: int) -> None:
    # An orphan is handed to another parent: the demo was killed, so nobody is left to stop us.
    while not stopped.is_set() and os.getppid() == parent:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), PARENT_CHECK_S)


def _refusal(webhook: Webhook, body: bytes, headers: Mapping[str, str]) -> str | None:
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except WebhookVerificationError as problem:
        return str(problem)
    except ValueError:
        return "The body is not UTF-8, or a signature not base64"
    return None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _latency_ms(timestamp: object, received_at: datetime) -> float | None:
    if not isinstance(timestamp, str):
        return None
    try:
        sent_at = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    if sent_at.tzinfo is None:
        return None
    return round((received_at - sent_at).total_seconds() * 1000, 1)


if __name__ == "__main__":
    sys.exit(main())
