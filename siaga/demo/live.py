"""The second part: the crisis arrives live, and the score is watched while it does."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from core.clients import POLICIES
from core.crisis.policy import Level
from siaga import drawing
from siaga.demo.calls import settled
from siaga.demo.quiet import counted
from siaga.demo.stage import Stage
from siaga.story import Beat, brand, crisis

POLL_S = 0.5
CALM_S = 2.0
TIMEOUT_S = 30
BANDS = {level.value: POLICIES[brand.CLIENT["risk_tier"]].threshold(level) for level in Level}


@dataclass(slots=True)
class Watched:
    """What was seen from outside: scores as they were read, and when each part was sent."""

    begins: datetime
    points: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    sent_at: list[datetime] = field(default_factory=list[datetime])
    posts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    created: int = 0
    is_settled: bool = False


async def watch(stage: Stage, console: Console) -> Watched:
    """Tell the crisis beat by beat, and watch until all of it is scored.

    Raises: StoryEnded.
    """
    watched = Watched(_now())
    with drawing.LiveView(console, title=brand.NAME, bands=BANDS) as view:
        watching = asyncio.create_task(_keep_watching(stage, watched, view))
        try:
            await _tell(stage, watched, view)
            watched.is_settled = await settled(
                lambda: _figures(stage, watched), until=lambda _: True, calm_s=CALM_S, timeout_s=TIMEOUT_S
            )
            await _read_score(stage, watched, view)
        finally:
            watching.cancel()
            # A failure of the watch itself is the story's.
            await asyncio.gather(watching, return_exceptions=True)
        if not watching.cancelled() and (failure := watching.exception()):
            raise failure
    return watched


async def _tell(stage: Stage, watched: Watched, view: drawing.LiveView) -> None:
    loop = asyncio.get_running_loop()
    begins = loop.time()
    for beat in crisis(edition=stage.slug):
        await asyncio.sleep(begins + beat.at_s - loop.time())
        view.narrate(beat.minute, beat.caption_id, beat.caption_en)
        if beat.posts:
            posts = _dated(beat)
            watched.sent_at.append(_now())
            answer = await stage.agency.post("/v1/mentions", {"items": posts})
            watched.created += answer["summary"]["created"]
            watched.posts += posts
            view.sent(posts)


def _dated(beat: Beat) -> list[dict[str, Any]]:
    """The posts of a beat, published just before now."""
    now = _now()
    return [
        {name: value for name, value in post.items() if name != "age_s"}
        | {"published_at": (now - timedelta(seconds=post["age_s"])).isoformat()}
        for post in beat.posts
    ]


async def _keep_watching(stage: Stage, watched: Watched, view: drawing.LiveView) -> None:
    shown = len(stage.recipient.deliveries)
    while True:
        await _read_score(stage, watched, view)
        for delivery in stage.recipient.deliveries[shown:]:
            view.delivered({**delivery, "event_type": delivery["type"]})
            shown += 1
        await asyncio.sleep(POLL_S)


async def _read_score(stage: Stage, watched: Watched, view: drawing.LiveView) -> None:
    score = await stage.agency.get(stage.of_client("/crisis-score"))
    watched.points.append({"at": _now(), "score": score["score"], "level": score["level"]})
    view.assessed(score["score"], score["level"])


async def _figures(stage: Stage, watched: Watched) -> tuple[object, ...]:
    score = await stage.agency.get(stage.of_client("/crisis-score"))
    found = await counted(stage, watched.begins - timedelta(minutes=10), "5m")
    return found, score["assessed_at"], len(stage.recipient.deliveries)


def _now() -> datetime:
    return datetime.now(UTC)
