import math
from importlib.resources import files

import pytest

from core.sentiment import Label, Reader, WeightsError
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


def logits(weights, text):
    """The definition, feature by feature, without the reader's memory and tables."""
    words = {word: n for n, word in enumerate(weights.words)}
    letters = {piece: n for n, piece in enumerate(weights.pieces)}
    pairs = {(weights.words[a], weights.words[b]): n for n, (a, b) in enumerate(weights.pairs.tolist())}
    names = frozenset(weights.names)
    rows = []
    for word, turned, previous in walk(parse(s, weights.spellings, names) for s in stretches(fold(text))):
        if word in words:
            rows.append(weights.plain[words[word]])
            rows += [weights.negated[words[word]]] if turned else []
            rows += [weights.pair_weights[pairs[previous, word]]] if (previous, word) in pairs else []
        else:
            rows += [weights.piece_weights[letters[piece]] for piece in pieces(word) if piece in letters]
    sums = [sum(int(row[c]) for row in rows) * weights.scales[c] for c in Column]
    length = math.sqrt(sums[Column.NORM]) or 1.0
    heads = [total / length + bias for total, bias in zip(sums, weights.biases, strict=False)]
    english, indonesian = weights.neutral
    neutral = english + (indonesian - english) / (1 + math.exp(-heads[Column.LANGUAGE]))
    heads[Column.NEGATIVE] -= neutral
    heads[Column.POSITIVE] -= neutral
    return heads


@pytest.mark.parametrize("text", TEXTS)
def test_the_fast_reader_equals_the_definition(data: bytes, text: str):
    weights, _ = decode(data)
    negative, positive, toxicity, complaint, _ = logits(weights, text)
    whole = math.exp(negative) + 1.0 + math.exp(positive)

    reading = load_reader().read(text)

    assert reading.p_negative == pytest.approx(math.exp(negative) / whole)
    assert reading.p_positive == pytest.approx(math.exp(positive) / whole)
    assert reading.toxicity == pytest.approx(1 / (1 + math.exp(-toxicity)))
    assert reading.complaint == pytest.approx(1 / (1 + math.exp(-complaint)))


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
