"""How many labels stay when a post is written a little differently: `python -m training.robustness --data DIR`."""

import argparse
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

from storage.models import load_reader
from training import corpora

_NAMES = ("telkomsel", "gojek", "shopee", "bca", "jokowi", "anies", "prabowo", "indihome", "tokopedia", "garuda")
_NAME = re.compile(rf"\b(?:{'|'.join(_NAMES)})\b", re.IGNORECASE)
_USER = re.compile(r"@\w+")
_NEGATOR = re.compile(r"\b(?:tidak|tak|tdk)\b", re.IGNORECASE)
# Words shorter than this are not misspelled.
_SHORTEST_WORD = 5

Rewriting = Callable[[str, random.Random], str]


def _typo(text: str, chance: random.Random) -> str:
    """Two neighbouring letters swapped inside one longer word."""
    words = text.split(" ")
    places = [n for n, word in enumerate(words) if len(word) >= _SHORTEST_WORD and word.isalpha()]
    if places:
        place = chance.choice(places)
        word, cut = words[place], chance.randrange(1, len(words[place]) - 2)
        words[place] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)


REWRITINGS: dict[str, Rewriting] = {
    "tidak written gak": lambda text, _: _NEGATOR.sub("gak", text),
    "a typo in one word": _typo,
    "a plain emoji added": lambda text, chance: f"{text} {chance.choice('📱🏠🚗📦🕐')}",
    "another brand or person": lambda text, chance: _NAME.sub(lambda _: chance.choice(_NAMES), text),
    "another user": lambda text, chance: _USER.sub(lambda _: f"@user{chance.randrange(10_000)}", text),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="training.robustness", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with sentiment/")
    parser.add_argument("--weights", default="", help="another reader than the shipped one")
    options = parser.parse_args(arguments)
    names = corpora.OPEN_SENTIMENT + corpora.CLOSED_SENTIMENT
    rows = corpora.read(options.data, "sentiment", names)
    texts = [row.text for row in rows if row.is_held_out and row.lang != "en"]
    reader = load_reader(options.weights)
    for name, rewrite in REWRITINGS.items():
        chance = random.Random(7)
        pairs = [(text, rewrite(text, chance)) for text in texts]
        changed = [pair for pair in pairs if pair[0] != pair[1]]
        before = reader.read_many([old for old, _ in changed])
        after = reader.read_many([new for _, new in changed])
        kept = sum(one.label is other.label for one, other in zip(before, after, strict=True))
        print(f"{name:28} n={len(changed):5}  labels that stay {kept / max(len(changed), 1):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
