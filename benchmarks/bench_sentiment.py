"""G7: posts read by us, with all heads, against the vaderSentiment package on the same posts.

Each round reads posts that the reader has not seen before, after it has read as many others: the state of a process
that has been running for a while. Then the same posts again, since talk repeats itself. VADER finds almost none of
its words in Indonesian posts, and is at its fastest there.
"""

import asyncio
from collections.abc import Callable, Iterator

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.house import texts
from benchmarks.measure import Meter, Result, Work, at_least, medians
from storage.models import load_reader

ROUNDS = 7
POSTS = 6_000
GOAL = 4.0


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    reader, vader = load_reader(), SentimentIntensityAnalyzer()
    posts = texts(POSTS)
    size = POSTS // 2 // (ROUNDS + 1)
    reader.read_many(posts[: POSTS // 2])
    parts = [posts[start : start + size] for start in range(POSTS // 2, POSTS - size + 1, size)]
    contenders = {
        "fresh": _reading(reader.read_many, iter(parts)),
        "vader": _reading(lambda part: [vader.polarity_scores(text) for text in part], iter(parts)),
        "again": _reading(reader.read_many, iter(parts)),
    }
    spent = await medians(Meter(), contenders, rounds=ROUNDS)
    return [
        at_least("G7 reading new posts, times VADER", spent["vader"] / spent["fresh"], GOAL),
        at_least("G7 reading known words, times VADER", spent["vader"] / spent["again"], GOAL),
    ]


def _reading(read: Callable[[list[str]], object], parts: Iterator[list[str]]) -> Work:
    async def work() -> int:
        part = next(parts)
        read(part)
        return len(part)

    return work
