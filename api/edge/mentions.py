"""A mention as it is answered, wherever one is: which post concerns whom, why, and how it reads."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec

from api.edge.schema import PERSONAL

Sentiment = Literal["negative", "neutral", "positive"]
Score = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Figure = Annotated[int, msgspec.Meta(ge=0)]
Ids = Annotated[list[UUID], msgspec.Meta(max_length=500)]
Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Line = Annotated[str, msgspec.Meta(max_length=2048)]
PersonalLine = Annotated[Line, PERSONAL]


class Probabilities(msgspec.Struct, frozen=True):
    """How probable each label is to the reader; together they are 1."""

    negative: Annotated[Share, msgspec.Meta(examples=[0.86])]
    neutral: Annotated[Share, msgspec.Meta(examples=[0.09])]
    positive: Annotated[Share, msgspec.Meta(examples=[0.05])]


class PortalMention(msgspec.Struct, frozen=True):
    """A post that concerns a client, as the client's portal shows it: nothing tells who wrote it.

    `sentiment` is what counts: what a person says where it `is_corrected`, else the `machine_sentiment`. The reader's
    are also `polarity` and the three `probabilities`, which are null where nothing was read: of the client's own posts,
    and of what came before probabilities were kept. `reader_version` names the model, and after `/` the client's
    lexicon, that read it.
    """

    id: UUID
    client_id: UUID
    post_id: UUID
    published_at: datetime
    platform: Line
    title: PersonalLine | None
    text: Annotated[Text, PERSONAL]
    lang: Line | None
    kind: Line
    sentiment: Sentiment
    polarity: Score
    toxicity: Share
    complaint: Share
    hoax_cue: Share
    is_threat: bool
    reach: Figure
    engagement: Figure
    is_own: bool
    is_counted: bool
    is_deleted: bool
    keyword_ids: Ids
    keyword_version_ids: Ids
    account_ids: Ids
    reader_version: Line
    machine_sentiment: Sentiment
    is_corrected: bool
    probabilities: Probabilities | None


class Mention(PortalMention, frozen=True):
    """A post that concerns a client, why it does, and how it reads. A deleted post has no text."""

    native_id: Line
    author: PersonalLine | None
    author_name: PersonalLine | None
    author_followers: Figure
    url: PersonalLine | None
    corrected_by: UUID | None


Shape = TypeVar("Shape", bound=PortalMention)
_POLARITY = PortalMention.__struct_fields__.index("polarity")
_PROBABILITIES = PortalMention.__struct_fields__.index("probabilities")


def mention_shape(row: Any, kind: type[Shape], **more: Any) -> Shape:
    """A mention as storage hands it out: by position, less what the probabilities follow from.

    `more` are the fields that storage does not know.
    """
    values = list(row)
    p_neutral = values[_PROBABILITIES]
    if p_neutral is not None:
        values[_PROBABILITIES] = probabilities(values[_POLARITY], p_neutral)
    return kind(*values, **more)


def probabilities(polarity: float, p_neutral: float) -> Probabilities:
    """All three, from that of neutral and the difference between the other two; as exact as they are stored."""
    positive = (1.0 - p_neutral + polarity) / 2.0
    negative = positive - polarity
    if positive < 0.0 or negative < 0.0:  # by the last digit of what is stored
        positive, negative = max(positive, 0.0), max(negative, 0.0)
    return Probabilities(round(negative, 6), round(p_neutral, 6), round(positive, 6))
