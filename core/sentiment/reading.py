"""What the reader says about one post."""

from enum import StrEnum

import msgspec


class Label(StrEnum):
    """Sentiment of one post towards what it speaks of."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Language(StrEnum):
    """Main language of one post; `und` where its words do not tell."""

    INDONESIAN = "id"
    ENGLISH = "en"
    UNDETERMINED = "und"


class Reading(msgspec.Struct, frozen=True, gc=False):
    """Sentiment, harm and language of one post.

    Range: `polarity` in [-1, 1] is p_positive - p_negative; the three probabilities add up to 1 and `label` is the
    largest; `toxicity` and `complaint` are probabilities; `hoax_cue` in [0, 1] is the strength of wording that often
    travels with rumours, not a verdict on what is true.
    """

    label: Label
    polarity: float
    p_negative: float
    p_neutral: float
    p_positive: float
    toxicity: float
    complaint: float
    threat: bool
    hoax_cue: float
    language: Language
