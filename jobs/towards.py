"""How a post reads towards each client, where it names several brands."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from core.brands import names_among
from core.lexicons import Lexicon, read_many
from core.posts import Post, whole_text
from core.sentiment import Reading
from core.sentiment.backend import PostReader
from core.sentiment.targets import read_towards
from jobs.watchlist import Watch


class _Worded:
    """The reader, with what a client said of its own words."""

    def __init__(self, reader: PostReader, lexicon: Lexicon | None) -> None:
        self._reader, self._lexicon = reader, lexicon

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each text, in order."""
        readings = self._reader.read_many(texts)
        return read_many(self._reader, self._lexicon, texts, readings) if self._lexicon else readings


def towards(reader: PostReader, watch: Watch, post: Post, wholes: Mapping[UUID, Reading]) -> Mapping[UUID, Reading]:
    """The readings by client, from how each reads the whole post; for nearly all posts they are the same."""
    brands = watch.brands(post, wholes)
    if not brands:
        return wholes
    text = whole_text(post.title, post.text)

    def polarities(terms: Sequence[str]) -> dict[str, float]:
        return {term: reading.polarity for term, reading in zip(terms, reader.read_many(terms), strict=True)}

    named = {
        brand: names_among(text, places, watch.names[brand], polarities) if brand in watch.names else places
        for brand, places in brands.items()
    }
    return {
        client_id: read_towards(_Worded(reader, watch.lexicons.get(client_id)), text, named, whole).get(
            client_id, whole
        )
        for client_id, whole in wholes.items()
    }
