"""The first part: two quiet weeks are loaded as history, with one loud evening that is no crisis."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console

from core.crisis.policy import Level
from siaga import drawing
from siaga.demo.calls import settled
from siaga.demo.checks import Checks, StoryEnded
from siaga.demo.stage import Stage
from siaga.story.posts import rfc3339
from siaga.story.quiet_weeks import DAYS, VIRAL_LIFT, tell, viral_moment

CHUNK = 500
# An hour of the viral evening has about six times the usual; half of that is loud enough to have been there.
LOUD = 3.0
# Every hour since the first post has a score; at night that one may come hours after the beginning.
SCORED_HOURS = DAYS * 24 - 6
CALM_S = 1.5
TIMEOUT_S = 90


@dataclass(frozen=True, slots=True)
class Quiet:
    """The two weeks as the API knows them. `concerning` posts speak of the brand or are its own."""

    begins: datetime
    viral_at: datetime
    posts: int
    concerning: int


async def load(stage: Stage, now: datetime, console: Console, checks: Checks) -> Quiet:
    """Load the history, wait until it is matched, read, counted and scored, and look at what became of it.

    Raises: StoryEnded.
    """
    told = list(tell(now))
    posts = [each.post for each in told]
    concerning = sum(each.part in {"quiet", "viral", "own"} for each in told)
    quiet = Quiet(now - timedelta(days=DAYS, hours=1), viral_moment(now), len(posts), concerning)
    created = await _send(stage, posts, console)
    checks.that(f"all {len(posts):,} posts of two weeks were taken in", created == len(posts), f"{created:,} were")
    await _digest(stage, quiet, console)
    await _check_repeats(stage, quiet, posts[:CHUNK], checks)
    await _check_viral(stage, quiet, now, checks)
    return quiet


async def counted(stage: Stage, since: datetime, step: str = "1d") -> int:
    """How many mentions the roll-ups hold since then, the brand's own posts among them."""
    volumes = await stage.agency.get(stage.of_client("/volumes"), {"at[gte]": rfc3339(since), "step": step})
    return sum(each["mentions"] + each["own"] for each in volumes["data"])


async def _send(stage: Stage, posts: list[dict[str, Any]], console: Console) -> int:
    created = 0
    with drawing.loading(console, "Dua pekan tenang · Loading two quiet weeks", len(posts)) as advance:
        for start in range(0, len(posts), CHUNK):
            chunk = posts[start : start + CHUNK]
            created += (await stage.agency.post("/v1/mentions", {"items": chunk}))["summary"]["created"]
            advance(len(chunk))
    return created


async def _digest(stage: Stage, quiet: Quiet, console: Console) -> None:
    """Wait for the worker; the bar counts what it has counted."""
    shown = 0
    with drawing.loading(console, "Cocokkan, baca, nilai · Matching, reading, scoring", quiet.concerning) as advance:

        async def look() -> tuple[object, ...]:
            nonlocal shown
            found = await counted(stage, quiet.begins)
            advance(min(found, quiet.concerning) - shown)
            shown = min(found, quiet.concerning)
            span = {"at[gte]": rfc3339(quiet.begins), "step": "1h"}
            curve = (await stage.agency.get(stage.of_client("/crisis-scores"), span))["data"]
            return found, len(curve), sum(each["score"] for each in curve)

        def until(seen: tuple[Any, ...]) -> bool:
            return seen[0] >= quiet.concerning and seen[1] >= SCORED_HOURS

        is_done = await settled(look, until=until, calm_s=CALM_S, timeout_s=TIMEOUT_S)
    if not is_done:
        told = f"{shown:,} of {quiet.concerning:,} posts are counted, and not every hour is scored"
        raise StoryEnded(f"After {TIMEOUT_S} s {told}. See the worker's log.")


async def _check_repeats(stage: Stage, quiet: Quiet, again: list[dict[str, Any]], checks: Checks) -> None:
    before = await counted(stage, quiet.begins)
    summary = (await stage.agency.post("/v1/mentions", {"items": again}))["summary"]
    after = await counted(stage, quiet.begins)
    is_kept = summary["duplicate"] == len(again) and before == after
    otherwise = f"{summary['duplicate']} of {len(again)} were told as repeats, and {before} mentions became {after}"
    checks.that("what was sent twice counts once", is_kept, otherwise)


async def _check_viral(stage: Stage, quiet: Quiet, now: datetime, checks: Checks) -> None:
    span = {"at[gte]": rfc3339(quiet.begins), "at[lt]": rfc3339(now), "step": "1h"}
    volumes = (await stage.agency.get(stage.of_client("/volumes"), span))["data"]
    usual = sum(each["mentions"] for each in volumes) / (DAYS * 24)
    evening = [each["mentions"] for each in volumes if _is_viral(datetime.fromisoformat(each["at"]), quiet)]
    loudest = max(evening, default=0)
    checks.that(
        f"the viral evening was loud: {loudest} mentions an hour, usually {usual:.0f}",
        loudest >= LOUD * usual,
        f"that is not {LOUD:.0f} times as many",
    )
    curve = (await stage.agency.get(stage.of_client("/crisis-scores"), span))["data"]
    lived = [each for each in curve if _is_viral(datetime.fromisoformat(each["at"]), quiet)]
    highest = max(lived, key=lambda each: each["score"], default={"score": 0.0, "level": "unknown"})
    told = stage.recipient.deliveries
    checks.that(
        f"and no crisis: the score stayed at {highest['score']:.1f}, and nobody was woken",
        bool(lived) and all(each["level"] != Level.CRISIS.value for each in lived) and not told,
        f"it reached {highest['level']}, and {len(told)} webhooks were sent",
    )


def _is_viral(at: datetime, quiet: Quiet) -> bool:
    return quiet.viral_at <= at < quiet.viral_at + timedelta(hours=len(VIRAL_LIFT))
