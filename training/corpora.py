"""The labelled sets, their licences, and the tenth of them that is never trained on."""

import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Sets whose licence allows a product: CC BY, CC BY-SA, MIT, Apache. Sources in docs/models/sentiment-open-3.md.
OPEN_SENTIMENT = (
    "smsa",
    "casa",
    "nusax_id",
    "nusax_en",
    "nusax_regional",
    "indolem",
    "prdect",
    "goemotions",
    "bd_airline",
    "emotcmt",
)
OPEN_TOXICITY = ("tox_en_davidson", "tox_id_newscomments")
OPEN_COMPLAINT = ("complaint_id_prdect",)

CLOSED_SENTIMENT = (
    "airline",
    "emot",
    "idsa",
    "ije",
    "kicauan",
    "mbg_silver",
    "opini_emo",
    "pilkada_rama",
    "sanders",
    "semeval",
    "ub_small",
)
CLOSED_TOXICITY = (
    "tox_en_tweeteval_hate",
    "tox_en_tweeteval_offensive",
    "tox_id_abusive2018",
    "tox_id_multilabel",
    "tox_id_netifier",
)
CLOSED_COMPLAINT = ("complaint_en_airline", "complaint_id_telco")

SENTIMENTS = ("negative", "neutral", "positive")

# One text in so many is held out, by the hash of the text.
HELD_OUT_PARTS = 10
# Share of a text's word sequences found in held-out texts at which it counts as a copy of one.
COPY_SHARE = 0.5
_SEQUENCE = 4

_MASKS = (("[USERNAME]", "@user"), ("[URL]", "https://link"), ("xxxuserxxx", "@user"), ("xxxnumberxxx", "1"))
_WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. `labels` is one sentiment, or the set of harms that were marked."""

    corpus: str
    text: str
    labels: tuple[str, ...]
    lang: str
    is_held_out: bool


def is_held_out(text: str) -> bool:
    """Whether a text belongs to the tenth that is only measured."""
    return (
        int(hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest(), 16) % HELD_OUT_PARTS
        == 0
    )


def read(data: Path, task: str, corpora: Iterable[str]) -> list[Row]:
    """All rows of the named sets of one task, masks brought to their natural form.

    Raises: `FileNotFoundError` where a set is missing under `data`.
    """
    return [row for corpus in corpora for row in _rows(data / task / f"{corpus}.train.jsonl.gz", corpus)]


def read_own(path: Path) -> list[Row]:
    """Corrected posts of one's own: JSON lines with `text`, `label` and, if known, `lang` (`id` if not).

    Raises: `ValueError` that names the line, where one holds something else.
    """
    rows: list[Row] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                rows.append(_own(path, number, line))
    return rows


def _own(path: Path, number: int, line: str) -> Row:
    try:
        item = json.loads(line)
        text, label, lang = item["text"], item["label"], item.get("lang") or "id"
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f"{path}, line {number}: no JSON object with `text` and `label`") from None
    if not isinstance(text, str) or label not in SENTIMENTS or not isinstance(lang, str):
        raise ValueError(f"{path}, line {number}: `text` is no text, or `label` none of {', '.join(SENTIMENTS)}")
    text = text.encode("utf-8", "replace").decode()
    return Row("corrected", text, (label,), lang, is_held_out(text))


def without_copies(rows: list[Row]) -> list[Row]:
    """The rows to train on: not held out, and not a near copy of a held-out text."""
    held = [row for row in rows if row.is_held_out]
    letters = {_key(row.text) for row in held}
    seen = {sequence for row in held for sequence in _sequences(row.text)}
    return [row for row in rows if not row.is_held_out and not _is_copy(row.text, letters, seen)]


def _rows(path: Path, corpus: str) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            labels = (item["label"],) if "label" in item else tuple(item["labels"])
            yield Row(corpus, natural(item["text"]), labels, item["lang"], is_held_out(item["text"]))


def natural(text: str) -> str:
    """A text of a set as it was posted: marks of HTML written out, and the sets' masks in their usual form."""
    text = html.unescape(text)
    for mask, usual in _MASKS:
        text = text.replace(mask, usual)
    return text


def _is_copy(text: str, letters: set[str], seen: set[tuple[str, ...]]) -> bool:
    if _key(text) in letters:
        return True
    sequences = _sequences(text)
    return bool(sequences) and sum(s in seen for s in sequences) / len(sequences) >= COPY_SHARE


def _key(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower()))


def _sequences(text: str) -> set[tuple[str, ...]]:
    words = _WORDS.findall(text.lower())
    return {tuple(words[i : i + _SEQUENCE]) for i in range(len(words) - _SEQUENCE + 1)}
