"""The story a newcomer watches: all of it through the public API, live, and checked step by step.

Two weeks of an invented brand's ordinary days are loaded as history, with one loud evening that harmed nobody; then
a crisis arrives post by post. What is shown is what the API answers.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
from rich.console import Console
from rich.text import Text

from core.settings import Settings
from siaga import drawing
from siaga.demo import findings, live, quiet, showing, stage
from siaga.demo.checks import Checks, StoryEnded
from siaga.demo.recipient import Recipient
from siaga.drawing.palette import plain

__all__ = ["run"]


async def run(settings: Settings, *, once: bool) -> bool:
    """Tell the story inside a house that is up; whether every step of it happened.

    Unless `once`, the receiver stays for as long as this process, and tells what else it receives.
    """
    console = drawing.console()
    checks = Checks()
    recipient = None
    stays = False
    try:
        with drawing.step(console, "Penerima webhook · Starting a receiver of webhooks"):
            recipient = Recipient.start()
        async with aiohttp.ClientSession() as http:
            told = await _tell(settings, http, recipient, console, checks)
        checks.show(console)
        if checks.all_kept:
            showing.show_the_way(console, settings, told)
            stays = not once
        else:
            _say(console, "Not every step of the story happened.")
    except StoryEnded as end:
        checks.show(console)
        _say(console, f"The story ended early. {end}")
        return False
    finally:
        if recipient is not None and not stays:
            recipient.end()
    if stays:
        recipient.on_delivery = lambda delivery: _say_delivery(console, delivery)
        console.print("Siaga tetap berjalan · Siaga keeps serving. Ctrl-C ends it.")
    return checks.all_kept


async def _tell(
    settings: Settings, http: aiohttp.ClientSession, recipient: Recipient, console: Console, checks: Checks
) -> stage.Stage:
    prepared = await stage.prepare(settings, http, recipient, console, checks)
    weeks = await quiet.load(prepared, datetime.now(UTC), console, checks)
    watched = await live.watch(prepared, console)
    found = await findings.find(prepared, weeks, watched, checks)
    showing.show(console, weeks, watched, found)
    console.print()
    return prepared


def _say(console: Console, sentence: str) -> None:
    console.print(Text(sentence, style="bold red"), soft_wrap=True)


def _say_delivery(console: Console, delivery: Mapping[str, Any]) -> None:
    verdict = "verified" if delivery["verified"] else "refused"
    console.print(Text(f"webhook {plain(delivery['type'])}: {verdict}"), soft_wrap=True)
