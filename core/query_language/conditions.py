"""Conditions on what a post is, where it comes from and how far it reaches."""

from collections.abc import Callable

from core.posts import Post
from core.query_language import values
from core.query_language.document import Document
from core.query_language.syntax import Filter, Range

Condition = Callable[[Document], bool]


def post_condition(node: Filter | Range) -> Condition:
    """The test of one filter or of one number."""
    if isinstance(node, Filter):
        return _FILTERS[node.name](node.value)
    lowest = float("-inf") if node.lowest is None else node.lowest
    highest = float("inf") if node.highest is None else node.highest
    if node.name == "score":
        return lambda document: document.post.score is not None and lowest <= document.post.score <= highest
    number = _NUMBERS[node.name]
    return lambda document: lowest <= number(document.post) <= highest


def _author(value: str) -> Condition:
    return lambda document: document.author == value


def _site(value: str) -> Condition:
    return lambda document: value in document.hosts


def _links(value: str) -> Condition:
    return lambda document: value in document.linked_hosts


def _url(value: str) -> Condition:
    return lambda document: values.is_below(document.address, value)


def _lang(value: str) -> Condition:
    return lambda document: values.language(document.post.lang) == value


def _country(value: str) -> Condition:
    return lambda document: values.code(document.post.country) == value


def _source_country(value: str) -> Condition:
    return lambda document: values.code(document.post.source_country) == value


def _region(value: str) -> Condition:
    return lambda document: values.region(document.post.region) == value or _province_of_city(document.post) == value


def _province_of_city(post: Post) -> str:
    return post.city[:2] if not post.region and post.city.isdigit() else ""


def _city(value: str) -> Condition:
    return lambda document: values.is_city(document.post.city, value)


def _source(value: str) -> Condition:
    return lambda document: values.code(document.post.source) == value


def _sentiment(value: str) -> Condition:
    return lambda document: document.post.sentiment == value


def _is(value: str) -> Condition:
    return _FLAGS[value]


def _has(value: str) -> Condition:
    return _CONTENTS[value]


def _has_medium(kind: str) -> Condition:
    return lambda document: any(values.medium(item) == kind for item in document.post.media)


def _has_mention(document: Document) -> bool:
    return any(word[0] == "@" for word in document.words)


_FILTERS: dict[str, Callable[[str], Condition]] = {
    "author": _author,
    "site": _site,
    "links": _links,
    "url": _url,
    "lang": _lang,
    "country": _country,
    "sourcecountry": _source_country,
    "region": _region,
    "city": _city,
    "source": _source,
    "sentiment": _sentiment,
    "is": _is,
    "has": _has,
}

_FLAGS: dict[str, Condition] = {
    "reply": lambda document: document.post.is_reply or bool(document.post.reply_to),
    "repost": lambda document: document.post.is_repost,
    "quote": lambda document: document.post.is_quote,
    "comment": lambda document: document.post.is_comment,
    "verified": lambda document: document.post.is_verified,
    "question": lambda document: document.title.has_question or document.text.has_question,
}

_CONTENTS: dict[str, Condition] = {
    "link": lambda document: bool(document.post.links or document.text.links or document.title.links),
    "image": _has_medium("image"),
    "video": _has_medium("video"),
    "hashtag": lambda document: bool(document.hashtags),
    "mention": _has_mention,
}

_NUMBERS: dict[str, Callable[[Post], float]] = {
    "followers": lambda post: post.followers,
    "likes": lambda post: post.likes,
    "shares": lambda post: post.shares,
    "comments": lambda post: post.comments,
    "views": lambda post: post.views,
    "reach": lambda post: post.reach,
    "engagement": lambda post: post.total_engagement,
}
