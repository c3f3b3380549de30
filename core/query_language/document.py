"""A post, read once for every query that asks about it."""

from collections.abc import Sequence
from functools import cached_property

from core.posts import Post
from core.query_language import values
from core.query_language.syntax import Element
from core.text import Passage

JOINT = "\x01"
"""What stands in a haystack around the pieces of a word that an apostrophe holds together."""

_NOTHING = Passage("")


def key(elements: Sequence[Element]) -> str:
    """The string that a haystack holds when it holds these words, none of them a wildcard, one after the other.

    For a single element it is there exactly then; among several, a hashtag is looked for as a word.
    """
    if len(elements) == 1 and elements[0].is_hashtag:
        return f" #{elements[0].text} "
    return f" {' '.join([element.text for element in elements])} "


class Document:
    """The passages of a post, and the forms of its other fields in which filters compare."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.title = Passage(post.title) if post.title else _NOTHING
        self.text = Passage(post.text) if post.text else _NOTHING
        self.haystack = f"{_straw(self.title)}\n{_straw(self.text)}" if post.title else _straw(self.text)
        """Title and text as one string in which one search finds all words and phrases.

        Tokens stand between single blanks, hashtags without their sign. After the tokens come the hashtags once more,
        with the sign, and the pieces of words that an apostrophe holds together, between joints.
        """

    def passages(self, scope: str | None) -> tuple[tuple[str, Passage], ...]:
        """The fields that a text condition searches, with their names."""
        if scope is None:
            return (("title", self.title), ("text", self.text)) if self.post.title else (("text", self.text),)
        return ((scope, getattr(self, scope)),)

    @cached_property
    def bio(self) -> Passage:
        return Passage(self.post.bio)

    @cached_property
    def author_name(self) -> Passage:
        return Passage(self.post.author_name)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every token of title and text."""
        return frozenset(self.text.tokens).union(self.title.tokens)

    @cached_property
    def hashtags(self) -> frozenset[str]:
        """The hashtags of title and text, without the sign."""
        return frozenset(
            passage.tokens[position] for passage in (self.title, self.text) for position in passage.hashtags
        )

    @cached_property
    def author(self) -> str:
        return values.handle(self.post.author)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The host of the post and every domain above it."""
        return frozenset(values.parent_hosts(values.host(self.post.site or self.post.url)))

    @cached_property
    def linked_hosts(self) -> frozenset[str]:
        """The hosts of the links in the text, expanded where the source expanded them, and the domains above."""
        links = (*self.post.links, *self.title.links, *self.text.links)
        return frozenset(parent for link in links for parent in values.parent_hosts(values.host(link)))

    @cached_property
    def address(self) -> str:
        return values.address(self.post.url)


def _straw(passage: Passage) -> str:
    tokens = passage.tokens
    straw = f" {' '.join(tokens)} "
    if passage.hashtags:
        straw += f"\n #{' #'.join([tokens[position] for position in passage.hashtags])} "
    if passage.parts:
        straw += f"\n{JOINT}{JOINT.join(passage.parts)}{JOINT}"
    return straw
