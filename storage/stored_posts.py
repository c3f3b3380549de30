"""A stored post in the form that matching and reading take."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import structs

from core.posts import Post

if TYPE_CHECKING:
    from asyncpg import Record

COLUMNS = (
    *("title", "text", "lang", "author", "author_name", "followers", "reply_to", "platform", "url", "kind", "likes"),
    *("shares", "comments", "views", "reach", "more"),
)
"""What of a row makes a post."""

_PLAIN_ADDRESS = re.compile(r"https?://([a-z0-9][a-z0-9.-]*)(?=[/?#]|$)")


def post_of(row: "Record") -> Post:
    """The post that a row with these columns holds."""
    url = row["url"] or ""
    kind = row["kind"]
    post = Post(
        title=row["title"] or "",
        text=row["text"],
        lang=row["lang"] or "",
        author=row["author"] or "",
        author_name=row["author_name"] or "",
        followers=row["followers"],
        reply_to=row["reply_to"] or "",
        site=_host(url) if url else "",
        source=row["platform"],
        url=url,
        likes=row["likes"],
        shares=row["shares"],
        comments=row["comments"],
        views=row["views"],
        reach=row["reach"] or 0,
        is_reply=kind == "reply",
        is_repost=kind == "repost",
        is_quote=kind == "quote",
        is_comment=kind == "comment",
    )
    return _with_more(post, _more(row)) if row["more"] else post


def _with_more(post: Post, more: dict[str, Any]) -> Post:
    """The post with what few posts tell."""
    return structs.replace(
        post,
        bio=more.get("bio", ""),
        site=more.get("site") or post.site,
        country=more.get("country", ""),
        region=more.get("region", ""),
        city=more.get("city", ""),
        is_verified=bool(more.get("is_verified")),
        links=tuple(more.get("links", ())),
        media=tuple(more.get("media", ())),
    )


def is_capped(row: "Record") -> bool:
    """Whether the crawl that found it was cut off."""
    return bool(row["more"] and _more(row).get("is_capped"))


def _more(row: "Record") -> dict[str, Any]:
    return msgspec.json.decode(row["more"])


def _host(url: str) -> str:
    """The host of an address, none where it is no address. Most are plain, and this finds it several times faster."""
    plain = _PLAIN_ADDRESS.match(url)
    if plain:
        return plain[1]
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
