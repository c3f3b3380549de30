"""A heavier model behind the reader's face, tried with a small one of our own: it knows two words."""

import pytest

from core.sentiment import Label, Unread
from core.sentiment.backend import Backed, UnusableAnswerError
from core.sentiment.targets import read_towards
from storage.models import load_reader


class TwoWords:
    """Likes "gurih", dislikes "amis", shrugs at the rest; softmax over its counts, as a transformer's head would."""

    version = "two-words-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def probabilities(self, texts):
        self.asked += texts
        found = []
        for text in texts:
            logits = (4.0 * text.count("amis"), 1.0, 4.0 * text.count("gurih"))
            weights = [2.718281828**logit for logit in logits]
            found.append([weight / sum(weights) for weight in weights])
        return found


class Answering:
    version = "broken-1"

    def __init__(self, answers) -> None:
        self.answers = answers

    def probabilities(self, texts):
        return self.answers


def test_the_model_tells_sentiment_and_the_reader_all_else():
    backed = Backed(load_reader(), TwoWords())
    text = "ikannya amis, dasar goblok"
    reading, plain = backed.read(text), load_reader().read(text)

    assert reading.label is Label.NEGATIVE
    assert reading.p_negative > 0.9
    assert (reading.toxicity, reading.complaint, reading.language) == (plain.toxicity, plain.complaint, plain.language)
    assert backed.version == f"two-words-1 with {load_reader().version}"


def test_answers_come_in_order_and_explained_as_they_are_read():
    backed = Backed(load_reader(), TwoWords())
    texts = ["gurih", "", "amis", "rapat hari senin"]
    explained = backed.explain_many(texts)

    assert [each.label for each in backed.read_many(texts)] == ["positive", "neutral", "negative", "neutral"]
    assert [why.reading for why in explained] == backed.read_many(texts)
    assert explained[0].strengths.positive == 5
    assert backed.explain("amis").reading == backed.read("amis")


def test_the_model_is_not_asked_about_nothing():
    model = TwoWords()
    backed = Backed(load_reader(), model)

    assert backed.explain("https://a.example @budi").undetermined is Unread.MASKED
    assert backed.read_many(["", "飞机"]) == load_reader().read_many(["", "飞机"])
    assert model.asked == []


def test_it_reads_towards_brands_too():
    text = "Abakom amis, untung ada Zetkom"
    backed = Backed(load_reader(), TwoWords())
    towards = read_towards(backed, text, {"a": [(0, 6)], "z": [(24, 30)]}, backed.read(text))

    assert (towards["a"].label, towards["z"].label) == (Label.NEGATIVE, Label.POSITIVE)


@pytest.mark.parametrize(
    "answers", [[], [[0.5, 0.5]], [[0.2, 0.2, 0.2]], [[float("nan"), 0.5, 0.5]], [[-0.5, 0.5, 1.0]], [[1, 0, 0]] * 2]
)
def test_an_answer_that_is_no_reading_is_refused(answers):
    with pytest.raises(UnusableAnswerError, match="broken-1 answered"):
        Backed(load_reader(), Answering(answers)).read("bagus")
