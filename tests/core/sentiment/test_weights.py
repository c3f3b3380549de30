import math
from dataclasses import replace
from importlib.resources import files
from itertools import zip_longest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sentiment import Label, Reader, Reading, WeightsError
from core.sentiment.features import pieces, walk
from core.sentiment.tokens import fold, parse, stretches
from core.sentiment.weights import Column, decode, encode
from storage.models import SHIPPED_READER, load_reader

# The file travels in the package and is read by every worker.
LARGEST_BYTES = 8_000_000

TEXTS = [
    "produknya bikin sakit perut, tolong ditarik",
    "gak bagus tapi murah, cepet sampe!!",
    "terimakasih min 😊😊 sinyalnya udah normal @telkomsel https://x.example/a",
    "this is not what I ordered, never again",
    "zzqxv blorptastik nya kuciwaaaa",
    "",
]


@pytest.fixture(scope="module")
def data():
    return (files("storage") / "weights" / SHIPPED_READER).read_bytes()


def test_the_shipped_file_is_small(data: bytes):
    assert len(data) <= LARGEST_BYTES


def test_weights_survive_the_file(data: bytes):
    weights, _ = decode(data)

    assert encode(weights) == data


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: d[:40], lambda d: b"", lambda d: d[:-9] + b"123456789"])
def test_a_damaged_file_is_refused(data: bytes, damage):
    with pytest.raises(WeightsError):
        Reader.from_bytes(damage(data))


def test_a_file_of_another_kind_is_refused():
    with pytest.raises(WeightsError, match="unknown file type"):
        Reader.from_bytes(b"PK\x03\x04 not weights")


def test_two_readers_of_the_same_file_agree(data: bytes):
    one, other = Reader.from_bytes(data), Reader.from_bytes(data)

    assert one.version == other.version
    assert one.read_many(TEXTS) == other.read_many(TEXTS[::-1])[::-1]


class Definition:
    """What the weights say, feature by feature, without the reader's memory and tables."""

    def __init__(self, data: bytes) -> None:
        self.weights, _ = decode(data)
        self.words = {word: n for n, word in enumerate(self.weights.words)}
        self.letters = {piece: n for n, piece in enumerate(self.weights.pieces)}
        known = self.weights.words
        self.pairs = {(known[a], known[b]): n for n, (a, b) in enumerate(self.weights.pairs.tolist())}
        self.names = frozenset(self.weights.names)

    def logits(self, text: str) -> list[float]:
        weights, rows = self.weights, []
        parsed = (parse(stretch, weights.spellings, self.names) for stretch in stretches(fold(text)))
        for word, turned, previous in walk(parsed):
            if word in self.words:
                rows.append(weights.plain[self.words[word]])
                rows += [weights.negated[self.words[word]]] if turned else []
                pair = (previous, word)
                rows += [weights.pair_weights[self.pairs[pair]]] if pair in self.pairs else []
            else:
                spelled = [self.letters[piece] for piece in pieces(word) if piece in self.letters]
                rows += [weights.piece_weights[n] for n in spelled]
        sums = [sum(int(row[c]) for row in rows) * scale for c, scale in enumerate(weights.scales)]
        length = math.sqrt(sums[Column.NORM]) or 1.0
        heads = [total / length + bias for total, bias in zip_longest(sums, weights.biases, fillvalue=0.0)]
        english, indonesian = weights.neutral
        share = 1 / (1 + math.exp(-heads[Column.LANGUAGE]))
        neutral = english + (indonesian - english) * share
        own, theirs = heads[: Column.TOXICITY], heads[Column.ENGLISH_NEGATIVE :] or heads[: Column.TOXICITY]
        signs = [share * one + (1 - share) * other - neutral for one, other in zip(own, theirs, strict=True)]
        return signs + heads[Column.TOXICITY : Column.NORM]


@pytest.fixture(scope="module")
def definition(data: bytes):
    return Definition(data)


def expect_as_defined(definition: Definition, text: str, reading: Reading) -> None:
    negative, positive, toxicity, complaint, _ = definition.logits(text)
    whole = math.exp(negative) + 1.0 + math.exp(positive)

    assert reading.p_negative == pytest.approx(math.exp(negative) / whole)
    assert reading.p_positive == pytest.approx(math.exp(positive) / whole)
    assert reading.toxicity == pytest.approx(1 / (1 + math.exp(-toxicity)))
    assert reading.complaint == pytest.approx(1 / (1 + math.exp(-complaint)))


@pytest.mark.parametrize("text", TEXTS)
def test_the_fast_reader_equals_the_definition(definition: Definition, text: str):
    expect_as_defined(definition, text, load_reader().read(text))


@pytest.fixture(scope="module")
def parted(data: bytes):
    """Weights of one who learned sentiment for each language: in English here with the signs changed."""
    weights, _ = decode(data)
    tables = ("plain", "negated", "piece_weights", "pair_weights")
    turned = {name: np.hstack([(table := getattr(weights, name)), -table[:, : Column.TOXICITY]]) for name in tables}
    scales, biases = weights.scales, weights.biases
    return encode(replace(weights, scales=(*scales, *scales[:2]), biases=(*biases, 0.0, 0.1, -0.2), **turned))


@pytest.mark.parametrize("text", TEXTS)
def test_sentiment_that_was_learned_for_each_language_counts_by_the_posts_language(parted: bytes, text: str):
    reader = Reader.from_bytes(parted)
    reading = reader.read(text)
    why = reader.explain(text)

    expect_as_defined(Definition(parted), text, reading)
    told = sum(span.weight for span in why.spans) + why.rest + why.bias
    assert told == pytest.approx(math.log(reading.p_positive / reading.p_negative))


def test_weights_for_each_language_survive_the_file(parted: bytes):
    weights, _ = decode(parted)

    assert encode(weights) == parted
    english = "great service, thank you so much"
    assert Reader.from_bytes(parted).read(english).polarity < 0 < load_reader().read(english).polarity


# Syllables, clitics and signs make words that no reader has seen, beside those that it knows in another spelling.
_SCRAPS = [
    "a",
    "ku",
    "nya",
    "lah",
    "tidak",
    "bagus",
    "kan",
    "2",
    "-",
    "'",
    "@",
    "#",
    "é",
    "ŋ",
    "😡",
    ".",
    "!",
    " ",
    "  ",
]


def _post(scraps: list[str]) -> str:
    """A post of such words, and a known one, without which nothing might be read."""
    return "".join(["bagus ", *scraps])


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.lists(st.sampled_from(_SCRAPS), max_size=25).map(_post), min_size=1, max_size=6))
def test_posts_of_new_words_are_read_as_defined_all_at_once(definition: Definition, texts: list[str]):
    for text, reading in zip(texts, load_reader().read_many(texts), strict=True):
        expect_as_defined(definition, text, reading)


def test_a_reader_that_forgets_reads_the_same(data: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.sentiment.memory.MEMORY_SIZE", 10)
    forgetful = Reader.from_bytes(data)

    assert [forgetful.read(text) for text in TEXTS] == load_reader().read_many(TEXTS)


def test_the_label_is_the_likeliest_class():
    for reading in load_reader().read_many(TEXTS):
        shares = {
            Label.NEGATIVE: reading.p_negative,
            Label.NEUTRAL: reading.p_neutral,
            Label.POSITIVE: reading.p_positive,
        }
        assert shares[reading.label] == max(shares.values())
