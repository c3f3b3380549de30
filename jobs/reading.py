"""Posts to mentions: whom each concerns, how it reads, and whose voice it is."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from core.attribution import Attribution, Caught
from core.crisis import bucket_of, starts_at
from core.intake import fold_handle, mention_id, voice_key
from core.lexicons import read_many
from core.posts import Post, whole_text
from core.sentiment import Label, Reading
from core.text import fold
from core.towards import Asked, towards_each
from core.watch import Watch
from jobs.context import Context
from storage.new_mentions import NewMention
from storage.stored_posts import is_capped, post_of

if TYPE_CHECKING:
    from asyncpg import Record

COPY_LENGTH = 25
"""Characters of folded text from which two equal texts are copies; shorter ones ("error lagi") are just alike."""


def read(
    context: Context,
    posts: "Iterable[Record]",
    concerning: Callable[[Post], Mapping[UUID, Attribution]],
    *,
    watched: Watch,
    beside: Callable[[Post], Collection[UUID]] | None = None,
) -> list[NewMention]:
    """The mentions that posts are: one for each client they concern.

    Posts are read once for all clients, and once more for one whose lexicon has a word that stands in them. Where one
    names several brands, its sentiment is towards each client. `beside` tells whom else a post concerns, where
    `concerning` is asked for one client alone.
    """
    concerned: list[tuple[Record, Post, Mapping[UUID, Attribution]]] = []
    for row in posts:
        post = post_of(row)
        attributions = concerning(post)
        if attributions:
            concerned.append((row, post, attributions))
    texts = [whole_text(post.title, post.text) for _, post, _ in concerned]
    readings = context.reader.read_many(texts)
    version = context.reader.version
    otherwise: dict[UUID, dict[int, Reading]] = {}
    for client_id, lexicon in watched.lexicons.items():
        own = [place for place, (_, _, attributions) in enumerate(concerned) if client_id in attributions]
        told = read_many(context.reader, lexicon, [texts[n] for n in own], [readings[n] for n in own])
        otherwise[client_id] = dict(zip(own, told, strict=True))
    versions = {client_id: lexicon.named(version) for client_id, lexicon in watched.lexicons.items()}
    asked: list[Asked] = []
    for place, ((_, post, attributions), reading) in enumerate(zip(concerned, readings, strict=True)):
        wholes = {client_id: otherwise.get(client_id, {}).get(place, reading) for client_id in attributions}
        asked.append((post, wholes, beside(post) if beside else None))
    found: list[NewMention] = []
    arrays = _Arrays()
    for (row, post, attributions), told in zip(concerned, towards_each(context.reader, watched, asked), strict=True):
        voice = _voice(row, post)
        for client_id, read_as in told.items():
            why, named = attributions[client_id], versions.get(client_id, version)
            found.append(_mention(row, post, read_as, why, voice, named, arrays))
    return found


def _voice(row: "Record", post: Post) -> tuple[int, int]:
    """Hashes of author and text; what has neither is a voice of its own."""
    author = voice_key(post.source, fold_handle(post.author)) if post.author else voice_key(str(row["id"]))
    folded = fold(post.text)
    return author, voice_key(folded) if len(folded) >= COPY_LENGTH else voice_key(str(row["id"]), "text")


class _Arrays:
    """Ids as literals of arrays; posts of a batch are caught by the same few keywords, whose literals are made once."""

    def __init__(self) -> None:
        self._caught: dict[tuple[int, ...], tuple[str, str]] = {}

    def of(self, caught: Sequence[Caught]) -> tuple[str, str]:
        """The keywords that caught a post, and their versions. They are told apart by what they are in memory."""
        key = tuple(map(id, caught))
        if key not in self._caught:
            self._caught[key] = _array(each.keyword_id for each in caught), _array(each.version_id for each in caught)
        return self._caught[key]


def _mention(
    row: "Record",
    post: Post,
    reading: Reading,
    why: Attribution,
    voice: tuple[int, int],
    reader_version: str,
    arrays: _Arrays,
) -> NewMention:
    """One client's mention; the client's own post holds no opinion about it."""
    post_id, is_own = row["id"], why.is_own
    # In the order of its fields: to name them each time costs as much as all the rest of it.
    return NewMention(
        mention_id(post_id, why.client_id),
        row["published_at"],
        why.client_id,
        post_id,
        post.source,
        *voice,
        Label.NEUTRAL if is_own else reading.label,
        0.0 if is_own else reading.polarity,
        None if is_own else reading.p_neutral,
        reading.toxicity,
        reading.complaint,
        reading.hoax_cue,
        reading.threat,
        reading.language,
        # Where the source gives no reach, the author's followers are the most who can have seen it.
        post.reach or post.views or post.followers,
        post.total_engagement,
        is_own,
        why.is_counted,
        is_capped(row),
        *arrays.of(why.keywords),
        _array(why.account_ids) if why.account_ids else "{}",
        reader_version,
    )


def _array(ids: Iterable[UUID]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


def touched_by(found: Iterable[NewMention]) -> dict[UUID, tuple[datetime, datetime]]:
    """The first and the last bucket that mentions touch, by client."""
    times: dict[UUID, tuple[datetime, datetime]] = {}
    for mention in found:
        at = mention.published_at
        first, last = times.get(mention.client_id, (at, at))
        times[mention.client_id] = (min(first, at), max(last, at))
    return {
        client: (starts_at(bucket_of(first)), starts_at(bucket_of(last))) for client, (first, last) in times.items()
    }
