"""Sentiment of openly licensed posts, labelled for this project: what each post says, and never the post itself.

A label is joined to its post by the post's hash. docs/models/labels.md tells the guide they were given by, how far two
annotators agree, and whose the posts are. Our labels: Apache-2.0.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from training.corpora import SENTIMENTS, Row, is_held_out, natural

FOLDER = Path(__file__).parent / "labels"

# How a label is written: a sign, then marks.
SIGNS = dict(zip("-0+", SENTIMENTS, strict=True))
MARKS = {"c": "complaint", "t": "abusive", "q": "question"}
# Hexadecimal digits of a post's hash.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Posts:
    """Where the posts of a set lie under `--data`, their language, and where they were written."""

    path: str
    lang: str
    domain: str


SETS = {
    "stif": Posts("unlabelled/stif_customer_tweets.tsv.gz", "id", "customer-service"),
    "newscomments": Posts("toxicity/tox_id_newscomments.train.jsonl.gz", "id", "news-comments"),
    "davidson": Posts("toxicity/tox_en_davidson.train.jsonl.gz", "en", "twitter"),
}


def read(data: Path, task: str, names: Iterable[str] = tuple(SETS)) -> list[Row]:
    """What was labelled of these sets, as rows of one task: sentiment or complaint.

    Raises: `FileNotFoundError` where a set is missing under `data`, `ValueError` where it lacks a labelled post.
    """
    return [row for name in names for row in _rows(data, name, task)]


def digest(text: str) -> str:
    """What stands for a post in the files of labels."""
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:_DIGITS]


def _rows(data: Path, name: str, task: str) -> Iterator[Row]:
    posts = SETS[name]
    path = data / posts.path
    texts = {digest(text): text for text in _texts(path)}
    for number, line in enumerate((FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines(), 1):
        key, _, label = line.partition("\t")
        if key not in texts:
            raise ValueError(f"{path} holds no post of the hash {key}, labelled in line {number} of {name}.tsv")
        text = texts[key]
        said = (SIGNS[label[0]],) if task == "sentiment" else tuple(MARKS[mark] for mark in label[1:])
        yield Row(name, natural(text), said, posts.lang, is_held_out(text))


def _texts(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        if path.name.endswith(".jsonl.gz"):
            yield from (json.loads(line)["text"] for line in lines)
        else:
            yield from (line.rstrip("\n").rpartition("\t")[2] for line in lines)
