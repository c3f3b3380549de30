"""Two quiet weeks that end now: the day's rhythm, small complaints, one evening that went viral for a kind reason."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from siaga.story import brand, quiet_phrases, viral_phrases
from siaga.story.posts import Pen, Told, as_person, rfc3339
from siaga.story.wording import NEGATIVE, NEUTRAL, POSITIVE, filled

SEED = 20_311
DAYS = 14
WIB = ZoneInfo(brand.TIME_ZONE)

MENTIONS_A_DAY = 190
NOISE_A_DAY = 12
RIVAL_A_DAY = 9
WEEKEND = 1.12
# How talk is spread over the hours of a day in WIB, relative: asleep at three, lunch at noon, and the evening.
HOURS = (12, 7, 4, 4, 8, 18, 30, 40, 44, 46, 50, 66, 80, 62, 48, 48, 52, 60, 74, 84, 78, 62, 36, 20)

PLATFORMS = {"x": 36, "instagram": 22, "tiktok": 22, "facebook": 11, "youtube": 6, "news": 2}
MOODS = {NEGATIVE: 25, NEUTRAL: 33, POSITIVE: 42}
ENGLISH = 0.08
INDONESIAN_PHRASES = {
    NEGATIVE: quiet_phrases.COMPLAINTS,
    NEUTRAL: quiet_phrases.CHATTER,
    POSITIVE: quiet_phrases.PRAISE,
}
ENGLISH_PHRASES = {
    NEGATIVE: quiet_phrases.COMPLAINTS_ENGLISH,
    NEUTRAL: quiet_phrases.CHATTER_ENGLISH,
    POSITIVE: quiet_phrases.PRAISE_ENGLISH,
}

OWN_POSTS_AT = {8: "instagram", 12: "tiktok", 18: "x"}
OWN_REPLIES_A_DAY = 8

VIRAL_DAYS_AGO = 3
VIRAL_BEGINS = 19  # o'clock, WIB
# Times the ordinary volume of that hour, hour by hour from the beginning: six or so for three hours, then it dies away.
VIRAL_LIFT = (5.6, 6.8, 5.8, 2.6, 1.5)
VIRAL_SHARES = {"repost": 22, "laughter": 50, "bystander": 24, "grumble": 3}
VIRAL_PLATFORMS = {"x": 62, "instagram": 20, "tiktok": 18}


def history(now: datetime, *, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Every post of the last two weeks, oldest first; all are before `now`. The same arguments tell the same story."""
    return (told.post for told in tell(now, seed=seed))


def tell(now: datetime, *, seed: int = SEED) -> Iterator[Told]:
    """The posts of `history`, each with its mood and its part: quiet, viral, own, rival or noise."""
    pen = Pen(seed, f"history:{rfc3339(now)}")
    begins = now - timedelta(days=DAYS)
    viral_at = viral_moment(now)
    hour = begins.astimezone(WIB).replace(minute=0, second=0, microsecond=0)
    while hour < now:
        for at, told in sorted(_hour(pen, hour, viral_at), key=lambda timed: timed[0]):
            if begins <= at < now:
                told.post["published_at"] = rfc3339(at)
                yield told
        hour += timedelta(hours=1)


def viral_moment(now: datetime) -> datetime:
    """When the admin wrote from the wrong account: the evening nearest to three days before `now`."""
    about = (now - timedelta(days=VIRAL_DAYS_AGO)).astimezone(WIB)
    evening = about.replace(hour=VIRAL_BEGINS, minute=0, second=0, microsecond=0)
    nearby = (evening + timedelta(days=days) for days in (-1, 0, 1))
    return min(nearby, key=lambda evening: abs(evening - about))


def _hour(pen: Pen, hour: datetime, viral_at: datetime) -> Iterator[tuple[datetime, Told]]:
    dice = pen.dice
    day_share = HOURS[hour.hour] / sum(HOURS) * (WEEKEND if hour.weekday() >= 5 else 1)
    expected = MENTIONS_A_DAY * day_share
    for _ in range(poisson(dice, expected)):
        yield _within(dice, hour), _quiet(pen)
    for _ in range(poisson(dice, NOISE_A_DAY * day_share)):
        yield _within(dice, hour), _aside(pen, quiet_phrases.NOISE, "noise")
    for _ in range(poisson(dice, RIVAL_A_DAY * day_share)):
        yield _within(dice, hour), _rival(pen)
    yield from ((_within(dice, hour), told) for told in _own(pen, hour, day_share))
    since = round((hour - viral_at) / timedelta(hours=1))
    if 0 <= since < len(VIRAL_LIFT):
        yield from _viral(pen, hour, since, expected)


