"""A mention with the words that decided how it reads."""

from asyncio import to_thread
from typing import Any, TypeVar

from api.edge.mentions import Mention, PortalMention, mention_shape
from api.edge.readings import Explanation, explanation_shape
from core.lexicons import Lexicon, explain
from core.posts import whole_text
from core.sentiment.backend import PostReader


class PortalExplainedMention(PortalMention, frozen=True, kw_only=True):
    """One mention as the client's portal shows it, and why it reads as it does.

    `explanation` is made on reading, for the reader's label, and lies in title and text with a line break between them.
    It is null of the client's own posts and of deleted ones, and where the mention was read by another `reader_version`
    than would read it now: have it read again.
    """

    explanation: Explanation | None


class ExplainedMention(Mention, frozen=True, kw_only=True):
    """One mention, and why it reads as it does.

    `explanation` is made on reading, for the reader's label, and lies in title and text with a line break between them.
    It is null of the client's own posts and of deleted ones, and where the mention was read by another `reader_version`
    than would read it now: have it read again.
    """

    explanation: Explanation | None


Shape = TypeVar("Shape", bound=PortalMention)


async def explained(row: Any, kind: type[Shape], reader: PostReader, lexicon: Lexicon | None) -> Shape:
    """A mention as storage hands it out, explained with the lexicon of its client."""
    version = lexicon.named(reader.version) if lexicon else reader.version
    if row["is_own"] or row["is_deleted"] or row["reader_version"] != version:
        return mention_shape(row, kind, explanation=None)
    # Beside the event loop: a long text takes a while, and others may be reading.
    told = await to_thread(explain, reader, lexicon, whole_text(row["title"], row["text"]))
    return mention_shape(row, kind, explanation=explanation_shape(told))
