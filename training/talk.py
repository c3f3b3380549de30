"""Everyday and public talk of our own making, in Indonesian, mixed with English, and English. Apache-2.0.

The open sets hold reviews, and little of what people say of their days, of politics and of each other. `talk.tsv` holds
such posts with the marks of `training.labels` and their language; none is abusive, and those that complain to a brand
say so. Written for this project; never part of a held-out figure.
"""

from pathlib import Path

from training.corpora import Row
from training.labels import SIGNS

_FILE = Path(__file__).parent / "talk.tsv"


def rows() -> list[Row]:
    """Talk with its sentiment, in a fixed order; what complains to a brand stands with our other posts to brands."""
    told = [line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines()]
    return [
        Row("own" if "c" in mark else "own_talk", text, (SIGNS[mark[0]],), lang, is_held_out=False)
        for mark, lang, text in told
    ]
