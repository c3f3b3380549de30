"""A public post as the query language sees it: every field optional, with an honest default."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec


class Post(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a source told of one post. A missing text is empty, a missing number 0, a missing flag false.

    `engagement` of `None` means that the source gives no figure: it is then likes, shares and comments together.
    `media` names kinds (`image`, `video`), media types (`image/png`) or addresses; `links` are the links of the text
    after expansion. `sentiment` and `score` are known only after analysis.
    """

    title: str = ""
    text: str = ""
    lang: str = ""
    author: str = ""
    author_name: str = ""
    bio: str = ""
    followers: int = 0
    reply_to: str = ""
    site: str = ""
    source: str = ""
    country: str = ""
    source_country: str = ""
    region: str = ""
    city: str = ""
    url: str = ""
    likes: int = 0
    shares: int = 0
    comments: int = 0
    views: int = 0
    reach: int = 0
    engagement: int | None = None
    is_comment: bool = False
    is_reply: bool = False
    is_repost: bool = False
    is_quote: bool = False
    is_verified: bool = False
    links: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    sentiment: str = ""
    score: float | None = None

    @property
    def total_engagement(self) -> int:
        """The source's own figure, or likes, shares and comments together."""
        if self.engagement is None:
            return self.likes + self.shares + self.comments
        return self.engagement


_TEXTS = (
    *("title", "text", "lang", "author", "author_name", "bio", "reply_to", "site", "source"),
    *("country", "source_country", "region", "city", "url", "sentiment"),
)
_COUNTS = ("followers", "likes", "shares", "comments", "views", "reach")
_FLAGS = ("comment", "reply", "repost", "quote", "verified")
_OTHER_NAMES = {"sourcecountry": "source_country", "language": "lang", "content": "text", "body": "text"}


def post_from(fields: Mapping[str, Any]) -> Post:
    """A post from loose fields, as an example file writes them; what is absent or null takes its default.

    The author may be a handle or an object of handle, name, bio, followers and verified; a flag may be written
    `is_reply` or `reply`, or stand in a list `flags`. Fields that no query can ask about are passed over.
    """
    given = {_OTHER_NAMES.get(name, name): value for name, value in fields.items() if value is not None}
    author = given.get("author")
    if isinstance(author, Mapping):
        given = _with_author(given, cast("Mapping[str, Any]", author))
    values: dict[str, Any] = {name: str(given[name]) for name in _TEXTS if name in given}
    values |= {name: int(given[name]) for name in _COUNTS if name in given}
    values |= {name: _strings(given[name]) for name in ("links", "media") if name in given}
    flags = {flag.removeprefix("is_") for flag in _strings(given.get("flags", ()))}
    for flag in _FLAGS:
        values[f"is_{flag}"] = bool(given.get(f"is_{flag}", given.get(flag, flag in flags)))
    if "engagement" in given:
        values["engagement"] = int(given["engagement"])
    if "score" in given:
        values["score"] = float(given["score"])
    return Post(**values)


def _with_author(given: Mapping[str, Any], author: Mapping[str, Any]) -> dict[str, Any]:
    names = {"handle": "author", "name": "author_name", "bio": "bio", "followers": "followers", "verified": "verified"}
    told = {ours: author[theirs] for theirs, ours in names.items() if author.get(theirs) is not None}
    return {**{name: value for name, value in given.items() if name != "author"}, **told}


def _strings(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Iterable):
        items = cast("Iterable[Any]", value)
        return tuple(_string(item) for item in items)
    return ()


def _string(item: Any) -> str:
    """A link or medium may be an object; what it is or where it lies is what counts."""
    if isinstance(item, Mapping):
        told = cast("Mapping[str, Any]", item)
        return str(told.get("type") or told.get("kind") or told.get("expanded_url") or told.get("url") or "")
    return str(item)


def whole_text(title: str | None, text: str) -> str:
    """What is read of a post: its title, where it has one, on a line of its own, and its text."""
    return f"{title}\n{text}" if title else text
