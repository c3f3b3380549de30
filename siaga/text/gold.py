"""Labelled texts in files, one set a file."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siaga.refusals import Refusal
from training import labels
from training.corpora import SENTIMENTS, is_held_out, natural
from training.measure import HARMS

# Beside a folder of this name lie the posts that we labelled ourselves.
SENTIMENT = "sentiment"


@dataclass(frozen=True, slots=True)
class Gold:
    """One set. `truths` are sentiments (`task` sentiment), or whether each text is marked (toxicity, complaint)."""

    name: str
    task: str
    texts: list[str]
    truths: list[Any]
    languages: list[str]
    domains: list[str]


def read(folder: Path, *, held_out: bool) -> list[Gold]:
    """Every set under a folder, or the held-out tenth of each; beside those of sentiment, the posts that we labelled.

    Raises: Refusal.
    """
    paths = sorted(path for pattern in ("*.jsonl", "*.jsonl.gz") for path in folder.glob(pattern))
    if not paths:
        raise Refusal(f"{folder} holds no labelled texts: files of JSON lines, *.jsonl or *.jsonl.gz.")
    found = [_set(path, held_out=held_out) for path in paths]
    if folder.resolve().name == SENTIMENT:
        found += _labelled(folder.resolve().parent, held_out=held_out)
    return [gold for gold in found if gold.texts]


def _labelled(data: Path, *, held_out: bool) -> Iterator[Gold]:
    """The sets that we labelled, where their posts are there."""
    for name, posts in labels.SETS.items():
        if not (data / posts.path).is_file():
            continue
        try:
            rows = [row for row in labels.read(data, SENTIMENT, [name]) if row.is_held_out or not held_out]
        except (OSError, EOFError, ValueError) as problem:
            raise Refusal(f"The labels of {name} cannot be joined to their posts: {problem}.") from None
        truths = [row.labels[0] for row in rows]
        languages, domains = [posts.lang] * len(rows), [posts.domain] * len(rows)
        yield Gold(name, SENTIMENT, [row.text for row in rows], truths, languages, domains)


def _set(path: Path, *, held_out: bool) -> Gold:
    items = [item for item in _items(path) if not held_out or is_held_out(item["text"])]
    texts = [natural(item["text"]) for item in items]
    languages = [str(item.get("lang") or "?") for item in items]
    domains = [str(item.get("domain") or "?") for item in items]
    name = path.name.split(".")[0]
    if all("label" in item for item in items):
        return Gold(name, SENTIMENT, texts, [item["label"] for item in items], languages, domains)
    marked = [set(map(str, item["labels"])) for item in items]
    wanted = HARMS if any(HARMS & marks for marks in marked) else {"complaint"}
    task = "toxicity" if wanted is HARMS else "complaint"
    return Gold(name, task, texts, [bool(wanted & marks) for marks in marked], languages, domains)


def _items(path: Path) -> list[dict[str, Any]]:
    try:
        with (gzip.open if path.name.endswith(".gz") else open)(path, "rb") as lines:
            items = [_item(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    except (OSError, EOFError) as problem:
        raise Refusal(f"{path} cannot be read: {problem}.") from None
    if len({"label" in item for item in items}) > 1:
        raise Refusal(f"{path} holds lines with `label` and lines with `labels`. Put them in files of their own.")
    return items


def _item(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        item = None
    if isinstance(item, dict) and isinstance(item.get("text"), str):
        if "label" in item and item["label"] in SENTIMENTS:
            return item
        if "label" not in item and isinstance(item.get("labels"), list):
            return item
    told = f"no JSON object with `text` and a `label` of {', '.join(SENTIMENTS)}, or a list `labels`"
    raise Refusal(f"{path}, line {number}: {told}.")
