"""How a post reads towards each client, where it names several brands, and why."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from msgspec import structs

from core import lexicons
from core.brands import Places, names_among
from core.lexicons import Lexicon
from core.posts import Post, whole_text
from core.sentiment import Reading
from core.sentiment.backend import PostReader
from core.sentiment.explanation import Basis, Explanation, Span, strengths
from core.sentiment.targets import Part, TextReader, parts_towards, read_towards
from core.sentiment.wording import FEELINGS
from core.watch import Watch


class _Worded:
    """The reader, with what a client said of its own words."""

    def __init__(self, reader: TextReader, lexicon: Lexicon | None) -> None:
        self._reader, self._lexicon = reader, lexicon

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each text, in order."""
        readings = self._reader.read_many(texts)
        return lexicons.read_many(self._reader, self._lexicon, texts, readings) if self._lexicon else readings


def towards(
    reader: TextReader,
    watch: Watch,
    post: Post,
    wholes: Mapping[UUID, Reading],
    concerned: Collection[UUID] | None = None,
) -> Mapping[UUID, Reading]:
    """The readings by client, from how each reads the whole post; for nearly all posts they are the same.

    `concerned` are all clients that the post concerns, where `wholes` has only some of them.
    """
    brands = watch.brands(post, wholes if concerned is None else {*concerned, *wholes})
    return _towards(reader, watch, post, wholes, brands) if brands else wholes


def _towards(
    reader: TextReader, watch: Watch, post: Post, wholes: Mapping[UUID, Reading], brands: Places
) -> Mapping[UUID, Reading]:
    named = _named(reader, watch, post, brands)
    text = whole_text(post.title, post.text)
    return {
        client_id: read_towards(_Worded(reader, watch.lexicons.get(client_id)), text, named, whole).get(
            client_id, whole
        )
        for client_id, whole in wholes.items()
    }


Asked = tuple[Post, Mapping[UUID, Reading], Collection[UUID] | None]
"""What `towards` is asked of one post, beside the reader and the watch list."""


def towards_each(reader: PostReader, watch: Watch, asked: Sequence[Asked]) -> list[Mapping[UUID, Reading]]:
    """`towards` of many posts: what they have read of their parts is read for all of them at once."""
    ahead = _Ahead(reader)
    answers = [wholes for _, wholes, _ in asked]
    brands: dict[int, Places] = {}
    for place, (post, wholes, concerned) in enumerate(asked):
        found = watch.brands(post, wholes if concerned is None else {*concerned, *wholes})
        if found:
            brands[place] = found
    waiting = list(brands)
    while waiting:
        again: list[int] = []
        for place in waiting:
            ahead.has_all = True
            post, wholes, _ = asked[place]
            answers[place] = _towards(ahead, watch, post, wholes, brands[place])
            if not ahead.has_all:
                again.append(place)
        ahead.read_missing()
        waiting = again
    return answers


class _Ahead:
    """A reader that answers from what was read before, and notes what it has not: then its answers mean nothing yet."""

    def __init__(self, reader: PostReader) -> None:
        self._reader = reader
        self._nothing = reader.read_many([""])[0]
        self._known: dict[str, Reading] = {}
        self._missing: dict[str, None] = {}
        self.has_all = True

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """The reading of each text, in order, as far as it is known."""
        for text in texts:
            if text not in self._known:
                self._missing[text] = None
                self.has_all = False
        return [self._known.get(text, self._nothing) for text in texts]

    def read_missing(self) -> None:
        """Read what was not known."""
        texts = list(self._missing)
        self._known.update(zip(texts, self._reader.read_many(texts), strict=True))
        self._missing.clear()


def explain(reader: PostReader, watch: Watch, post: Post, client_id: UUID) -> Explanation:
    """Why a post reads as it does towards a client: of the part of it that speaks of the client, where it has one."""
    lexicon, text = watch.lexicons.get(client_id), whole_text(post.title, post.text)
    told = lexicons.explain(reader, lexicon, text)
    brands = watch.brands(post, {*watch.concerned(post), client_id})
    named = _named(reader, watch, post, brands) if brands else brands
    part = parts_towards(_Worded(reader, lexicon), text, named).get(client_id) if named else None
    return told if part is None else _of_part(reader, lexicon, text, told, part)


def _named(reader: TextReader, watch: Watch, post: Post, brands: Places) -> Places:
    """Where the post names whom, of all places where one of their terms stands."""
    text = whole_text(post.title, post.text)

    def polarities(terms: Sequence[str]) -> dict[str, float]:
        return {term: reading.polarity for term, reading in zip(terms, reader.read_many(terms), strict=True)}

    return {
        brand: names_among(text, places, watch.names[brand], polarities) if brand in watch.names else places
        for brand, places in brands.items()
    }


def _of_part(reader: PostReader, lexicon: Lexicon | None, text: str, whole: Explanation, part: Part) -> Explanation:
    """What else a post is, it is towards everybody; what is felt is of the part."""
    own = lexicons.explain(reader, lexicon, part.text)
    marks = [mark for mark in whole.labels if mark not in FEELINGS]
    if own.reading.label is part.reading.label:
        marks += [mark for mark in own.labels if mark in FEELINGS]
    return structs.replace(
        whole,
        reading=structs.replace(
            whole.reading,
            label=part.reading.label,
            polarity=part.reading.polarity,
            p_negative=part.reading.p_negative,
            p_neutral=part.reading.p_neutral,
            p_positive=part.reading.p_positive,
        ),
        strengths=strengths(part.reading),
        labels=tuple(marks),
        spans=tuple(_moved(text, span, part) for span in own.spans),
        rest=own.rest,
        bias=own.bias,
        undetermined=None if part.is_contrast else own.undetermined,
        basis=Basis.CONTRAST if part.is_contrast else Basis.PART,
    )


def _moved(text: str, span: Span, part: Part) -> Span:
    start, end = part.original(span.start, span.end)
    return structs.replace(span, start=start, end=end, text=text[start:end])
