"""G5: what matching costs as the number of terms grows, and what the boolean stage adds.

Posts are customer tweets where the shared data lies beside the repository, otherwise sentences of common words; every
second one names a brand of its agency. Contenders are interleaved and their medians of CPU time compared. The literal
stage reads the post and finds the queries that something in it announces; the boolean stage evaluates their trees.
"""

import asyncio
import random
from collections.abc import Callable

from benchmarks.house import texts
from benchmarks.measure import Meter, Result, Work, at_most, medians
from core.posts import Post
from core.query_language.common_words import COMMON_WORDS
from core.query_language.index import Entry, MatchIndex
from core.query_language.parser import parse

ROUNDS = 7
POSTS = 1_500
AGENCIES = 20

_ISSUES = ("gangguan", "lemot", "error", "tipu", "refund", "boikot", "saldo", "hilang", "lambat", "kecewa", "rusak")


def run() -> list[Result]:
    return asyncio.run(_run())


async def _run() -> list[Result]:
    small, middle, large = (_Load(count) for count in (1_000, 10_000, 100_000))
    meter = Meter()
    growth = await medians(meter, {"small": _all(small.match), "large": _all(large.match)}, rounds=ROUNDS)
    stages = await medians(meter, {"literal": _all(middle.announce), "both": _all(middle.decide)}, rounds=ROUNDS)
    boolean = (stages["both"] - stages["literal"]) / stages["literal"]
    return [
        at_most("G5 cost of 100,000 terms to that of 1,000", growth["large"] / growth["small"], 5),
        at_most("G5 boolean stage to literal stage at 10,000 keywords", boolean, 0.25),
    ]


def _all(read: Callable[[], None]) -> Work:
    async def work() -> int:
        read()
        return POSTS

    return work


class _Load:
    """Many queries of many agencies, and posts of which every second one speaks of a brand of its agency."""

    def __init__(self, count: int) -> None:
        chooser, words = random.Random(count), list(COMMON_WORDS)
        brands = [_brand(number, chooser, words) for number in range(count)]
        queries = [_query(number, brand, chooser, words) for number, brand in enumerate(brands)]
        self.index = MatchIndex.build(
            Entry(number, number % AGENCIES, parse(query)) for number, query in enumerate(queries)
        )
        self.posts = [_about(text, number, brands, chooser) for number, text in enumerate(texts(POSTS))]

    def match(self) -> None:
        match = self.index.match
        for number, post in enumerate(self.posts):
            match(post, number % AGENCIES)

    def decide(self) -> None:
        keys = self.index.keys
        for number, post in enumerate(self.posts):
            keys(post, number % AGENCIES)

    def announce(self) -> None:
        announced = self.index.announced
        for number, post in enumerate(self.posts):
            announced(post, number % AGENCIES)


def _about(text: str, number: int, brands: list[str], chooser: random.Random) -> Post:
    if number % 2:
        return Post(text=text, lang="id")
    # A brand of the post's own agency, somewhere in the first words.
    brand = brands[chooser.randrange(len(brands) // AGENCIES) * AGENCIES + number % AGENCIES]
    before, _, after = text.partition(" ")
    return Post(text=f"{before} {brand} {after}", lang="id")


def _brand(number: int, chooser: random.Random, words: list[str]) -> str:
    """An invented name; one in ten is an ordinary, rather rare word."""
    if number % 10 == 0:
        return chooser.choice(words[2_000:])
    return f"{chooser.choice(words)[:4]}{chooser.choice(words)[-4:]}{number % 1_000}"


def _query(number: int, brand: str, chooser: random.Random, words: list[str]) -> str:
    """A query as agencies write them; most posts that name the brand do not match."""
    first, second = chooser.sample(_ISSUES, 2)
    shapes = (
        f"{brand} AND ({first} OR {second})",
        f'"{brand} {chooser.choice(words)}"',
        f"{brand} NEAR/5 ({first} OR {second})",
        f"(#{brand} OR @{brand} OR {brand}) -{chooser.choice(words)}",
        f"{brand} AND lang:id",
    )
    return shapes[number // AGENCIES % len(shapes)]
