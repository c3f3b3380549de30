"""G7: posts read per second against the vaderSentiment package, on the same posts.

Each round reads posts that the reader has not seen before, after it has read others: the state of a process that has
been running for a while. Ratios are medians of process time over interleaved rounds.
"""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from storage.models import load_reader
from training.phrases import own_rows

ROUNDS = 7
GOAL = 4.0
POSTS = "unlabelled/stif_customer_tweets.tsv.gz"


def posts() -> list[str]:
    """Short Indonesian posts to brands where the shared data lies beside the repository, else our own phrases."""
    beside = Path(__file__).resolve().parents[1] / ".." / "shared"
    path = Path(os.environ.get("SIAGA_SHARED", beside)) / "data" / POSTS
    if not path.exists():
        return [row.text for row in own_rows()]
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines][1:]


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def run() -> list[tuple[str, float, str, bool]]:
    reader, vader = load_reader(), SentimentIntensityAnalyzer()
    texts = posts()
    size = len(texts) // (2 * ROUNDS)
    reader.read_many(texts[ROUNDS * size :])
    fresh: list[float] = []
    again: list[float] = []
    for turn in range(ROUNDS):
        part = texts[turn * size : (turn + 1) * size]
        ours = _seconds(lambda part=part: reader.read_many(part))
        theirs = _seconds(lambda part=part: [vader.polarity_scores(text) for text in part])
        known = _seconds(lambda part=part: reader.read_many(part))
        fresh.append(theirs / ours)
        again.append(theirs / known)
        print(f"round {turn + 1}: {len(part) / ours:,.0f} posts/s, VADER {len(part) / theirs:,.0f}", flush=True)
    rows = (("G7 reading new posts, x VADER", median(fresh)), ("G7 reading known words, x VADER", median(again)))
    return [(name, ratio, f">= {GOAL:g}", ratio >= GOAL) for name, ratio in rows]


if __name__ == "__main__":
    for name, ratio, goal, passed in run():
        print(f"{name}  {ratio:.2f}  {goal}  {'pass' if passed else 'short'}")
