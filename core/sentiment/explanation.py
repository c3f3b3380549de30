"""Why a post was read as it was: the words that decided, and what else it is."""

from enum import StrEnum

import msgspec

from core.sentiment.reading import Reading


class Unread(StrEnum):
    """Why nothing in a post could be read: its label is neutral for want of anything else, and stands for nothing."""

    EMPTY = "empty"  # no character but spaces
    INVISIBLE = "invisible"  # control characters and marks that show nothing
    MASKED = "masked"  # only links, users, known names and numbers, which never decide
    UNKNOWN_SIGNS = "unknown_signs"  # emoji and signs it never learned
    UNKNOWN_WORDS = "unknown_words"  # no word, and no sequence of letters, that it has learned


class Mark(StrEnum):
    """What a post is beside its sentiment. The last five are its emotion, at most one of them."""

    ABUSIVE = "abusive"
    THREAT = "threat"
    COMPLAINT = "complaint"
    HOAX_CUE = "hoax_cue"
    QUESTION = "question"
    ANGER = "anger"
    FEAR = "fear"
    SADNESS = "sadness"
    JOY = "joy"
    LOVE = "love"


class Basis(StrEnum):
    """What a label was read from."""

    POST = "post"  # all of it
    PART = "part"  # what is said of one brand, where others are named beside it
    CONTRAST = "contrast"  # how the wording sets one brand above or below another


class Span(msgspec.Struct, frozen=True, gc=False):
    """A word of the post, or a negator with the word it turns.

    Units: `start` and `end` are characters (code points) of the text as it was given, `end` is the first one after the
    span. `weight` is in log-odds of positive against negative: below 0 it speaks for negative, above 0 for positive.
    `text` is what stands there; half a surrogate pair in it is written U+FFFD.
    """

    start: int
    end: int
    text: str
    weight: float


class Strengths(msgspec.Struct, frozen=True, gc=False):
    """Both feelings on the scale of SentiStrength, which posts can hold at once.

    Range: `positive` 1 (none) to 5, `negative` -1 (none) to -5. The one of the label is never the smaller.
    """

    positive: int
    negative: int


class Explanation(msgspec.Struct, frozen=True):
    """A reading with its reasons.

    `spans` are at most ten, the largest weight first. Their weights, `rest` (that of all words not among them) and
    `bias` (what it says of a post without words) add up to the log of p_positive over p_negative; to more in a long
    text so full of feeling that both are certain. `undetermined` tells why there was nothing to read, None where there
    was. Only the first 5,000 characters are read, and spans lie there. `basis` is what was read: of a part, the spans
    are its own; of a contrast they are too, and the wording between brands has decided, which no span adds up to.
    """

    reading: Reading
    strengths: Strengths
    labels: tuple[Mark, ...]
    spans: tuple[Span, ...]
    rest: float
    bias: float
    undetermined: Unread | None
    basis: Basis = Basis.POST


# Probability of a feeling from which its strength is 2, 3, 4 and 5.
_STEPS = (0.2, 0.45, 0.75, 0.93)


def strengths(reading: Reading) -> Strengths:
    """Both strengths of a reading; they follow the probabilities, and need nothing else."""
    return Strengths(_strength(reading.p_positive), -_strength(reading.p_negative))


def _strength(probability: float) -> int:
    return 1 + sum(probability >= step for step in _STEPS)
