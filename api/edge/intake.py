"""Posts as callers send them, one by one: what is good goes in, what is not is answered beside it."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec

from api.edge.errors import field_problem
from api.edge.problems import FieldError
from api.edge.schema import PERSONAL, PLATFORMS
from core.errors import FieldProblem
from core.intake import CLOCK_SKEW, EARLIEST, Arrival, fold_handle, is_possible, post_id, thread_key

MOST_ITEMS = 1000
LONGEST_TEXT = 20_000

# A thousand of each come at once, and none can refer back to itself: the collector of cycles passes them over (`gc`).
# Without patterns, which would be matched a thousand times a request: NUL is looked for once in the whole body.
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT), PERSONAL]
Line = Annotated[str, msgspec.Meta(max_length=500), PERSONAL]
Word = Annotated[str, msgspec.Meta(max_length=100)]
NativeId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Address = Annotated[str, msgspec.Meta(max_length=2048)]
Figure = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class NewAuthor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """Who wrote a post, as far as the source tells."""

    handle: Annotated[str, msgspec.Meta(min_length=1, max_length=100), PERSONAL]
    name: Line | None = None
    bio: Annotated[str, msgspec.Meta(max_length=2000), PERSONAL] | None = None
    followers: Figure | None = None
    is_verified: bool | None = None


class NewEngagement(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False
):
    """How people reacted, as counts."""

    likes: Figure | None = None
    shares: Figure | None = None
    comments: Figure | None = None
    views: Figure | None = None


class NewPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False):
    """A post as it was published. `native_id` is the platform's own id; with `platform` it makes the post unique.

    `parent_id` is that of the post it answers, `conversation_id` that of the post its thread began with.
    To tell of an edit, send the post again with `edited_at`; to tell of a deletion, with `is_deleted`.
    """

    platform: Annotated[str, msgspec.Meta(min_length=1, max_length=30, examples=["x"])]
    native_id: NativeId
    published_at: Moment
    text: Text = ""
    title: Line | None = None
    author: NewAuthor | None = None
    lang: Annotated[str, msgspec.Meta(min_length=2, max_length=8)] | None = None
    url: Address | None = None
    kind: Literal["post", "reply", "repost", "quote", "comment"] = "post"
    reply_to: Word | None = None
    parent_id: NativeId | None = None
    conversation_id: NativeId | None = None
    engagement: NewEngagement | None = None
    reach: Figure | None = None
    site: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    country: Annotated[str, msgspec.Meta(max_length=2)] | None = None
    region: Word | None = None
    city: Word | None = None
    links: Annotated[list[Address], msgspec.Meta(max_length=20)] = msgspec.field(default_factory=list[str])
    media: Annotated[list[Literal["image", "video"]], msgspec.Meta(max_length=20)] = msgspec.field(
        default_factory=list[Any]
    )
    edited_at: Moment | None = None
    is_deleted: bool = False
    is_capped: Annotated[
        bool, msgspec.Meta(description="The crawl that found it was cut off by a limit: there are more such posts.")
    ] = False


class Refusal(msgspec.Struct, frozen=True):
    """Why one item was not taken."""

    code: Annotated[str, msgspec.Meta(max_length=100)]
    detail: Annotated[str, msgspec.Meta(max_length=2000)]
    errors: Annotated[list[FieldError], msgspec.Meta(max_length=20)]


_POST = msgspec.json.Decoder(NewPost, strict=True)
ESCAPED_NUL = b"\\u0000"
"""U+0000 as JSON writes it, the only way it can."""

_KNOWN_PLATFORMS = frozenset(PLATFORMS)
_NO_AUTHOR = NewAuthor(handle="-")
_NO_ENGAGEMENT = NewEngagement()

Item = TypeVar("Item")
Read = tuple[list[tuple[int, Arrival]], dict[int, Refusal]]


def read_items(
    agency_id: UUID,
    items: Sequence[NewPost | msgspec.Raw | bytes],
    now: datetime,
    first: int = 0,
    *,
    may_hold_nul: bool = True,
) -> Read:
    """The posts that can be taken, each with its index, and why the others cannot.

    Whoever has seen that `ESCAPED_NUL` is nowhere in what was sent says that no text may hold one.
    """
    arrivals: list[tuple[int, Arrival]] = []
    refusals: dict[int, Refusal] = {}
    latest = now + CLOCK_SKEW
    for index, item in enumerate(items, start=first):
        post = item if isinstance(item, NewPost) else decoded_item(_POST, item)
        if isinstance(post, Refusal):
            refusals[index] = post
        elif _is_plainly_good(post, latest) and not (may_hold_nul and _has_nul(post)):
            arrivals.append((index, _arrival(agency_id, post)))
        elif problems := _problems(post, now):
            refusals[index] = _refusal(problems[0].code, problems)
        else:
            arrivals.append((index, _arrival(agency_id, post)))
    return arrivals, refusals


def _is_plainly_good(post: NewPost, latest: datetime) -> bool:
    """Whether nothing is wrong with a post as nearly all are; of others `_problems` tells."""
    return (
        post.platform in _KNOWN_PLATFORMS
        and EARLIEST <= post.published_at <= latest
        and post.edited_at is None
        and bool(post.text)
    )


def decoded_item(decoder: msgspec.json.Decoder[Item], raw: msgspec.Raw | bytes) -> Item | Refusal:
    """One item of many, or why it cannot be read."""
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        return _refusal("not_as_declared", [field_problem(error)])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        problem = FieldProblem("malformed_json", "This is not valid JSON in UTF-8.", pointer="")
        return _refusal("malformed_json", [problem])


def _refusal(code: str, problems: Iterable[FieldProblem]) -> Refusal:
    errors = [FieldError(code=p.code, detail=p.detail, pointer=p.pointer or "") for p in problems]
    return Refusal(code, errors[0].detail, errors)


def _problems(post: NewPost, now: datetime) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    if post.platform not in PLATFORMS:
        detail = f"Unknown platform. Known: {', '.join(PLATFORMS)}."
        found.append(FieldProblem("unknown_platform", detail, pointer="/platform"))
    for name, moment in (("published_at", post.published_at), ("edited_at", post.edited_at)):
        if moment is not None and not is_possible(moment, now):
            detail = f"A post has times from {EARLIEST:%Y-%m-%d} up to now. Check the clock and the time zone."
            found.append(FieldProblem("impossible_time", detail, pointer=f"/{name}"))
    if not (post.text or post.title or post.media or post.is_deleted):
        found.append(FieldProblem("empty", "A post has a text, a title or media.", pointer="/text"))
    if _has_nul(post):
        found.append(FieldProblem("nul", "Text cannot hold U+0000. Remove it.", pointer=""))
    return found


def _has_nul(post: NewPost) -> bool:
    author = post.author or _NO_AUTHOR
    # In one piece, which is several times faster than one by one; what is missing is written out and holds none.
    own = f"{post.native_id}{post.text}{post.title}{post.lang}{post.url}{post.reply_to}{post.site}{post.country}"
    whole = f"{own}{post.region}{post.city}{author.handle}{author.name}{author.bio}"
    whole = f"{whole}{post.parent_id}{post.conversation_id}"
    return "\0" in whole or any("\0" in link for link in post.links)


def _arrival(agency_id: UUID, post: NewPost) -> Arrival:
    author = post.author or _NO_AUTHOR
    engagement = post.engagement or _NO_ENGAGEMENT
    # In the order of its fields: to name them each time costs as much as all the rest of it.
    return Arrival(
        post_id(agency_id, post.platform, post.native_id, post.published_at),
        post.published_at,
        post.platform,
        post.native_id,
        author.handle.removeprefix("@") if post.author else None,
        author.name,
        author.followers or 0,
        post.title if post.title is None else _normal(post.title),
        _normal(post.text),
        post.lang,
        post.url,
        post.kind,
        fold_handle(post.reply_to) if post.reply_to else None,
        engagement.likes or 0,
        engagement.shares or 0,
        engagement.comments or 0,
        engagement.views or 0,
        post.reach,
        _more(post),
        post.edited_at,
        post.is_deleted,
    )


def _normal(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _more(post: NewPost) -> dict[str, Any] | None:
    author = post.author or _NO_AUTHOR
    place = post.site or post.country or post.region or post.city
    thread = post.parent_id or post.conversation_id
    if not (place or thread or post.links or post.media or author.bio or author.is_verified or post.is_capped):
        return None
    rare = {
        "site": post.site,
        "country": post.country,
        "region": post.region,
        "city": post.city,
        "links": post.links,
        "media": post.media,
        "bio": author.bio,
        "is_verified": author.is_verified,
        "is_capped": post.is_capped,
        "parent": thread_key(post.platform, post.parent_id) if post.parent_id else None,
        "conversation": thread_key(post.platform, post.conversation_id) if post.conversation_id else None,
    }
    return {name: value for name, value in rare.items() if value} or None
