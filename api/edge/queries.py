"""Queries as they come and go: their text, their warnings, and the sample posts they are tried on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, cast

import msgspec

from api.edge.schema import Count, Input, LongText, Output, ShortText, clean
from core import keywords as rules
from core.posts import Post, post_from
from core.query_language.syntax import Query
from storage.keywords import KeywordVersionRow

MOST_WARNINGS = 200

_NO_NUL = r"^[^\x00]*$"
Address = Annotated[str, msgspec.Meta(max_length=2000, pattern=_NO_NUL)]
Bio = Annotated[str, msgspec.Meta(max_length=1000, pattern=_NO_NUL)]
Addresses = Annotated[list[Address], msgspec.Meta(max_length=50)]


class SamplePost(Input, frozen=True):
    """A post as a query sees it. What is absent is empty, 0 or false, as it is for a real post.

    `engagement` is likes, shares and comments together where it is absent; `media` are kinds (image, video), media
    types or addresses.
    """

    text: LongText
    title: Bio = ""
    lang: ShortText = ""
    author: ShortText = ""
    author_name: ShortText = ""
    bio: Bio = ""
    followers: Count = 0
    reply_to: ShortText = ""
    site: ShortText = ""
    source: ShortText = ""
    country: ShortText = ""
    source_country: ShortText = ""
    region: ShortText = ""
    city: ShortText = ""
    url: Address = ""
    likes: Count = 0
    shares: Count = 0
    comments: Count = 0
    views: Count = 0
    reach: Count = 0
    engagement: Count | msgspec.UnsetType = msgspec.UNSET
    is_comment: bool = False
    is_reply: bool = False
    is_repost: bool = False
    is_quote: bool = False
    is_verified: bool = False
    links: Addresses = msgspec.field(default_factory=list)
    media: Addresses = msgspec.field(default_factory=list)


QueryText = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=8192,
        pattern=_NO_NUL,
        description="A query of the query language.",
        examples=['"kopi senja" NOT lowongan'],
    ),
]
Line = Annotated[str, msgspec.Meta(max_length=2000)]
Place = Annotated[int, msgspec.Meta(ge=0, le=10_000, description="In characters.")]


class Warned(Output, frozen=True):
    """What the author of a query should know; `offset` and `length` are its place in the query."""

    code: Annotated[str, msgspec.Meta(max_length=100)]
    offset: Place
    length: Place
    message_id: Line
    message_en: Line
    suggestion: Line


Warnings = Annotated[list[Warned], msgspec.Meta(max_length=MOST_WARNINGS)]
Samples = Annotated[list[SamplePost], msgspec.Meta(max_length=50)]


def stored(samples: Sequence[SamplePost], *, as_sent: bool = False) -> list[dict[str, Any]]:
    """Samples as they are kept: only what was told of each, texts cleaned unless places in them matter."""
    told: list[dict[str, Any]] = msgspec.to_builtins(samples)
    return told if as_sent else [{name: _cleaned(value) for name, value in each.items()} for each in told]


def posts_of(samples: Iterable[Mapping[str, Any]]) -> list[Post]:
    """The posts that stored samples describe."""
    return [post_from(each) for each in samples]


def _cleaned(value: Any) -> Any:
    if isinstance(value, list):
        return [_cleaned(each) for each in cast("list[Any]", value)]
    return clean(value) if isinstance(value, str) else value


def warnings_of(query: Query) -> list[Warned]:
    """What the author of a query should know, in the order of the query."""
    return [
        Warned(
            code=each.code,
            offset=each.offset,
            length=each.length,
            message_id=rules.shortened(each.detail_id),
            message_en=rules.shortened(each.detail),
            suggestion=rules.shortened(each.suggestion),
        )
        for each in query.warnings[:MOST_WARNINGS]
    ]


def samples_of(row: KeywordVersionRow) -> dict[str, Any]:
    """The samples of a version, by the name of their field."""
    names = ("must_match", "must_not_match")
    return {name: msgspec.convert(getattr(row, name), list[SamplePost]) for name in names}
