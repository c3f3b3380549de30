"""A mention with the words that decided how it reads."""

from asyncio import to_thread
from typing import Any, TypeVar

from api.edge.mentions import Mention, PortalMention, mention_shape
from api.edge.readings import Explanation, explanation_shape
from core.posts import Post
from core.sentiment.backend import PostReader
from core.towards import explain
from core.watch import Watch


class PortalExplainedMention(PortalMention, frozen=True, kw_only=True):
    """One mention as the client's portal shows it, and why it reads as it does.

    `explanation` is made on reading, for the reader's label towards this client, and lies in title and text with a line
    break between them. It is null of the client's own posts and of deleted ones, and where the mention would be read
    otherwise now, by another `reader_version` or beside other names: have it read again.
    """

    explanation: Explanation | None


class ExplainedMention(Mention, frozen=True, kw_only=True):
    """One mention, and why it reads as it does.

    `explanation` is made on reading, for the reader's label towards this client, and lies in title and text with a line
    break between them. It is null of the client's own posts and of deleted ones, and where the mention would be read
    otherwise now, by another `reader_version` or beside other names: have it read again.
    """

    explanation: Explanation | None


Shape = TypeVar("Shape", bound=PortalMention)


def version_of(reader: PostReader, watch: Watch, row: Any) -> str:
    """What would read this mention now."""
    lexicon = watch.lexicons.get(row["client_id"])
    return lexicon.named(reader.version) if lexicon else reader.version


async def explained(row: Any, kind: type[Shape], reader: PostReader, watch: Watch, post: Post | None) -> Shape:
    """A mention as storage hands it out, explained as it was read: with all that its agency watches."""
    if post is None or row["is_own"] or row["is_deleted"] or row["reader_version"] != version_of(reader, watch, row):
        return mention_shape(row, kind, explanation=None)
    # Beside the event loop: a long text takes a while, and others may be reading.
    told = await to_thread(explain, reader, watch, post, row["client_id"])
    is_the_same = told.reading.label.value == row["machine_sentiment"]
    return mention_shape(row, kind, explanation=explanation_shape(told) if is_the_same else None)
