"""G7: posts read by us, with all heads, against the vaderSentiment package on the same posts.

Each round reads a batch as large as a worker's, of posts that the reader has not seen before: they hold 650 to 860
words in a thousand posts that are new to the process. Then the same posts again, since talk repeats itself. VADER finds
almost none of its words in Indonesian posts, and is at its fastest there.
"""

import asyncio
from collections.abc import Callable, Iterator

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.house import texts
from benchmarks.measure import Meter, Result, Work, at_least, medians, told
from storage.models import load_reader

ROUNDS = 5
BATCH = 1_000
GOAL = 4.0


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    reader, vader = load_reader(), SentimentIntensityAnalyzer()
    posts = texts((ROUNDS + 1) * BATCH)
    parts = [posts[start : start + BATCH] for start in range(0, len(posts), BATCH)]
    contenders = {
        "fresh": _reading(reader.read_many, iter(parts)),
        "vader": _reading(lambda part: [vader.polarity_scores(text) for text in part], iter(parts)),
        "again": _reading(reader.read_many, iter(parts)),
    }
    spent = await medians(Meter(), contenders, rounds=ROUNDS)
    return [
        at_least("G7 reading new posts, times VADER", spent["vader"] / spent["fresh"], GOAL),
        at_least("G7 reading known words, times VADER", spent["vader"] / spent["again"], GOAL),
        told("new posts", 1 / spent["fresh"], "a second of one core"),
    ]


def _reading(read: Callable[[list[str]], object], parts: Iterator[list[str]]) -> Work:
    async def work() -> int:
        part = next(parts)
        read(part)
        return len(part)

    return work
