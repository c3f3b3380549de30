"""How a text reads, and why, as it is answered: of mentions, and of texts that are sent to be read."""

from typing import Annotated, Literal

import msgspec

from api.edge.mentions import Probabilities, Score, Sentiment
from api.edge.schema import MAY_GROW, PERSONAL
from core import sentiment as rules
from core.sentiment.spans import MOST_SPANS

Place = Annotated[int, msgspec.Meta(ge=0, le=20_000)]
MarkName = Annotated[
    Literal["abusive", "threat", "complaint", "hoax_cue", "question", "anger", "fear", "sadness", "joy", "love"],
    MAY_GROW,
]
Unread = Annotated[Literal["empty", "invisible", "masked", "unknown_signs", "unknown_words"], MAY_GROW]


class DecidingSpan(msgspec.Struct, frozen=True):
    """A word that decided, or a negator with the word it turns: `text` from character `start` to before `end`.

    `weight` is in log-odds of positive against negative: below 0 it spoke for negative, above 0 for positive.
    """

    start: Annotated[Place, msgspec.Meta(examples=[11])]
    end: Annotated[Place, msgspec.Meta(examples=[16])]
    text: Annotated[str, msgspec.Meta(max_length=20_000, examples=["sakit"]), PERSONAL]
    weight: Annotated[float, msgspec.Meta(ge=-1000, le=1000, examples=[-3.1])]


class FeelingStrengths(msgspec.Struct, frozen=True):
    """Both feelings on the scale of SentiStrength: `positive` from 1, which is none, to 5, `negative` from -1 to -5."""

    positive: Annotated[int, msgspec.Meta(ge=1, le=5, examples=[1])]
    negative: Annotated[int, msgspec.Meta(ge=-5, le=-1, examples=[-4])]


class Explanation(msgspec.Struct, frozen=True):
    """Why a text was read as it was: the words that decided, the strongest first, and what it is beside its sentiment.

    `undetermined` says why there was nothing to read; the label is then neutral and stands for nothing. `read_from` is
    what the label was read from: the `post`; the `part` that speaks of this client, where others are named too; or the
    `contrast` that the wording makes between them, which no span adds up to.
    """

    strengths: FeelingStrengths
    labels: Annotated[list[MarkName], msgspec.Meta(max_length=10, examples=[["complaint"]])]
    spans: Annotated[list[DecidingSpan], msgspec.Meta(max_length=MOST_SPANS)]
    undetermined: Unread | None
    read_from: Annotated[Literal["post", "part", "contrast"], MAY_GROW]


def explanation_shape(told: rules.Explanation) -> Explanation:
    """An explanation as it is answered; weights to the ten-thousandth."""
    return msgspec.convert(
        {
            "strengths": FeelingStrengths(told.strengths.positive, told.strengths.negative),
            "labels": list(told.labels),
            "spans": [DecidingSpan(each.start, each.end, each.text, round(each.weight, 4)) for each in told.spans],
            "undetermined": told.undetermined,
            "read_from": told.basis,
        },
        Explanation,
    )


class TextReading(msgspec.Struct, frozen=True):
    """How one text reads: its label, and `score`, the positive less the negative probability."""

    label: Sentiment
    score: Annotated[Score, msgspec.Meta(examples=[-0.81])]
    probabilities: Probabilities
    language: Annotated[Literal["id", "en", "und"], MAY_GROW]
    strengths: FeelingStrengths
    labels: Annotated[list[MarkName], msgspec.Meta(max_length=10, examples=[["complaint"]])]
    spans: Annotated[list[DecidingSpan], msgspec.Meta(max_length=MOST_SPANS)]
    undetermined: Unread | None


def reading_shape(told: rules.Explanation) -> TextReading:
    """A reading with its explanation, as it is answered."""
    why, reading = explanation_shape(told), told.reading
    return TextReading(
        label=reading.label.value,
        score=round(reading.polarity, 4),
        probabilities=Probabilities(
            round(reading.p_negative, 6), round(reading.p_neutral, 6), round(reading.p_positive, 6)
        ),
        language=reading.language.value,
        strengths=why.strengths,
        labels=why.labels,
        spans=why.spans,
        undetermined=why.undetermined,
    )
