"""Figures on the tenth of the openly licensed sets that no weights were trained on."""

import os
from pathlib import Path

import pytest

from storage.models import load_reader
from training import corpora, measure

SHARED = Path(os.environ.get("SIAGA_SHARED", Path(__file__).resolve().parents[3] / ".." / "shared"))
DATA = SHARED / "data"

pytestmark = pytest.mark.skipif(
    not (DATA / "sentiment").is_dir(), reason="the labelled data is not beside the repository"
)


# Measured figure less a margin of about two standard errors; the card holds the figures.
@pytest.mark.parametrize(
    ("corpus", "floor"),
    [("smsa", 0.86), ("nusax_regional", 0.87), ("prdect", 0.94), ("indolem", 0.72), ("goemotions", 0.68)],
)
def test_sentiment_reaches_its_floor(corpus: str, floor: float):
    rows = [row for row in corpora.read(DATA, "sentiment", [corpus]) if row.is_held_out]

    assert measure.judge(load_reader(), rows) >= floor


def test_its_probabilities_can_be_believed():
    assert measure.calibration_error(load_reader(), DATA) <= 0.05


def test_held_out_texts_and_their_copies_are_not_trained_on():
    rows = corpora.read(DATA, "sentiment", ["smsa", "nusax_id"])
    held = {row.text for row in rows if row.is_held_out}
    kept = corpora.without_copies(rows)

    assert 0.08 < len(held) / len(rows) < 0.12
    assert held.isdisjoint(row.text for row in kept)
    assert len(kept) < len(rows) - len(held)
