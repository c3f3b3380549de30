"""One signed example event, sent to an address of the own choice: for who builds a receiver."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
import click

from api.edge.event_schemas import EVENTS, example_of_event
from core import event_bodies
from core import webhooks as rules
from core.events import EventType
from core.ids import EventId
from siaga.listen import checked, plain
from siaga.refusals import Refusal

SHOWN_BYTES = 2000


class UnknownType(Refusal):
    """There is no public event of this name."""


class NoUrl(Refusal):
    """The text is no address that something can be sent to."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came back; no status where nothing whole came, and then why."""

    status: int | None
    told: str
    duration_ms: int


async def run(name: str, url: str, secret: str) -> bool:
    """Send one event of this type, and say what was answered; whether it counts as received.

    Raises: UnknownType, NoUrl, NoSecret.
    """
    event, url, secret = event_of(name), address(url), checked(secret)
    event_id, now = EventId(uuid4()), datetime.now(UTC)
    body = event_bodies.encode(event_id, event, example_of_event(event)["data"], at=now)
    headers = rules.signed_headers([secret], str(event_id), int(now.timestamp()), body)
    click.echo(f"POST {plain(url)}")
    click.echo(f"webhook-id: {event_id}")
    click.echo(body.decode())
    sent = await _send(url, body, headers)
    click.echo(f"{sent.status or 'No answer'} in {sent.duration_ms} ms{f': {sent.told}' if sent.told else ''}")
    return rules.is_success(sent.status)


def event_of(name: str) -> EventType:
    """The public event of this name.

    Raises: UnknownType, with what was perhaps meant.
    """
    if name in EVENTS:
        return EventType(name)
    close = get_close_matches(name, EVENTS, 1, 0.5)
    meant = f" Did you mean {close[0]}?" if close else ""
    raise UnknownType(f"There is no event {plain(name)!r}.{meant} The types are {', '.join(EVENTS)}.")


def address(url: str) -> str:
    """An address that something can be sent to, on this machine too.

    Raises: NoUrl.
    """
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or not url.isprintable() or " " in url:
        raise NoUrl(f"--url {plain(url)!r} is no address: write it as http://127.0.0.1:9000/ or https://host/path.")
    return url


async def _send(url: str, body: bytes, headers: dict[str, str]) -> Sent:
    """As a worker would send it, but wherever it is told to: the address comes from who types it."""
    started = time.monotonic()

    def spent() -> int:
        return round((time.monotonic() - started) * 1000)

    limits = aiohttp.ClientTimeout(total=rules.ATTEMPT_TIMEOUT_S, connect=rules.CONNECT_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=limits, auto_decompress=False) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            told = await answer.content.read(SHOWN_BYTES)
            return Sent(answer.status, plain(told.decode("utf-8", "replace")), spent())
    except TimeoutError:
        return Sent(None, f"nothing whole within {rules.ATTEMPT_TIMEOUT_S:g} seconds", spent())
    except (aiohttp.ClientError, OSError, ValueError) as problem:
        return Sent(None, plain(str(problem) or type(problem).__name__), spent())
