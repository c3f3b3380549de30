"""G7: posts read by us, with all heads, against the vaderSentiment package on the same posts.

Each round reads a batch as large as a worker's, of posts that the reader has not seen before: they hold 650 to 860
words in a thousand posts that are new to it. Then the same posts again, since talk repeats itself. VADER finds almost
none of its words in Indonesian posts, and is at its fastest there. A round is a few milliseconds, so several readers
that know nothing of each other read the posts.
"""

import asyncio
from collections.abc import Iterator
from importlib.resources import files

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.house import texts
from benchmarks.measure import Meter, Result, Work, at_least, medians, told
from core.sentiment import Reader
from storage.models import SHIPPED_READER

PARTS = 5
READERS = 5
BATCH = 1_000
GOAL = 4.0

_Turn = tuple[Reader, list[str]]


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    vader = SentimentIntensityAnalyzer()
    posts = texts((PARTS + 1) * BATCH)
    first, *parts = [posts[start : start + BATCH] for start in range(0, len(posts), BATCH)]
    weights = (files("storage") / "weights" / SHIPPED_READER).read_bytes()
    readers = [Reader.from_bytes(weights) for _ in range(READERS)]
    for reader in readers:
        reader.read_many(first)
    turns = [(reader, part) for reader in readers for part in parts]
    # The round that does not count reads what every reader knows by then.
    turns.insert(0, (readers[0], first))
    contenders = {
        "fresh": _reading(iter(turns)),
        "vader": _rating(vader, iter(turns)),
        "again": _reading(iter(turns)),
    }
    spent = await medians(Meter(), contenders, rounds=len(turns) - 1)
    return [
        at_least("G7 reading new posts, times VADER", spent["vader"] / spent["fresh"], GOAL),
        at_least("G7 reading known words, times VADER", spent["vader"] / spent["again"], GOAL),
        told("new posts", 1 / spent["fresh"], "a second of one core"),
    ]


def _reading(turns: Iterator[_Turn]) -> Work:
    async def work() -> int:
        reader, part = next(turns)
        reader.read_many(part)
        return len(part)

    return work


def _rating(vader: SentimentIntensityAnalyzer, turns: Iterator[_Turn]) -> Work:
    async def work() -> int:
        _, part = next(turns)
        for text in part:
            vader.polarity_scores(text)
        return len(part)

    return work
