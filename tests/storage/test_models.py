import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from core.sentiment import Label
from core.settings import Settings, SettingsError
from storage.models import SHIPPED_READER, load_reader, reader_of


def test_the_shipped_reader_is_loaded_once():
    assert load_reader() is load_reader()


def test_the_shipped_reader_names_its_edition_and_checksum():
    name, _, checksum = load_reader().version.partition("+")

    assert name == "sentiment-open-3"
    assert len(checksum) == 8


def damaged(data: bytes) -> list[tuple[bytes, str]]:
    return [
        (data[: len(data) // 2], "cut short or damaged"),
        (data[:5], "unknown file type"),
        (b"", "unknown file type"),
        (
            data.replace(b"SIAGA-READER-2", b"SIAGA-READER-9", 1),
            "it is of version 9, and this Siaga reads versions 2 and 3",
        ),
    ]


def test_weights_that_cannot_be_used_are_refused_in_a_sentence(tmp_path: Path):
    data = (files("storage") / "weights" / SHIPPED_READER).read_bytes()
    for number, (content, why) in enumerate(damaged(data)):
        path = tmp_path / f"{number}.bin"
        path.write_bytes(content)
        with pytest.raises(SettingsError, match=f"SENTIMENT_WEIGHTS names .*{why}.*siaga text train"):
            load_reader(str(path))
    with pytest.raises(SettingsError, match=r"cannot be read: No such file or directory\."):
        load_reader(str(tmp_path / "none.bin"))


def test_weights_of_ones_own_are_read_with(tmp_path: Path):
    path = tmp_path / "own.bin"
    path.write_bytes((files("storage") / "weights" / SHIPPED_READER).read_bytes())

    assert load_reader(str(path)).version == load_reader().version


def test_the_shipped_reader_reads():
    assert load_reader().read("pelayanannya mengecewakan sekali").label is Label.NEGATIVE


class Shrug:
    version = "shrug-1"

    def probabilities(self, texts):
        return [(0.1, 0.8, 0.1)] * len(texts)


def test_a_model_that_the_operator_brings_tells_sentiment(monkeypatch: pytest.MonkeyPatch, settings: Settings):
    brought = ModuleType("brought_by_us")
    brought.make, brought.broken = Shrug, lambda: Shrug.probabilities
    monkeypatch.setitem(sys.modules, "brought_by_us", brought)

    reader = reader_of(replace(settings, sentiment_model="brought_by_us:make"))

    assert reader.read("bagus sekali").p_neutral == pytest.approx(0.8)
    assert reader.version.startswith("shrug-1 with sentiment-open-3")
    assert reader_of(settings) is load_reader()
    for place in ("brought_by_us:broken", "brought_by_us:nothing", "no_such_module:make", "brought_by_us"):
        with pytest.raises(SettingsError, match=r"SENTIMENT_MODEL names .*cannot be used.*MODULE:FUNCTION"):
            reader_of(replace(settings, sentiment_model=place))
