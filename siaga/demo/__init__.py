"""The story a newcomer watches: all of it through the public API, live, and checked step by step.

Two weeks of an invented brand's ordinary days are loaded as history, with one loud evening that harmed nobody; then
a crisis arrives post by post. What is shown is what the API answers.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
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
from siaga.story import brand

__all__ = ["run"]


async def run(settings: Settings, *, once: bool) -> bool:
    """Tell the story inside a house that is up; whether every step of it happened.

    Unless `once`, the receiver stays for as long as this process, and tells what else it receives.
    """
    console = drawing.console()
    checks = Checks()
    console.print(
        Text(f"\n{brand.NAME}: merek rekaan, unggahan rekaan · an invented tea, invented posts", style="bold")
    )
    console.print("What follows goes through the public HTTP API; what is shown is what it answers.\n")
    try:
        with drawing.step(console, "Penerima webhook · Starting a receiver of webhooks"):
            recipient = Recipient.start()
    except StoryEnded as end:
        _say(console, str(end))
        return False
    stays = False
    try:
        stays = await _told(settings, recipient, console, checks) and not once
    finally:
        if not stays:
            recipient.end()
    if stays:
        recipient.on_delivery = partial(_say_delivery, console)
        console.print("Siaga tetap berjalan · Siaga keeps serving. Ctrl-C ends it.")
    return checks.all_kept


async def _told(settings: Settings, recipient: Recipient, console: Console, checks: Checks) -> bool:
    try:
        async with aiohttp.ClientSession() as http:
            prepared = await _tell(settings, http, recipient, console, checks)
    except StoryEnded as end:
        checks.that("the story came to its end", is_kept=False, otherwise=str(end))
        checks.show(console)
        return False
    checks.show(console)
    if not checks.all_kept:
        _say(console, "Not every step of the story happened.")
        return False
    showing.show_the_way(console, settings, prepared)
    return True


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
