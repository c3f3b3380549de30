from core.sentiment import Label
from storage.models import load_reader


def test_the_shipped_reader_is_loaded_once():
    assert load_reader() is load_reader()


def test_the_shipped_reader_names_its_edition_and_checksum():
    name, _, checksum = load_reader().version.partition("+")

    assert name == "sentiment-open-2"
    assert len(checksum) == 8


def test_the_shipped_reader_reads():
    assert load_reader().read("pelayanannya mengecewakan sekali").label is Label.NEGATIVE
