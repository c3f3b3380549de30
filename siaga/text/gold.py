"""Labelled texts in files, one set a file."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siaga.refusals import Refusal
from training.corpora import SENTIMENTS, is_held_out, natural
from training.measure import HARMS


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
    """Every set under a folder, or the held-out tenth of each.

    Raises: Refusal.
    """
    paths = sorted(path for pattern in ("*.jsonl", "*.jsonl.gz") for path in folder.glob(pattern))
    if not paths:
        raise Refusal(f"{folder} holds no labelled texts: files of JSON lines, *.jsonl or *.jsonl.gz.")
    found = [_set(path, held_out=held_out) for path in paths]
    return [gold for gold in found if gold.texts]


def _set(path: Path, *, held_out: bool) -> Gold:
    items = [item for item in _items(path) if not held_out or is_held_out(item["text"])]
    texts = [natural(item["text"]) for item in items]
    languages = [str(item.get("lang") or "?") for item in items]
    domains = [str(item.get("domain") or "?") for item in items]
    name = path.name.split(".")[0]
    if all("label" in item for item in items):
        return Gold(name, "sentiment", texts, [item["label"] for item in items], languages, domains)
    marked = [set(map(str, item["labels"])) for item in items]
    wanted = HARMS if any(HARMS & labels for labels in marked) else {"complaint"}
    task = "toxicity" if wanted is HARMS else "complaint"
    return Gold(name, task, texts, [bool(wanted & labels) for labels in marked], languages, domains)


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
