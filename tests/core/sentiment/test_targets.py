"""Sentiment towards each brand, on sentences of our own: whole posts beside parted ones."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sentiment import Label
from core.sentiment.targets import leant, read_towards
from siaga.text.figures import macro_f1
from storage.models import load_reader

SENTENCES = Path(__file__).with_name("targets.tsv")
NAMED = re.compile(r"\[([^\]]+)([-+0])\]")
MEANT = {"-": "negative", "0": "neutral", "+": "positive"}
CLASSES = list(MEANT.values())


def unmarked(line: str):
    """A sentence without its brackets, the places of each brand, and what is said of it."""
    text, reached = "", 0
    places: dict[str, list[tuple[int, int]]] = {}
    meant: dict[str, str] = {}
    for found in NAMED.finditer(line):
        text += line[reached : found.start()]
        places.setdefault(found[1], []).append((len(text), len(text) + len(found[1])))
        meant[found[1]] = MEANT[found[2]]
        text, reached = text + found[1], found.end()
    return text + line[reached:], places, meant


def sentences():
    lines = SENTENCES.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


def said(line: str):
    text, places, meant = unmarked(line)
    whole = load_reader().read(text)
    towards = read_towards(load_reader(), text, places, whole)
    return [(truth, whole.label, towards[name].label) for name, truth in meant.items()]


def f1_of(answers: list[tuple[str, str]]) -> float:
    cells = np.zeros((3, 3), dtype=np.int64)
    for truth, label in answers:
        cells[CLASSES.index(truth), CLASSES.index(label)] += 1
    return macro_f1(cells)


# Measured: 0.87 of all, 0.87 of the half that was never looked at while the rules were written; whole posts 0.52.
@pytest.mark.parametrize(("kept", "floor"), [("all", 0.80), ("unseen", 0.80), ("id", 0.82), ("en", 0.74)])
def test_each_brand_has_the_sentiment_of_what_is_said_of_it(kept: str, floor: float):
    lines = sentences()
    picked = lines[1::2] if kept == "unseen" else [line for line in lines if kept in ("all", line[0])]
    answers = [answer for _, _, line in picked for answer in said(line)]

    assert len(lines) >= 200
    assert f1_of([(truth, towards) for truth, _, towards in answers]) >= floor
    assert f1_of([(truth, whole) for truth, whole, _ in answers]) <= floor - 0.2


@pytest.mark.parametrize(
    "line",
    [
        "[Abakom-] lemot, untung ada [Zetkom+]",
        "[Zetkom+] jauh lebih cepat dari [Abakom-]",
        "[Abakom-] jauh lebih lemot dari [Zetkom+]",
        "daripada [Abakom-] mending [Zetkom+]",
        "[Abakom-] is down again, thankfully I switched to [Zetkom+]",
        "unlike [Abakom-], [Zetkom+] is great",
        "[Abakom-] tidak secepat [Zetkom+]",
        "[Abakom-] lemot, untung ada Zetkom",
        "Abakom lemot, untung ada [Zetkom+]",
    ],
)
def test_a_contrast_is_told_apart(line: str):
    assert all(towards == truth for truth, _, towards in said(line))


@pytest.mark.parametrize(
    "text", ["halo Abakom, wifi mati dari pagi", "Abakom mahal tapi cepat", "mau bayar tagihan Abakom di mana ya"]
)
def test_a_post_about_one_brand_is_read_as_a_whole(text: str):
    whole = load_reader().read(text)
    place = text.index("Abakom")

    assert read_towards(load_reader(), text, {"a": [(place, place + 6)]}, whole) == {"a": whole}


def test_names_do_not_decide():
    line = "{} lemot, untung ada {}"
    for first, second in (("Abakom", "Zetkom"), ("Murka", "Benci"), ("Bagus", "Jelek")):
        text = line.format(first, second)
        places = {name: [(text.index(name), text.index(name) + len(name))] for name in (first, second)}
        towards = read_towards(load_reader(), text, places, load_reader().read(text))
        assert [towards[first].label, towards[second].label] == [Label.NEGATIVE, Label.POSITIVE]


def test_what_else_a_post_is_it_is_towards_everybody():
    text, places, _ = unmarked("[Abakom-] tolol goblok, untung ada [Zetkom+]")
    whole = load_reader().read(text)

    assert {each.toxicity for each in read_towards(load_reader(), text, places, whole).values()} == {whole.toxicity}


def test_a_brand_that_is_named_nowhere_gets_the_whole_reading():
    whole = load_reader().read("Abakom lemot")

    assert read_towards(load_reader(), "Abakom lemot", {"a": [], "b": [(0, 6)]}, whole)["a"] is whole
    assert read_towards(load_reader(), "Abakom lemot", {"a": [(5, 5), (3, 99), (-1, 2)]}, whole)["a"] is whole
    assert read_towards(load_reader(), "", {}, whole) == {}


def test_long_texts_and_lists_are_not_parted():
    text = "A lemot, untung ada B. " * 200
    whole = load_reader().read(text)

    assert read_towards(load_reader(), text, {"a": [(0, 1)], "b": [(20, 21)]}, whole)["b"] is whole
    listed = "A B " * 20
    places = {name: [(at, at + 1) for at in range(start, 80, 4)] for name, start in (("a", 0), ("b", 2))}
    assert read_towards(load_reader(), listed, places, whole)["a"] is whole


def test_leaning_keeps_the_probabilities_whole():
    plain = load_reader().read("rapat hari senin")
    for way, label in ((1, Label.POSITIVE), (-1, Label.NEGATIVE)):
        moved = leant(plain, way)
        assert moved.label is label
        assert moved.p_negative + moved.p_neutral + moved.p_positive == pytest.approx(1)
        assert moved.polarity * way > 0.4


WORDING = st.text(alphabet=" ,.abtapi\n\ufffc\ud800İ-", max_size=12) | st.sampled_from(
    ["lebih", " dari ", "untung ada ", "unlike ", " than ", "tidak se", " tapi ", "better ", "kalah ", "bye "]
)


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(WORDING, max_size=12),
    spans=st.lists(st.tuples(st.integers(-2, 60), st.integers(-2, 60)), max_size=6),
)
def test_any_wording_and_any_places_get_an_answer(parts: list[str], spans: list[tuple[int, int]]):
    text = "".join(parts)
    whole = load_reader().read(text)
    towards = read_towards(load_reader(), text, {"a": spans[::2], "b": spans[1::2]}, whole)

    assert set(towards) == {"a", "b"}
    assert all(-1 <= reading.polarity <= 1 for reading in towards.values())
