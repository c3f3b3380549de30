"""G5: what matching costs as the number of terms grows, and what the boolean stage adds.

Posts are customer tweets where the shared data lies beside the repository, otherwise sentences of common words; every
second one names a brand of its agency. Contenders are interleaved and their medians of CPU time compared. The literal
stage reads the post and finds the queries that something in it announces; the boolean stage evaluates their trees.
"""

import gzip
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from core.posts import Post
from core.query_language.common_words import COMMON_WORDS
from core.query_language.index import Entry, MatchIndex
from core.query_language.parser import parse

ROUNDS = 7
POSTS = 1_500
AGENCIES = 20

_SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[2] / "shared"))
_TWEETS = _SHARED / "data" / "unlabelled" / "stif_customer_tweets.tsv.gz"
_ISSUES = ("gangguan", "lemot", "error", "tipu", "refund", "boikot", "saldo", "hilang", "lambat", "kecewa", "rusak")


def run() -> list[tuple[str, float, str, bool]]:
    """Name, ratio, goal and whether it is met, for each goal."""
    small, middle, large = (_Load(count) for count in (1_000, 10_000, 100_000))
    growth = _medians({"small": small.match, "large": large.match})
    stages = _medians({"literal": middle.announce, "both": middle.decide})
    scale = growth["large"] / growth["small"]
    boolean = (stages["both"] - stages["literal"]) / stages["literal"]
    return [
        ("G5 cost of 100,000 terms to that of 1,000", scale, "<= 5", scale <= 5),
        ("G5 boolean stage to literal stage at 10,000 keywords", boolean, "<= 0.25", boolean <= 0.25),
    ]


class _Load:
    """Many queries of many agencies, and posts of which every second one speaks of a brand of its agency."""

    def __init__(self, count: int) -> None:
        chooser, words = random.Random(count), list(COMMON_WORDS)
        brands = [_brand(number, chooser, words) for number in range(count)]
        queries = [_query(number, brand, chooser, words) for number, brand in enumerate(brands)]
        self.index = MatchIndex.build(
            Entry(number, number % AGENCIES, parse(query)) for number, query in enumerate(queries)
        )
        self.posts = [_about(text, number, brands, chooser) for number, text in enumerate(_texts())]

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


def _texts() -> list[str]:
    if _TWEETS.exists():
        return gzip.decompress(_TWEETS.read_bytes()).decode().splitlines()[1 : POSTS + 1]
    chooser, words = random.Random(7), list(COMMON_WORDS)
    return [" ".join(chooser.choices(words, k=18)) for _ in range(POSTS)]


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


def _medians(contenders: dict[str, Callable[[], None]]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for contender in contenders.values():
        contender()
    for _ in range(ROUNDS):
        for name, contender in contenders.items():
            start = time.process_time()
            contender()
            times[name].append((time.process_time() - start) / POSTS * 1e6)
    return {name: statistics.median(found) for name, found in times.items()}


if __name__ == "__main__":
    for name, ratio, goal, passed in run():
        print(f"{name}  {ratio:.2f}  {goal}  {'pass' if passed else 'short'}")
