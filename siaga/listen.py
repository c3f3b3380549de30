"""A receiver on the own machine, for who builds one: verifies, shows what came, and fails when told to.

Everything shown was sent by somebody: no character of it reaches the terminal that is not to be read.
"""

import asyncio
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, cast

from aiohttp import web
from rich.console import Console
from rich.text import Text

from core import webhooks as rules
from siaga.receiver import HOST, LARGEST_BODY_BYTES, Secrets
from siaga.refusals import Refusal

TAKEN = 204
NOT_TAKEN = 401
SHOWN_CHARS = 300
SHOWN_FIELDS = 40
PLAIN_CHARS = 2000
LONGEST_DELAY_S = 3600

Clock = Callable[[], datetime]


class NoFailure(Refusal):
    """The text after `--fail` names no way to fail."""


class NoSecret(Refusal):
    """The text is no signing secret."""


class PortTaken(Refusal):
    """Nothing can be listened to on this port."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How to fail: with a status, or not at all in time. `times` is how many deliveries; None means every one."""

    status: int | None = None
    delay_s: float = 0
    drops: bool = False
    times: int | None = None


def failure(told: str | None, times: int | None = None) -> Failure | None:
    """Read a way to fail: a status, `hang`, `drop` or `delay:SECONDS`.

    Raises: NoFailure.
    """
    if told is None:
        return None
    if told == "hang":
        return Failure(delay_s=LONGEST_DELAY_S, drops=True, times=times)
    if told == "drop":
        return Failure(drops=True, times=times)
    if told.isascii() and told.isdigit() and 300 <= int(told) <= 599:
        return Failure(status=int(told), times=times)
    kind, _, seconds = told.partition(":")
    if kind == "delay" and seconds.isascii() and seconds.isdigit() and int(seconds) <= LONGEST_DELAY_S:
        return Failure(delay_s=int(seconds), times=times)
    raise NoFailure(
        f"--fail {told!r} is no way to fail: give a status from 300 to 599, hang, drop, or delay:SECONDS "
        f"(up to {LONGEST_DELAY_S})."
    )


def secrets(told: tuple[str, ...]) -> Secrets:
    """The secrets of the endpoints that send here.

    Raises: NoSecret.
    """
    known = Secrets()
    for each in told:
        checked(each)
        known.add(each)
    return known


def checked(secret: str) -> str:
    """The secret, if it can sign.

    Raises: NoSecret. The secret itself is not repeated.
    """
    try:
        rules.sign([secret], "trial", 0, b"")
    except (rules.InvalidSecret, UnicodeError) as problem:
        raise NoSecret(f"--secret is no signing secret: {problem} Take it as it was shown.") from None
    return secret


class Listener:
    """Takes deliveries, shows each, and answers as it is to."""

    def __init__(self, known: Secrets, failing: Failure | None, console: Console, clock: Clock) -> None:
        self._known, self._failing, self._console, self._clock = known, failing, console, clock
        self._numbers = count(1)

    def app(self) -> web.Application:
        """Whatever is posted, to any path, is a delivery."""
        app = web.Application(client_max_size=LARGEST_BODY_BYTES)
        app.router.add_post("/{path:.*}", self._receive)
        return app

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        refused = self._known.refusal(body, headers) if self._known else None
        failing = self._failing_now()
        status = TAKEN if refused is None else NOT_TAKEN
        if failing and failing.status:
            status = failing.status
        self._show(body, headers, refused=refused, answer=_answer(status, failing))
        if failing:
            await asyncio.sleep(failing.delay_s)
            if failing.drops and request.transport is not None:
                request.transport.abort()
        return web.Response(status=status)

    def _failing_now(self) -> Failure | None:
        number = next(self._numbers)
        failing = self._failing
        return failing if failing and (failing.times is None or number <= failing.times) else None

    def _show(self, body: bytes, headers: Mapping[str, str], *, refused: str | None, answer: str) -> None:
        event = _json_object(body)
        good = bool(self._known) and refused is None
        verdict = "verified" if good else (f"REFUSED: {refused}" if refused else "not verified: no --secret")
        line = Text().append(f"{self._clock():%H:%M:%S} ", style="dim")
        line.append("✓ " if good else "✗ " if refused else "? ", style=_colour(good=good, refused=bool(refused)))
        line.append(plain(event.get("type", "(no event)")), style="bold")
        line.append(f"  {plain(verdict)}", style=_colour(good=good, refused=bool(refused)))
        line.append(f"  {plain(headers.get('webhook-id', '(no webhook-id)'))}  -> {answer}", style="dim")
        self._console.print(line, soft_wrap=True)
        for name, value in _fields(event, body):
            self._console.print(Text(f"    {name}: ", style="cyan").append(value, style="default"), soft_wrap=True)


def plain(value: object) -> str:
    """A value as text that can be shown: cut, on one line, without what would steer a terminal."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:SHOWN_CHARS])
    return shown if len(text) <= SHOWN_CHARS else f"{shown}…"


def _colour(*, good: bool, refused: bool) -> str:
    return "green" if good else "red" if refused else "yellow"


def _answer(status: int, failing: Failure | None) -> str:
    if failing is None or failing.status:
        return str(status)
    if failing.drops:
        return "no answer, the connection hangs" if failing.delay_s else "no answer, the connection is dropped"
    return f"{status} after {failing.delay_s:g} s"


def _fields(event: Mapping[str, Any], body: bytes) -> Iterator[tuple[str, str]]:
    """What the event says, a field a line; the body as it is where it is no event."""
    data = event.get("data")
    if not isinstance(data, dict):
        yield "body", plain(body[:PLAIN_CHARS].decode("utf-8", "replace"))
        return
    fields = list(_flat(cast("dict[str, Any]", data)))
    yield from fields[:SHOWN_FIELDS]
    if len(fields) > SHOWN_FIELDS:
        yield "", f"and {len(fields) - SHOWN_FIELDS} fields more"


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, dict):
            for inner, each in cast("dict[str, Any]", value).items():
                yield f"{plain(name)}.{plain(inner)}", plain(each)
        else:
            yield plain(name), plain(value)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


async def run(port: int, told: tuple[str, ...], fail: str | None, times: int | None) -> None:
    """Listen on the loopback until Ctrl-C.

    Raises: NoFailure, NoSecret, PortTaken.
    """
    console = Console(highlight=False)
    listener = Listener(secrets(told), failure(fail, times), console, lambda: datetime.now(UTC).astimezone())
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    runner = web.AppRunner(listener.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as problem:
            raise PortTaken(f"Cannot listen on {HOST} port {port}: {problem.strerror}. Try --port 0.") from None
        console.print(f"Listening on http://{HOST}:{runner.addresses[0][1]}/ until Ctrl-C.", soft_wrap=True)
        await stopped.wait()
    finally:
        await runner.cleanup()
