"""The documented example of a heavier model, run as it stands with a tiny one of our own: it knows two words."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from core.sentiment import Label, Unread
from core.settings import Settings
from storage.models import reader_of

onnx = pytest.importorskip("onnx", reason="onnx is not installed; it makes the model that is tried")
tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed; the example cuts words with it")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed; the example reads with it")

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "reading.md"
PAD, UNKNOWN, BAD, GOOD = range(4)


def write_model(path: Path):
    """The mean of what each word says of the three labels, the padding left out, as a transformer's head pools it."""
    numbers, floats = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    says = [[9, 9, 9], [0, 1, 0], [8, 0, 0], [0, 0, 8]]  # what padding says must never be heard
    node = onnx.helper.make_node
    graph = onnx.helper.make_graph(
        [
            node("Gather", ["says", "input_ids"], ["said"]),
            node("Cast", ["attention_mask"], ["heard"], to=floats),
            node("Unsqueeze", ["heard", "last"], ["each"]),
            node("Mul", ["said", "each"], ["weighed"]),
            node("ReduceSum", ["weighed", "second"], ["sums"], keepdims=0),
            node("ReduceSum", ["heard", "second"], ["counts"], keepdims=1),
            node("Div", ["sums", "counts"], ["logits"]),
        ],
        "two_words",
        [onnx.helper.make_tensor_value_info(name, numbers, ["n", "t"]) for name in ("input_ids", "attention_mask")],
        [onnx.helper.make_tensor_value_info("logits", floats, ["n", 3])],
        [
            onnx.helper.make_tensor("says", floats, [4, 3], [float(each) for row in says for each in row]),
            onnx.helper.make_tensor("last", numbers, [1], [2]),
            onnx.helper.make_tensor("second", numbers, [1], [1]),
        ],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def write_tokenizer(path: Path):
    words = {"[PAD]": PAD, "[UNK]": UNKNOWN, "amis": BAD, "gurih": GOOD}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(path))


def test_the_example_of_the_guide_reads(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_model(tmp_path / "indobert.onnx")
    write_tokenizer(tmp_path / "tokenizer.json")
    example = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert example
    (tmp_path / "our_transformer.py").write_text(example[1], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    reader = reader_of(replace(settings, sentiment_model="our_transformer:Transformer"))
    texts = ["ikannya AMIS sekali dan lama", "gurih", "", "rapat hari \ud83d senin", "amis " * 5_000]
    readings = reader.read_many(texts)

    assert reader.version.startswith("our-indobert-3 with sentiment-open-3")
    assert [each.label for each in readings] == [Label.NEGATIVE, Label.POSITIVE, *[Label.NEUTRAL] * 2, Label.NEGATIVE]
    assert readings[1].p_positive == pytest.approx(0.99933, abs=1e-5)
    assert [reader.read(text) for text in texts] == readings, "who is read beside is nothing to a post"
    assert reader.explain("@budi https://a.example").undetermined is Unread.MASKED
