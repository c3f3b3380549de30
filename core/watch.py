"""What one agency watches, as matching and reading take it: queries, accounts, brands, and what words mean to whom."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from core.attribution import AccountIndex, Attribution, Caught, attribute
from core.brands import Competitors, Places, places_of
from core.lexicons import Lexicon
from core.posts import Post, whole_text
from core.query_language.index import Entry, MatchIndex


@dataclass(frozen=True, slots=True)
class Watch:
    """What one agency watches, as of one revision."""

    agency_id: UUID
    revision: int
    accounts: AccountIndex
    entries: tuple[Entry, ...]
    index: MatchIndex
    lexicons: Mapping[UUID, Lexicon]
    competitors: Competitors
    names: Mapping[UUID, str]

    def caught(self, post: Post) -> list[Caught]:
        """The agency's keywords that match the post."""
        return cast("list[Caught]", self.index.keys(post, self.agency_id))

    def concerned(self, post: Post) -> Mapping[UUID, Attribution]:
        """The clients that the post concerns, each with its reasons."""
        return attribute(post, self.caught(post), self.accounts)

    def brands(self, post: Post, concerned: Collection[UUID]) -> Places:
        """Where a post names the clients it concerns and their competitors; nothing where it speaks of one brand alone.

        A client's terms are looked for only where a second brand, or a word of contrast, stands beside them.
        """
        rivals, sets_apart = self.competitors.named(whole_text(post.title, post.text))
        if not rivals and not sets_apart and len(concerned) < 2:
            return {}
        found: Places = {}
        for key, spans in self.index.match(post, self.agency_id):
            client_id = cast("Caught", key).client_id
            if client_id in concerned:
                found.setdefault(client_id, []).extend(places_of(post, spans))
        return {**found, **rivals}
