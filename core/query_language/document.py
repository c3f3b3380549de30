"""A post, read once for every query that asks about it."""

from functools import cached_property

from core.posts import Post
from core.query_language import values
from core.text import Passage

_NOTHING = Passage("")


class Document:
    """The passages of a post, and the forms of its other fields in which filters compare."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.title = Passage(post.title) if post.title else _NOTHING
        self.text = Passage(post.text) if post.text else _NOTHING

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