def _quiet(pen: Pen) -> Told:
    platform, mood = drawn(pen.dice, PLATFORMS), drawn(pen.dice, MOODS)
    if platform == "news":
        return Told(pen.article(*pen.dice.choice(quiet_phrases.NEWS)), NEUTRAL, "quiet")
    english = pen.dice.random() < ENGLISH
    phrases = (ENGLISH_PHRASES if english else INDONESIAN_PHRASES)[mood]
    return Told(pen.said(platform, phrases, mood, english=english), mood, "quiet")


def _aside(pen: Pen, phrases: tuple[str, ...], part: str) -> Told:
    """A post that is not about the brand, so it is never an answer to it."""
    platform = drawn(pen.dice, {"x": 5, "instagram": 2, "tiktok": 2})
    text, _ = pen.text(phrases, NEUTRAL, account="")
    return Told(pen.post(platform, pen.public.somebody(platform), text), NEUTRAL, part)


def _rival(pen: Pen) -> Told:
    if pen.dice.random() < 0.75:
        return _aside(pen, quiet_phrases.RIVAL_TALK, "rival")
    account = pen.dice.choice(brand.COMPETITOR_ACCOUNTS)
    text = filled(pen.dice.choice(quiet_phrases.RIVAL_POSTS), pen.dice)
    return Told(pen.post(account.platform, as_person(account), text, lang="id"), POSITIVE, "rival")


def _own(pen: Pen, hour: datetime, day_share: float) -> Iterator[Told]:
    if platform := OWN_POSTS_AT.get(hour.hour):
        text = filled(pen.dice.choice(quiet_phrases.OWN_POSTS), pen.dice)
        yield Told(pen.post(platform, as_person(brand.owned(platform)), text, lang="id"), POSITIVE, "own")
    for _ in range(poisson(pen.dice, OWN_REPLIES_A_DAY * day_share)):
        platform = drawn(pen.dice, {"x": 2, "instagram": 2, "tiktok": 1})
        text = filled(pen.dice.choice(quiet_phrases.OWN_REPLIES), pen.dice)
        answered = pen.public.somebody(platform)
        own = as_person(brand.owned(platform))
        kind = "reply" if platform == "x" else "comment"
        yield Told(pen.post(platform, own, text, kind=kind, reply_to=answered.handle, lang="id"), POSITIVE, "own")


def _viral(pen: Pen, hour: datetime, since: int, expected: float) -> Iterator[tuple[datetime, Told]]:
    own = as_person(brand.owned("x"))
    if since in {0, 2}:
        text = (viral_phrases.WRONG_ACCOUNT, None, viral_phrases.MOTHER_ANSWERS)[since] or ""
        popular = {"likes": 48_300, "comments": 3_120, "shares": 11_900, "views": 2_140_000}
        yield hour, Told(pen.post("x", own, text, lang="id", engagement=popular), POSITIVE, "viral")
    if since in {1, 3}:
        headline = viral_phrases.NEWS[since // 2]
        yield _within(pen.dice, hour), Told(pen.article(*headline), NEUTRAL, "viral")
    for _ in range(poisson(pen.dice, expected * (VIRAL_LIFT[since] - 1))):
        yield _within(pen.dice, hour, from_minute=1), _viral_answer(pen, drawn(pen.dice, VIRAL_SHARES))


def _viral_answer(pen: Pen, manner: str) -> Told:
    if manner == "repost":
        text = f"RT @{brand.owned('x').handle}: {viral_phrases.WRONG_ACCOUNT}"
        return Told(pen.post("x", pen.public.newcomer("x"), text, kind="repost", lang="id"), NEUTRAL, "viral")
    phrases, mood = {
        "laughter": (viral_phrases.LAUGHTER, POSITIVE),
        "bystander": (viral_phrases.BYSTANDERS, NEUTRAL),
        "grumble": (viral_phrases.GRUMBLES, NEGATIVE),
    }[manner]
    return Told(pen.said(drawn(pen.dice, VIRAL_PLATFORMS), phrases, mood), mood, "viral")


def _within(dice: Random, hour: datetime, *, from_minute: float = 0) -> datetime:
    return hour + timedelta(minutes=dice.uniform(from_minute, 60))


def drawn(dice: Random, weights: dict[str, int]) -> str:
    """One of the names, as often as its weight says."""
    return dice.choices(list(weights), list(weights.values()))[0]


def poisson(dice: Random, expected: float) -> int:
    """How many happen when this many are expected and none knows of the others (Knuth; for small numbers)."""
    limit, product, count = math.exp(-expected), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count
